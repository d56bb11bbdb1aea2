package model

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"
)

// Issue is an issue or a pull request: GitHub numbers them alike and lists them together. Read its fields, change it through Repo.
type Issue struct {
	ID          int64
	NodeID      string
	Number      int
	Repo        *Repo
	Title       string
	Body        *string // nil when none was ever given
	Author      *User
	Association string // author_association; computed when empty
	State       string // open or closed
	Reason      string // completed, not_planned, duplicate, reopened or none
	Labels      []*Label
	Assignees   []*User
	Milestone   *Milestone
	Created     time.Time
	Updated     time.Time
	Closed      *time.Time
	ClosedBy    *User
	PullRequest bool
	Merged      *time.Time // pull requests only
	Timeline    []Entry    // oldest first
	Edits       []Edit     // of the body, oldest first, the original text included; empty while never edited
	Comments    int        // how many are not deleted

	movedTo  *Issue
	deleted  bool
	versions versions[Issue]
}

func (i *Issue) stamp() (int64, int64) { return i.Updated.Unix(), int64(i.Number) }

// Gone says that the issue was deleted or transferred away.
func (i *Issue) Gone() bool { return i.deleted || i.movedTo != nil }

// Text is the body, empty when there is none.
func (i *Issue) Text() string {
	if i.Body == nil {
		return ""
	}
	return *i.Body
}

// NewIssue is what a create call carries. Labels are made when unknown, assignees who cannot be assigned are left out silently.
type NewIssue struct {
	Title       string
	Body        *string
	Labels      []string
	Assignees   []string
	Milestone   int // 0: none
	PullRequest bool
}

// CreateIssue opens an issue or pull request as actor.
func (r *Repo) CreateIssue(actor *User, in NewIssue) (*Issue, error) {
	if r.IssuesDisabled && !in.PullRequest {
		return nil, issuesDisabled()
	}
	title, err := checkTitle(in.Title)
	if err != nil {
		return nil, err
	}
	if err := checkBody("Issue", in.Body); err != nil {
		return nil, err
	}
	var m *Milestone
	if in.Milestone != 0 {
		if m, err = r.assignableMilestone(in.Milestone); err != nil {
			return nil, err
		}
	}
	labels, err := r.labelsNamed(in.Labels)
	if err != nil {
		return nil, err
	}
	i := r.newIssue(actor, title, in)
	i.Body = in.Body
	notices := i.announce(actor, "opened")
	notices = append(notices, i.setLabels(actor, labels)...)
	notices = append(notices, i.setAssignees(actor, r.assignable(in.Assignees))...)
	notices = append(notices, i.setMilestone(actor, m)...)
	r.add(i)
	r.tell(notices)
	return i, nil
}

func (r *Repo) newIssue(actor *User, title string, in NewIssue) *Issue {
	id, prefix := r.w.nextID(), "I"
	if in.PullRequest {
		prefix = "PR"
	}
	r.lastNumber++
	now := r.w.Now()
	return &Issue{
		ID: id, NodeID: nodeID(prefix, id), Number: r.lastNumber, Repo: r, Title: title, Author: actor,
		State: "open", Created: now, Updated: now, PullRequest: in.PullRequest,
	}
}

// add files a finished issue; lists may show it only later.
func (r *Repo) add(i *Issue) {
	r.byNumber[i.Number] = i
	r.byUpdate.insert(i)
	at, _ := slices.BinarySearchFunc(r.byCreation, i, byAge)
	r.byCreation = slices.Insert(r.byCreation, at, i)
	r.w.nodes[i.NodeID] = i
	r.uncounted = true
	r.lastNumber = max(r.lastNumber, i.Number)
	if r.w.lag > 0 {
		i.keepVersion(nil)
	}
}

// change runs f, which says whether it changed anything; if so the issue's updated_at moves and lists may keep the old version.
func (i *Issue) change(f func() bool) {
	var before *Issue
	if i.Repo.w.lag > 0 {
		c := *i
		c.Labels, c.Assignees = slices.Clone(i.Labels), slices.Clone(i.Assignees)
		c.versions = versions[Issue]{}
		before = &c
	}
	if !f() {
		return
	}
	if before != nil {
		i.keepVersion(before)
	}
	i.Repo.byUpdate.remove(i)
	i.Updated = i.Repo.w.Now()
	i.Repo.byUpdate.insert(i)
	i.Repo.uncounted = true
}

func (i *Issue) keepVersion(was *Issue) {
	i.versions.keep(was, i.Repo.w.now().Add(i.Repo.w.lag))
	i.Repo.lagging[i] = struct{}{}
}

// byAge orders by creation.
func byAge(a, b *Issue) int {
	return compareKeys(a.Created.Unix(), int64(a.Number), b.Created.Unix(), int64(b.Number))
}

// unlist takes an issue out of all lists.
func (r *Repo) unlist(i *Issue) {
	r.byUpdate.remove(i)
	if at, found := slices.BinarySearchFunc(r.byCreation, i, byAge); found {
		r.byCreation = slices.Delete(r.byCreation, at, at+1)
	}
	delete(r.w.nodes, i.NodeID)
}

// DeleteIssue removes an issue for ever: reads answer 410 from now on.
func (r *Repo) DeleteIssue(actor *User, i *Issue) {
	i.change(func() bool { i.deleted = true; return true })
	r.unlist(i)
	for _, e := range i.Timeline {
		if e.Comment != nil {
			r.dropComment(e.Comment)
		}
	}
	r.tell(i.announce(actor, "deleted"))
}

func checkTitle(title string) (string, error) {
	title = strings.TrimSpace(title)
	if title == "" {
		return "", invalid("Issue", "title", "missing_field", "")
	}
	if utf8.RuneCountInString(title) > MaxTitle {
		return "", tooLong("Issue", "title", MaxTitle)
	}
	return title, nil
}

func checkBody(resource string, body *string) error {
	if body != nil && len(*body) > MaxBody && utf8.RuneCountInString(*body) > MaxBody {
		return tooLong(resource, "body", MaxBody)
	}
	return nil
}

// Transfer moves an issue to another repository: it gets a new number and id there, keeps its comments and history, and the old
// address answers 301. Labels and the milestone come along only where the target knows them by name.
func (r *Repo) Transfer(actor *User, i *Issue, to *Repo) (*Issue, error) {
	if i.PullRequest || to == r {
		return nil, &Error{Status: 422, Message: "This issue cannot be transferred there"}
	}
	moved := *i
	moved.ID, moved.Repo, moved.versions = r.w.nextID(), to, versions[Issue]{}
	moved.NodeID = nodeID("I", moved.ID)
	to.lastNumber++
	moved.Number, moved.Updated = to.lastNumber, r.w.Now()
	moved.Labels, moved.Milestone = to.knownLabels(i.Labels), nil
	if i.Milestone != nil {
		moved.Milestone = to.milestoneTitled(i.Milestone.Title)
	}
	moved.Assignees = slices.Clone(i.Assignees)
	moved.Timeline, moved.Edits = slices.Clone(i.Timeline), slices.Clone(i.Edits)
	n := &moved
	n.record(&Event{Kind: "transferred", Actor: actor})
	to.add(n)
	for _, e := range n.Timeline {
		if e.Comment != nil {
			r.moveComment(e.Comment, n)
		}
	}
	i.change(func() bool { i.movedTo = n; return true })
	r.unlist(i)
	notices := i.announce(actor, "transferred")
	for k := range notices {
		notices[k].MovedTo = n
	}
	r.tell(notices)
	return n, nil
}

// announce makes the notice of an action on an issue. Pull requests make none: their news is another event, which nobody here sends.
func (i *Issue) announce(actor *User, action string) []Notice {
	if i.PullRequest {
		return nil
	}
	return []Notice{{Event: "issues", Action: action, Repo: i.Repo, Issue: i, Sender: actor}}
}

func (r *Repo) tell(notices []Notice) {
	for _, n := range notices {
		r.w.emit(n)
	}
}

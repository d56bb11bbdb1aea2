package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira/adf"
)

// Issue is one issue. Read its fields, change it through the world.
type Issue struct {
	ID      int64
	Key     string
	Project *Project
	Type    *IssueType
	Creator *User
	Created time.Time
	Updated time.Time
	Status  *Named
	// Entered is when the status last changed its category.
	Entered    time.Time
	Resolved   *time.Time
	Values     map[string]any // by field id; no entry: empty. Values are replaced, never changed in place
	Comments   []*Comment     // oldest first
	History    []*History     // oldest first
	Properties map[string]any // entity properties
	Remote     []*RemoteLink

	former   []string // keys before moves
	deleted  bool
	versions versions
}

// Text is rich text: a document on Cloud, wiki markup on Data Center.
type Text struct {
	Doc  *adf.Node // nil on Data Center
	Wiki string    // empty on Cloud
}

// Markup is the text as wiki markup, whatever the edition.
func (t Text) Markup() string {
	if t.Doc != nil {
		return adf.Wiki(t.Doc)
	}
	return t.Wiki
}

// Cascade is the value of a cascading field.
type Cascade struct{ Parent, Child *Named }

// RemoteLink is a link to something elsewhere; a global id is unique in its issue.
type RemoteLink struct {
	ID           int64
	GlobalID     string
	Relationship string
	Application  map[string]any
	Object       map[string]any
}

// Parent is the epic or the issue this one is a sub-task of; nil if there is none.
func (i *Issue) Parent() *Issue {
	p, _ := i.Values["parent"].(*Issue)
	return p
}

// Summary is the title.
func (i *Issue) Summary() string {
	s, _ := i.Values["summary"].(string)
	return s
}

// IDText is the id as Jira writes it.
func (i *Issue) IDText() string { return strconv.FormatInt(i.ID, 10) }

// Deleted says that it is gone for ever.
func (i *Issue) Deleted() bool { return i.deleted }

// Subtasks lists issues whose parent this is and that are a level below standard ones.
func (i *Issue) Subtasks() []*Issue {
	var out []*Issue
	for _, c := range i.Project.w.issues {
		if c.Type.Level < 0 && c.Parent() == i {
			out = append(out, c)
		}
	}
	return out
}

// versions holds what search still shows of an issue while its latest writes are not indexed.
type versions struct{ old []version }

type version struct {
	until time.Time
	was   *Issue // nil: the issue was not there
}

// change runs f, which says whether it changed anything; if so updated moves and search may keep the old version.
func (w *World) change(i *Issue, f func() bool) {
	var before *Issue
	if w.lag > 0 {
		c := *i
		c.Values, c.Properties, c.Comments = maps.Clone(i.Values), maps.Clone(i.Properties), slices.Clone(i.Comments)
		c.versions = versions{}
		before = &c
	}
	if !f() {
		return
	}
	i.Updated = w.Now()
	if before != nil {
		w.keep(i, before)
	}
}

func (w *World) keep(i, was *Issue) {
	i.versions.old = append(i.versions.old, version{w.now().Add(w.lag), was})
	w.lagging[i] = struct{}{}
}

// Indexed is the issue as search sees it at this moment: an older version while the index lags, nil when it is not there yet.
func (w *World) Indexed(i *Issue) *Issue {
	now := w.now()
	for _, v := range i.versions.old {
		if now.Before(v.until) {
			return v.was
		}
	}
	if len(i.versions.old) > 0 {
		i.versions.old = nil
		delete(w.lagging, i)
	}
	return i
}

// DeleteIssue removes an issue for ever: reads answer 404 from now on and search forgets it at once.
func (w *World) DeleteIssue(actor *User, i *Issue) {
	i.deleted, i.Updated = true, w.Now()
	if at := slices.Index(w.issues, i); at >= 0 {
		w.issues = slices.Delete(w.issues, at, at+1)
	}
	delete(w.byID, i.ID)
	delete(w.lagging, i)
	for _, k := range append(i.former, i.Key) {
		delete(w.byKey, k)
	}
	for _, c := range i.Comments {
		delete(w.comments, c.ID)
	}
	for _, o := range w.issues {
		if o.Parent() == i {
			delete(o.Values, "parent")
		}
	}
	w.emit(Notice{Event: "jira:issue_deleted", Issue: i, User: actor})
}

// Move takes an issue to another project: it gets the next key there and keeps its id; the old key still finds it. Its type becomes
// the one of that name, else the first standard one; a status the new workflow does not have becomes the first.
func (w *World) Move(actor *User, i *Issue, to *Project) {
	if to == i.Project {
		return
	}
	w.change(i, func() bool {
		h := w.history(i, actor)
		oldKey, oldProject := i.Key, i.Project
		to.number++
		i.former = append(i.former, oldKey)
		i.Key, i.Project = to.Key+"-"+strconv.Itoa(to.number), to
		w.byKey[i.Key] = i
		h.add(HistoryItem{Field: "project", FieldID: "project", From: oldProject.ID, FromText: oldProject.Name, To: to.ID, ToText: to.Name})
		h.add(HistoryItem{Field: "Key", FieldID: "issuekey", FromText: oldKey, ToText: i.Key})
		if t := to.typeLike(i.Type); t != i.Type {
			h.add(HistoryItem{Field: "issuetype", FieldID: "issuetype", From: i.Type.ID, FromText: i.Type.Name, To: t.ID, ToText: t.Name})
			i.Type = t
		}
		if flow := to.Workflow(i.Type); !slices.Contains(flow.statuses, i.Status) {
			w.enter(i, flow.statuses[0], h)
		}
		w.tellEdit(i, actor, h, "issue_moved")
		return true
	})
}

// Rekey gives a project another key, and all its issues with it. Nothing else of them changes; the former keys still find them.
func (w *World) Rekey(p *Project, key string) {
	for _, i := range w.issues {
		if i.Project != p || i.deleted {
			continue
		}
		i.former = append(i.former, i.Key)
		i.Key = key + strings.TrimPrefix(i.Key, p.Key)
		w.byKey[i.Key] = i
	}
	p.former = append(p.former, p.Key)
	p.Key = key
}

// Secure gives an issue a security level or, in a team-managed project, restricts it to a role, or takes that off where the name
// is empty. Who is in it is not simulated: all accounts see what they saw before.
func (w *World) Secure(by Caller, i *Issue, level string) {
	id := "security"
	if i.Project.TeamManaged {
		id = "issuerestriction"
	}
	e := editor{w: w, by: by, project: i.Project, kind: i.Type, issue: i, values: map[string]any{id: nil}}
	if level != "" {
		e.values[id] = w.level(level)
	}
	w.applyEdit(i, e)
}

// level finds or makes the security level of a name.
func (w *World) level(name string) *Named {
	for _, l := range w.levels {
		if l.Name == name {
			return l
		}
	}
	l := &Named{ID: strconv.FormatInt(w.next("level"), 10), Name: name}
	w.levels = append(w.levels, l)
	return l
}

func (p *Project) typeLike(t *IssueType) *IssueType {
	if same := p.Type("", t.Name); same != nil {
		return same
	}
	for _, other := range p.Types {
		if other.Level == t.Level {
			return other
		}
	}
	return p.Types[0]
}

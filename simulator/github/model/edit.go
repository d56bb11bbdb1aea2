package model

import (
	"encoding/json"
	"slices"
	"strings"
)

// Optional tells a field that was not sent from one sent as null.
type Optional[T any] struct {
	Set   bool
	Value T
}

// Some is a field that was sent.
func Some[T any](v T) Optional[T] { return Optional[T]{Set: true, Value: v} }

// Patch is what an edit call carries; nil and unset mean "leave alone". Labels and assignees replace the whole set.
type Patch struct {
	Title     *string
	Body      Optional[*string]
	State     *string
	Reason    *string // ignored unless the state changes
	Milestone Optional[int]
	Labels    *[]string
	Assignees *[]string
}

// EditIssue applies a patch as actor, wholly or not at all. An edit that changes nothing leaves updated_at alone.
func (r *Repo) EditIssue(actor *User, i *Issue, p Patch) error {
	apply, err := r.preparePatch(actor, i, p)
	if err != nil {
		return err
	}
	var notices []Notice
	i.change(func() bool {
		before := len(i.Timeline) + len(i.Edits)
		notices = i.setText(actor, p)
		for _, step := range apply {
			notices = append(notices, step()...)
		}
		return len(i.Timeline)+len(i.Edits) > before
	})
	r.tell(notices)
	return nil
}

// preparePatch checks everything first, so that a refused edit leaves no trace, and returns the steps to take.
func (r *Repo) preparePatch(actor *User, i *Issue, p Patch) ([]func() []Notice, error) {
	var steps []func() []Notice
	if p.Title != nil {
		title, err := checkTitle(*p.Title)
		if err != nil {
			return nil, err
		}
		*p.Title = title
	}
	if err := checkBody("Issue", p.Body.Value); err != nil {
		return nil, err
	}
	if p.State != nil {
		if *p.State != "open" && *p.State != "closed" {
			return nil, invalid("Issue", "state", "invalid", "")
		}
		reason, err := closeReason(*p.State, p.Reason)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() []Notice { return i.setState(actor, *p.State, reason) })
	}
	if p.Milestone.Set {
		var m *Milestone
		if p.Milestone.Value != 0 {
			var err error
			if m, err = r.assignableMilestone(p.Milestone.Value); err != nil {
				return nil, err
			}
		}
		steps = append(steps, func() []Notice { return i.setMilestone(actor, m) })
	}
	if p.Assignees != nil {
		users := r.assignable(*p.Assignees)
		steps = append(steps, func() []Notice { return i.setAssignees(actor, users) })
	}
	if p.Labels != nil {
		// Last, because unknown labels are created by asking for them.
		labels, err := r.labelsNamed(*p.Labels)
		if err != nil {
			return nil, err
		}
		steps = append(steps, func() []Notice { return i.setLabels(actor, labels) })
	}
	return steps, nil
}

// setText changes title and body; both changes are one "edited".
func (i *Issue) setText(actor *User, p Patch) []Notice {
	changes := map[string]any{}
	if p.Title != nil && *p.Title != i.Title {
		changes["title"] = map[string]string{"from": i.Title}
		i.record(&Event{Kind: "renamed", Actor: actor, From: i.Title, To: *p.Title})
		i.Title = *p.Title
	}
	if p.Body.Set && text(p.Body.Value) != i.Text() {
		changes["body"] = map[string]string{"from": i.Text()}
		i.Edits = addEdit(i.Edits, i.Author, i.Created, i.Text(), Edit{At: i.Repo.w.Now(), Editor: actor, Text: text(p.Body.Value)})
		i.Body = p.Body.Value
	}
	if len(changes) == 0 {
		return nil
	}
	notices := i.announce(actor, "edited")
	for k := range notices {
		notices[k].Changes = changes
	}
	return notices
}

func text(body *string) string {
	if body == nil {
		return ""
	}
	return *body
}

// closeReason settles the reason of a change to state; completed and reopened are GitHub's defaults.
func closeReason(state string, asked *string) (string, error) {
	if state == "open" {
		return "reopened", nil
	}
	if asked == nil || *asked == "" {
		return "completed", nil
	}
	if !slices.Contains([]string{"completed", "not_planned", "duplicate"}, *asked) {
		return "", invalid("Issue", "state_reason", "invalid", "")
	}
	return *asked, nil
}

func (i *Issue) setState(actor *User, state, reason string) []Notice {
	if state == i.State {
		return nil
	}
	i.State, i.Reason = state, reason
	i.Closed, i.ClosedBy = nil, nil
	if state == "open" {
		i.record(&Event{Kind: "reopened", Actor: actor, Reason: reason})
		return i.announce(actor, "reopened")
	}
	now := i.Repo.w.Now()
	i.Closed, i.ClosedBy = &now, actor
	i.record(&Event{Kind: "closed", Actor: actor, Reason: reason})
	return i.announce(actor, "closed")
}

// assignable keeps those who can be assigned here, in the order asked for; others are dropped without a word, as the calls on assignees do.
func (r *Repo) assignable(logins []string) []*User {
	var out []*User
	for _, l := range logins {
		if u := r.collaborators[strings.ToLower(l)]; u != nil && !slices.Contains(out, u) {
			out = append(out, u)
		}
	}
	return out
}

// CheckAssignees refuses logins of which one cannot be assigned here.
func (r *Repo) CheckAssignees(logins []string) error {
	for _, l := range logins {
		if r.collaborators[strings.ToLower(l)] == nil {
			err := invalid("Issue", "assignees", "invalid", "")
			err.Details[0].Value = l
			return err
		}
	}
	return nil
}

func (i *Issue) setAssignees(actor *User, users []*User) []Notice {
	var notices []Notice
	for _, u := range i.Assignees {
		if !slices.Contains(users, u) {
			notices = append(notices, i.assigned(actor, "unassigned", u)...)
		}
	}
	for _, u := range users {
		if !slices.Contains(i.Assignees, u) {
			notices = append(notices, i.assigned(actor, "assigned", u)...)
		}
	}
	i.Assignees = users
	return notices
}

func (i *Issue) assigned(actor *User, action string, u *User) []Notice {
	i.record(&Event{Kind: action, Actor: actor, Assignee: u})
	notices := i.announce(actor, action)
	for k := range notices {
		notices[k].Assignee = u
	}
	return notices
}

// Assign adds assignees; those who cannot be assigned are dropped silently.
func (r *Repo) Assign(actor *User, i *Issue, logins []string) {
	users := slices.Clone(i.Assignees)
	for _, u := range r.assignable(logins) {
		if !slices.Contains(users, u) {
			users = append(users, u)
		}
	}
	r.replaceAssignees(actor, i, users)
}

// Unassign removes assignees; others are ignored.
func (r *Repo) Unassign(actor *User, i *Issue, logins []string) {
	users := slices.DeleteFunc(slices.Clone(i.Assignees), func(u *User) bool {
		return slices.ContainsFunc(logins, func(l string) bool { return strings.EqualFold(l, u.Login) })
	})
	r.replaceAssignees(actor, i, users)
}

func (r *Repo) replaceAssignees(actor *User, i *Issue, users []*User) {
	var notices []Notice
	i.change(func() bool {
		n := len(i.Timeline)
		notices = i.setAssignees(actor, users)
		return len(i.Timeline) > n
	})
	r.tell(notices)
}

// UnmarshalJSON marks the field as sent, also when it was sent as null.
func (o *Optional[T]) UnmarshalJSON(b []byte) error {
	o.Set = true
	return json.Unmarshal(b, &o.Value)
}

package model

import (
	"slices"
	"time"
)

// Milestone is a repository's milestone, addressed by its number.
type Milestone struct {
	ID          int64
	NodeID      string
	Number      int
	Title       string
	Description *string
	State       string // open or closed
	Creator     *User
	Created     time.Time
	Updated     time.Time
	Closed      *time.Time
	Due         *time.Time
	Open        int // open issues in it
	Done        int // closed issues in it
}

// MilestonePatch is what a create or edit call carries.
type MilestonePatch struct {
	Title       *string
	Description Optional[*string]
	State       *string
	Due         Optional[*time.Time]
}

// CreateMilestone makes a milestone; its title must be free in this repository.
func (r *Repo) CreateMilestone(actor *User, p MilestonePatch) (*Milestone, error) {
	if p.Title == nil || *p.Title == "" {
		return nil, invalid("Milestone", "title", "missing_field", "")
	}
	if r.milestoneTitled(*p.Title) != nil {
		return nil, invalid("Milestone", "title", "already_exists", "")
	}
	now, id := r.w.Now(), r.w.nextID()
	m := &Milestone{ID: id, NodeID: nodeID("MI", id), State: "open", Creator: actor, Created: now, Updated: now}
	if err := r.EditMilestone(m, p); err != nil {
		return nil, err
	}
	r.lastMilestone++
	m.Number = r.lastMilestone
	r.milestones = append(r.milestones, m)
	return m, nil
}

// EditMilestone changes a milestone; the issues in it do not count as updated.
func (r *Repo) EditMilestone(m *Milestone, p MilestonePatch) error {
	if p.State != nil && *p.State != "open" && *p.State != "closed" {
		return invalid("Milestone", "state", "invalid", "")
	}
	if p.Title != nil {
		if other := r.milestoneTitled(*p.Title); other != nil && other != m {
			return invalid("Milestone", "title", "already_exists", "")
		}
		m.Title = *p.Title
	}
	if p.Description.Set {
		m.Description = p.Description.Value
	}
	if p.Due.Set {
		m.Due = p.Due.Value
	}
	now := r.w.Now()
	if p.State != nil && *p.State != m.State {
		m.State, m.Closed = *p.State, nil
		if m.State == "closed" {
			m.Closed = &now
		}
	}
	m.Updated = now
	return nil
}

// DeleteMilestone removes a milestone and takes it off every issue.
func (r *Repo) DeleteMilestone(m *Milestone) {
	r.milestones = slices.DeleteFunc(r.milestones, func(x *Milestone) bool { return x == m })
	for _, i := range r.byNumber {
		if i.Milestone == m {
			i.Milestone = nil
		}
	}
}

// Milestones lists milestones by number.
func (r *Repo) Milestones() []*Milestone { return r.milestones }

// Milestone finds a milestone by number, or answers 404.
func (r *Repo) Milestone(number int) (*Milestone, error) {
	for _, m := range r.milestones {
		if m.Number == number {
			return m, nil
		}
	}
	return nil, NotFound()
}

func (r *Repo) milestoneTitled(title string) *Milestone {
	for _, m := range r.milestones {
		if m.Title == title {
			return m
		}
	}
	return nil
}

// assignableMilestone finds a milestone an issue is to be put in; an unknown number is a 422, not a 404.
func (r *Repo) assignableMilestone(number int) (*Milestone, error) {
	m, err := r.Milestone(number)
	if err != nil {
		bad := invalid("Issue", "milestone", "invalid", "")
		bad.Details[0].Value = number
		return nil, bad
	}
	return m, nil
}

// Recount brings the numbers of issues in the milestones up to date. It costs nothing when no issue changed since the last time.
func (r *Repo) Recount() {
	if !r.uncounted {
		return
	}
	r.uncounted = false
	for _, m := range r.milestones {
		m.Open, m.Done = 0, 0
	}
	for _, i := range r.byUpdate.items {
		switch {
		case i.Milestone == nil:
		case i.State == "open":
			i.Milestone.Open++
		default:
			i.Milestone.Done++
		}
	}
}

func (i *Issue) setMilestone(actor *User, m *Milestone) []Notice {
	if m == i.Milestone {
		return nil
	}
	var notices []Notice
	for _, step := range []struct {
		action string
		m      *Milestone
	}{{"demilestoned", i.Milestone}, {"milestoned", m}} {
		if step.m == nil {
			continue
		}
		i.record(&Event{Kind: step.action, Actor: actor, Milestone: step.m.Title})
		for _, n := range i.announce(actor, step.action) {
			n.Milestone = step.m
			notices = append(notices, n)
		}
	}
	i.Milestone = m
	return notices
}

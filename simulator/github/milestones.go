package github

import (
	"slices"
	"time"

	"github.com/extsync/extsync/simulator/github/model"
)

func listMilestones(c *call) (reply, error) {
	state := orElse(c.query.Get("state"), "open")
	c.repo.Recount()
	var list []*model.Milestone
	for _, m := range c.repo.Milestones() {
		if state == "all" || m.State == state {
			list = append(list, m)
		}
	}
	if c.query.Get("sort") != "completeness" { // by due date, those without one last
		slices.SortStableFunc(list, func(a, b *model.Milestone) int { return due(a).Compare(due(b)) })
	}
	if c.query.Get("direction") == "desc" {
		slices.Reverse(list)
	}
	return numberedList(c, list, c.view.milestone(c.repo))
}

func due(m *model.Milestone) time.Time {
	if m.Due == nil {
		return time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	return *m.Due
}

type milestoneRequest struct {
	Title       *string                    `json:"title"`
	State       *string                    `json:"state"`
	Description model.Optional[*string]    `json:"description"`
	Due         model.Optional[*time.Time] `json:"due_on"`
}

func (r milestoneRequest) patch() model.MilestonePatch {
	return model.MilestonePatch{Title: r.Title, State: r.State, Description: r.Description, Due: r.Due}
}

func createMilestone(c *call) (reply, error) {
	if err := c.needRole(RoleWrite); err != nil {
		return reply{}, err
	}
	var in milestoneRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	m, err := c.repo.CreateMilestone(c.user, in.patch())
	if err != nil {
		return reply{}, err
	}
	j := c.view.milestone(c.repo)(m)
	r, err := created(j)
	r.header = location(j.URL)
	return r, err
}

func (c *call) milestone() (*model.Milestone, error) {
	c.repo.Recount()
	return c.repo.Milestone(c.number(0))
}

func getMilestone(c *call) (reply, error) {
	m, err := c.milestone()
	if err != nil {
		return reply{}, err
	}
	return ok(c.view.milestone(c.repo)(m))
}

func editMilestone(c *call) (reply, error) {
	m, err := c.milestone()
	if err != nil {
		return reply{}, err
	}
	if err := c.needRole(RoleWrite); err != nil {
		return reply{}, err
	}
	var in milestoneRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.repo.EditMilestone(m, in.patch()); err != nil {
		return reply{}, err
	}
	return ok(c.view.milestone(c.repo)(m))
}

func deleteMilestone(c *call) (reply, error) {
	m, err := c.milestone()
	if err != nil {
		return reply{}, err
	}
	if err := c.needRole(RoleWrite); err != nil {
		return reply{}, err
	}
	c.repo.DeleteMilestone(m)
	return noContent()
}

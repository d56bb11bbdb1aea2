package github

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/github/model"
)

func listIssues(c *call) (reply, error) {
	since, err := c.since()
	if err != nil {
		return reply{}, err
	}
	q := model.IssueQuery{
		State: orElse(c.query.Get("state"), "open"), Sort: c.query.Get("sort"), Ascending: c.query.Get("direction") == "asc",
		Since: since, Creator: c.query.Get("creator"), Assignee: c.query.Get("assignee"), Milestone: c.query.Get("milestone"),
	}
	if l := c.query.Get("labels"); l != "" {
		q.Labels = strings.Split(l, ",")
	}
	if !slices.Contains([]string{"open", "closed", "all"}, q.State) {
		return reply{}, invalid("Issue", "state", q.State)
	}
	return c.issuePage(q)
}

func orElse(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

func invalid(resource, field string, value any) error {
	return &model.Error{Status: 422, Message: "Validation Failed",
		Details: []model.Detail{{Resource: resource, Field: field, Code: "invalid", Value: value}}}
}

func getIssue(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return ok(c.view.issue(i))
}

// names is a list of label names as GitHub takes it: strings or objects with a name.
type names []string

// UnmarshalJSON reads either form of each name.
func (n *names) UnmarshalJSON(b []byte) error {
	var items []json.RawMessage
	if err := json.Unmarshal(b, &items); err != nil {
		return err
	}
	*n = names{}
	for _, item := range items {
		var l struct{ Name string }
		if err := json.Unmarshal(item, &l.Name); err != nil {
			if err := json.Unmarshal(item, &l); err != nil {
				return err
			}
		}
		*n = append(*n, l.Name)
	}
	return nil
}

// number is an integer that GitHub also takes as a string.
type number int

// UnmarshalJSON reads either form; null is 0.
func (n *number) UnmarshalJSON(b []byte) error {
	return json.Unmarshal([]byte(strings.Trim(string(b), `"`)), (*int)(n))
}

// issueRequest is the body of creating and editing.
type issueRequest struct {
	Title     *string                 `json:"title"`
	Body      model.Optional[*string] `json:"body"`
	State     *string                 `json:"state"`
	Reason    *string                 `json:"state_reason"`
	Milestone model.Optional[number]  `json:"milestone"`
	Labels    *names                  `json:"labels"`
	Assignees *[]string               `json:"assignees"`
}

// dropForbidden forgets what the caller may not set. GitHub says nothing about it: the call succeeds.
func (c *call) dropForbidden(in *issueRequest) {
	if c.role < RoleTriage {
		in.Labels, in.Assignees, in.Milestone = nil, nil, model.Optional[number]{}
	}
	if c.role < RoleWrite && in.Labels != nil {
		known := slices.DeleteFunc(slices.Clone(*in.Labels), func(n string) bool { return c.repo.Label(n) == nil })
		in.Labels = &known
	}
}

// checkAssignees refuses an issue that names somebody who cannot be assigned; the calls on assignees alone drop him instead.
// Source: https://github.com/trstringer/manual-approval/issues/141
func (c *call) checkAssignees(in issueRequest) error {
	if in.Assignees == nil {
		return nil
	}
	return c.repo.CheckAssignees(*in.Assignees)
}

func createIssue(c *call) (reply, error) {
	var in issueRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	c.dropForbidden(&in)
	if err := c.checkAssignees(in); err != nil {
		return reply{}, err
	}
	n := model.NewIssue{Body: in.Body.Value, Milestone: int(in.Milestone.Value)}
	if in.Title != nil {
		n.Title = *in.Title
	}
	if in.Labels != nil {
		n.Labels = *in.Labels
	}
	if in.Assignees != nil {
		n.Assignees = *in.Assignees
	}
	i, err := c.repo.CreateIssue(c.user, n)
	if err != nil {
		return reply{}, err
	}
	r, err := created(c.view.issue(i))
	r.header = location(c.view.issueURL(i))
	return r, err
}

func editIssue(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	var in issueRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.mayEdit(i.Author, RoleTriage); err != nil {
		return reply{}, err
	}
	c.dropForbidden(&in)
	if err := c.checkAssignees(in); err != nil {
		return reply{}, err
	}
	p := model.Patch{Title: in.Title, Body: in.Body, State: in.State, Reason: in.Reason, Assignees: in.Assignees,
		Labels: (*[]string)(in.Labels)}
	p.Milestone = model.Optional[int]{Set: in.Milestone.Set, Value: int(in.Milestone.Value)}
	if err := c.repo.EditIssue(c.user, i, p); err != nil {
		return reply{}, err
	}
	return ok(c.view.issue(i))
}

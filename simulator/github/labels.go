package github

import (
	"encoding/json"

	"github.com/extsync/extsync/simulator/github/model"
)

func listLabels(c *call) (reply, error) {
	return numberedList(c, c.repo.Labels(), c.view.label(c.repo))
}

type labelRequest struct {
	Name        *string                 `json:"name"`
	NewName     *string                 `json:"new_name"`
	Color       *string                 `json:"color"`
	Description model.Optional[*string] `json:"description"`
}

func createLabel(c *call) (reply, error) {
	if err := c.needRole(RoleWrite); err != nil {
		return reply{}, err
	}
	var in labelRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	var name, color string
	if in.Name != nil {
		name = *in.Name
	}
	if in.Color != nil {
		color = *in.Color
	}
	l, err := c.repo.CreateLabel(name, color, in.Description.Value)
	if err != nil {
		return reply{}, err
	}
	return created(c.view.label(c.repo)(l))
}

func (c *call) label() (*model.Label, error) {
	if l := c.repo.Label(c.names[0]); l != nil {
		return l, nil
	}
	return nil, model.NotFound()
}

func getLabel(c *call) (reply, error) {
	l, err := c.label()
	if err != nil {
		return reply{}, err
	}
	return ok(c.view.label(c.repo)(l))
}

func editLabel(c *call) (reply, error) {
	l, err := c.label()
	if err != nil {
		return reply{}, err
	}
	if err := c.needRole(RoleWrite); err != nil {
		return reply{}, err
	}
	var in labelRequest
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.repo.EditLabel(l, in.NewName, in.Color, in.Description); err != nil {
		return reply{}, err
	}
	return ok(c.view.label(c.repo)(l))
}

func deleteLabel(c *call) (reply, error) {
	l, err := c.label()
	if err != nil {
		return reply{}, err
	}
	if err := c.needRole(RoleWrite); err != nil {
		return reply{}, err
	}
	c.repo.DeleteLabel(l)
	return noContent()
}

func listIssueLabels(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return numberedList(c, i.Labels, c.view.label(c.repo))
}

// labelNames reads the body of the label calls: an object with labels, or the bare array that go-github sends.
func (c *call) labelNames() (names, error) {
	var bare names
	if json.Unmarshal(c.body, &bare) == nil {
		return bare, nil
	}
	var in struct {
		Labels names `json:"labels"`
	}
	return in.Labels, c.decode(&in)
}

// changeLabels is the frame of the calls on an issue's labels; they answer with the labels it has afterwards.
func (c *call) changeLabels(change func(*model.Issue) error) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	if err := c.needRole(RoleTriage); err != nil {
		return reply{}, err
	}
	if err := change(i); err != nil {
		return reply{}, err
	}
	return ok(renderAll(i.Labels, c.view.label(c.repo)))
}

// namesToSet reads the names and refuses unknown ones to those who may not make labels.
func (c *call) namesToSet() ([]string, error) {
	n, err := c.labelNames()
	if err != nil {
		return nil, err
	}
	for _, name := range n {
		if c.role < RoleWrite && c.repo.Label(name) == nil {
			return nil, c.needRole(RoleWrite)
		}
	}
	return n, nil
}

func addLabels(c *call) (reply, error) {
	return c.changeLabels(func(i *model.Issue) error {
		n, err := c.namesToSet()
		if err != nil {
			return err
		}
		return c.repo.AddLabels(c.user, i, n)
	})
}

func setLabels(c *call) (reply, error) {
	return c.changeLabels(func(i *model.Issue) error {
		n, err := c.namesToSet()
		if err != nil {
			return err
		}
		return c.repo.SetLabels(c.user, i, n)
	})
}

func clearLabels(c *call) (reply, error) {
	_, err := c.changeLabels(func(i *model.Issue) error { return c.repo.SetLabels(c.user, i, nil) })
	if err != nil {
		return reply{}, err
	}
	return noContent()
}

func removeLabel(c *call) (reply, error) {
	return c.changeLabels(func(i *model.Issue) error { return c.repo.RemoveLabel(c.user, i, c.names[0]) })
}

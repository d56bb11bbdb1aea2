package jira

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"github.com/extsync/extsync/simulator/jira/model"
)

func propertyList(m map[string]any) []object {
	return renderAll(slices.Sorted(maps.Keys(m)), func(k string) object { return object{"key": k, "value": m[k]} })
}

// propertyKeys lists the keys with their addresses.
func (c *call) propertyKeys(m map[string]any, address func(key string) string) (reply, error) {
	return ok(object{"keys": renderAll(slices.Sorted(maps.Keys(m)), func(k string) object { return object{"self": address(k), "key": k} })})
}

func (c *call) oneProperty(m map[string]any) (reply, error) {
	key := c.values[1]
	v, has := m[key]
	if !has {
		return reply{}, model.Refuse(http.StatusNotFound, "The property with key '%s' does not exist.", key)
	}
	return ok(object{"key": key, "value": v})
}

// putProperty reads a value of any JSON kind and sets it: 201 when it is new.
func (c *call) putProperty(set func(key string, value any) bool) (reply, error) {
	if err := model.CheckProperty(c.values[1], len(c.body)); err != nil {
		return reply{}, err
	}
	var v any
	if err := json.Unmarshal(c.body, &v); err != nil {
		return reply{}, model.Refuse(http.StatusBadRequest, "The property value is not valid JSON.")
	}
	if set(c.values[1], v) {
		return reply{status: http.StatusCreated, body: object{}}, nil
	}
	return ok(object{})
}

func (c *call) dropProperty(m map[string]any) (reply, error) {
	if _, err := c.oneProperty(m); err != nil {
		return reply{}, err
	}
	delete(m, c.values[1])
	return noContent()
}

func listProperties(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return c.propertyKeys(i.Properties, func(k string) string { return c.api("issue", i.IDText(), "properties", k) })
}

func getProperty(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	return c.oneProperty(i.Properties)
}

// editable finds the issue of the path for a write of its properties.
func (c *call) editable() (*model.Issue, error) {
	i, err := c.issue()
	if err != nil {
		return nil, err
	}
	if !i.Project.May(c.user, model.EditIssues) {
		return nil, model.Refuse(http.StatusForbidden, "You do not have permission to edit issue %s.", i.Key)
	}
	return i, nil
}

func setProperty(c *call) (reply, error) {
	i, err := c.editable()
	if err != nil {
		return reply{}, err
	}
	return c.putProperty(i.SetProperty)
}

func deleteProperty(c *call) (reply, error) {
	i, err := c.editable()
	if err != nil {
		return reply{}, err
	}
	return c.dropProperty(i.Properties)
}

func listCommentProperties(c *call) (reply, error) {
	m, err := c.commentByID()
	if err != nil {
		return reply{}, err
	}
	return c.propertyKeys(m.Properties, func(k string) string { return c.api("comment", m.IDText(), "properties", k) })
}

func getCommentProperty(c *call) (reply, error) {
	m, err := c.commentByID()
	if err != nil {
		return reply{}, err
	}
	return c.oneProperty(m.Properties)
}

// ownComment finds the comment of the path for a write of its properties.
func (c *call) ownComment() (*model.Comment, error) {
	m, err := c.commentByID()
	if err != nil {
		return nil, err
	}
	if p := m.Issue.Project; !p.May(c.user, model.EditAllComments) && (m.Author != c.user || !p.May(c.user, model.EditOwnComments)) {
		return nil, model.Refuse(http.StatusForbidden, "You do not have the permission to edit this comment.")
	}
	return m, nil
}

func setCommentProperty(c *call) (reply, error) {
	m, err := c.ownComment()
	if err != nil {
		return reply{}, err
	}
	return c.putProperty(m.SetProperty)
}

func deleteCommentProperty(c *call) (reply, error) {
	m, err := c.ownComment()
	if err != nil {
		return reply{}, err
	}
	return c.dropProperty(m.Properties)
}

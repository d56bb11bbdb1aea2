package jira

import (
	"errors"
	"net/http"
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

// Sizes of bulk calls.
const (
	maxBulkCreate = 50
	maxBulkFetch  = 100
)

func getIssue(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	c.objects = 1
	expand := c.query.Get("expand")
	expands := func(what string) bool { return strings.Contains(expand, what) }
	entries := 100
	if c.edition == DataCenter {
		entries = 1 << 30
	}
	o := c.issueWith(i, selectFields(c.list("fields"), []string{"*all"}), c.list("properties"), expands, entries)
	c.describe(o, expands)
	return ok(o)
}

func createIssue(c *call) (reply, error) {
	var in model.Input
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	i, err := c.world.CreateIssue(c.caller(), in)
	if err != nil {
		return reply{}, err
	}
	return created(c.createdIssue(i, in))
}

func (c *call) createdIssue(i *model.Issue, in model.Input) object {
	o := object{"id": i.IDText(), "key": i.Key, "self": c.api("issue", i.IDText())}
	if in.Transition != nil {
		o["transition"] = object{"status": http.StatusOK, "errorCollection": errorJSON{Messages: []string{}, Errors: map[string]string{}}}
	}
	return o
}

// createIssues makes up to fifty; what fails is named by its number while the others are made. Only when all fail it is a 400.
func createIssues(c *call) (reply, error) {
	var in struct {
		Updates []model.Input `json:"issueUpdates"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if n := len(in.Updates); n == 0 || n > maxBulkCreate {
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of issues to create must be between 1 and %d.", maxBulkCreate)
	}
	issues, failures := []object{}, []object{}
	for k, one := range in.Updates {
		i, err := c.world.CreateIssue(c.caller(), one)
		var e *model.Error
		switch {
		case err == nil:
			issues = append(issues, c.createdIssue(i, one))
		case errors.As(err, &e):
			failures = append(failures, object{"status": e.Status, "elementErrors": errorBody(e), "failedElementNumber": k})
		default:
			return reply{}, err
		}
	}
	status := http.StatusCreated
	if len(issues) == 0 {
		status = http.StatusBadRequest
	}
	return reply{status: status, body: object{"issues": issues, "errors": failures}}, nil
}

// bulkFetch reads up to a hundred issues, by id whatever the order asked; moved ones by their old key. What is not
// there is left out: only what could not be fetched is named as an error, and here all can.
func bulkFetch(c *call) (reply, error) {
	var in struct {
		Issues     []string `json:"issueIdsOrKeys"`
		Fields     []string `json:"fields"`
		Expand     []string `json:"expand"`
		Properties []string `json:"properties"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case len(in.Issues) == 0 || len(in.Issues) > maxBulkFetch:
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of issues to fetch must be between 1 and %d.", maxBulkFetch)
	case len(in.Properties) > maxPropertied:
		return reply{}, model.Refuse(http.StatusBadRequest, "The number of properties exceeds the limit of %d.", maxPropertied)
	}
	var found []*model.Issue
	for _, name := range in.Issues {
		if i, err := c.issueNamed(name); err == nil && !slices.Contains(found, i) {
			found = append(found, i)
		}
	}
	slices.SortFunc(found, func(a, b *model.Issue) int { return int(a.ID - b.ID) })
	c.objects = len(found)
	fields := selectFields(in.Fields, []string{"*navigable"})
	expands := func(what string) bool { return slices.Contains(in.Expand, what) }
	return ok(object{"issueErrors": []object{}, "issues": renderAll(found, func(i *model.Issue) object {
		return c.issueWith(i, fields, in.Properties, expands, 40)
	})})
}

// editIssue changes fields. notifyUsers is taken from everybody and heard from administrators; nobody gets mail here.
func editIssue(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	var in model.Input
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	switch {
	case in.Transition != nil:
		return reply{}, model.Refuse(http.StatusBadRequest, "Transitions are done with POST transitions.")
	case in.Fields == nil && in.Update == nil && in.Properties == nil:
		return reply{}, model.Refuse(http.StatusBadRequest, "one of 'fields' or 'update' required")
	}
	if err := c.world.EditIssue(c.caller(), i, in); err != nil {
		return reply{}, err
	}
	if c.query.Get("returnIssue") == "true" && c.edition == Cloud {
		return ok(c.view.issue(i, selection{all: true}))
	}
	return noContent()
}

func deleteIssue(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	if !i.Project.May(c.user, model.DeleteIssues) {
		return reply{}, model.Refuse(http.StatusForbidden, "You do not have permission to delete issues in this project.")
	}
	if subtasks := i.Subtasks(); len(subtasks) > 0 {
		if c.query.Get("deleteSubtasks") != "true" {
			return reply{}, model.Refuse(http.StatusBadRequest, "The issue '%s' has subtasks. You must specify the 'deleteSubtasks' parameter to delete this issue and all its subtasks.", i.Key)
		}
		for _, s := range subtasks {
			c.world.DeleteIssue(c.user, s)
		}
	}
	c.world.DeleteIssue(c.user, i)
	return noContent()
}

func assignIssue(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	var in struct {
		AccountID *string `json:"accountId"`
		Name      *string `json:"name"`
	}
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	id := in.AccountID
	if c.edition == DataCenter {
		id = in.Name
	}
	if id == nil {
		id = new(string)
	}
	if err := c.world.Assign(c.caller(), i, *id); err != nil {
		return reply{}, err
	}
	return noContent()
}

func listTransitions(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	withFields := strings.Contains(c.query.Get("expand"), "transitions.fields")
	list := slices.DeleteFunc(c.world.Transitions(c.user, i), func(t *model.Transition) bool {
		id := c.query.Get("transitionId")
		return id != "" && id != t.ID()
	})
	return ok(object{"expand": "transitions", "transitions": renderAll(list, func(t *model.Transition) object { return c.transition(i, t, withFields) })})
}

func (c *call) transition(i *model.Issue, t *model.Transition, withFields bool) object {
	o := object{"id": t.ID(), "name": t.Name, "to": c.status(t.Target()), "hasScreen": len(t.Fields()) > 0, "isGlobal": t.Global(), "isInitial": false,
		"isConditional": len(t.Only)+len(t.Except) > 0, "isAvailable": true, "looped": t.Target() == i.Status}
	if !withFields {
		return o
	}
	var list []object
	for _, name := range t.Fields() {
		list = append(list, c.fieldMeta(i.Project, c.world.Field(name), slices.Contains(t.Required, name)))
	}
	o["fields"], o["expand"] = byKey(list), "fields"
	return o
}

func doTransition(c *call) (reply, error) {
	i, err := c.issue()
	if err != nil {
		return reply{}, err
	}
	var in model.Input
	if err := c.decode(&in); err != nil {
		return reply{}, err
	}
	if err := c.world.Transition(c.caller(), i, in); err != nil {
		return reply{}, err
	}
	return noContent()
}

package model

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// Input is what a create or an edit carries, decoded from JSON.
type Input struct {
	Fields     map[string]any              `json:"fields"`
	Update     map[string][]map[string]any `json:"update"`
	Properties []Property                  `json:"properties"`
	Transition *TransitionRef              `json:"transition"`
}

// Property is one entity property.
type Property struct {
	Key   string `json:"key"`
	Value any    `json:"value"`
}

// TransitionRef names a transition.
type TransitionRef struct {
	ID string `json:"id"`
}

// CreateIssue makes an issue, wholly or not at all.
func (w *World) CreateIssue(by Caller, in Input) (*Issue, error) {
	p, t, err := w.place(by, in.Fields)
	if err != nil {
		return nil, err
	}
	values, comments, refused := w.createValues(by, p, t, in)
	if refused != nil {
		return nil, refused
	}
	properties, err := propertyMap(in.Properties)
	if err != nil {
		return nil, err
	}
	tr, err := w.firstTransition(by, p, t, in.Transition, values)
	if err != nil {
		return nil, err
	}
	i := w.file(by, p, t, values, properties)
	if tr != nil {
		h := &History{issue: i, Author: by.User, Created: w.Now()}
		w.take(i, tr, h)
	}
	w.emit(Notice{Event: "jira:issue_created", Type: "issue_created", Issue: i, User: by.User})
	for _, body := range comments {
		if _, err := w.AddComment(by, i, body, nil); err != nil {
			return nil, err
		}
	}
	return i, nil
}

// firstTransition finds the transition that a create takes along. It shows no screen: what the transition requires must be among the
// fields of the create.
func (w *World) firstTransition(by Caller, p *Project, t *IssueType, ref *TransitionRef, values map[string]any) (*Transition, error) {
	if ref == nil {
		return nil, nil //nolint:nilnil // a create without a transition is the usual one
	}
	flow := p.Workflow(t)
	tr := byID(flow.from(flow.statuses[0], by.User), ref.ID)
	if tr == nil || !p.May(by.User, TransitionIssues) {
		return nil, bad("It seems that you have tried to perform a workflow operation that is not valid for the current state of this issue.")
	}
	var refused *Error
	for _, name := range tr.Required {
		if f := w.Field(name); values[f.ID] == nil {
			refused = refused.merge(badField(f.ID, "%s", missing(f)))
		}
	}
	if refused != nil {
		return nil, refused
	}
	return tr, nil
}

// file makes the issue of checked values.
func (w *World) file(by Caller, p *Project, t *IssueType, values, properties map[string]any) *Issue {
	now := w.Now()
	p.number++
	i := &Issue{ID: w.next("issue"), Key: p.Key + "-" + strconv.Itoa(p.number), Project: p, Type: t, Creator: by.User, Created: now, Updated: now,
		Entered: now, Status: p.Workflow(t).statuses[0], Values: values, Properties: properties}
	if _, given := values["reporter"]; !given {
		values["reporter"] = by.User
	}
	if _, given := values["priority"]; !given {
		values["priority"] = named(w.Priority, "", "Medium")
	}
	w.issues = append(w.issues, i)
	w.byID[i.ID], w.byKey[i.Key] = i, i
	if w.lag > 0 {
		w.keep(i, nil)
	}
	return i
}

// place finds project and type of a new issue.
func (w *World) place(by Caller, fields map[string]any) (*Project, *IssueType, error) {
	if fields["project"] == nil {
		return nil, nil, badField("project", "Specify a valid project ID or key")
	}
	p := w.Project(part(fields["project"], "id", "key"))
	if p == nil || !p.May(by.User, Browse) {
		return nil, nil, badField("project", "valid project is required")
	}
	if !p.May(by.User, CreateIssues) {
		return nil, nil, badField("project", "You do not have permission to create issues in this project.")
	}
	t := p.Type(part(fields["issuetype"], "id"), part(fields["issuetype"], "name"))
	if t == nil {
		return nil, nil, badField("issuetype", "Specify a valid issue type")
	}
	return p, t, nil
}

// createValues parses all fields, and checks that those required are there.
func (w *World) createValues(by Caller, p *Project, t *IssueType, in Input) (values map[string]any, comments []any, refused *Error) {
	in.Fields = maps.Clone(in.Fields)
	delete(in.Fields, "project")
	delete(in.Fields, "issuetype")
	e := editor{w: w, by: by, project: p, kind: t, values: map[string]any{}}
	refused = e.apply(in)
	for _, id := range p.RequiredFields(t) {
		if e.values[id] == nil && !complained(refused, id) {
			refused = refused.merge(badField(id, "%s", missing(w.Field(id))))
		}
	}
	if t.Level < 0 && e.values["parent"] == nil && !complained(refused, "parent") {
		refused = refused.merge(badField("parent", "Issue type is a sub-task but parent issue key or id not specified."))
	}
	return e.values, e.comments, refused
}

func complained(e *Error, id string) bool {
	if e == nil {
		return false
	}
	_, found := e.Fields[id]
	return found
}

func missing(f *Field) string {
	if f.ID == "summary" {
		return "You must specify a summary of the issue."
	}
	return f.Name + " is required."
}

// RequiredFields lists the ids of the fields that creating an issue of the type needs, besides project and issue type.
func (p *Project) RequiredFields(t *IssueType) []string {
	out := append([]string{"summary"}, p.required...)
	for _, f := range p.fields {
		if f.Required && f.On(t) {
			out = append(out, f.ID)
		}
	}
	return out
}

func propertyMap(list []Property) (map[string]any, error) {
	m := map[string]any{}
	for _, p := range list {
		m[p.Key] = p.Value
	}
	return m, checkProperties(m)
}

func checkProperties(m map[string]any) error {
	for _, k := range slices.Sorted(maps.Keys(m)) {
		raw, err := json.Marshal(m[k])
		if err != nil {
			return Refuse(http.StatusBadRequest, "property %s: %v", k, err)
		}
		if err := CheckProperty(k, len(raw)); err != nil {
			return err
		}
	}
	return nil
}

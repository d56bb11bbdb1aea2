package model

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
)

// editor collects the new values of an issue's fields; nil empties one.
type editor struct {
	w        *World
	by       Caller
	project  *Project
	kind     *IssueType
	issue    *Issue // nil on create
	values   map[string]any
	comments []any
	screen   []string // only these fields; nil: those of the project
	newType  *IssueType
}

// EditIssue changes fields, wholly or not at all. An edit that changes nothing leaves updated alone.
func (w *World) EditIssue(by Caller, i *Issue, in Input) error {
	if !i.Project.May(by.User, EditIssues) {
		return Refuse(http.StatusForbidden, "You do not have permission to edit issues in this project.")
	}
	e := editor{w: w, by: by, project: i.Project, kind: i.Type, issue: i, values: map[string]any{}}
	if i.Project.Workflow(i.Type).Locks(i.Status) {
		e.screen = []string{}
	}
	if refused := e.apply(in); refused != nil {
		return refused
	}
	if len(e.comments) > 0 && !i.Project.May(by.User, AddComments) {
		return bad("%s, you do not have the permission to comment on this issue.", by.User.Display)
	}
	properties, err := propertyMap(in.Properties)
	if err != nil {
		return err
	}
	w.applyEdit(i, e)
	for k, v := range properties {
		i.SetProperty(k, v)
	}
	for _, body := range e.comments {
		if _, err := w.AddComment(by, i, body, nil); err != nil {
			return err
		}
	}
	return nil
}

func (w *World) applyEdit(i *Issue, e editor) {
	h := w.history(i, e.by.User)
	w.change(i, func() bool {
		if e.newType != nil && e.newType != i.Type {
			h.add(HistoryItem{Field: "issuetype", FieldID: "issuetype", From: i.Type.ID, FromText: i.Type.Name, To: e.newType.ID, ToText: e.newType.Name})
			i.Type = e.newType
			if flow := i.Project.Workflow(i.Type); !slices.Contains(flow.statuses, i.Status) {
				w.enter(i, flow.statuses[0], h)
			}
		}
		for _, id := range slices.Sorted(maps.Keys(e.values)) {
			w.put(i, h, w.Field(id), e.values[id])
		}
		return len(h.Items) > 0
	})
	kind := "issue_updated"
	if len(h.Items) == 1 && h.Items[0].FieldID == "assignee" {
		kind = "issue_assigned"
	}
	w.tellEdit(i, e.by.User, h, kind)
}

// put replaces a value and records it; false when it was the same.
func (w *World) put(i *Issue, h *History, f *Field, v any) bool {
	if !w.record(h, f, i.Values[f.ID], v) {
		return false
	}
	if v == nil {
		delete(i.Values, f.ID)
	} else {
		i.Values[f.ID] = v
	}
	return true
}

// apply parses fields and update; all complaints come together, as Jira gives them.
func (e *editor) apply(in Input) *Error {
	var refused *Error
	for _, id := range slices.Sorted(maps.Keys(in.Fields)) {
		if _, both := in.Update[id]; both {
			refused = refused.merge(badField(id, "Field '%s' cannot appear in both 'fields' and 'update'", id))
			continue
		}
		refused = refused.merge(e.field(id, in.Fields[id]))
	}
	for _, id := range slices.Sorted(maps.Keys(in.Update)) {
		for _, op := range in.Update[id] {
			for _, verb := range slices.Sorted(maps.Keys(op)) {
				refused = refused.merge(e.operate(id, verb, op[verb]))
			}
		}
	}
	return refused
}

// target finds the field for writing; nil when it cannot be set here.
func (e *editor) target(id string) *target {
	t := &target{w: e.w, by: e.by, project: e.project, kind: e.kind, issue: e.issue}
	for _, f := range e.project.fields {
		if f.ID == id && f.On(e.kind) {
			t.field, t.options = f.Field, f.Options
		}
	}
	if f := e.w.Field(id); t.field == nil && f != nil && f.ID == id && (f.Custom == "" || f.Type == SprintField) {
		t.field = f
	}
	switch {
	case t.field == nil || t.field.Type == readOnlyType || t.field.Type == projectType:
		return nil
	case e.project.Hides(id), e.screen != nil && !e.onScreen(t.field):
		return nil
	case t.field.Type == resolutionType && e.screen == nil:
		return nil
	}
	return t
}

func (e *editor) onScreen(f *Field) bool {
	return slices.ContainsFunc(e.screen, func(s string) bool { return s == f.ID || s == f.Name })
}

func (e *editor) field(id string, v any) *Error {
	t := e.target(id)
	if t == nil {
		return badField(id, "%s", notSettable(id))
	}
	if id == "issuetype" {
		return e.changeType(v)
	}
	if refused := e.allowed(id, v); refused != nil {
		return refused
	}
	value, refused := t.parse(v)
	if refused == "" && value == nil && id == "summary" {
		refused = "You must specify a summary of the issue."
	}
	if refused == "" && value == nil && e.issue != nil && slices.Contains(e.project.RequiredFields(e.kind), id) {
		refused = missing(t.field)
	}
	if refused != "" {
		return badField(id, "%s", refused)
	}
	e.values[id] = value
	return nil
}

// allowed checks the rights that single fields need.
func (e *editor) allowed(id string, v any) *Error {
	needs := map[string]Permission{"assignee": AssignIssues, "reporter": ModifyReporter}[id]
	if needs == "" || e.project.May(e.by.User, needs) {
		return nil
	}
	if id == "assignee" && v == nil && e.issue == nil {
		return nil
	}
	return badField(id, "%s", notSettable(id))
}

func (e *editor) changeType(v any) *Error {
	t := e.project.Type(part(v, "id"), part(v, "name"))
	if t == nil {
		return badField("issuetype", "The issue type selected is invalid.")
	}
	e.newType = t
	return nil
}

// operate applies one verb of update.
func (e *editor) operate(id, verb string, v any) *Error {
	switch {
	case id == "comment" && verb == "add":
		body := v
		if m, isObject := v.(map[string]any); isObject {
			body = m["body"]
		}
		if _, err := e.w.commentText(e.by, body); err != nil {
			return badField("comment", "Comment body can not be empty, or is not valid.")
		}
		e.comments = append(e.comments, body)
		return nil
	case verb == "set":
		if m, isObject := v.(map[string]any); isObject && id == "parent" && m["none"] == true {
			v = nil
		}
		return e.field(id, v)
	}
	t := e.target(id)
	if t == nil {
		return badField(id, "%s", notSettable(id))
	}
	if !t.field.list() || (verb != "add" && verb != "remove") {
		return badField(id, "Field with id '%s' and name '%s' does not support operation '%s' Supported operation(s) are: %s", id, t.field.Name, verb, t.field.verbs())
	}
	value, refused := t.parse([]any{v})
	if refused != "" {
		return badField(id, "%s", refused)
	}
	was, touched := e.values[id]
	if !touched && e.issue != nil {
		was = e.issue.Values[id]
	}
	e.values[id] = combine(was, value, verb == "add")
	return nil
}

// list says whether values can be added to and removed from the field.
func (f *Field) list() bool {
	switch f.Type {
	case Labels, MultiSelect, Checkbox, MultiUser, componentsType, versionsType:
		return true
	}
	return false
}

// verbs lists the field's operations as create metadata shows them.
func (f *Field) verbs() string { return fmt.Sprint(f.Operations()) }

// Operations lists the verbs that update takes for the field.
func (f *Field) Operations() []string {
	if f.list() {
		return []string{"add", "set", "remove"}
	}
	return []string{"set"}
}

// combine adds values to a list, or takes them out.
func combine(was, v any, add bool) any {
	switch v := v.(type) {
	case []string:
		list, _ := was.([]string)
		return set(changed(list, v, add))
	case []*Named:
		list, _ := was.([]*Named)
		return orNil(changed(list, v, add))
	case []*User:
		list, _ := was.([]*User)
		return orNil(changed(list, v, add))
	}
	return was
}

func changed[T comparable](list, delta []T, add bool) []T {
	out := slices.DeleteFunc(slices.Clone(list), func(o T) bool { return slices.Contains(delta, o) })
	if !add {
		return out
	}
	return append(out, delta...)
}

func orNil[T any](list []T) any {
	if len(list) == 0 {
		return nil
	}
	return list
}

package model

import (
	"cmp"
	"maps"
	"slices"
)

// Transitions lists what the user can do with the issue's status now; none without the permission to transition.
func (w *World) Transitions(u *User, i *Issue) []*Transition {
	if !i.Project.May(u, TransitionIssues) {
		return nil
	}
	return i.Project.Workflow(i.Type).from(i.Status, u)
}

func byID(list []*Transition, id string) *Transition {
	if at := slices.IndexFunc(list, func(t *Transition) bool { return t.id == id }); at >= 0 {
		return list[at]
	}
	return nil
}

// Transition takes an issue along a transition, with the fields of its screen, wholly or not at all.
func (w *World) Transition(by Caller, i *Issue, in Input) error {
	if in.Transition == nil || in.Transition.ID == "" {
		return bad("Missing 'transition' identifier")
	}
	t := byID(w.Transitions(by.User, i), in.Transition.ID)
	if t == nil {
		return bad("It seems that you have tried to perform a workflow operation (%s) that is not valid for the current state of this issue (%s). The likely cause is that somebody has changed the issue recently, please look at the issue history for details.",
			in.Transition.ID, i.Key)
	}
	e := editor{w: w, by: by, project: i.Project, kind: i.Type, issue: i, values: map[string]any{}, screen: append([]string{}, t.Fields()...)}
	refused := e.apply(in)
	for _, name := range t.Required {
		f := w.Field(name)
		if v, given := e.values[f.ID]; !given {
			e.values[f.ID] = i.Values[f.ID] // what is not given stays, and is as good
		} else if v != nil {
			continue
		}
		if e.values[f.ID] == nil && !complained(refused, f.ID) {
			refused = refused.merge(badField(f.ID, "%s", missing(f)))
		}
	}
	if refused != nil {
		return refused
	}
	properties, err := propertyMap(in.Properties)
	if err != nil {
		return err
	}
	h := w.history(i, by.User)
	w.change(i, func() bool {
		for _, id := range slices.Sorted(maps.Keys(e.values)) {
			w.put(i, h, w.Field(id), e.values[id])
		}
		w.take(i, t, h)
		return true
	})
	for k, v := range properties {
		i.SetProperty(k, v)
	}
	w.tellEdit(i, by.User, h, "issue_generic")
	for _, body := range e.comments {
		if _, err := w.AddComment(by, i, body, nil); err != nil {
			return err
		}
	}
	return nil
}

// take enters the target of a transition and does what its post functions do.
func (w *World) take(i *Issue, t *Transition, h *History) {
	outcome := w.Field("resolution")
	switch has := i.Values["resolution"] != nil; {
	case t.Resolution == "-":
		w.put(i, h, outcome, nil)
	case t.Resolution != "" && !has:
		w.put(i, h, outcome, orNothing(named(w.Outcomes, "", t.Resolution)))
	case t.to.Category == Done && !has:
		w.put(i, h, outcome, w.Outcomes[0])
	case t.to.Category != Done && has:
		w.put(i, h, outcome, nil)
	}
	w.enter(i, t.to, h)
}

func orNothing(n *Named) any {
	if n == nil {
		return nil
	}
	return n
}

// enter sets the status.
func (w *World) enter(i *Issue, s *Named, h *History) {
	now := w.Now()
	if i.Status.Category != s.Category {
		i.Entered = now
	}
	if s != i.Status {
		h.add(HistoryItem{Field: "status", FieldID: "status", From: i.Status.ID, FromText: i.Status.Name, To: s.ID, ToText: s.Name})
		i.Status = s
	}
	switch resolved := i.Values["resolution"] != nil; {
	case resolved && i.Resolved == nil:
		i.Resolved = &now
	case !resolved:
		i.Resolved = nil
	}
}

// Assign sets or clears the assignee as PUT assignee does. "-1" is the project's default.
func (w *World) Assign(by Caller, i *Issue, id string) error {
	if !i.Project.May(by.User, AssignIssues) {
		return Refuse(403, "You do not have permission to assign issues.")
	}
	var v any
	if id != "" {
		v = map[string]any{cmp.Or(map[bool]string{true: "name"}[w.wiki], "accountId"): id}
	}
	e := editor{w: w, by: by, project: i.Project, kind: i.Type, issue: i, values: map[string]any{}}
	if refused := e.field("assignee", v); refused != nil {
		return refused
	}
	w.applyEdit(i, e)
	return nil
}

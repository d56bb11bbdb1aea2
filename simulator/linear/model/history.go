package model

import (
	"slices"
	"time"
)

// Grace is how long changes count as part of creating an issue and leave no entry in its history.
// Source: linear.app/docs, "Issue history": edits of the first three minutes are not logged.
const Grace = 3 * time.Minute

// Entry is one line of an issue's history: what one write changed. Values go by the field names of Linear's IssueHistory (fromTitle,
// toState, updatedDescription, addedLabels, ...) and are string, float64, bool, time.Time, *User, *State, *Cycle, *Project, *Issue,
// *Team, *Attachment or []*Label; fromStateId and its like are left to the reader.
type Entry struct {
	Meta
	Issue  *Issue
	Actor  Actor
	Values map[string]any
}

// change is one field that differs: key names it in webhooks, name in the history.
type change struct {
	key, name string
	from, to  any
}

// difference lists what changed between two states of an issue.
func difference(a, b Facts) []change {
	all := []change{
		{"title", "Title", a.Title, b.Title},
		{"description", "Description", deref(a.Description), deref(b.Description)},
		{"priority", "Priority", float64(a.Priority), float64(b.Priority)},
		{"estimate", "Estimate", deref(a.Estimate), deref(b.Estimate)},
		{"dueDate", "DueDate", deref(a.DueDate), deref(b.DueDate)},
		{"teamId", "Team", ref(a.Team), ref(b.Team)},
		{"stateId", "State", ref(a.State), ref(b.State)},
		{"assigneeId", "Assignee", ref(a.Assignee), ref(b.Assignee)},
		{"cycleId", "Cycle", ref(a.Cycle), ref(b.Cycle)},
		{"projectId", "Project", ref(a.Project), ref(b.Project)},
		{"parentId", "Parent", ref(a.Parent), ref(b.Parent)},
		{"sortOrder", "", a.SortOrder, b.SortOrder},
	}
	out := slices.DeleteFunc(all, func(c change) bool { return c.from == c.to })
	if !slices.Equal(a.Labels, b.Labels) {
		out = append(out, change{"labelIds", "Labels", a.Labels, b.Labels})
	}
	return out
}

// deref is the value behind a pointer, or nil.
func deref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// ref is the pointer itself, or an untyped nil.
func ref[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

func stamp(t *time.Time) any { return deref(t) }

// former is the updatedFrom of a webhook.
func former(i *Issue, changes []change) map[string]any {
	out := map[string]any{"updatedAt": i.UpdatedAt}
	for _, c := range changes {
		out[c.key] = plain(c.from)
	}
	return out
}

// plain shows an entity as its id.
func plain(v any) any {
	switch v := v.(type) {
	case *Team:
		return v.ID
	case *State:
		return v.ID
	case *User:
		return v.ID
	case *Cycle:
		return v.ID
	case *Project:
		return v.ID
	case *Issue:
		return v.ID
	case []*Label:
		ids := make([]string, 0, len(v))
		for _, l := range v {
			ids = append(ids, l.ID)
		}
		return ids
	}
	return v
}

// record writes an update into the history.
func (w *World) record(actor Actor, i *Issue, changes []change) {
	values := map[string]any{}
	for _, c := range changes {
		switch c.name {
		case "":
		case "Description":
			values["updatedDescription"] = true
		case "Labels":
			recordLabels(values, c)
		default:
			if c.from != nil {
				values["from"+c.name] = c.from
			}
			if c.to != nil {
				values["to"+c.name] = c.to
			}
		}
	}
	w.recordValues(actor, i, values)
}

func recordLabels(values map[string]any, c change) {
	from, _ := c.from.([]*Label)
	to, _ := c.to.([]*Label)
	if added := without(to, from); len(added) > 0 {
		values["addedLabels"] = added
	}
	if removed := without(from, to); len(removed) > 0 {
		values["removedLabels"] = removed
	}
}

func without(list, other []*Label) []*Label {
	return slices.DeleteFunc(slices.Clone(list), func(l *Label) bool { return slices.Contains(other, l) })
}

func (w *World) recordValues(actor Actor, i *Issue, values map[string]any) {
	if len(values) == 0 || w.Now().Sub(i.born) < Grace {
		return
	}
	i.History = append(i.History, &Entry{Meta: w.meta(""), Issue: i, Actor: actor, Values: values})
}

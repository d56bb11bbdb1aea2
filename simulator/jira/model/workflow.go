package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Workflow is a graph of statuses. The first status is where issues start.
type Workflow struct {
	Name        string       `json:"name,omitempty"`
	Statuses    []Status     `json:"statuses"`
	Transitions []Transition `json:"transitions"`
	// Locked names statuses in which issues cannot be edited (property jira.issue.editable is false): no field is on a screen then. They
	// can be commented on, and transitions show their own screens.
	Locked   []string `json:"locked,omitempty"`
	statuses []*Named // as the world has them
}

// Status is one status of a workflow.
type Status struct {
	Name     string   `json:"name"`
	Category Category `json:"category"`
}

// Transition leads from some statuses to one.
type Transition struct {
	Name string   `json:"name"`
	From []string `json:"from,omitempty"` // names; empty: from every status (a global transition), its own included
	To   string   `json:"to"`
	// Screen lists fields that can be set on the way, Required those that must be: resolution, or the id or name of another field.
	Screen   []string `json:"screen,omitempty"`
	Required []string `json:"required,omitempty"`
	// Only and Except are conditions on the user, by login: others do not see the transition.
	Only   []string `json:"only,omitempty"`
	Except []string `json:"except,omitempty"`
	// Resolution is set by a post function when the screen did not; "-" clears it. Empty: left alone, except that entering a done
	// status without any sets Done, and leaving it clears it, as Jira's simplified workflows do.
	Resolution string `json:"resolution,omitempty"`

	id string
	to *Named
}

// ID is the transition's id, unique in its workflow.
func (t *Transition) ID() string { return t.id }

// Target is the status it leads to.
func (t *Transition) Target() *Named { return t.to }

// Global says that it can be taken from every status.
func (t *Transition) Global() bool { return len(t.From) == 0 }

// Fields lists the screen's fields, required ones first.
func (t *Transition) Fields() []string {
	return slices.Concat(t.Required, slices.DeleteFunc(slices.Clone(t.Screen), func(f string) bool { return slices.Contains(t.Required, f) }))
}

// SimpleWorkflow has To Do, In Progress and Done, each to be reached from everywhere.
func SimpleWorkflow() *Workflow {
	return &Workflow{Name: "Simple", Statuses: []Status{{"To Do", ToDo}, {"In Progress", InProgress}, {"Done", Done}},
		Transitions: []Transition{{Name: "To Do", To: "To Do"}, {Name: "In Progress", To: "In Progress"}, {Name: "Done", To: "Done"}}}
}

// ReviewWorkflow has several hops and a screen: To Do, In Progress, In Review, Done; Done asks for a resolution; only Done reopens.
func ReviewWorkflow() *Workflow {
	return &Workflow{Name: "Review",
		Statuses: []Status{{"To Do", ToDo}, {"In Progress", InProgress}, {"In Review", InProgress}, {"Done", Done}},
		Transitions: []Transition{
			{Name: "Start", From: []string{"To Do"}, To: "In Progress"},
			{Name: "Stop", From: []string{"In Progress"}, To: "To Do"},
			{Name: "Ask for review", From: []string{"In Progress"}, To: "In Review"},
			{Name: "Reject", From: []string{"In Review"}, To: "In Progress"},
			{Name: "Accept", From: []string{"In Review"}, To: "Done", Required: []string{"resolution"}},
			{Name: "Reopen", From: []string{"Done"}, To: "To Do", Resolution: "-"},
		}}
}

// bind makes a copy whose names are resolved in the world.
func (f *Workflow) bind(w *World) (*Workflow, error) {
	if len(f.Statuses) == 0 {
		return nil, fmt.Errorf("workflow %q has no status", f.Name)
	}
	b := &Workflow{Name: f.Name, Statuses: f.Statuses, Transitions: slices.Clone(f.Transitions), Locked: f.Locked}
	for _, s := range f.Statuses {
		b.statuses = append(b.statuses, w.Status(s.Name, s.Category))
	}
	for k := range b.Transitions {
		t := &b.Transitions[k]
		t.id = strconv.Itoa(11 + 10*k)
		if t.to = named(b.statuses, "", t.To); t.to == nil {
			return nil, fmt.Errorf("workflow %q: transition %q leads to unknown status %q", f.Name, t.Name, t.To)
		}
		for _, f := range t.Fields() {
			if w.Field(f) == nil {
				return nil, fmt.Errorf("workflow %q: the screen of transition %q has unknown field %q", b.Name, t.Name, f)
			}
		}
		for _, from := range t.From {
			if named(b.statuses, "", from) == nil {
				return nil, fmt.Errorf("workflow %q: transition %q starts at unknown status %q", f.Name, t.Name, from)
			}
		}
	}
	return b, nil
}

// Bound lists the workflow's statuses with their ids.
func (f *Workflow) Bound() []*Named { return f.statuses }

// Locks says that issues in the status cannot be edited.
func (f *Workflow) Locks(s *Named) bool {
	return slices.ContainsFunc(f.Locked, func(n string) bool { return strings.EqualFold(n, s.Name) })
}

// from lists the transitions that a user can take from a status.
func (f *Workflow) from(s *Named, u *User) []*Transition {
	var out []*Transition
	for k := range f.Transitions {
		t := &f.Transitions[k]
		starts := len(t.From) == 0 || slices.ContainsFunc(t.From, func(n string) bool { return strings.EqualFold(n, s.Name) })
		allowed := (len(t.Only) == 0 || slices.Contains(t.Only, u.Login)) && !slices.Contains(t.Except, u.Login)
		if starts && allowed {
			out = append(out, t)
		}
	}
	return out
}

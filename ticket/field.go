package ticket

import (
	"maps"
	"slices"
	"strings"
)

// Field names one canonical field of a ticket or comment.
type Field string

// The canonical fields. A mapping may add custom ones, see Custom.
const (
	Title     Field = "title"     // one line of text
	Body      Field = "body"      // Markdown; the only field of a comment
	State     Field = "state"     // one of the State* values
	Labels    Field = "labels"    // a set of label names
	Assignees Field = "assignees" // a set of local handles, see Person
	Milestone Field = "milestone" // the title of one milestone, or empty
	Priority  Field = "priority"  // "p1", the most urgent, to "p5", or empty
	Estimate  Field = "estimate"  // a decimal number: "3", "0.5", or empty
	Due       Field = "due"       // a day: "2006-01-02", or empty
	Iteration Field = "iteration" // the title of one sprint or cycle, or empty
	Parent    Field = "parent"    // the ID of the ticket that this one is part of, or empty
)

// customPrefix begins the names of fields that a mapping adds.
const customPrefix = "x:"

// Custom returns the field of that name which a mapping adds: "x:" and the name, of 1 to 40
// characters out of a-z, 0-9, "_" and "-". It holds a text or a set.
func Custom(name string) Field { return Field(customPrefix + name) }

// CustomName returns the name that a custom field was made from, and whether f is one.
func (f Field) CustomName() (name string, ok bool) {
	return strings.CutPrefix(string(f), customPrefix)
}

// Known returns the canonical fields in the order in which people read them. Custom
// ones are not among them.
func Known() []Field {
	return []Field{Title, Body, State, Priority, Labels, Assignees, Estimate, Due, Iteration, Milestone, Parent}
}

// Priorities returns the values of the Priority field, the most urgent first.
func Priorities() []string { return []string{"p1", "p2", "p3", "p4", "p5"} }

// States returns the values of the State field.
func States() []string { return []string{StateOpen, StateDone, StateNotPlanned, StateDuplicate} }

// The values of the State field.
const (
	StateOpen       = "open"
	StateDone       = "done"        // closed because it was completed
	StateNotPlanned = "not_planned" // closed, and it will not be done
	StateDuplicate  = "duplicate"   // closed in favour of another ticket
)

// IsClosed reports whether a value of the State field means closed.
func IsClosed(state string) bool {
	return state == StateDone || state == StateNotPlanned || state == StateDuplicate
}

// Fields holds values by field. A field that is absent is empty.
type Fields map[Field]Value

// Names returns the names in f in ascending order.
func (f Fields) Names() []Field { return slices.Sorted(maps.Keys(f)) }

// Clone returns a copy that shares no map with f.
func (f Fields) Clone() Fields { return maps.Clone(f) }

// Equal reports whether both hold the same value for every field.
func (f Fields) Equal(g Fields) bool {
	for n, v := range f {
		if !v.Equal(g[n]) {
			return false
		}
	}
	for n, v := range g {
		if !v.Equal(f[n]) {
			return false
		}
	}
	return true
}

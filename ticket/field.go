package ticket

import (
	"maps"
	"slices"
)

// Field names one canonical field of a ticket or comment.
type Field string

// The canonical fields. A mapping may add custom ones; their names start with "x:".
const (
	Title     Field = "title"     // one line of text
	Body      Field = "body"      // Markdown; the only field of a comment
	State     Field = "state"     // one of the State* values
	Labels    Field = "labels"    // a set of label names
	Assignees Field = "assignees" // a set of local handles, see Person
	Milestone Field = "milestone" // the title of one milestone, or empty
)

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

package mapping

import (
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Rule maps one canonical field.
type Rule struct {
	Field ticket.Field `json:"field"`
	// External names the fields that hold it, in the order that Convert expects.
	External []string `json:"external"`
	Convert  Convert  `json:"convert"`
	// Type is that of the leading external field; empty: text.
	Type external.FieldType `json:"type,omitempty"`
	// Set says that the external field holds a set. Where the canonical field is a set and
	// the external one holds a single value, the first of the set is written.
	Set bool `json:"set,omitempty"`
	// Max is how many elements of a set are written, the first in their order; 0: all. A field
	// that holds a set of one (Jira's assignee) has 1.
	Max int `json:"max,omitempty"`
	// Direction is where values may go. The translation reads an outward rule's field like
	// any other, so that it can be compared; whoever plans does not take it over.
	Direction Direction `json:"direction,omitempty"`
	// OnCreate: written when an item is made, on either side, and never compared
	// afterwards.
	OnCreate bool `json:"on_create,omitempty"`
	// Values is the table of spellings that Options and States go by.
	Values []Pair `json:"values,omitempty"`
	// Unmapped says what becomes of values that are not in Values, or of people who are not
	// in Users.
	Unmapped Unmapped `json:"unmapped,omitzero"`
	// Categories holds the category of each external state by name, see WithSchema. A
	// state that is not in Values reads by its category.
	Categories map[string]external.Category `json:"categories,omitempty"`
	// ReadOnly fields are read and never written, as with Direction In.
	ReadOnly bool `json:"read_only,omitempty"`
	// Prose holds Markdown: it is sanitised on the way out and restored on the way in.
	Prose bool `json:"prose,omitempty"`
	// Container holds the name of a container (a milestone), which must exist before
	// the field can name it.
	Container bool `json:"container,omitempty"`
}

// Pair is one line of a table of spellings. The first spelling of each side is the one
// that is written; the others mean the same and are left as they are.
type Pair struct {
	Local    []string `json:"local"`
	External []string `json:"external"`
	// And lists values of the second external field (Jira's resolution) of which one must
	// hold, too; the first is written. Empty: any will do, and none is written.
	And []string `json:"and,omitempty"`
}

// Unmapped says for each direction what becomes of a value that is in no table.
type Unmapped struct {
	In  Policy `json:"in,omitempty"`  // of external values
	Out Policy `json:"out,omitempty"` // of local values
}

// Policy says what becomes of a value that is in no table. Any other than the named
// ones is a fixed value that takes its place.
type Policy string

// The policies.
const (
	// PolicyRefuse is the default of tables: an external value reads as "external:" and
	// itself, a local one is not written, and Unreadable or Unwritable say so.
	PolicyRefuse Policy = "refuse"
	// PolicySame, the default for people, passes the value as it is.
	PolicySame Policy = "same"
	// PolicyKeep is for people: whoever is not in Users reads as "external:" and the login,
	// and while a local person has no login the external field stays as it is.
	PolicyKeep Policy = "keep"
)

// Direction says where a rule's values may go.
type Direction string

// The directions of a rule. The empty Direction means Both.
const (
	Both Direction = "both"
	In   Direction = "in"  // from outside to here
	Out  Direction = "out" // from here to the outside
)

// Convert names how a rule translates values.
type Convert string

// The conversions. All but GitHubState and States use one external field.
const (
	Same           Convert = "same"         // the value as it is
	People         Convert = "people"       // people, through Users
	GitHubState    Convert = "github_state" // the state, in GitHub's two fields state and state_reason
	States         Convert = "states"       // the state, through Values, in one field or in two (status and resolution)
	Options        Convert = "options"      // one of a few values, or a set of them, through Values
	Number         Convert = "number"       // a decimal number: "3.0" outside is "3" here
	Date           Convert = "date"         // a day, in a field of days or of times
	Bool           Convert = "bool"         // "true", "false" or nothing
	Reference      Convert = "reference"    // the ID of another ticket; the engine translates the IDs
	ContainerTitle Convert = "container"    // the title of a container
)

// Writes reports whether the rule's values go to the outside at all.
func (r Rule) Writes() bool { return !r.ReadOnly && r.Direction != In }

// Reads reports whether the rule's values come in from the outside.
func (r Rule) Reads() bool { return r.Direction != Out }

// many reports whether the canonical field holds a set. Only a custom one does as the
// external field does.
func (r *Rule) many() bool {
	switch r.Field {
	case ticket.Labels, ticket.Assignees:
		return true
	}
	_, custom := r.Field.CustomName()
	return custom && r.Set
}

// room is how many elements the external field takes; 0: any number.
func (r *Rule) room() int {
	if !r.Set {
		return 1
	}
	return r.Max
}

// whole reports whether the field takes all elements of v, in the form that they have.
func (r *Rule) whole(v ticket.Value) bool {
	return v.IsSet() == r.Set && r.Set == r.many() && (r.Max == 0 || v.Len() <= r.Max)
}

// names returns the external fields as people read them: "status and resolution".
func (r *Rule) names() string { return strings.Join(r.External, " and ") }

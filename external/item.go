package external

import (
	"strings"
	"time"

	"github.com/extsync/extsync/ticket"
)

// System names a kind of external system: "github", "jira", "linear", "memory".
type System string

// Kind says what an item is.
type Kind string

// The kinds of item that are linked.
const (
	KindTicket    Kind = "ticket"
	KindComment   Kind = "comment"
	KindContainer Kind = "container" // milestone, label, sprint, epic ...
)

// Ref addresses one item of an external system. ID is immutable and identifies;
// Key is how people and URLs call it (a number, "ABC-12") and may change.
type Ref struct {
	Kind   Kind   `json:"kind"`
	ID     string `json:"id"`
	Key    string `json:"key,omitempty"`
	Parent string `json:"parent,omitempty"` // a comment's ticket: its Key
	// ParentID is that ticket's ID, in what an adapter tells of a comment and where the system tells it: the
	// key may be one that nobody knows yet, since keys change. No adapter needs it to read or to write.
	ParentID string `json:"parent_id,omitempty"`
}

// Item is one item as the external system showed it. Fields carry the system's
// own field names, see Schema; the mapping turns them into canonical ones. A name that
// ends in SidecarSuffix holds the raw form of the field before it, which only the
// adapter reads: what the field's Markdown cannot say.
type Item struct {
	Ref
	Fields    Fields
	Author    string    // login of whoever created it
	CreatedAt time.Time // zero when the system does not say
	UpdatedAt time.Time // the system's clock, at its precision
	URL       string
	// CreateKey is the key we gave the item when we created it, see
	// Outbound.CreateKey; empty when it carries none that is ours.
	CreateKey string
	// Version is whatever the system gives to tell versions apart (an ETag), or empty.
	Version string
	// Gone is set when the system answered that the item does not exist any more.
	Gone bool
	// MovedTo is set with Gone where the item was not deleted: it lives elsewhere now, in
	// another project or as another kind of thing. It is an address that people can open. On
	// the answer to a write it says, besides, that the write happened there; Fields are then
	// what the item shows at its new place.
	MovedTo string
	// Home is set with MovedTo where the item lives on as an item of another project.
	Home Home
	// ReadBack is set on the answer to a write that was read by a later call: where it
	// differs from what was written, a rival may have been faster than the reading.
	ReadBack bool
	// Halfway names fields that a write moved towards what was asked and not yet to it
	// (a state that is reached through others). The same write is wanted again.
	Halfway []string
	// Chosen names fields that the system gave a value of its own where the write had no way to
	// give one, as one of Jira's transitions does whose screen has no place for the resolution,
	// or kept the value that it had for want of such a way.
	// What they show is nobody's edit. Only an answer to a write has it.
	Chosen []string
}

// Home is where an item lives that was moved: the immutable id of the project, and what
// the item is called there. Its zero value is nowhere. A system may give an item that is
// moved another id.
type Home struct {
	Project string
	ID, Key string
}

// SidecarSuffix ends the names of fields that hold the raw form of another one:
// "description" + SidecarSuffix. They are never mapped.
const SidecarSuffix = "~raw"

// RestrictedField is the name in Item.Fields under which an adapter tells that fewer people may see
// an item than see its project, as with a security level of Jira's: who, in words, and what can be
// done about it. Absent: whoever sees the project sees the item. It is never mapped.
const RestrictedField = "restricted" + SidecarSuffix

// Restricted says why fewer people may see the item than see its project, or "".
func (i Item) Restricted() string { return i.Fields[RestrictedField].Text() }

// UnheldSuffix ends the names under which an adapter tells, in Item.Fields, that an item has no such field at all, which
// says nothing of what it held: Jira hides the values of an issue whose type is changed, or whose project hides the field,
// and shows them again under the type from before. They are never mapped.
const UnheldSuffix = "~unheld" + SidecarSuffix

// Lacks reports whether an item has no such field at all.
func (i Item) Lacks(field string) bool {
	_, is := i.Fields[field+UnheldSuffix]
	return is
}

// Fields holds values by the system's own field names. An absent field is empty.
type Fields map[string]ticket.Value

// Project is one project, repository or team that can be connected. ID is
// immutable, Key is its present address ("octo/hello").
type Project struct {
	ID      string
	Key     string
	Name    string
	URL     string
	Private bool
}

// Identity is whom our credential speaks as, and what it lacks.
type Identity struct {
	Login string
	// Missing lists the permissions that the synchronisation needs and the
	// credential lacks, as the system calls them ("Issues: write").
	Missing []string
	// ReadOnly says why nobody may write to the project, which can be read all the same, and
	// what can be done about it; empty: it can be written to.
	ReadOnly string
}

// Hinders says why nothing can be synchronised in that direction, or "".
func (i Identity) Hinders(d Direction) string {
	switch {
	case len(i.Missing) > 0:
		return "the credential lacks " + strings.Join(i.Missing, ", ") + "; grant it and connect again"
	case d.Out():
		return i.ReadOnly
	}
	return ""
}

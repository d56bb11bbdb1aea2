package external

import (
	"strings"
	"time"
)

// Stream names one feed of changes: "tickets", "comments". A system whose list of
// tickets brings their comments along has the first alone.
type Stream string

// The streams that adapters offer.
const (
	StreamTickets  Stream = "tickets"
	StreamComments Stream = "comments"
)

// Capabilities are the facts about an external system that planning needs. They
// are static: known without a connection or a credential.
type Capabilities struct {
	System      System
	Streams     []Stream          // in the order in which they must be read
	Fields      []FieldCapability // of tickets
	Comment     FieldCapability   // of a comment's body
	CommentEdit bool              // a comment can be changed
	CommentDel  bool              // a comment can be deleted
	// TicketDel: a ticket can be deleted or moved to a bin. Where it cannot, one that is to
	// go is closed as not planned.
	TicketDel bool
	// Custom describes the fields that a project may define for itself: Custom.Name is
	// the prefix of their names ("customfield_"). Empty: there are none.
	Custom    FieldCapability
	CreateKey CreateKeyKind
	// Precision is the granularity of UpdatedAt; Lag is how long an item may stay
	// invisible in lists after it was written, or its stamp be older than that.
	Precision  time.Duration
	Lag        time.Duration
	PageSize   int // items of one page of Changes at most
	ReadBatch  int // refs of one Read call that cost one vendor call
	WriteBatch int // creates of one WriteBatch call at most; 0 = one by one, see adapters.BatchWriter
	// HistoryGrace is how long after an item's creation its edits leave no history.
	HistoryGrace time.Duration
	History      int // refs of one History call that cost one vendor call; 0 = no history
	Webhooks     bool
	Filters      bool // a project may be narrowed to some of its tickets
	// Transitions: a state is reached through others, so that a write may end halfway,
	// see Item.Halfway.
	Transitions bool
	// Secludes: one item may be hidden from people who see its project, see RestrictedField.
	Secludes bool
	Limits   Limits
	// Directions are those that the system can serve; empty: all.
	Directions []Direction
}

// FieldCapability says what the system can hold in one of its fields.
type FieldCapability struct {
	Name     string
	Title    string    // how people call it, where that differs from Name
	Type     FieldType // empty: TypeText
	Set      bool      // holds a set, changed by adding and removing elements
	ReadOnly bool
	MaxRunes int // 0 = no limit known; of one element where Set
	MaxItems int // elements of a set; 0 = no limit known
	// AnyCase: elements of a set that differ by the case of their letters alone are one. The
	// system keeps the spelling that it knew first.
	AnyCase bool
	History HistoryKind
	// Required and Options are facts about one project: they stand in a Schema, not in
	// Capabilities.
	Required bool     // a create without it is refused
	Options  []Option // the values it may hold; empty: any
}

// FieldType says what a field's values are. Their spelling as text is the same for
// every system.
type FieldType string

// The types of fields.
const (
	TypeText      FieldType = "text"      // one line, as it is
	TypeProse     FieldType = "prose"     // Markdown, whatever the system keeps
	TypeNumber    FieldType = "number"    // decimal: "3", "0.5"
	TypeBool      FieldType = "bool"      // "true" or "false"
	TypeDate      FieldType = "date"      // "2006-01-02"
	TypeTime      FieldType = "time"      // RFC 3339, UTC
	TypeURL       FieldType = "url"       // an absolute address
	TypeOption    FieldType = "option"    // one of Options by name; a cascading one as "parent / child"
	TypeState     FieldType = "state"     // one of Options by name, each with its Category
	TypeLabels    FieldType = "labels"    // free words
	TypePeople    FieldType = "people"    // logins
	TypeContainer FieldType = "container" // the title of a milestone, sprint, cycle, project
	TypeReference FieldType = "reference" // the ID of another ticket of the same project: parent, epic
)

// Option is one value that a field may hold.
type Option struct {
	ID       string // the system's own, where it has one
	Name     string // what a field's value spells
	Category Category
	// Unreachable is set for a state that no transition leads to, as far as the system
	// tells: it can be read and never be written.
	Unreachable bool
}

// Category groups the states of all systems.
type Category string

// The categories of states.
const (
	CategoryTodo     Category = "todo"
	CategoryDoing    Category = "doing"
	CategoryDone     Category = "done"
	CategoryCanceled Category = "canceled" // closed, and it will not be done
)

// HistoryKind says what the system remembers of a field's earlier values.
type HistoryKind string

// The kinds of history.
const (
	HistoryNone  HistoryKind = ""      // nothing: the blind window cannot be audited
	HistoryTimes HistoryKind = "times" // when it changed, not the values
	HistoryFull  HistoryKind = "full"  // every value, its author and time
)

// CreateKeyKind says how a lost create is found again.
type CreateKeyKind string

// The kinds of create key.
const (
	// CreateKeyMarker: the key stands in the item's text and is found by listing.
	CreateKeyMarker CreateKeyKind = "marker"
	// CreateKeyProperty: the key is set on the item by the call that makes it, apart
	// from its text, and is found by listing.
	CreateKeyProperty CreateKeyKind = "property"
	// CreateKeyClientID: we choose the item's id; a second create is refused.
	CreateKeyClientID CreateKeyKind = "client_id"
	// CreateKeyNone: a create of unknown outcome cannot be found again. The system must
	// deduplicate by the key that every delivery carries.
	CreateKeyNone CreateKeyKind = "delivery_id"
)

// Limits are the vendor's published limits for one credential; zero = none known.
type Limits struct {
	RequestsPerHour int
	WritesPerMinute int           // content-creating calls
	WritesPerHour   int           // content-creating calls
	WriteGap        time.Duration // least time between two writes
}

// Field returns the capability of the field with that name, and whether it exists.
// A name that a project may have given to a field of its own exists.
func (c Capabilities) Field(name string) (FieldCapability, bool) {
	for _, f := range c.Fields {
		if f.Name == name {
			return f, true
		}
	}
	if c.Custom.Name != "" && strings.HasPrefix(name, c.Custom.Name) {
		f := c.Custom
		f.Name = name
		return f, true
	}
	return FieldCapability{}, false
}

// Serves reports whether the system can serve the direction.
func (c Capabilities) Serves(d Direction) bool {
	if len(c.Directions) == 0 || d == Disabled {
		return true
	}
	for _, served := range c.Directions {
		if served == d {
			return true
		}
	}
	return false
}

// Has reports whether the system offers a stream.
func (c Capabilities) Has(s Stream) bool {
	for _, offered := range c.Streams {
		if offered == s {
			return true
		}
	}
	return false
}

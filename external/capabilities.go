package external

import "time"

// Stream names one feed of changes: "items", "comments".
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
	CreateKey   CreateKeyKind
	// Precision is the granularity of UpdatedAt; Lag is how long an item may stay
	// invisible in lists after it was written, or its stamp be older than that.
	Precision time.Duration
	Lag       time.Duration
	PageSize  int // items of one page of Changes at most
	ReadBatch int // refs of one Read call that cost one vendor call
	History   int // refs of one History call that cost one vendor call; 0 = no history
	Webhooks  bool
	Limits    Limits
}

// FieldCapability says what the system can hold in one of its fields.
type FieldCapability struct {
	Name     string
	Set      bool // holds a set, changed by adding and removing elements
	ReadOnly bool
	MaxRunes int // 0 = no limit known
	History  HistoryKind
}

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
	// CreateKeyClientID: we choose the item's id; a second create is refused.
	CreateKeyClientID CreateKeyKind = "client_id"
)

// Limits are the vendor's published limits for one credential; zero = none known.
type Limits struct {
	RequestsPerHour int
	WritesPerMinute int           // content-creating calls
	WritesPerHour   int           // content-creating calls
	WriteGap        time.Duration // least time between two writes
}

// Field returns the capability of the field with that name, and whether it exists.
func (c Capabilities) Field(name string) (FieldCapability, bool) {
	for _, f := range c.Fields {
		if f.Name == name {
			return f, true
		}
	}
	return FieldCapability{}, false
}

// Schema is what one concrete project offers now; Capabilities is what the system
// could offer at all.
type Schema struct {
	Fields     []FieldCapability
	Labels     []string
	Containers []Container
	Assignable []string // logins; empty when the system does not tell
}

// Container is something that groups tickets and that a field names by its title.
type Container struct {
	Ref
	Field string // the system's field that names it: "milestone"
	Name  string // its title, which is what the field holds
}

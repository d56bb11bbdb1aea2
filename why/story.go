package why

import (
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Verb says what happened to a value.
type Verb string

// The verbs. The first five changed the value here; the others say what became of it.
const (
	Wrote     Verb = "wrote"     // a person wrote it here
	CameIn    Verb = "came_in"   // it was written outside, and a session brought it in
	Decided   Verb = "decided"   // a conflict was decided so, and a session carried it out
	Merged    Verb = "merged"    // a strategy made it of both sides, as a person allowed
	Restored  Verb = "restored"  // a session was undone, and the value returned to what it was
	SentOut   Verb = "sent_out"  // a session wrote it outside
	TookBack  Verb = "took_back" // a session overwrote it outside, or took the item away there
	Disagreed Verb = "conflict"  // both sides held something else
	Settled   Verb = "settled"   // that conflict was closed
)

// Here reports whether the verb changed the value here.
func (v Verb) Here() bool {
	return v == Wrote || v == CameIn || v == Decided || v == Merged || v == Restored
}

// Event is one thing that happened to a value.
type Event struct {
	At   time.Time
	Verb Verb
	// Who is a local handle: of who wrote or decided. Empty where a session acted by rule.
	Who string
	// Project is where the value came from or went to; empty: nowhere but here.
	Project string
	Before  ticket.Value
	// After is, of a conflict, what the external side held; of an item that was taken away, the state in which it was
	// closed where it cannot be deleted.
	After      ticket.Value
	Reason     string // the planner's own
	Outcome    string // of a write outside, where it was not plain
	SessionID  string
	Step       int64 // of that session's journal; 0: none
	Mapping    int   // version of the mapping in force then; 0: the system's default
	IntentID   string
	ConflictID string
}

// Standing says how a value stands in one project.
type Standing struct {
	Project string
	Key     string // the external item's present key; empty: there is none
	State   store.LinkState
	Waiting bool // a change waits for its session
	// Conflict is the open or decided one of the field; empty: none.
	Conflict string
	// Because says why nothing happens: privacy, a direction, a person who is waited for.
	// Empty: nothing has to.
	Because string
}

// Chapter is the story of one value.
type Chapter struct {
	// Field is one of the ticket's, store.ChangedPrivacy, or store.ChangedDeleted: that is
	// what became of the ticket or comment as a whole, and of its items outside.
	Field     ticket.Field
	CommentID string // set for what is a comment's
	Value     ticket.Value
	Events    []Event // newest first
	Standings []Standing
}

// Origin returns the newest event that wrote the value here, and whether there is one.
func (c Chapter) Origin() (Event, bool) {
	for _, e := range c.Events {
		if e.Verb.Here() {
			return e, true
		}
	}
	return Event{}, false
}

// Story is everything that is recorded of one ticket.
type Story struct {
	TicketID string
	// Chapters are the fields in ascending order, then privacy, then deletion, then the
	// comments by creation, each with its deletion.
	Chapters []Chapter
	// Cut is set where more is recorded than was read: the oldest events are missing.
	Cut bool
}

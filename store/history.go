package store

import (
	"time"

	"github.com/extsync/extsync/ticket"
)

// TicketChange is one value that was written here: by a person, or by a session. It is
// kept in the transaction that wrote it.
type TicketChange struct {
	Seq       int64 // set by the store; ascending along the history of one ticket
	TicketID  string
	CommentID string // set when the field is a comment's
	// Field is a field of the ticket, body for a comment, or one of ChangedPrivacy and
	// ChangedDeleted.
	Field     ticket.Field
	Before    ticket.Value
	After     ticket.Value
	By        string // a local handle, or "project:<id>" when a sync wrote it
	At        time.Time
	Revision  int64  // of the ticket or comment from then on
	SessionID string // of the session that wrote it; empty: a person did
}

// What else than a field a change may be about.
const (
	ChangedPrivacy ticket.Field = "privacy" // the level, empty for a comment that follows its ticket
	ChangedDeleted ticket.Field = "deleted" // "true", or empty
)

// HeadMark says how far a project's audit chain was published outside.
type HeadMark struct {
	ProjectID   string
	Published   SignedHead // the last one; zero: none ever
	PublishedAt time.Time
	Error       string    // why the last try failed; empty: it did not
	FailedAt    time.Time // since when it fails
}

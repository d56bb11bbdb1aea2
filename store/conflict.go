package store

import (
	"slices"
	"time"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// ConflictKind says how two values came to disagree.
type ConflictKind = plan.Kind

// The kinds of conflict. Those of a field park that field alone; those of a whole item
// have an empty Field.
const (
	BothEdited = plan.BothEdited
	// Overwritten: an edit made outside between our look and our write was lost there;
	// External holds it. It parks nothing and does not close when both sides agree.
	Overwritten = plan.Overwritten
	// Unmappable: the mapping has no word for what the external side holds, or the
	// external system none for what we hold.
	Unmappable = plan.Unmappable
	// RefusedOutside: the external system refuses our value.
	RefusedOutside = plan.Refused
	// LossyWrite: what we wrote came back different, beyond what the system is known to
	// change. It parks nothing.
	LossyWrite = plan.Lossy
	// Undone: a rollback restored the value; the next session must not redo it. Of an item:
	// a rollback left what its session had made, for somebody has worked on it since.
	Undone = plan.RolledBack
	// EditedAndDeleted (item): deleted on one side and edited on the other.
	EditedAndDeleted ConflictKind = "edited_deleted"
	// GoneOutside (item): one side is deleted, or the external one was moved away, and
	// nobody edited the other, which stays.
	GoneOutside ConflictKind = "gone"
	// TwinCreated (item): the ticket and an external item, Twin, look like one made twice.
	TwinCreated = plan.TwinNew
)

// ConflictState is where a conflict is.
type ConflictState string

// The states of a conflict.
const (
	OpenConflict ConflictState = "open"
	Decided      ConflictState = "decided"   // a decision is stored and not yet applied
	Resolved     ConflictState = "resolved"  // applied
	Converged    ConflictState = "converged" // both sides agreed before anyone decided
)

// Choice is what was decided.
type Choice string

// The choices.
const (
	ChooseLocal    Choice = "local"
	ChooseExternal Choice = "external"
	ChooseValue    Choice = "value" // Conflict.Value holds it
	// Of conflicts about a whole item, where local and external name the side whose
	// existence or deletion the other is to follow:
	ChooseUnlink   Choice = "unlink"   // leave both as they are, and stop synchronising them
	ChooseLink     Choice = "link"     // the two are one ticket: join them
	ChooseSeparate Choice = "separate" // the two are different tickets: keep both
)

// Conflict is one field of one link on which both sides disagree. Its values stay
// after it is closed: a losing value can be restored.
type Conflict struct {
	ID         string
	ProjectID  string
	LinkID     string
	TicketID   string
	CommentID  string // set when the field is a comment's
	Field      ticket.Field
	Kind       ConflictKind
	State      ConflictState
	Base       plan.Base
	Local      ticket.Value
	External   ticket.Value
	Digest     string // plan.Digest(Local, External)
	Strategy   plan.Strategy
	Choice     Choice
	Value      ticket.Value
	DecidedBy  string
	Twin       string // of TwinCreated: the external id of the other item
	DetectedAt time.Time
	DecidedAt  time.Time
	ClosedAt   time.Time
	// Untold says, of an unmappable one, which value cannot be told.
	Untold plan.Untold
	// Reason says for a person what the kind alone does not: what the mapping lacks, what
	// the external system answered.
	Reason string
	// ClosedRevision is the revision that the ticket, or the comment, had once the conflict
	// was closed; 0: not known. What was written later is a newer edit.
	ClosedRevision int64
	Reminders      int       // how often somebody was reminded of it
	RemindedAt     time.Time // when last
	// Kept is set when the conflict only keeps a value for whoever wants it back: it parks
	// nothing, and does not close when both sides agree. Local is what stands then, and
	// External the value kept.
	Kept bool
}

// Sticky reports whether the conflict parks nothing and is left to a person even when both
// sides agree.
func (c Conflict) Sticky() bool { return c.Kept || c.Kind.Sticky() }

// AsksAboutDeletion reports whether the decision may delete an item. It is a person's: what becomes
// of a deletion that nobody answers, Deletions say, and an edit is asked about always.
func (c Conflict) AsksAboutDeletion() bool {
	return c.Kind == EditedAndDeleted || c.Kind == GoneOutside
}

// Closed reports whether nothing is left to decide.
func (c Conflict) Closed() bool { return c.State == Resolved || c.State == Converged }

// Choices returns what a person may decide on the conflict, in the order in which it is
// offered. It is empty where only a change of a value, of the mapping or of the external
// system helps.
func (c Conflict) Choices() []Choice {
	switch c.Kind {
	case Undone:
		if c.Field == "" {
			return []Choice{ChooseLocal, ChooseUnlink}
		}
	case Unmappable:
		switch c.Untold {
		case plan.UntoldHere:
			return []Choice{ChooseExternal, ChooseValue}
		case plan.UntoldOutside:
			return []Choice{ChooseLocal, ChooseValue}
		default:
			return nil
		}
	case EditedAndDeleted, GoneOutside:
		return []Choice{ChooseLocal, ChooseExternal, ChooseUnlink}
	case TwinCreated:
		return []Choice{ChooseLink, ChooseSeparate}
	}
	return []Choice{ChooseLocal, ChooseExternal, ChooseValue}
}

// Offers reports whether a choice is one of Choices.
func (c Conflict) Offers(choice Choice) bool { return slices.Contains(c.Choices(), choice) }

// ConflictFilter narrows the conflict queue. What is zero narrows nothing.
type ConflictFilter struct {
	ProjectID string
	LinkID    string
	TicketID  string // also the conflicts of its comments
	Field     ticket.Field
	Kind      ConflictKind
	State     ConflictState
	Strategy  plan.Strategy
	Before    time.Time // only those that were detected before
}

// ConflictCount is how many conflicts of a kind wait in a project.
type ConflictCount struct {
	ProjectID string
	Kind      ConflictKind
	State     ConflictState // open or decided
	Count     int
	Oldest    time.Time // when the oldest of them was detected
}

// ConflictPolicy says what happens to a conflict that nobody decides. Its zero value lets
// it wait for ever, without a word.
type ConflictPolicy struct {
	RemindAfter time.Duration `json:"remind_after,omitempty"` // from its detection; 0: never
	RemindEvery time.Duration `json:"remind_every,omitempty"` // after the first one; 0: once
	ExpireAfter time.Duration `json:"expire_after,omitempty"` // from its detection; 0: never
	// OnExpiry is what is then decided; empty: nothing, it stays parked, and nobody is reminded of
	// it any more. Anything else needs ConfirmedBy.
	OnExpiry    Choice    `json:"on_expiry,omitempty"`
	ConfirmedBy string    `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time `json:"confirmed_at,omitzero"`
}

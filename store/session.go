package store

import (
	"time"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// SessionKind says what a session is for.
type SessionKind string

// The kinds of session.
const (
	Initial     SessionKind = "initial"
	Incremental SessionKind = "incremental"
	Reconcile   SessionKind = "reconcile"
	Rollback    SessionKind = "rollback" // undoes another session
)

// SessionState is where a session is.
type SessionState string

// The states of a session.
const (
	Pending   SessionState = "pending" // a rollback that was ordered and has not begun
	Running   SessionState = "running"
	Succeeded SessionState = "succeeded"
	Failed    SessionState = "failed"
	Held      SessionState = "held"    // a guard stopped it, a person must look
	Stopped   SessionState = "stopped" // paused or disconnected
	// Cancelled: a rollback whose order was taken back before it had done anything. It is no rollback of anything.
	Cancelled SessionState = "cancelled"
)

// Session is one bounded synchronisation operation.
type Session struct {
	ID        string
	ProjectID string
	Kind      SessionKind
	State     SessionState
	Reason    string // why it failed, was held or stopped, for a person
	Epoch     int64
	Counts    Counts
	StartedAt time.Time
	EndedAt   time.Time
	Mapping   int // version of the mapping it used; 0: the system's default
	// Undoes is the id of the session that a rollback undoes, and By who asked for it: a
	// local handle, or OnFailure. Both are empty for every other session.
	Undoes string
	By     string
}

// OnFailure is who asks for the rollback of a session that failed, where the project wants
// it.
const OnFailure = "the project's settings"

// Counts is the report of a session in numbers.
type Counts struct {
	Observed       int `json:"observed"`        // items seen in changes
	Changed        int `json:"changed"`         // of which were new or different
	CreatedHere    int `json:"created_here"`    // tickets and comments created locally
	AppliedHere    int `json:"applied_here"`    // fields changed locally
	DeletedHere    int `json:"deleted_here"`    // comments deleted locally
	CreatedOutside int `json:"created_outside"` // items created outside
	PushedOutside  int `json:"pushed_outside"`  // fields changed outside
	DeletedOutside int `json:"deleted_outside"` // comments deleted outside
	Conflicts      int `json:"conflicts"`       // opened
	Twins          int `json:"twins"`           // of which ask whether two tickets are one
	Resolved       int `json:"resolved"`        // conflicts closed
	Drift          int `json:"drift"`           // fields that may not flow
	Withheld       int `json:"withheld"`        // items that privacy keeps here
	TakenBack      int `json:"taken_back"`      // items that were taken back outside
	Lossy          int `json:"lossy"`           // fields that came back different
	Failed         int `json:"failed"`          // items that failed and will be tried again
	Quarantined    int `json:"quarantined"`
	Repaired       int `json:"repaired"`    // writes of uncertain outcome that were settled
	Reads          int `json:"reads"`       // calls to the external system
	Writes         int `json:"writes"`      // calls that write
	Compared       int `json:"compared"`    // links of which a sample compared both real sides
	Unexplained    int `json:"unexplained"` // of which nothing explains a difference
	Walks          int `json:"walks"`       // 1: it read every stream to its end
}

// Step is one line of a session's journal.
type Step struct {
	SessionID string
	Seq       int64
	LinkID    string
	TicketID  string // empty while the local side does not exist
	Field     ticket.Field
	Action    plan.Action
	Before    ticket.Value
	After     ticket.Value
	Reason    string
	Outcome   string // "done", "lossy: ...", "refused: ...", or "" where nothing was to do
	IntentID  string // of the write, if it was one
	At        time.Time
	// Was holds the bases of the field before the step, where it changed something, and Met
	// identifies those after it, see plan.Met; empty where nothing of it was recorded.
	Was plan.Base
	Met string
}

// OutboxKind says what an outbox entry is.
type OutboxKind string

// The kinds of outbox entry.
const (
	OutboxWake     OutboxKind = "wake"     // Subject: project id
	OutboxConflict OutboxKind = "conflict" // Subject: conflict id; starts its workflow
	OutboxDecision OutboxKind = "decision" // Subject: conflict id; signals its workflow
	OutboxEvent    OutboxKind = "event"    // a published event, named Event
	OutboxHead     OutboxKind = "head"     // Subject: project id, whose audit head is to be published
)

// Outbox is something to send once its transaction is committed. It carries ids.
type Outbox struct {
	ID        string
	Kind      OutboxKind
	ProjectID string
	Subject   string
	Event     string // SyncStarted, ConflictDetected, ExternalTicketCreated, ...
	At        time.Time
}

// Plus returns the sum of both, number by number.
func (c Counts) Plus(d Counts) Counts {
	return Counts{
		Observed: c.Observed + d.Observed, Changed: c.Changed + d.Changed,
		CreatedHere: c.CreatedHere + d.CreatedHere, AppliedHere: c.AppliedHere + d.AppliedHere,
		DeletedHere: c.DeletedHere + d.DeletedHere, CreatedOutside: c.CreatedOutside + d.CreatedOutside,
		PushedOutside: c.PushedOutside + d.PushedOutside, DeletedOutside: c.DeletedOutside + d.DeletedOutside,
		Conflicts: c.Conflicts + d.Conflicts, Twins: c.Twins + d.Twins, Resolved: c.Resolved + d.Resolved,
		Drift: c.Drift + d.Drift, Withheld: c.Withheld + d.Withheld, TakenBack: c.TakenBack + d.TakenBack, Lossy: c.Lossy + d.Lossy,
		Failed: c.Failed + d.Failed, Quarantined: c.Quarantined + d.Quarantined,
		Repaired: c.Repaired + d.Repaired, Reads: c.Reads + d.Reads, Writes: c.Writes + d.Writes,
		Compared: c.Compared + d.Compared, Unexplained: c.Unexplained + d.Unexplained, Walks: c.Walks + d.Walks,
	}
}

package store

import (
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// LinkState is where a link is in its life.
type LinkState string

// The states of a link.
const (
	Backlog     LinkState = "backlog" // one side does not exist yet
	Live        LinkState = "live"
	ParkedLink  LinkState = "parked"      // stopped for a reason that a person must see
	Quarantined LinkState = "quarantined" // failed too often, or one side cannot say what the other holds
	MaybeGone   LinkState = "gone"        // the external side answers 404 or 410
	Withdrawn   LinkState = "withdrawn"   // we took the external item back
	Tombstone   LinkState = "tombstone"   // over: both sides are deleted, or a person ended it
)

// Link is one pair of a local ticket, comment or container and its external twin.
// A stub lacks one of the two ids. Its ID is random and seeds the create key.
type Link struct {
	ID          string
	ProjectID   string
	Kind        external.Kind
	LocalID     string // a container's is "<field>/<title>"
	ExternalID  string
	ExternalKey string // the present alias: an issue's number
	Parent      string // a comment's: id of its ticket's link, when known
	ParentKey   string // a comment's: key of its external ticket, when known; a ticket's: see engine, references
	State       LinkState
	Cause       Cause  // why it rests or is over, as far as sessions need to know
	Onward      string // id of the link under which its item, or its ticket, goes on; empty: none, or that is not known
	Reason      string // why it is parked, quarantined, gone or over, for people alone: see Cause
	Bases       plan.Bases
	Made        bool // we created the external item, so that it carries our key
	// DirtyRev grows with each change on any side; CleanRev is the DirtyRev that was
	// planned last. The link is dirty while DirtyRev > CleanRev.
	DirtyRev, CleanRev int64
	DirtyAt            time.Time // when it was marked last
	Attempts           int
	FirstTry           time.Time // first of the failed attempts
	NextTry            time.Time
	// Pushes counts the calls that changed the external item since PushedFrom; see
	// Pushed.
	Pushes     int
	PushedFrom time.Time
	// TakeBack is how what may not be outside any more is to be taken back there; empty: it
	// is not, or it is done.
	TakeBack outbound.TakeBack
	// Unseen is how what was asked to be taken back while it was out of sight is to be, once it shows: it
	// was gone, or elsewhere. Empty: nothing was.
	Unseen outbound.TakeBack
	// Held: the database was restored from a backup, and the link, which was at work, was not planned
	// since with its item before us. What it would do then waits for a person, whether its project
	// was released or not; see docs/decisions/0019.
	Held      bool
	CreatedAt time.Time
}

// AwaitsTicket begins the ParentKey of a ticket's link one of whose sides names a ticket without a twin; its id follows.
const AwaitsTicket = "reference:"

// Dirty reports whether a change waits to be planned.
func (l Link) Dirty() bool { return l.DirtyRev > l.CleanRev }

// Waits reports whether a session is going to plan a change that was marked. An edit of its ticket marks a link that is
// over all the same.
func (l Link) Waits() bool {
	return l.Dirty() && l.State != Tombstone && (l.State != Withdrawn || l.Retracts())
}

// MaxPushes is how many calls may change one external item within PushSpan. More is
// no person's work: another program answers each of our writes with one of its own.
const (
	MaxPushes = 40
	PushSpan  = time.Hour
)

// Pushed returns the link after one more call that changed the external item.
func (l Link) Pushed(now time.Time) Link {
	if now.Sub(l.PushedFrom) >= PushSpan {
		l.Pushes, l.PushedFrom = 0, now
	}
	l.Pushes++
	return l
}

// Fights reports whether the link has used up what it may write for now.
func (l Link) Fights(now time.Time) bool {
	return l.Pushes >= MaxPushes && now.Sub(l.PushedFrom) < PushSpan
}

// AtWork returns a link that was set aside as it goes back to work, with all its tries
// before it. What it pushed still counts; see Fights.
func (l Link) AtWork() Link {
	state := Live
	if l.ExternalID == "" || l.LocalID == "" {
		state = Backlog
	}
	l = l.As(state, NoCause, "")
	l.Attempts = 0
	l.FirstTry, l.NextTry = time.Time{}, time.Time{}
	return l
}

// Active reports whether a link is synchronised at all in its state.
func (l Link) Active() bool { return l.State == Backlog || l.State == Live }

// Retracts reports whether a link is over, and what still stands of it is to be taken back.
func (l Link) Retracts() bool { return l.State == Withdrawn && l.TakeBack != "" }

// LinkCounts counts the ticket and comment links of a project.
type LinkCounts struct {
	Tickets     int // of kind ticket with an external side
	Comments    int // of kind comment with an external side
	Due         int // would be returned by DueLinks
	Dirty       int // due now or later: a quarantined or gone link is not
	Quarantined int
	Gone        int
	Parked      int
}

// Observation is the last state in which an external item was seen.
type Observation struct {
	ProjectID string
	Item      external.Item
	Hash      string    // of the normalised fields, the key, and Gone
	TitleKey  string    // ticket.TitleKey of its title in our terms; empty for what has none
	SeenAt    time.Time // when it was asked for: the answer may have come, and been stored, much later
}

// SeenLink is a link with what stands in the observation of its item.
type SeenLink struct {
	Link
	UpdatedAt time.Time // Item.UpdatedAt; zero where nothing was observed
	Hash      string    // empty where nothing was observed, or what was is in doubt
}

// IntentState is where an external write is.
type IntentState string

// The states of an intent.
const (
	Planned    IntentState = "planned"
	Sent       IntentState = "sent" // it may have happened
	Landed     IntentState = "landed"
	Refused    IntentState = "refused"    // the vendor said no, or it provably did not happen
	Superseded IntentState = "superseded" // planned, and not sent because things moved
)

// AuditState says whether the history after a landed write was looked at.
type AuditState string

// The states of an audit.
const (
	AuditNone      AuditState = ""          // the write has no blind window (a create, a set)
	AuditPending   AuditState = "pending"   // history must still be read
	AuditDone      AuditState = "done"      // nothing was lost, or a conflict was opened
	AuditUnaudited AuditState = "unaudited" // the vendor keeps no history of the field
)

// Change is one field of an intent, in canonical values.
type Change struct {
	Field ticket.Field `json:"field"`
	// Seen is what the external side held when we looked, Written what we send, and
	// Local the local value that Written came from.
	Seen    ticket.Value `json:"seen"`
	Written ticket.Value `json:"written"`
	Local   ticket.Value `json:"local"`
	Reason  string       `json:"reason,omitempty"`
	// Cause is as what the link is over once the write has landed, of one that takes the item back.
	Cause Cause `json:"cause,omitempty"`
	// Restores is set when the write undoes another one: the field's base from before that,
	// which is its base again once this one lands.
	Restores *plan.Base `json:"restores,omitempty"`
}

// Intent is the write-ahead record of one external call that writes.
type Intent struct {
	ID        string
	ProjectID string
	LinkID    string
	SessionID string
	Op        string // adapters.Op.Name
	Verb      string // "create", "update", "delete", "container"
	Changes   []Change
	State     IntentState
	Audit     AuditState
	// Position is the vendor's time of the state we looked at; history is audited
	// from there.
	Position  time.Time
	Deadline  time.Time // when the call has certainly ended, once sent
	Login     string    // the account it goes out under; empty: that was not noted
	Mapping   int       // the version of the mapping it is written under; 0: the system's default
	Epoch     int64
	Error     string // of the last attempt, without content
	CreatedAt time.Time
	SentAt    time.Time
	DoneAt    time.Time
}

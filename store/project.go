package store

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// Project is an external project, the aggregate root.
type Project struct {
	ID         string // random UUID
	System     external.System
	BaseURL    string // empty: the vendor's public service
	ExternalID string // immutable; empty while configuring
	Key        string // present address: "octo/hello"
	Login      string // whom our credential speaks as
	// Formerly are the accounts that our credentials spoke as before, see SpeakAs.
	Formerly []string
	User     string // goes with the credential where the system wants both, see adapters.Config
	Filter   string // narrows the project, in the system's own language; empty: all of it
	// Settings are the adapter's own, as JSON; empty: its defaults. They hold no secret.
	Settings json.RawMessage
	Status   external.Status
	// StatusReason says for a person why the status is what it is.
	StatusReason string
	Failures     int // sessions that failed in a row
	Direction    external.Direction
	Strategies   []Strategy // by field; the entry with an empty Field is the default
	Conflicts    ConflictPolicy
	Rules        outbound.Rules
	PollEvery    time.Duration // zero: by webhooks and hand only
	Pace         Pace
	WriterEpoch  int64
	// RollbackFailed: a session that fails after it wrote something is rolled back by the next.
	RollbackFailed bool
	Deletions      Deletions
	// Guard holds what a person allowed beyond the guards' limits, for one session.
	Guard GuardWaiver
	// Restored is set from the moment on that the database was found to be older than what
	// is known outside of it, until a person releases the project; see engine.Restored.
	Restored Restored
	// Wishes are what somebody wants to see before the first synchronisation.
	Wishes    Wishes
	CreatedAt time.Time
	SyncedAt  time.Time // end of the last session that succeeded and was no undo
}

// SpeakAs has the project's credential belong to an account from now on. The one before is kept
// in mind: what it made stays ours.
func (p *Project) SpeakAs(login string) {
	over := func(was string) bool { return was == "" || was == login }
	p.Formerly = slices.DeleteFunc(append(slices.Clone(p.Formerly), p.Login), over)
	p.Login = login
}

// SpokeAs reports whether an account is, or was, the one that the project's credential belongs to.
func (p Project) SpokeAs(login string) bool {
	return login == p.Login || slices.Contains(p.Formerly, login)
}

// Strategy is how conflicts of one field are resolved. Strategies that let the
// external side win need ConfirmedBy.
type Strategy struct {
	Field       ticket.Field  `json:"field,omitempty"` // empty: every field without an entry
	Strategy    plan.Strategy `json:"strategy"`
	ConfirmedBy string        `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time     `json:"confirmed_at,omitzero"`
}

// Deletions says what becomes of a ticket that nobody edited and whose twin was deleted.
// The zero value asks each time.
type Deletions struct {
	// Follow lets it go too, Delay after it was first asked about, unless a person has
	// decided otherwise by then. It needs ConfirmedBy.
	Follow      bool          `json:"follow,omitempty"`
	Delay       time.Duration `json:"delay,omitempty"` // in nanoseconds
	ConfirmedBy string        `json:"confirmed_by,omitempty"`
	ConfirmedAt time.Time     `json:"confirmed_at,omitzero"`
}

// DefaultDeletionDelay is how long a deletion is shown before it is followed.
const DefaultDeletionDelay = 24 * time.Hour

// Pace overrides the vendor's published limits, for servers that have others.
type Pace struct {
	Off             bool          `json:"off,omitempty"` // the server has no limits
	WritesPerMinute int           `json:"writes_per_minute,omitempty"`
	WritesPerHour   int           `json:"writes_per_hour,omitempty"`
	WriteGap        time.Duration `json:"write_gap,omitempty"`
}

// Restored says that the database was restored from a backup, and how far the project is
// since, or when a person released it. Its zero value: nothing of the kind.
type Restored struct {
	At   time.Time `json:"at,omitzero"`    // when it was found out
	Why  string    `json:"why,omitempty"`  // how, for a person; ids and numbers only
	Read bool      `json:"read,omitempty"` // every stream was read from the beginning since
	// Done: everything was planned anew since; a person may release the project.
	Done bool `json:"done,omitempty"`
	// Released is when a person last did that; all else is empty then.
	Released time.Time `json:"released,omitzero"`
}

// Open reports whether nothing of the project may leave.
func (r Restored) Open() bool { return !r.At.IsZero() }

// Wishes are what somebody wants to see before anything of a connection goes on. Whatever sets it
// up obeys them, also where the setup that was told of them is lost.
type Wishes struct {
	Preview bool // what would leave, to approve it
	Review  bool // the field mapping, to confirm it
}

// And adds wishes: nobody's word that he is to be asked is taken back by another one's.
func (w Wishes) And(more Wishes) Wishes {
	return Wishes{Preview: w.Preview || more.Preview, Review: w.Review || more.Review}
}

// GuardWaiver is a person's permission to pass a guard once.
type GuardWaiver struct {
	By      string    `json:"by,omitempty"`
	At      time.Time `json:"at,omitzero"`
	Creates int       `json:"creates,omitempty"` // creations outside that were previewed
	All     bool      `json:"all,omitempty"`     // pass every guard in the next session
}

// Budget is one credential's allowance as the vendor last told it, and what we
// spent of our own write buckets.
type Budget struct {
	Credential  string // id of the project whose credential it is
	Known       bool   // the vendor told Remaining and Reset
	Remaining   int
	Reset       time.Time
	BlockedTill time.Time   // the vendor told us to wait until then
	Writes      []time.Time // content-creating calls of the last hour, oldest first
	LastWrite   time.Time
}

// AuditEntry is one line of a project's audit log. It holds ids and names of
// fields, never content; Digest is the SHA-256 of the values written.
type AuditEntry struct {
	ProjectID string
	Seq       int64 // from 1, without gaps
	At        time.Time
	Actor     string // "sync", or a local handle
	Action    string // "write", "decide", "confirm", "grant", ...
	Subject   string // id of the intent, conflict, ticket ... concerned
	Detail    string // names and ids for a person
	Digest    string
	Prev      string // Hash of the entry before, empty for the first
	Hash      string // see HashAudit
}

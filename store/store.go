package store

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// The errors that callers act on. Implementations wrap them.
var (
	ErrNotFound = errors.New("not found")
	// ErrStale: the row is not what the caller read; read again and decide again.
	ErrStale = errors.New("changed since it was read")
	// ErrExists: a unique constraint holds such a row already.
	ErrExists = errors.New("exists already")
	// ErrBusy: another transaction is at it just now; try again in a moment.
	ErrBusy = errors.New("in use by another request just now")
)

// UnableError says that the database is there and could not do it: not now, or not in this time. Nothing of it is
// done, unless the connection broke as it was committed. Trying again later helps once a person has done what Todo says.
type UnableError struct {
	Todo string // for a person: what hinders, and what to do; without content
	Err  error
}

// Error says what hinders.
func (e *UnableError) Error() string { return e.Todo + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *UnableError) Unwrap() error { return e.Err }

// Store runs transactions.
type Store interface {
	// Tx runs fn in one transaction that sees its own writes. When fn returns an
	// error nothing of it remains and Tx returns that error. fn may run more than
	// once when the database asks for it, so it must have no effect beyond tx. tx
	// must not be used after fn returns, nor another transaction be started in fn. A
	// panic in fn undoes the transaction and goes on.
	Tx(ctx context.Context, fn func(tx Tx) error) error
}

// Tx is one transaction, seen through every role.
//
// What holds for every method: a row that does not exist is ErrNotFound, and so is a
// row that names a project, ticket or session that does not exist; a second row with
// the same id is ErrExists. Records belong to their caller: changing one, or a map
// in one, changes nothing stored. Maps that are read are never nil, times are UTC at
// the microsecond. Values that hold a NUL character or invalid UTF-8, and states
// that do not exist, are refused. A limit of zero returns nothing.
//
// After ErrNotFound, ErrStale, ErrExists and ErrBusy the transaction can go on, but for an
// insert that names what does not exist; after any other error it must be given up.
type Tx interface {
	Projects
	Tickets
	Comments
	Links
	Observations
	Intents
	Sessions
	Conflicts
	Deliveries
	Requests
	Retention
	Budgets
	Audit
	Histories
	Secrets
	Mappings
}

// Projects keeps the external projects.
type Projects interface {
	// InsertProject fails with ErrExists when (System, BaseURL, ExternalID) is connected.
	InsertProject(ctx context.Context, p Project) error
	Project(ctx context.Context, id string) (Project, error)
	// ProjectForUpdate locks the row.
	ProjectForUpdate(ctx context.Context, id string) (Project, error)
	// ProjectByAddress finds by system, server and present key, the newest if there are
	// several.
	ProjectByAddress(ctx context.Context, system external.System, baseURL, key string) (Project, error)
	// ListProjects returns all, oldest first.
	ListProjects(ctx context.Context) ([]Project, error)
	// UpdateProject replaces the row but for WriterEpoch. It fails with ErrStale when
	// the status may not follow the stored one, see external.Status.CanBecome.
	UpdateProject(ctx context.Context, p Project) error
	// BumpEpoch increments writer_epoch and returns it: every older writer is fenced.
	BumpEpoch(ctx context.Context, id string) (int64, error)
	// RaiseEpoch is BumpEpoch, and the epoch it returns is greater than beyond, too.
	RaiseEpoch(ctx context.Context, id string, beyond int64) (int64, error)
}

// Tickets keeps the local side and who may see it.
type Tickets interface {
	InsertTicket(ctx context.Context, t ticket.Ticket) error
	Ticket(ctx context.Context, id string) (ticket.Ticket, error)
	TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error)
	// UpdateTicket replaces the row if its revision is still seen, else ErrStale.
	// t.Revision must be greater than seen.
	UpdateTicket(ctx context.Context, t ticket.Ticket, seen int64) error
	// ListTickets returns up to limit tickets that are not deleted with an id
	// greater than after, in ascending order of id.
	ListTickets(ctx context.Context, after string, limit int) ([]ticket.Ticket, error)
	// CountTickets counts the tickets that are not deleted.
	CountTickets(ctx context.Context) (int, error)
	// Grants returns a ticket's grants in ascending order of project.
	Grants(ctx context.Context, ticketID string) ([]ticket.Grant, error)
	// PutGrant records a grant; a second one for the same ticket and project
	// replaces the first.
	PutGrant(ctx context.Context, g ticket.Grant) error
	// DeleteGrant removes a grant; that there is none is not an error.
	DeleteGrant(ctx context.Context, ticketID, projectID string) error
}

// Comments keeps the comments of tickets.
type Comments interface {
	InsertComment(ctx context.Context, c ticket.Comment) error
	Comment(ctx context.Context, id string) (ticket.Comment, error)
	CommentForUpdate(ctx context.Context, id string) (ticket.Comment, error)
	// UpdateComment replaces the row if its revision is still seen, else ErrStale.
	// c.Revision must be greater than seen; the comment stays with its ticket.
	UpdateComment(ctx context.Context, c ticket.Comment, seen int64) error
	// CommentsOf returns a ticket's comments, deleted ones too, by creation and id.
	CommentsOf(ctx context.Context, ticketID string) ([]ticket.Comment, error)
}

// Links keeps the sync mapping.
type Links interface {
	// InsertLink fails with ErrExists when the project has a link of that kind to
	// the same local id or the same external id (empty ids do not count).
	InsertLink(ctx context.Context, l Link) error
	Link(ctx context.Context, id string) (Link, error)
	LinkForUpdate(ctx context.Context, id string) (Link, error)
	LinkByExternal(ctx context.Context, projectID string, kind external.Kind, externalID string) (Link, error)
	// LinkByKey finds by the present key (an issue's number), the newest if several
	// carry it.
	LinkByKey(ctx context.Context, projectID string, kind external.Kind, key string) (Link, error)
	LinkByLocal(ctx context.Context, projectID string, kind external.Kind, localID string) (Link, error)
	// LinksOfLocal returns the links of one local ticket or comment in all projects,
	// in ascending order of project.
	LinksOfLocal(ctx context.Context, kind external.Kind, localID string) ([]Link, error)
	// LinksOfParent returns the links of kind comment whose Parent is that link id, in
	// ascending order of id, as do the next two.
	LinksOfParent(ctx context.Context, parentLinkID string) ([]Link, error)
	// LinksOfParentKey returns the links of a kind whose ParentKey is that key
	// and whose Parent is not known yet.
	LinksOfParentKey(ctx context.Context, projectID string, kind external.Kind, parentKey string) ([]Link, error)
	// LinksOf returns up to limit links of a project and kind with id > after.
	LinksOf(ctx context.Context, projectID string, kind external.Kind, after string, limit int) ([]Link, error)
	// LinksSeen returns up to limit links of a project and kind, in ascending order of when
	// their items changed as it was observed last, and of id: those behind (at, after), and
	// of items that changed before that time unless it is zero. What was not observed
	// changed at the zero time.
	LinksSeen(ctx context.Context, projectID string, kind external.Kind, at time.Time, after string, before time.Time, limit int) ([]SeenLink, error)
	// LinksAside returns up to limit ticket and comment links with id > after that wait for
	// a person: parked, quarantined or gone. A state other than "" narrows it to one of
	// these; in any other state there are none.
	LinksAside(ctx context.Context, projectID string, state LinkState, after string, limit int) ([]Link, error)
	// LinksAlike returns up to limit ticket links of a project, in ascending order of id,
	// whose local ticket or external item bears a title of that key, see ticket.TitleKey.
	// Tickets that are deleted and items that are gone do not count; no key finds nothing.
	LinksAlike(ctx context.Context, projectID, titleKey string, limit int) ([]Link, error)
	// AlikeTitles returns up to limit keys greater than after, in ascending order, for
	// which LinksAlike finds several links.
	AlikeTitles(ctx context.Context, projectID, after string, limit int) ([]string, error)
	// UpdateLink replaces the row but for DirtyRev, CleanRev, project and kind.
	// ErrExists as Insert.
	UpdateLink(ctx context.Context, l Link) error
	// DeleteLink removes a link that was never live (a stub). ErrStale when it has both
	// ids.
	DeleteLink(ctx context.Context, id string) error
	// MarkDirty increments DirtyRev and makes the links due at once: NextTry is zero,
	// DirtyAt is now by the store's clock.
	MarkDirty(ctx context.Context, linkIDs ...string) error
	// HoldLinks sets Held on every ticket and comment link of the project that has an external
	// side, but for those that are parked, withdrawn or a tombstone.
	HoldLinks(ctx context.Context, projectID string) error
	// MarkClean sets CleanRev to rev; the link stays dirty when it was marked since. It
	// never goes back to a smaller rev, and rev must not be beyond DirtyRev.
	MarkClean(ctx context.Context, linkID string, rev int64) error
	// DueLinks returns up to limit dirty ticket and comment links of the project whose
	// state is backlog or live, or withdrawn and to be taken back once more, and whose NextTry
	// is not after now: all tickets before
	// all comments; among each, links with a decision waiting first, then live ones,
	// then backlog; then by DirtyAt and id.
	DueLinks(ctx context.Context, projectID string, now time.Time, limit int) ([]Link, error)
	// CountLinks counts a project's links of kinds ticket and comment.
	CountLinks(ctx context.Context, projectID string, now time.Time) (LinkCounts, error)
	// Backfill inserts a dirty backlog link for every ticket and comment of ours
	// that has none in the project and is not deleted, newID making the ids, and
	// returns how many. Tickets come first, each kind in ascending order of id; a
	// comment's link names its ticket's as Parent, and comments of deleted tickets are
	// left out. Containers are not its business.
	Backfill(ctx context.Context, projectID string, now time.Time, newID func() string) (int, error)
}

// Observations keeps the last observed state of every external item, and how far
// each stream was read.
type Observations interface {
	// PutObservation stores the item's state and reports whether its Hash differs
	// from the stored one (true for a new item).
	PutObservation(ctx context.Context, o Observation) (changed bool, err error)
	Observation(ctx context.Context, projectID string, kind external.Kind, externalID string) (Observation, error)
	// Sightings returns what was observed, in any project, of the items of a kind that an
	// author made at that moment: an item that was moved keeps both, where it may get another
	// id. They come in ascending order of project and external id.
	Sightings(ctx context.Context, kind external.Kind, author string, made time.Time) ([]Observation, error)
	// Cursor returns the zero cursor with its Stream set when there is none.
	Cursor(ctx context.Context, projectID string, stream external.Stream) (external.Cursor, error)
	PutCursor(ctx context.Context, projectID string, c external.Cursor) error
}

// Intents keeps the write-ahead record of every external write.
type Intents interface {
	InsertIntent(ctx context.Context, i Intent) error
	Intent(ctx context.Context, id string) (Intent, error)
	// UpdateIntent replaces the row, but for its project and link, if its state is
	// still from, else ErrStale. A second intent of a link in state sent fails with
	// ErrExists.
	UpdateIntent(ctx context.Context, i Intent, from IntentState) error
	// OpenIntents returns a project's intents that are planned, sent, or landed with
	// their audit pending, oldest first.
	OpenIntents(ctx context.Context, projectID string) ([]Intent, error)
	// LinkIntents returns the open intents (as above) of one link, oldest first.
	LinkIntents(ctx context.Context, linkID string) ([]Intent, error)
}

// Sessions keeps the bounded operations and their journal.
type Sessions interface {
	InsertSession(ctx context.Context, s Session) error
	Session(ctx context.Context, id string) (Session, error)
	// UpdateSession replaces the row but for its project.
	UpdateSession(ctx context.Context, s Session) error
	// ListSessions returns a project's sessions, newest first: those before the one with that id, or
	// all where it is empty; none where the project has no such session.
	ListSessions(ctx context.Context, projectID, before string, limit int) ([]Session, error)
	// RunningSessions returns a project's sessions that run, oldest first.
	RunningSessions(ctx context.Context, projectID string) ([]Session, error)
	// RollbacksOf returns the rollbacks of one session, oldest first.
	RollbacksOf(ctx context.Context, sessionID string) ([]Session, error)
	// OpenRollbacks returns a project's rollbacks that have neither succeeded nor been cancelled, oldest first.
	OpenRollbacks(ctx context.Context, projectID string) ([]Session, error)
	// AppendSteps adds to a session's journal; Seq is assigned by the store, from 1.
	AppendSteps(ctx context.Context, steps ...Step) error
	// Steps returns up to limit steps of a session with Seq > after.
	Steps(ctx context.Context, sessionID string, after int64, limit int) ([]Step, error)
}

// Conflicts keeps the conflict queue.
type Conflicts interface {
	// InsertConflict fails with ErrExists when the link has an open or decided
	// conflict in that field.
	InsertConflict(ctx context.Context, c Conflict) error
	Conflict(ctx context.Context, id string) (Conflict, error)
	ConflictForUpdate(ctx context.Context, id string) (Conflict, error)
	// UpdateConflict replaces the row but for its project, link and field. ErrExists
	// as Insert.
	UpdateConflict(ctx context.Context, c Conflict) error
	// LinkConflicts returns the open and decided conflicts of a link by field.
	LinkConflicts(ctx context.Context, linkID string) ([]Conflict, error)
	// FindConflicts returns up to limit conflicts that pass the filter, newest first.
	FindConflicts(ctx context.Context, f ConflictFilter, limit int) ([]Conflict, error)
	// TwinConflicts returns the conflicts of a project, in any state and newest first, that
	// ask whether an external item is the twin of a ticket. No id finds none.
	TwinConflicts(ctx context.Context, projectID, externalID string) ([]Conflict, error)
	// CountConflicts counts the open and decided conflicts of a project, or of all with an
	// empty one, by project, kind and state, in this order.
	CountConflicts(ctx context.Context, projectID string) ([]ConflictCount, error)
}

// Deliveries keeps what came in and what must go out.
type Deliveries interface {
	// RecordDelivery stores the id of a webhook or event delivery and reports
	// whether it is new.
	RecordDelivery(ctx context.Context, source, id string, at time.Time) (fresh bool, err error)
	// AddOutbox queues events and wake-ups in the transaction of their change.
	AddOutbox(ctx context.Context, entries ...Outbox) error
	// DueOutbox returns up to limit entries not yet delivered whose kind is one of
	// kinds, oldest first, and locks them: entries that another transaction has locked
	// are left to it.
	DueOutbox(ctx context.Context, kinds []OutboxKind, limit int) ([]Outbox, error)
	// PostponeOutbox puts entries behind all that are older than at; what is not due is ignored.
	PostponeOutbox(ctx context.Context, at time.Time, ids ...string) error
	// MarkDelivered removes entries from the due ones; what is not due is ignored.
	MarkDelivered(ctx context.Context, at time.Time, ids ...string) error
}

// Requests remembers what requests made, by the keys that their callers gave them.
type Requests interface {
	// ClaimRequest holds a caller's key until the transaction ends, and returns what was
	// made by it; ErrNotFound when it is new, ErrBusy when another transaction holds it.
	ClaimRequest(ctx context.Context, caller, key string) (Request, error)
	// PutRequest records what was made by a key that is claimed. ErrExists when one is.
	PutRequest(ctx context.Context, r Request) error
}

// Retention forgets what nobody needs any more: up to limit rows of before a time, and
// returns how many. What another transaction has locked is left for the next time.
type Retention interface {
	// DropDelivered forgets outbox entries that were delivered, never others.
	DropDelivered(ctx context.Context, before time.Time, limit int) (int, error)
	// DropInbox forgets ids of what came in from outside; the marks that are the server's
	// own, see ServerSource, stay.
	DropInbox(ctx context.Context, before time.Time, limit int) (int, error)
	DropRequests(ctx context.Context, before time.Time, limit int) (int, error)
}

// ServerSource is the source of marks in the inbox by which the server's processes agree on
// who makes a secret. Without them two would make it once more.
const ServerSource = "server"

// AdminToken is the name of the one secret of the server that is no sealed blob: a hash.
const AdminToken = "admin-token"

// Request is what a request with a key made. It holds ids.
type Request struct {
	Caller string // who gave the key: keys of others are other keys
	Key    string
	Digest string // of what was asked for
	Made   string // id of what was made
	At     time.Time
}

// Budgets keeps the allowance of each credential, shared by all workers.
type Budgets interface {
	// BudgetForUpdate locks and returns the budget, the zero budget with its
	// Credential set when there is none.
	BudgetForUpdate(ctx context.Context, credential string) (Budget, error)
	PutBudget(ctx context.Context, b Budget) error
}

// Audit keeps the append-only log.
type Audit interface {
	// AppendAudit adds an entry to its project's chain: it sets Seq, Prev and Hash.
	AppendAudit(ctx context.Context, e AuditEntry) error
	// AuditLog returns up to limit entries of a project with Seq > after.
	AuditLog(ctx context.Context, projectID string, after int64, limit int) ([]AuditEntry, error)
	// AuditHead returns a project's newest entry. ErrNotFound when there is none.
	AuditHead(ctx context.Context, projectID string) (AuditEntry, error)
	// HeadMark returns how far a project's chain was published, the zero mark with its
	// ProjectID set when it never was.
	HeadMark(ctx context.Context, projectID string) (HeadMark, error)
	PutHeadMark(ctx context.Context, m HeadMark) error
}

// Histories keeps what was written here, and finds by ticket what others keep.
type Histories interface {
	// AppendChanges adds to the histories of tickets; Seq is set by the store.
	AppendChanges(ctx context.Context, changes ...TicketChange) error
	// TicketChanges returns up to limit changes of a ticket and its comments with Seq <
	// before, newest first. Zero means from the newest.
	TicketChanges(ctx context.Context, ticketID string, before int64, limit int) ([]TicketChange, error)
	// TicketSteps returns up to limit steps of all sessions about a ticket and its
	// comments, newest first.
	TicketSteps(ctx context.Context, ticketID string, limit int) ([]Step, error)
}

// Secret is a sealed blob.
type Secret struct {
	Owner, Name string
	Sealed      []byte
}

// Secrets keeps sealed blobs only; vault seals and opens them.
type Secrets interface {
	PutSecret(ctx context.Context, owner, name string, sealed []byte) error
	// Secret fails with ErrNotFound when there is none.
	Secret(ctx context.Context, owner, name string) ([]byte, error)
	// ListSecrets returns all, by owner and name.
	ListSecrets(ctx context.Context) ([]Secret, error)
	// SwapSecret replaces a blob that is still was, else ErrStale or ErrNotFound.
	SwapSecret(ctx context.Context, owner, name string, was, sealed []byte) error
	// DeleteSecrets removes all of an owner's; that there are none is not an error.
	DeleteSecrets(ctx context.Context, owner string) error
}

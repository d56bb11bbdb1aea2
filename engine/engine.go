package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Deps are the ports of the engine.
type Deps struct {
	Store    store.Store
	Adapters Connector
	Clock    Clock
	NewID    func() string // random UUIDs
	Key      []byte        // secret that binds create keys to us; at least 32 bytes
	Log      *slog.Logger
	// CallTimeout is after what time a call to an external system has certainly ended:
	// the hard timeout of the adapters' HTTP client and a margin. A write of unknown
	// outcome is looked up after it. Zero: 40 s, for a client that gives up after 30 s.
	CallTimeout time.Duration
	// Places is adapters.Factory.Places of a system; nil: no settings move a field.
	Places func(s external.System, settings json.RawMessage) map[external.Kind]map[string]string
}

const defaultCallTimeout = 40 * time.Second

// Connector gives the adapter of a connected project, its credential opened.
type Connector interface {
	// For may be called for every batch; it should be cheap. Errors are, or wrap,
	// *external.Error.
	For(ctx context.Context, p store.Project) (adapters.Adapter, error)
}

// Clock is how the engine sees time.
type Clock interface {
	Now() time.Time
	// Sleep returns early with the context's error.
	Sleep(ctx context.Context, d time.Duration) error
}

// Engine runs the loop. Its methods may be called by several goroutines; the writer
// epoch keeps two sessions of one project apart.
type Engine struct {
	Deps
	mappings *mappings
}

// New returns an engine over the given ports.
func New(d Deps) *Engine {
	if d.CallTimeout <= 0 {
		d.CallTimeout = defaultCallTimeout
	}
	d.Store = again{ledger{d.Store, d.Clock}}
	return &Engine{Deps: d, mappings: newMappings()}
}

// The reasons for which a session ends early without having failed.
var (
	// ErrFenced: a newer session has begun; this one must not write any more.
	ErrFenced = errors.New("a newer session of this project has begun")
	// ErrStopped: the project was paused or disconnected.
	ErrStopped = errors.New("the project does not sync at present")
)

// Run is one attempt of a session: what its calls need to know.
type Run struct {
	SessionID string
	ProjectID string
	Kind      store.SessionKind
	Epoch     int64
	// Beat is called between links when it is not nil, so that a worker can tell
	// that it lives.
	Beat func()
	// Enough, when it is not nil, is asked before each link; true ends a Sync early,
	// with More set.
	Enough func() bool
	// peek is set to look without writing: no fence is in the way.
	peek bool
	// retracts is set while a link is taken back, see secluded.
	retracts bool
	// brings names the links of tickets that the undo which is looked at brings back before the link that is looked at now.
	brings map[string]bool
}

// beat gives a sign of life.
func (r Run) beat() {
	if r.Beat != nil {
		r.Beat()
	}
}

// sessionSpan is by how much the epoch rises where a session begins. In between there is room for
// what else fences a writer, another mapping say: had that in a database that was restored the
// weight of a session, it would hide from the witness that one is missing.
const sessionSpan = 1 << 10

// Begin starts the session, or enters it again after a crash, and fences every
// older attempt. It fails with ErrStopped when the project does not sync.
func (e *Engine) Begin(ctx context.Context, sessionID, projectID string, kind store.SessionKind) (Run, error) {
	r := Run{SessionID: sessionID, ProjectID: projectID, Kind: kind}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		p, err := tx.ProjectForUpdate(ctx, projectID)
		if err != nil {
			return err
		}
		if !p.Status.Syncs() {
			return fmt.Errorf("%w: its status is %s", ErrStopped, p.Status)
		}
		if r.Epoch, err = tx.RaiseEpoch(ctx, projectID, p.WriterEpoch|(sessionSpan-1)); err != nil {
			return err
		}
		s, err := tx.Session(ctx, sessionID)
		if errors.Is(err, store.ErrNotFound) {
			return e.openSession(ctx, tx, r)
		}
		if err != nil {
			return err
		}
		if s.State == store.Cancelled {
			return fmt.Errorf("%w: the order of this rollback was taken back", ErrStopped)
		}
		s.Epoch = r.Epoch
		if s.State == store.Stopped || s.Kind == store.Rollback && s.State != store.Running && s.State != store.Succeeded {
			return e.takeUp(ctx, tx, s)
		}
		return tx.UpdateSession(ctx, s)
	})
	if err != nil {
		return Run{}, fmt.Errorf("begin session %s: %w", sessionID, err)
	}
	return r, nil
}

func (e *Engine) openSession(ctx context.Context, tx store.Tx, r Run) error {
	now := e.Clock.Now()
	inForce, err := tx.ActiveMapping(ctx, r.ProjectID)
	if err != nil && !errors.Is(err, store.ErrNotFound) { // none: the system's default, version 0
		return err
	}
	err = tx.InsertSession(ctx, store.Session{
		ID: r.SessionID, ProjectID: r.ProjectID, Kind: r.Kind, State: store.Running, Epoch: r.Epoch, StartedAt: now,
		Mapping: inForce.Version,
	})
	if err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(r.ProjectID, "SyncStarted", r.SessionID))
}

// takeUp begins a rollback that was ordered, or goes on with one that could not end, or with
// a session that was taken for cut off: it keeps its journal, which says how far it came.
func (e *Engine) takeUp(ctx context.Context, tx store.Tx, s store.Session) error {
	first := s.State == store.Pending
	s.State, s.Reason, s.EndedAt = store.Running, "", time.Time{}
	if !first {
		return tx.UpdateSession(ctx, s)
	}
	inForce, err := tx.ActiveMapping(ctx, s.ProjectID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	s.StartedAt, s.Mapping = e.Clock.Now(), inForce.Version
	if err := tx.UpdateSession(ctx, s); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(s.ProjectID, "SyncStarted", s.ID))
}

func (e *Engine) event(projectID, name, subject string) store.Outbox {
	return store.Outbox{ID: e.NewID(), Kind: store.OutboxEvent, ProjectID: projectID, Event: name, Subject: subject, At: e.Clock.Now()}
}

func (e *Engine) wake(projectID string) store.Outbox {
	return store.Outbox{ID: e.NewID(), Kind: store.OutboxWake, ProjectID: projectID, Subject: projectID, At: e.Clock.Now()}
}

// fence locks the project and refuses an attempt that is no longer the newest, or
// whose project was stopped. Every transaction of a session begins with it.
func (e *Engine) fence(ctx context.Context, tx store.Tx, r Run) (store.Project, error) {
	if r.peek {
		return tx.Project(ctx, r.ProjectID)
	}
	p, err := tx.ProjectForUpdate(ctx, r.ProjectID)
	switch {
	case err != nil:
		return p, err
	case p.WriterEpoch != r.Epoch:
		return p, ErrFenced
	case !p.Status.Syncs():
		return p, ErrStopped
	}
	inSession(tx, r.SessionID)
	return p, nil
}

// Outcome is how a session ended, for Record.
type Outcome struct {
	State  store.SessionState
	Kind   external.ErrorKind // for Failed
	Reason string             // for a person; no ticket content
	// Early: it succeeded as far as it came, and limits ended it before its guard was asked.
	Early bool
	// Walked: every stream was read to its end.
	Walked bool
}

// Record closes the session and moves the project's status.
func (e *Engine) Record(ctx context.Context, r Run, o Outcome) (store.Session, error) {
	var s store.Session
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		p, err := tx.ProjectForUpdate(ctx, r.ProjectID)
		if err != nil {
			return err
		}
		if s, err = tx.Session(ctx, r.SessionID); err != nil {
			return err
		}
		if s.State != store.Running {
			return nil // recorded before; the caller was repeated
		}
		s.State, s.Reason, s.EndedAt = o.State, o.Reason, e.Clock.Now()
		if o.Walked {
			s.Counts.Walks = 1
		}
		if err := e.tellUnordered(ctx, tx, &s); err != nil {
			return err
		}
		if err := tx.UpdateSession(ctx, s); err != nil {
			return err
		}
		if err := tx.UpdateProject(ctx, e.afterSession(p, s.Kind, o)); err != nil {
			return err
		}
		if o.Kind != external.Forbidden { // what may be written again later is: it was no failure of what came before it
			if err := e.orderOnFailure(ctx, tx, p, s); err != nil {
				return err
			}
		}
		if p.Restored.Open() {
			if err := e.restTogether(ctx, tx); err != nil {
				return err
			}
		}
		name := "SyncCompleted"
		if o.State == store.Failed {
			name = "SyncError"
		}
		return tx.AddOutbox(ctx, e.event(r.ProjectID, name, r.SessionID), store.Outbox{
			ID: e.NewID(), Kind: store.OutboxHead, ProjectID: r.ProjectID, Subject: r.ProjectID, At: e.Clock.Now(),
		})
	})
	if err != nil {
		return s, fmt.Errorf("record session %s: %w", r.SessionID, err)
	}
	return s, nil
}

// afterSession is a project once a session of that kind has ended. An undo reads no news, and asks no
// guard: others wait on for what a sync would have told, and a person's waiver is for the next one.
// Where somebody paused or disconnected the project meanwhile, that is why it rests.
func (e *Engine) afterSession(p store.Project, kind store.SessionKind, o Outcome) store.Project {
	was := p
	switch o.State {
	case store.Failed:
		p.Status, p.Failures = p.Status.AfterSession(o.Kind, p.Failures)
		p.StatusReason = o.Reason
	case store.Held:
		if p.Status.CanBecome(external.Paused) {
			p.Status, p.StatusReason = external.Paused, o.Reason
		}
	case store.Succeeded:
		p.Status, p.Failures = p.Status.AfterSession("", p.Failures)
		if p.StatusReason = ""; p.Restored.Open() {
			p.StatusReason = restoredReason(p)
		}
		if kind != store.Rollback {
			p.SyncedAt = e.Clock.Now()
		}
		if kind != store.Rollback && !o.Early {
			p.Guard = store.GuardWaiver{}
		}
	}
	if !was.Status.Syncs() && o.State != store.Held { // what a guard asks he is to be told besides
		p.StatusReason = was.StatusReason
	}
	return p
}

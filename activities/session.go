package activities

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Names of the store's for workflows, which do not see the store.
type (
	// Kind says what a session is for.
	Kind = store.SessionKind
	// State says how a session ended.
	State = store.SessionState
	// Counts is a session's report.
	Counts = store.Counts
)

// The kinds of session, and how one ends.
const (
	Initial     = store.Initial
	Incremental = store.Incremental
	Reconcile   = store.Reconcile
	RollBack    = store.Rollback

	Succeeded   = store.Succeeded
	Failed      = store.Failed
	HeldByGuard = store.Held
	WasStopped  = store.Stopped
	Cancelled   = store.Cancelled
)

// Session holds the steps of the loop. Each begins the session again, which fences
// every older attempt: a worker that was given up writes nothing any more.
type Session struct {
	Engine *engine.Engine
}

// SessionRun says which session a step belongs to.
type SessionRun struct {
	ProjectID string
	SessionID string // a random UUID
	Kind      Kind
	// Known is the project's writer epoch as the workflow last heard of it; zero: never. A
	// database that has a smaller one was restored from a backup.
	Known int64
}

func (a *Session) begin(ctx context.Context, in SessionRun) (engine.Run, error) {
	if _, err := a.Engine.Witness(ctx, in.ProjectID, in.Known); err != nil {
		return engine.Run{}, err
	}
	r, err := a.Engine.Begin(ctx, in.SessionID, in.ProjectID, in.Kind)
	r.Beat = func() { beat(ctx) }
	return r, err
}

// witness looks, where a step was fenced, whether that was by a newer session or because the
// database went back to a backup under the very step. It returns the step's error.
func (a *Session) witness(ctx context.Context, r engine.Run, err error) error {
	if !errors.Is(err, engine.ErrFenced) {
		return err
	}
	if _, failed := a.Engine.Witness(ctx, r.ProjectID, r.Epoch); failed != nil {
		return failed
	}
	return err
}

// ObserveInput is what Observe is told.
type ObserveInput struct {
	SessionRun
	Walk bool // read every stream, and not only what is hinted at
}

// Observed is what Observe found.
type Observed struct {
	Items   int // seen
	Changed int // of which were new or different
	Wait
}

// Observe reads what changed outside and stores it.
func (a *Session) Observe(ctx context.Context, in ObserveInput) (Observed, error) {
	ctx = alive(ctx)
	r, err := a.begin(ctx, in.SessionRun)
	if err != nil {
		return Observed{}, translate(ctx, a.Engine, err)
	}
	o, err := a.Engine.Observe(ctx, r, in.Walk)
	wait, err := waited(ctx, a.Engine, a.witness(ctx, r, err))
	wait.Epoch = r.Epoch
	return Observed{Items: o.Items, Changed: o.Changed, Wait: wait}, err
}

// Repair settles the writes whose outcome is not known.
func (a *Session) Repair(ctx context.Context, in SessionRun) (Wait, error) {
	ctx = alive(ctx)
	r, err := a.begin(ctx, in)
	if err != nil {
		return Wait{}, translate(ctx, a.Engine, err)
	}
	wait, err := waited(ctx, a.Engine, a.witness(ctx, r, a.Engine.Repair(ctx, r)))
	wait.Epoch = r.Epoch
	return wait, err
}

// GuardInput is what Guard is told.
type GuardInput struct {
	SessionRun
	Limit int // links that the session will plan at most
}

// Guard fails with Held when the session would do more than a person allowed.
func (a *Session) Guard(ctx context.Context, in GuardInput) (Wait, error) {
	ctx = alive(ctx)
	r, err := a.begin(ctx, in.SessionRun)
	if err != nil {
		return Wait{}, translate(ctx, a.Engine, err)
	}
	wait, err := waited(ctx, a.Engine, a.witness(ctx, r, a.Engine.Guard(ctx, r, in.Limit)))
	wait.Epoch = r.Epoch
	return wait, err
}

// SyncInput is what Sync is told.
type SyncInput struct {
	SessionRun
	Limit int // links to plan at most
	// Within is for how long links are begun; zero: without an end. It is a span and no
	// moment: the clocks of the worker and of Temporal may be far apart, and a worker that
	// is ahead would never begin one.
	Within time.Duration
}

// Progress is how far a Sync came.
type Progress struct {
	Tickets  int // ticket links that were planned
	Comments int // comment links that were planned
	More     bool
	Wait
}

// spotLinks is how many links a sweep compares with what both sides really hold.
const spotLinks = 50

// Sync plans, applies and pushes. It rests at the next link when its time is up or
// the worker is told to stop.
func (a *Session) Sync(ctx context.Context, in SyncInput) (Progress, error) {
	ctx = alive(ctx)
	r, err := a.begin(ctx, in.SessionRun)
	if err != nil {
		return Progress{}, translate(ctx, a.Engine, err)
	}
	r.Enough = a.enough(ctx, in.Within)
	p, err := a.Engine.Sync(ctx, r, in.Limit)
	if err == nil && in.Kind == Reconcile && !p.More {
		err = a.Engine.Spot(ctx, r, spotLinks)
	}
	wait := waitUntil(a.Engine, p.RetryAt, p.Reason)
	wait.Epoch = r.Epoch
	return Progress{Tickets: p.Tickets, Comments: p.Comments, More: p.More, Wait: wait}, translate(ctx, a.Engine, a.witness(ctx, r, err))
}

// RecordInput is how a session ended.
type RecordInput struct {
	SessionRun
	State  State
	Fault  external.ErrorKind // what it failed for
	Reason string             // for a person
	Early  bool               // limits ended it before its guard was asked
	Walked bool               `json:",omitempty"` // it was to read every stream, and did
}

// Recorded is what a session left behind.
type Recorded struct {
	Counts       Counts
	Status       external.Status // of the project now
	StatusReason string          // why the status is what it is
	Failures     int             // sessions that failed in a row
	// NextDue is about when something that waits now may be tried again, and Now when that
	// was said, both by the worker's clock, see Wait.Now; zero: nothing waits.
	NextDue time.Time `json:",omitzero"`
	Now     time.Time `json:",omitzero"`
	Epoch   int64     // of the project's writer, see SessionRun.Known
}

// Record closes the session and moves the project's status. A session that was
// refused at its first step was never opened, and leaves only the status behind.
func (a *Session) Record(ctx context.Context, in RecordInput) (Recorded, error) {
	r := engine.Run{SessionID: in.SessionID, ProjectID: in.ProjectID, Kind: in.Kind}
	s, err := a.Engine.Record(ctx, r, engine.Outcome{State: in.State, Kind: in.Fault, Reason: in.Reason, Early: in.Early, Walked: in.Walked})
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return Recorded{}, translate(ctx, a.Engine, err)
	}
	out := Recorded{Counts: s.Counts}
	err = a.Engine.Store.Tx(ctx, func(tx store.Tx) error {
		p, err := tx.Project(ctx, in.ProjectID)
		if err != nil {
			return err
		}
		out.Status, out.StatusReason, out.Failures, out.Epoch = p.Status, p.StatusReason, p.Failures, p.WriterEpoch
		out.Now = a.Engine.Clock.Now()
		out.NextDue, err = nextDue(ctx, tx, in.ProjectID, out.Now)
		return err
	})
	return out, translate(ctx, a.Engine, err)
}

// nextDue returns the end of the first of a few spans in which a resting link becomes
// due. Coarse spans gather several links into one session.
func nextDue(ctx context.Context, tx store.Tx, projectID string, now time.Time) (time.Time, error) {
	for _, span := range []time.Duration{0, 15 * time.Second, time.Minute, 5 * time.Minute, 20 * time.Minute, 70 * time.Minute} {
		links, err := tx.DueLinks(ctx, projectID, now.Add(span), 1)
		if err != nil || len(links) > 0 {
			return now.Add(max(span, time.Second)), err
		}
	}
	return time.Time{}, nil
}

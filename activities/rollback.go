package activities

import (
	"context"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Rollback holds the activities that preview, order and follow the undo of a session.
type Rollback struct {
	Engine *engine.Engine
}

// RollbackCounts are a preview in numbers.
type RollbackCounts = engine.RollbackCounts

// RollbackView is what a workflow may know of a rollback: ids and counts, never values.
type RollbackView struct {
	SessionID string // the one to be undone
	ProjectID string
	System    external.System
	Key       string // the project's address
	Counts    RollbackCounts
	Digest    string // what an approval is bound to
}

// PreviewRollback says what undoing a session would do. It fails with Stale when the
// session cannot be undone now.
func (a *Rollback) PreviewRollback(ctx context.Context, sessionID string) (RollbackView, error) {
	pv, err := a.Engine.PreviewRollback(ctx, sessionID)
	if err != nil {
		return RollbackView{}, translate(ctx, a.Engine, err)
	}
	v := RollbackView{SessionID: sessionID, ProjectID: pv.Session.ProjectID, Counts: pv.Counts, Digest: pv.Digest}
	err = a.Engine.Store.Tx(ctx, func(tx store.Tx) error {
		p, err := tx.Project(ctx, v.ProjectID)
		v.System, v.Key = p.System, p.Key
		return err
	})
	return v, translate(ctx, a.Engine, err)
}

// RollbackOrder is a person's word that a session is to be undone, as the preview with that
// digest says.
type RollbackOrder struct {
	SessionID string
	Digest    string
	By        string // a local handle
}

// OrderRollback stores the order, and wakes the project. It returns the id of the session
// that will carry it out; that of an order which is stored already when an attempt of this
// activity was repeated. It fails with Stale when things have moved since the preview.
func (a *Rollback) OrderRollback(ctx context.Context, o RollbackOrder) (string, error) {
	var ordered []store.Session
	err := a.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		ordered, err = tx.RollbacksOf(ctx, o.SessionID)
		return err
	})
	if err != nil {
		return "", translate(ctx, a.Engine, err)
	}
	for _, r := range ordered {
		if r.State != store.Succeeded && r.State != store.Cancelled {
			return r.ID, nil
		}
	}
	s, _, err := a.Engine.OrderRollback(ctx, o.SessionID, o.Digest, o.By)
	return s.ID, translate(ctx, a.Engine, err)
}

// RollbackState is how a rollback stands.
type RollbackState struct {
	SessionID string // of the rollback itself
	Undoes    string
	State     State
	Reason    string
	Counts    Counts
}

// ReadRollback returns how the session that carries a rollback out stands.
func (a *Rollback) ReadRollback(ctx context.Context, sessionID string) (RollbackState, error) {
	var s store.Session
	err := a.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		s, err = tx.Session(ctx, sessionID)
		return err
	})
	return RollbackState{SessionID: s.ID, Undoes: s.Undoes, State: s.State, Reason: s.Reason, Counts: s.Counts}, translate(ctx, a.Engine, err)
}

// Undo is the step of a rollback in which it writes: here and outside, link by link, as
// long as it has time.
func (a *Session) Undo(ctx context.Context, in SyncInput) (Progress, error) {
	ctx = alive(ctx)
	r, err := a.begin(ctx, in.SessionRun)
	if err != nil {
		return Progress{}, translate(ctx, a.Engine, err)
	}
	r.Enough = a.enough(ctx, in.Within)
	p, err := a.Engine.Undo(ctx, r, in.Limit)
	wait := waitUntil(a.Engine, p.RetryAt, p.Reason)
	wait.Epoch = r.Epoch
	return Progress{Tickets: p.Tickets, Comments: p.Comments, More: p.More, Wait: wait}, translate(ctx, a.Engine, a.witness(ctx, r, err))
}

// enough reports when a step is to rest: its time is up, or the worker is told to stop.
func (a *Session) enough(ctx context.Context, within time.Duration) func() bool {
	began := a.Engine.Clock.Now()
	return func() bool {
		select {
		case <-stopping(ctx):
			return true
		default:
			return within > 0 && a.Engine.Clock.Now().Sub(began) > within
		}
	}
}

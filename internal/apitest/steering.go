package apitest

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

var _ api.Steering = (*World)(nil)

// Break makes the workflow service fail with err from now on, or mends it with nil.
func (w *World) Break(err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.down = err
}

// Ready implements api.Steering.
func (w *World) Ready(context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.down
}

// Tell implements api.Steering. The next session looks at the row by itself.
func (w *World) Tell(ctx context.Context, _ string, _ api.Change) error { return w.Ready(ctx) }

// StartSetup runs the whole setup and the first session before it returns. What goes
// wrong in the setup stays in the project's status, as with the workflow.
func (w *World) StartSetup(ctx context.Context, projectID string) error {
	if err := w.Ready(ctx); err != nil {
		return err
	}
	if _, err := w.Engine.Probe(ctx, projectID); err != nil {
		return nil //nolint:nilerr // the start succeeded; the setup did not
	}
	preview, err := w.Engine.Preview(ctx, projectID)
	if err != nil {
		return err
	}
	if _, err := w.Engine.Activate(ctx, projectID, "admin", preview); err != nil {
		return err
	}
	_, err = w.session(ctx, projectID, store.Initial)
	return err
}

// Sync runs one session before it returns.
func (w *World) Sync(ctx context.Context, projectID string, full bool) error {
	if err := w.Ready(ctx); err != nil {
		return err
	}
	kind := store.Incremental
	if full {
		kind = store.Reconcile
	}
	_, err := w.session(ctx, projectID, kind)
	return err
}

// Work does what the outbox asks for: one session for each project that it wakes.
func (w *World) Work(ctx context.Context) error {
	woken := map[string]bool{}
	err := w.Store.Tx(ctx, func(tx store.Tx) error {
		clear(woken)
		due, err := tx.DueOutbox(ctx, []store.OutboxKind{store.OutboxWake, store.OutboxConflict, store.OutboxDecision}, 1000)
		for _, o := range due {
			woken[o.ProjectID] = true
			if err := tx.MarkDelivered(ctx, w.clock.Now(), o.ID); err != nil {
				return err
			}
		}
		return err
	})
	if err != nil {
		return err
	}
	for id := range woken {
		if _, err := w.session(ctx, id, store.Incremental); err != nil && !errors.Is(err, engine.ErrStopped) {
			return err
		}
	}
	return nil
}

func (w *World) session(ctx context.Context, projectID string, kind store.SessionKind) (store.Session, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions++
	w.Advance(time.Minute)
	r, err := w.Engine.Begin(ctx, fmt.Sprintf("session-%d", w.sessions), projectID, kind)
	if err != nil {
		return store.Session{}, err
	}
	return w.Engine.Record(ctx, r, w.steps(ctx, r))
}

func (w *World) steps(ctx context.Context, r engine.Run) engine.Outcome {
	const links = 1000
	_, err := w.Engine.Observe(ctx, r, true)
	if err == nil {
		err = w.Engine.Repair(ctx, r)
	}
	if err == nil {
		err = w.Engine.Guard(ctx, r, links)
	}
	for err == nil {
		var p engine.Progress
		if p, err = w.Engine.Sync(ctx, r, links); err == nil && (!p.More || !p.RetryAt.IsZero()) {
			return engine.Outcome{State: store.Succeeded}
		}
	}
	var held *engine.HeldError
	if errors.As(err, &held) {
		return engine.Outcome{State: store.Held, Reason: held.Reason}
	}
	return engine.Outcome{State: store.Failed, Kind: external.KindOf(err), Reason: err.Error()}
}

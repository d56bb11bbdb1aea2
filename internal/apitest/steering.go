package apitest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
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
	if w.down != nil {
		return fmt.Errorf("%w: %w", api.ErrUnavailable, w.down)
	}
	return nil
}

// Tell implements api.Steering. The next session looks at the row by itself.
func (w *World) Tell(ctx context.Context, _ api.Change, _ activities.Order) error {
	return w.Ready(ctx)
}

// StartSetup runs the setup and the first session before it returns, as far as it
// gets without a person.
func (w *World) StartSetup(ctx context.Context, in workflows.SetupInput) error {
	if err := w.Ready(ctx); err != nil {
		return err
	}
	st := workflows.SetupState{Step: workflows.StepCredentials}
	_, err := w.Engine.Probe(ctx, in.ProjectID)
	if err != nil {
		st.Problem, st.Fault = err.Error(), external.KindOf(err)
		w.setSetup(in.ProjectID, st)
		return nil // the start succeeded; the setup did not
	}
	found, err := w.findMapping(ctx, in)
	if err != nil || !found {
		return err
	}
	return w.preview(ctx, in)
}

// StartSetupAnew implements api.Steering.
func (w *World) StartSetupAnew(ctx context.Context, in workflows.SetupInput) error {
	return w.StartSetup(ctx, in)
}

// preview is what follows once the mapping is found.
func (w *World) preview(ctx context.Context, in workflows.SetupInput) error {
	var st workflows.SetupState
	ask := w.Engine.Preview
	if !in.AutoApprove {
		ask = w.Engine.PreviewTwins
	}
	preview, err := ask(ctx, in.ProjectID)
	if err != nil {
		return err
	}
	st.Step, st.Approve = workflows.StepPreview, !in.AutoApprove
	st.Preview = activities.PreviewOf(preview)
	w.setSetup(in.ProjectID, st)
	if st.Approve {
		return nil
	}
	return w.ApproveSetup(ctx, activities.Order{ProjectID: in.ProjectID, By: in.By})
}

func (w *World) setSetup(projectID string, st workflows.SetupState) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.setups[projectID] = st
}

// ReadSetup implements api.Steering.
func (w *World) ReadSetup(ctx context.Context, projectID string) (workflows.SetupState, error) {
	if err := w.Ready(ctx); err != nil {
		return workflows.SetupState{}, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	st, ok := w.setups[projectID]
	if !ok {
		return st, store.ErrNotFound
	}
	return st, nil
}

// Forget is what a new workflow service is like.
func (w *World) Forget() {
	w.mu.Lock()
	defer w.mu.Unlock()
	clear(w.setups)
}

// RetrySetup implements api.Steering.
func (w *World) RetrySetup(ctx context.Context, projectID string) error {
	if _, err := w.ReadSetup(ctx, projectID); errors.Is(err, store.ErrNotFound) {
		return nil // none waits
	} else if err != nil {
		return err
	}
	return w.StartSetup(ctx, workflows.SetupInput{ProjectID: projectID, By: "admin", AutoApprove: true})
}

// ApproveSetup activates the project and runs the first session.
func (w *World) ApproveSetup(ctx context.Context, o activities.Order) error {
	st, err := w.ReadSetup(ctx, o.ProjectID)
	if err != nil {
		return err
	}
	approved := engine.Preview{CreateOutside: st.Preview.CreateOutside, Withheld: st.Preview.Withheld}
	if _, err := w.Engine.Activate(ctx, o.ProjectID, o.By, approved); err != nil {
		return err
	}
	if err = w.session(ctx, o.ProjectID, store.Initial); err != nil {
		return err
	}
	st.Step, st.Approve = workflows.StepDone, false
	w.setSetup(o.ProjectID, st)
	return nil
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
	return w.session(ctx, projectID, kind)
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
	for _, id := range slices.Sorted(maps.Keys(woken)) { // the clock moves with each
		if err := w.session(ctx, id, store.Incremental); err != nil && !errors.Is(err, engine.ErrStopped) {
			return err
		}
	}
	return nil
}

func (w *World) session(ctx context.Context, projectID string, kind store.SessionKind) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.sessions++
	w.Advance(time.Minute)
	r, err := w.Engine.Begin(ctx, fmt.Sprintf("session-%d", w.sessions), projectID, kind)
	if err != nil {
		return err
	}
	_, err = w.Engine.Record(ctx, r, w.steps(ctx, r))
	return err
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
		if p, err = w.Engine.Sync(ctx, r, links); err == nil && r.Kind == store.Reconcile && !p.More {
			err = w.Engine.Spot(ctx, r, links)
		}
		if err == nil && (!p.More || !p.RetryAt.IsZero()) {
			return engine.Outcome{State: store.Succeeded, Walked: true}
		}
	}
	var held *engine.HeldError
	if errors.As(err, &held) {
		return engine.Outcome{State: store.Held, Reason: held.Reason}
	}
	return engine.Outcome{State: store.Failed, Kind: external.KindOf(err), Reason: err.Error()}
}

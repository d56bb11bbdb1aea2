package apitest

import (
	"context"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// FollowRollback implements api.Steering: it carries the rollback out before it returns.
func (w *World) FollowRollback(ctx context.Context, in workflows.RollbackInput, v activities.RollbackView) error {
	if err := w.Ready(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r, err := w.Engine.Begin(ctx, in.Ordered, v.ProjectID, store.Rollback)
	if err != nil {
		return err
	}
	err = w.Engine.Repair(ctx, r)
	for err == nil {
		var p engine.Progress
		if p, err = w.Engine.Undo(ctx, r, 1000); err == nil && !p.More {
			_, err = w.Engine.Record(ctx, r, engine.Outcome{State: store.Succeeded})
			return err
		}
	}
	_, rerr := w.Engine.Record(ctx, r, engine.Outcome{State: store.Failed, Kind: external.KindOf(err), Reason: err.Error()})
	return rerr
}

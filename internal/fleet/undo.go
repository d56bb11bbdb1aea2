package fleet

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// maxAttempts bounds how often a rollback is taken up again.
const maxAttempts = 20

// Rollback undoes a session as a person does who has seen its preview: it approves it, and
// runs the rollback's session until it is through. It returns the preview and that session.
func (f *Fleet) Rollback(ctx context.Context, sessionID string) (engine.RollbackPreview, store.Session, error) {
	pv, err := f.Engine.PreviewRollback(ctx, sessionID)
	if err != nil {
		return pv, store.Session{}, err
	}
	s, _, err := f.Engine.OrderRollback(ctx, sessionID, pv.Digest, operator)
	for n := 0; err == nil && s.State != store.Succeeded; n++ {
		if n == maxAttempts {
			return pv, s, fmt.Errorf("rollback of %s: %s after %d attempts: %s", sessionID, s.State, n, s.Reason)
		}
		s, err = f.rollback(ctx, s)
	}
	return pv, s, err
}

// rollback is one attempt, in the steps of the workflow.
func (f *Fleet) rollback(ctx context.Context, s store.Session) (store.Session, error) {
	run, err := f.Engine.Begin(ctx, s.ID, s.ProjectID, store.Rollback)
	if err != nil {
		return s, err
	}
	p := engine.Progress{More: true}
	if err = f.Engine.Repair(ctx, run); err == nil {
		err = f.Engine.Guard(ctx, run, sessionLinks)
	}
	for err == nil && p.More && p.RetryAt.IsZero() {
		p, err = f.Engine.Undo(ctx, run, syncBatch)
	}
	p, err = paced(p, err)
	out := outcome(err)
	if err == nil && p.More {
		out = engine.Outcome{State: store.Stopped, Reason: p.Reason}
		f.Clock.Advance(max(p.RetryAt.Sub(f.Clock.Now()), time.Minute))
	}
	s, rerr := f.Engine.Record(ctx, run, out)
	var vendor *external.Error
	if errors.As(err, &vendor) && (vendor.Kind == external.Temporary || vendor.Kind == external.Ambiguous) {
		f.Clock.Advance(time.Minute)
		err = nil // it is taken up again
	}
	return s, errors.Join(err, rerr)
}

package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// Spot verifies a sample of n links once a sweep is through, and notes in its session how
// many were compared and how many nothing explains; each of these has a step. A sample
// that cannot be taken now, because of an outage or a limit, is left out: the session has
// done its work.
func (e *Engine) Spot(ctx context.Context, r Run, n int) error {
	v, err := e.VerifySample(ctx, r.ProjectID, n)
	var vendor *external.Error
	var paced *PacedError
	if errors.As(err, &vendor) || errors.As(err, &paced) {
		e.Log.WarnContext(ctx, "no sample was verified", "project", r.ProjectID, "session", r.SessionID, "error", err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		j.counts = store.Counts{Compared: v.Compared, Unexplained: v.Unexplained, Reads: v.Reads}
		for _, d := range v.Differences {
			if d.Standing.Explained() {
				continue
			}
			step := store.Step{SessionID: r.SessionID, LinkID: d.LinkID, Field: d.Field, Action: plan.Unexplained, Reason: string(d.Standing) + ": " + d.Reason}
			if d.Kind == external.KindTicket {
				step.TicketID = d.LocalID
			}
			j.steps = append(j.steps, step)
		}
		return j.flush(ctx, tx, e)
	})
}

package engine

import (
	"context"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// journal gathers the steps and counts of one attempt until the transaction that
// they describe writes them down.
type journal struct {
	run    Run
	steps  []store.Step
	counts store.Counts
}

func (j *journal) add(w *work, s plan.Step, outcome, intentID string) {
	j.steps = append(j.steps, store.Step{
		SessionID: j.run.SessionID, LinkID: w.link.ID, TicketID: w.ticket.ID, Field: s.Field, Action: s.Action,
		Before: s.Before, After: s.After, Reason: s.Reason, Outcome: outcome, IntentID: intentID,
	})
}

// based notes the field's bases before and after the step that was added last, if it is
// about a field and changed something.
func (j *journal) based(was, now base) {
	if last := &j.steps[len(j.steps)-1]; last.Field != "" && last.Outcome != "" {
		last.Was, last.Met = was, plan.Met(now)
	}
}

// flush writes the journal in tx. The caller calls clear once tx is committed.
func (j *journal) flush(ctx context.Context, tx store.Tx, e *Engine) error {
	now := e.Clock.Now()
	for i := range j.steps {
		j.steps[i].At = now
	}
	if len(j.steps) > 0 {
		if err := tx.AppendSteps(ctx, j.steps...); err != nil {
			return err
		}
	}
	if j.counts == (store.Counts{}) {
		return nil
	}
	s, err := tx.Session(ctx, j.run.SessionID)
	if err != nil {
		return err
	}
	s.Counts = s.Counts.Plus(j.counts)
	return tx.UpdateSession(ctx, s)
}

func (j *journal) clear() { j.steps, j.counts = nil, store.Counts{} }

// stepsAtFirst is how many steps of a ticket are read at first. Few tickets have more.
const stepsAtFirst = 1000

// allSteps returns the whole journal of a ticket, newest first: what our writes replaced may be
// the oldest of it.
func allSteps(ctx context.Context, tx store.Tx, ticketID string) ([]store.Step, error) {
	for most := stepsAtFirst; ; most *= 4 {
		steps, err := tx.TicketSteps(ctx, ticketID, most)
		if err != nil || len(steps) < most {
			return steps, err
		}
	}
}

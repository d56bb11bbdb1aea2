package worker

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

const (
	// outboxEvery is the time between two looks at the outbox while there is work, and
	// outboxIdle the longest one while there is none.
	outboxEvery = 250 * time.Millisecond
	outboxIdle  = time.Second
	// outboxBatch is how many entries are sent at a time.
	outboxBatch = 500
	// wakeEvery is the least time between two wake-ups of one project: a signal is
	// billable, and a session that runs hears of a hundred edits by one.
	wakeEvery = time.Second
	// sendTimeout bounds one signal.
	sendTimeout = 5 * time.Second
	// maxSilent is after how many signals in a row without an answer a batch is given up:
	// Temporal is away.
	maxSilent = 3
)

// dispatcher sends what waits in the outbox to Temporal: wake-ups of projects, and
// news of conflicts. An entry is marked delivered in the transaction that sent it, so
// that a crash sends it twice rather than never; all of them may be. One that fails goes
// behind the others: however many fail for good, they are in nobody's way.
type dispatcher struct {
	store store.Store
	// deliver sends one entry.
	deliver func(ctx context.Context, tx store.Tx, o store.Outbox) error
	now     func() time.Time
	log     *slog.Logger
	woken   map[string]time.Time // by project: when it was woken last
}

func newDispatcher(s *Services) *dispatcher {
	t := teller{s.Temporal}
	return &dispatcher{store: s.Store, deliver: t.tell, now: time.Now, log: s.Log, woken: map[string]time.Time{}}
}

// run sends until ctx ends. It looks less often while there is nothing to send.
func (d *dispatcher) run(ctx context.Context) {
	pause := outboxEvery
	repeat(ctx, 0, func() time.Duration {
		sent, err := d.send(ctx)
		switch {
		case err != nil && ctx.Err() == nil:
			d.log.WarnContext(ctx, "outbox not sent; it is tried again", "error", err.Error())
			pause = outboxIdle
		case sent > 0:
			pause = outboxEvery
		default:
			pause = min(pause*2, outboxIdle)
		}
		return pause
	})
}

// send sends one batch and returns how many entries of it were sent.
func (d *dispatcher) send(ctx context.Context) (int, error) {
	count := 0
	err := d.store.Tx(ctx, func(tx store.Tx) error {
		kinds := []store.OutboxKind{store.OutboxWake, store.OutboxConflict, store.OutboxDecision}
		due, err := tx.DueOutbox(ctx, kinds, outboxBatch)
		if err != nil {
			return err
		}
		sent, failed, err := d.sendAll(ctx, tx, due)
		count = len(sent)
		if perr := tx.PostponeOutbox(ctx, d.now(), failed...); perr != nil {
			return perr
		}
		// What was sent is marked even when something later failed.
		if merr := tx.MarkDelivered(ctx, d.now(), sent...); merr != nil {
			return merr
		}
		if err != nil {
			d.log.WarnContext(ctx, "part of the outbox not sent; it is tried again", "error", err.Error())
		}
		return nil
	})
	return count, err
}

// sendAll sends each project's wake-ups as one signal, and each conflict's news as
// one. It returns the entries that need not be sent again, and those that failed.
func (d *dispatcher) sendAll(ctx context.Context, tx store.Tx, due []store.Outbox) (sent, failed []string, err error) {
	now, silent := d.now(), 0
	subjects := map[string]error{} // what came of each project and conflict in this batch
	for _, o := range due {
		if o.Kind == store.OutboxWake && now.Sub(d.woken[o.ProjectID]) < wakeEvery {
			continue
		}
		if silent >= maxSilent || ctx.Err() != nil {
			break
		}
		key := string(o.Kind) + "/" + o.Subject
		result, done := subjects[key]
		if !done {
			result = d.sendOne(ctx, tx, o)
			subjects[key] = result
			if silent++; !isSilence(result) {
				silent = 0
			}
		}
		if result != nil {
			err, failed = result, append(failed, o.ID)
			continue
		}
		sent = append(sent, o.ID)
	}
	for _, o := range due {
		if result, done := subjects[string(o.Kind)+"/"+o.Subject]; done && result == nil && o.Kind == store.OutboxWake {
			d.woken[o.ProjectID] = now
		}
	}
	return sent, failed, err
}

// isSilence reports whether an error says that there was no answer, so that the next call
// will hardly get one.
func isSilence(err error) bool {
	var away *serviceerror.Unavailable
	var late *serviceerror.DeadlineExceeded
	return errors.As(err, &away) || errors.As(err, &late) || errors.Is(err, context.DeadlineExceeded)
}

func (d *dispatcher) sendOne(ctx context.Context, tx store.Tx, o store.Outbox) error {
	ctx, cancel := context.WithTimeout(ctx, sendTimeout)
	defer cancel()
	err := d.deliver(ctx, tx, o)
	if errors.Is(err, store.ErrNotFound) {
		return nil // what it speaks of was erased
	}
	return err
}

// teller tells Temporal.
type teller struct{ temporal client.Client }

func (t teller) tell(ctx context.Context, tx store.Tx, o store.Outbox) error {
	if o.Kind == store.OutboxWake {
		p, err := tx.Project(ctx, o.ProjectID)
		if err != nil {
			return err
		}
		return t.wake(ctx, p)
	}
	v, err := activities.ViewConflictTx(ctx, tx, o.Subject)
	switch {
	case err != nil:
		return err
	case o.Kind == store.OutboxDecision:
		return workflows.SignalDecide(ctx, t.temporal, v)
	case v.Closed():
		return nil // settled before anyone could look
	}
	return workflows.StartConflict(ctx, t.temporal, v)
}

// wake wakes a project. One that is being set up has no workflow yet: the end of the
// setup asks for the first session. One that is disconnected has none any more.
func (t teller) wake(ctx context.Context, p store.Project) error {
	switch p.Status {
	case external.Configuring:
		return nil
	case external.Disconnected:
		return workflows.SignalEnd(ctx, t.temporal, p.ID)
	case external.Active, external.Paused, external.InError:
	}
	return workflows.SignalWake(ctx, t.temporal, p.ID, activities.Wake{})
}

package fleet

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// How many links one session takes, and one call of the engine, and for how long, as in
// production.
const (
	sessionLinks = 500
	syncBatch    = 250
	sessionTime  = 5 * time.Minute
)

// Result is how a session ended.
type Result struct {
	store.Session
	More    bool      // due links are left
	RetryAt time.Time // the vendor's limits allow the next call then
}

// Session runs one session that first reads what changed, in the steps of the
// IncrementalSync workflow. A session that fails or is held is recorded as such and is
// an error too.
func (f *Fleet) Session(ctx context.Context, m *Member, kind store.SessionKind) (Result, error) {
	return f.session(ctx, m, kind, true)
}

// Drain runs sessions until nothing is due, sleeping where the limits say so. With walk
// the first one reads what changed.
func (f *Fleet) Drain(ctx context.Context, m *Member, kind store.SessionKind, walk bool) error {
	for {
		r, err := f.session(ctx, m, kind, walk)
		if err != nil || !r.More {
			return err
		}
		if wait := r.RetryAt.Sub(f.Clock.Now()); !r.RetryAt.IsZero() && wait > 0 {
			f.Clock.Advance(wait)
		}
		walk = false
	}
}

func (f *Fleet) session(ctx context.Context, m *Member, kind store.SessionKind, walk bool) (Result, error) {
	f.sessions++
	run, err := f.Engine.Begin(ctx, fmt.Sprintf("session-%d", f.sessions), m.ID, kind)
	if err != nil {
		return Result{}, fmt.Errorf("%s: %w", m.Name, err)
	}
	p, failed := f.steps(ctx, run, walk)
	s, err := f.Engine.Record(ctx, run, outcome(failed))
	if err == nil && failed != nil {
		err = fmt.Errorf("%s: %w", m.Name, failed)
	}
	return Result{Session: s, More: p.More, RetryAt: p.RetryAt}, err
}

func outcome(err error) engine.Outcome {
	var held *engine.HeldError
	switch {
	case err == nil:
		return engine.Outcome{State: store.Succeeded}
	case errors.As(err, &held):
		return engine.Outcome{State: store.Held, Reason: held.Reason}
	case errors.Is(err, engine.ErrStopped), errors.Is(err, engine.ErrFenced):
		return engine.Outcome{State: store.Stopped, Reason: err.Error()}
	}
	return engine.Outcome{State: store.Failed, Kind: external.KindOf(err), Reason: err.Error()}
}

func (f *Fleet) steps(ctx context.Context, run engine.Run, walk bool) (engine.Progress, error) {
	p := engine.Progress{More: true}
	if _, err := f.Engine.Observe(ctx, run, walk); err != nil {
		return paced(p, err)
	}
	if err := f.Engine.Repair(ctx, run); err != nil {
		return paced(p, err)
	}
	if err := f.Engine.Guard(ctx, run, sessionLinks); err != nil {
		return p, err
	}
	until := f.Clock.Now().Add(sessionTime)
	run.Enough = func() bool { return f.Clock.Now().After(until) }
	for links := 0; p.More && p.RetryAt.IsZero() && links < sessionLinks && !run.Enough(); links += p.Tickets + p.Comments {
		var err error
		if p, err = f.Engine.Sync(ctx, run, min(syncBatch, sessionLinks-links)); err != nil {
			return p, err
		}
	}
	return p, nil
}

// paced turns a wait that the limits ask for into progress, as the activities do.
func paced(p engine.Progress, err error) (engine.Progress, error) {
	var limit *engine.PacedError
	if errors.As(err, &limit) {
		p.RetryAt, p.Reason = limit.RetryAt, limit.Reason
		return p, nil
	}
	return p, err
}

// MaxRounds bounds Settle. Faults and limits make things wait for an hour at most,
// people's edits for a round or two.
const MaxRounds = 60

// Settle runs rounds of one session per member until a whole round moves nothing and
// nothing waits, and returns how many it took, the quiet one included. Answers that fail
// to come are tried again; any other failure ends it.
func (f *Fleet) Settle(ctx context.Context) (rounds int, err error) {
	for rounds = 1; rounds <= MaxRounds; rounds++ {
		moved, err := f.Round(ctx)
		if err != nil {
			return rounds, err
		}
		waiting, err := f.Waiting(ctx)
		if err != nil {
			return rounds, err
		}
		switch {
		case moved:
			f.Clock.Advance(time.Minute)
		case waiting != "":
			f.Clock.Advance(5 * time.Minute)
		default:
			return rounds, nil
		}
	}
	waiting, err := f.Waiting(ctx)
	return rounds, errors.Join(fmt.Errorf("not settled after %d rounds: %s", MaxRounds, waiting), err)
}

// Round runs one session per member and reports whether anything moved.
func (f *Fleet) Round(ctx context.Context) (moved bool, err error) {
	for _, m := range f.members {
		r, err := f.Session(ctx, m, store.Incremental)
		if err != nil {
			if err = f.bear(ctx, m, err); err != nil {
				return moved, err
			}
			moved = true
		}
		if wait := r.RetryAt.Sub(f.Clock.Now()); !r.RetryAt.IsZero() && wait > 0 {
			f.Clock.Advance(wait)
		}
		c := r.Counts
		moved = moved || r.More || c.Writes+c.CreatedHere+c.AppliedHere+c.DeletedHere+c.Changed+c.Repaired > 0
	}
	return moved, nil
}

// bear takes what passes by itself, or by a person's word, for no failure.
func (f *Fleet) bear(ctx context.Context, m *Member, failed error) error {
	var held *engine.HeldError
	if f.options.Allow && errors.As(failed, &held) {
		_, err := f.Engine.Resume(ctx, m.ID, operator, true)
		return err
	}
	var vendor *external.Error
	if !errors.As(failed, &vendor) {
		return failed
	}
	switch vendor.Kind {
	case external.Temporary, external.Ambiguous, external.RateLimited:
		return nil
	}
	return failed
}

// Waiting says what waits to be done, empty when nothing does. What is quarantined,
// parked or in conflict waits for a person and not here.
func (f *Fleet) Waiting(ctx context.Context) (what string, err error) {
	idle := map[string]bool{}
	for _, m := range f.members {
		pending, err := f.Engine.Pending(ctx, m.ID)
		if err != nil {
			return "", err
		}
		idle[m.ID] = !pending
	}
	err = f.Store.Tx(ctx, func(tx store.Tx) error {
		what = ""
		for _, m := range f.members {
			c, err := tx.CountLinks(ctx, m.ID, f.Clock.Now())
			if err != nil {
				return err
			}
			open, err := tx.OpenIntents(ctx, m.ID)
			if err != nil {
				return err
			}
			if idle[m.ID] { // what landed is looked at again once all may see it
				open = slices.DeleteFunc(open, func(i store.Intent) bool { return i.State == store.Landed })
			}
			if c.Dirty > 0 || len(open) > 0 {
				what += fmt.Sprintf("%s: %d links and %d writes", m.Name, c.Dirty, len(open))
				if what, err = tell(ctx, tx, m, what); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return "", fmt.Errorf("look what waits: %w", err)
	}
	return what, nil
}

// tell adds why the first links of a member wait.
func tell(ctx context.Context, tx store.Tx, m *Member, what string) (string, error) {
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		links, err := tx.LinksOf(ctx, m.ID, kind, "", pageSize)
		if err != nil {
			return what, err
		}
		for _, l := range links {
			if l.Dirty() && l.Active() {
				what += fmt.Sprintf(", %s %s (attempt %d, %s)", kind, l.ExternalKey, l.Attempts, l.Reason)
			}
		}
	}
	return what + "; ", nil
}

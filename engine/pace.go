package engine

import (
	"context"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// maxPace is the longest the engine waits inside a call; a longer wait is returned
// as a PacedError, on which the workflow sleeps.
const maxPace = 60 * time.Second

// PacedError says that the vendor's limits allow the next call at RetryAt only.
// It is not a failure.
type PacedError struct {
	RetryAt time.Time
	Reason  string
}

// Error gives the reason and the time.
func (e *PacedError) Error() string {
	return fmt.Sprintf("%s until %s", e.Reason, e.RetryAt.UTC().Format(time.RFC3339))
}

// pace waits until the project's credential may make one more call, and books it.
func (e *Engine) pace(ctx context.Context, p *peer, use store.Use) error {
	if p.project.Pace.Off || p.caps.Limits == (external.Limits{}) {
		return nil
	}
	limits := p.project.Pace.Over(p.caps.Limits)
	for {
		wait, reason, err := e.book(ctx, p.project.ID, limits, use)
		if err != nil || wait <= 0 {
			return err
		}
		if wait > maxPace {
			return &PacedError{RetryAt: e.Clock.Now().Add(wait), Reason: reason}
		}
		if err := e.Clock.Sleep(ctx, wait); err != nil {
			return err
		}
	}
}

func (e *Engine) book(ctx context.Context, credential string, limits external.Limits, use store.Use) (wait time.Duration, reason string, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		b, err := tx.BudgetForUpdate(ctx, credential)
		if err != nil {
			return err
		}
		now := e.Clock.Now()
		if wait, reason = b.Wait(now, limits, use); wait > 0 {
			return nil
		}
		return tx.PutBudget(ctx, b.Spend(now, use))
	})
	if err != nil {
		return 0, "", fmt.Errorf("book a call: %w", err)
	}
	return wait, reason, nil
}

// limited notes that the vendor refused a call because of its limits.
func (e *Engine) limited(ctx context.Context, credential string, err error) error {
	delay := external.RetryAfter(err)
	if delay <= 0 {
		delay = maxPace
	}
	till := e.Clock.Now().Add(delay)
	terr := e.Store.Tx(ctx, func(tx store.Tx) error {
		b, err := tx.BudgetForUpdate(ctx, credential)
		if err != nil {
			return err
		}
		if b.BlockedTill.Before(till) {
			b.BlockedTill = till
		}
		return tx.PutBudget(ctx, b)
	})
	if terr != nil {
		return fmt.Errorf("note the limit: %w", terr)
	}
	return &PacedError{RetryAt: till, Reason: "the external system's limit is reached"}
}

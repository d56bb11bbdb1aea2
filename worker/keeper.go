package worker

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/extsync/extsync/store"
)

const (
	// keepEvery is the time between two looks for what may be forgotten.
	keepEvery = time.Hour
	// keepBatch is how many rows are forgotten in one transaction: nobody waits long for one.
	keepBatch = 1000
	// keepRequests is how long a request is known by its key. Whoever repeats one whose answer
	// was lost does so long before.
	keepRequests = 24 * time.Hour
)

// keeper forgets what has done its work: what was delivered, the ids of what came in, and the
// keys of requests. What promises need stays: journals, audit logs, values and conflicts.
type keeper struct {
	store     store.Store
	now       func() time.Time
	delivered time.Duration // how long deliveries are kept, those that came in too
	log       *slog.Logger
}

func newKeeper(s *Services) *keeper {
	return &keeper{s.Store, s.cfg.Clock.Now, s.cfg.KeepDelivered, s.Log}
}

// run forgets until ctx ends. Several workers may: each takes what another one has not.
func (k *keeper) run(ctx context.Context) {
	repeat(ctx, 0, func() time.Duration {
		if err := k.forget(ctx); err != nil && ctx.Err() == nil {
			k.log.WarnContext(ctx, "old deliveries not forgotten; it is tried again", "error", err.Error())
		}
		return keepEvery
	})
}

// forget forgets all that is old enough, batch by batch.
func (k *keeper) forget(ctx context.Context) error {
	now := k.now()
	for _, c := range []struct {
		what   string
		before time.Time
		drop   func(store.Tx, context.Context, time.Time, int) (int, error)
	}{
		{"delivered", now.Add(-k.delivered), store.Tx.DropDelivered},
		{"received", now.Add(-k.delivered), store.Tx.DropInbox},
		{"requested", now.Add(-keepRequests), store.Tx.DropRequests},
	} {
		for more := true; more; {
			count := 0
			err := k.store.Tx(ctx, func(tx store.Tx) (err error) {
				count, err = c.drop(tx, ctx, c.before, keepBatch)
				return err
			})
			if err != nil {
				return fmt.Errorf("forget what was %s before %s: %w", c.what, c.before.Format(time.RFC3339), err)
			}
			more = count == keepBatch
		}
	}
	return nil
}

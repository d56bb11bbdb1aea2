package worker

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/extsync/extsync/activities"
)

const (
	// askEvery is the time between two looks at the database's clock, and askTimeout bounds one.
	askEvery   = 10 * time.Second
	askTimeout = 2 * time.Second
)

// clock tells the time of the database, which all processes share. Deadlines of writes, next
// tries and how far lists were read are stored by one worker and judged by another: where
// each went by a clock of its own, one that was a minute ahead would look too early for what
// became of a write, find nothing, and write again.
//
// A wait within an activity is progress, and ends early when the worker is told to stop.
type clock struct{ read atomic.Pointer[reading] }

// reading is one look at the database's clock.
type reading struct {
	theirs time.Time
	at     time.Time // when that was, by our clock; what passes since is not wall time
}

// Now implements engine.Clock. Before the first look it is our own time.
func (c *clock) Now() time.Time {
	r := c.read.Load()
	if r == nil {
		return time.Now()
	}
	return r.theirs.Add(time.Since(r.at))
}

// Sleep implements engine.Clock.
func (*clock) Sleep(ctx context.Context, d time.Duration) error { return activities.Sleep(ctx, d) }

// look asks for the database's time. Without an answer the last one still holds.
func (c *clock) look(ctx context.Context, ask func(context.Context) (time.Time, error)) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	asked := time.Now()
	theirs, err := ask(ctx)
	if err != nil {
		return err
	}
	c.read.Store(&reading{theirs: theirs, at: asked.Add(time.Since(asked) / 2)})
	return nil
}

// follow looks again and again until ctx ends.
func (c *clock) follow(ctx context.Context, ask func(context.Context) (time.Time, error)) {
	ticker := time.NewTicker(askEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			_ = c.look(ctx, ask) // a database that is away is told of by all else
		}
	}
}

package killable

import (
	"context"
	"time"
)

// FastClock is a clock that runs Speed times as fast as the wall clock, from Start on.
// All parties of a test share one, so that their times agree. The zero value is the wall
// clock itself.
type FastClock struct {
	Start time.Time
	Speed int // at least 2 to have an effect
}

// At is the fast time at a moment of the wall clock.
func (c FastClock) At(wall time.Time) time.Time {
	if c.Speed < 2 {
		return wall
	}
	return c.Start.Add(wall.Sub(c.Start) * time.Duration(c.Speed))
}

// Now is the fast time.
func (c FastClock) Now() time.Time { return c.At(time.Now()) }

// Real is how long a fast span takes by the wall clock.
func (c FastClock) Real(d time.Duration) time.Duration {
	return d / time.Duration(max(1, c.Speed))
}

// Sleep waits for a fast span, or until ctx ends.
func (c FastClock) Sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(c.Real(d))
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

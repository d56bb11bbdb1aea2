package worker

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestWorkersShareOneClock: machines whose clocks are off agree on the time all the same, for
// both go by the database's, also while it does not answer.
func TestWorkersShareOneClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ahead := 5 * time.Minute // of this machine, the database is
		ask := func(context.Context) (time.Time, error) {
			<-time.After(100 * time.Millisecond)
			return time.Now().Add(ahead - 50*time.Millisecond), nil
		}
		off := func(c *clock) time.Duration { return c.Now().Sub(time.Now().Add(ahead)).Abs() }
		c := &clock{}
		if off(c) < time.Minute {
			t.Fatal("the story needs a machine whose clock is off")
		}
		if err := c.look(t.Context(), ask); err != nil || off(c) > 0 {
			t.Errorf("after a look it is off by %s (%v)", off(c), err)
		}
		away := func(context.Context) (time.Time, error) { return time.Time{}, errors.New("away") }
		<-time.After(time.Hour)
		if err := c.look(t.Context(), away); err == nil || off(c) > 0 {
			t.Errorf("while the database is away it is off by %s (%v)", off(c), err)
		}
		ahead -= time.Minute // somebody sets the database's clock
		ctx, stop := context.WithTimeout(t.Context(), 2*askEvery)
		defer stop()
		c.follow(ctx, ask)
		if off(c) > 0 {
			t.Errorf("after that was set it is off by %s", off(c))
		}
	})
}

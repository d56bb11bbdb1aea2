package fleet

import (
	"context"
	"sync"
	"time"
)

// Clock is virtual: sleeping moves it at once. With Options.Time it shows that time, and
// sleeping waits for it.
type Clock struct {
	time Time // nil: virtual
	mu   sync.Mutex
	now  time.Time
}

// Time is a clock that goes by itself.
type Time interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// Now is the virtual time.
func (c *Clock) Now() time.Time {
	if c.time != nil {
		return c.time.Now()
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves the time by d.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
	if c.time != nil {
		return c.time.Sleep(ctx, d)
	}
	c.Advance(d)
	return ctx.Err()
}

// Advance moves the time by d.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(max(0, d))
}

// pause is Sleep in the form that simulators want; that ctx is over the call notices itself.
func (c *Clock) pause(ctx context.Context, d time.Duration) { _ = c.Sleep(ctx, d) }

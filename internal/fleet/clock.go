package fleet

import (
	"context"
	"sync"
	"time"
)

// Clock is virtual: sleeping moves it at once.
type Clock struct {
	mu  sync.Mutex
	now time.Time
}

// Now is the virtual time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves the time by d.
func (c *Clock) Sleep(ctx context.Context, d time.Duration) error {
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
func (c *Clock) pause(_ context.Context, d time.Duration) { c.Advance(d) }

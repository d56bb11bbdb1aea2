package activities

import (
	"context"
	"errors"
	"sync"
	"time"

	"go.temporal.io/sdk/activity"
)

const (
	// HeartbeatTimeout is how long Temporal waits for a sign of life before it gives an
	// activity to another worker.
	HeartbeatTimeout = 3 * time.Minute
	// beatEvery is the time between two signs of life. Each that reaches the server is
	// a billable action, so a short activity gives none at all.
	beatEvery = time.Minute
)

// errStopping: the worker was told to stop; another one goes on.
var errStopping = errors.New("the worker stops; another one goes on from here")

type beatKey struct{}

// beater gives the signs of life of one attempt.
type beater struct {
	mu   sync.Mutex
	last time.Time
}

// alive prepares an activity's context for Beat.
func alive(ctx context.Context) context.Context {
	return context.WithValue(ctx, beatKey{}, &beater{last: time.Now()})
}

// beat tells Temporal, at most once a minute, that the activity of ctx makes
// progress. Outside of one it does nothing.
func beat(ctx context.Context) {
	b, ok := ctx.Value(beatKey{}).(*beater)
	if !ok {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if now := time.Now(); now.Sub(b.last) >= beatEvery {
		b.last = now
		activity.RecordHeartbeat(ctx)
	}
}

// stopping returns a channel that is closed when the worker is told to stop; nil
// outside of an activity.
func stopping(ctx context.Context) <-chan struct{} {
	if !activity.IsActivity(ctx) {
		return nil
	}
	return activity.GetWorkerStopChannel(ctx)
}

// Sleep waits for d, giving signs of life when ctx is an activity's. It ends early
// with an error when ctx ends or the worker is told to stop.
func Sleep(ctx context.Context, d time.Duration) error {
	beat(ctx)
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		beat(ctx)
		return nil
	case <-stopping(ctx):
		return errStopping
	case <-ctx.Done():
		return ctx.Err()
	}
}

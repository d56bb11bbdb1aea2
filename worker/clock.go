package worker

import (
	"context"
	"time"

	"github.com/extsync/extsync/activities"
)

// clock is the wall clock. A wait within an activity is progress, and ends early
// when the worker is told to stop.
type clock struct{}

func (clock) Now() time.Time { return time.Now() }

func (clock) Sleep(ctx context.Context, d time.Duration) error { return activities.Sleep(ctx, d) }

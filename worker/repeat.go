package worker

import (
	"context"
	"time"
)

// repeat calls do after a first pause, and then each time after the pause that do returned,
// until ctx ends.
func repeat(ctx context.Context, first time.Duration, do func() (pause time.Duration)) {
	timer := time.NewTimer(first)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		timer.Reset(do())
	}
}

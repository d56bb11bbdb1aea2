package activities

import (
	"context"
	"time"

	"github.com/extsync/extsync/external"
)

// Schedules says what a project's schedules are to be.
type Schedules struct {
	ProjectID string
	System    external.System
	Key       string
	Poll      time.Duration // zero: no polling
	Reconcile time.Duration // zero, of a workflow that does not know it yet: the worker's setting
	Paused    bool
	Deleted   bool
}

// Schedule makes a project's schedules what s says.
func (a *Project) Schedule(ctx context.Context, s Schedules) error {
	if s.Reconcile == 0 {
		s.Reconcile = a.ReconcileEvery
	}
	return translate(ctx, a.Engine, a.Steering.Schedule(ctx, s))
}

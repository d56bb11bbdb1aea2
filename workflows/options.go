package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// TaskQueue is the queue of all workflows, and of all activities but those of BulkQueue.
const TaskQueue = "extsync"

// BulkQueue is the queue of the steps of first synchronisations and of sweeps. Such a step may
// take many minutes. It has workers' slots of its own: however many projects are connected at
// once, the edits of the others go on beside them.
const BulkQueue = "extsync-bulk"

// Where a worker has no slot free what is short comes first, and polls come last: the next one
// is never far. Temporal takes the lowest number first, and 3 where none is named.
const (
	shortFirst = 2
	pollsLast  = 4
)

// stepTries is how often a step of a session is tried when our own store or code
// fails; then the session fails, and a later one tries again.
const stepTries = 10

// retries waits longer each time, up to a minute. Errors that cannot be helped by
// trying again say so themselves, see activities/errors.go.
func retries(tries int32) *temporal.RetryPolicy {
	return &temporal.RetryPolicy{
		InitialInterval: time.Second, BackoffCoefficient: 2, MaximumInterval: time.Minute, MaximumAttempts: tries,
	}
}

// quick is for activities that touch only our own store and Temporal. They are tried
// until they succeed: nothing can go on without them.
func quick(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Minute, RetryPolicy: retries(0), Summary: summary,
		Priority: temporal.Priority{PriorityKey: shortFirst},
	})
}

// call is for activities that make a few calls to the external system.
func call(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute, RetryPolicy: retries(0), Summary: summary,
	})
}

// step is for the steps of a session, which may make many calls, spaced by the
// vendor's limits, and give signs of life.
func (s *session) step(ctx workflow.Context, summary string) workflow.Context {
	o := workflow.ActivityOptions{
		StartToCloseTimeout: time.Hour, HeartbeatTimeout: activities.HeartbeatTimeout,
		RetryPolicy: retries(stepTries), Summary: summary,
	}
	if s.in.Kind == activities.Initial || s.in.Kind == activities.Reconcile {
		o.TaskQueue = BulkQueue
	}
	return workflow.WithActivityOptions(ctx, o)
}

package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// TaskQueue is the queue of all workflows and activities.
const TaskQueue = "extsync"

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
func step(ctx workflow.Context, summary string) workflow.Context {
	return workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: time.Hour, HeartbeatTimeout: activities.HeartbeatTimeout,
		RetryPolicy: retries(stepTries), Summary: summary,
	})
}

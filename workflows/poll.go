package workflows

import (
	"time"

	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
)

// PollID returns the id of a project's polling schedule; its workflows are named
// after it.
func PollID(projectID string) string { return "poll/" + projectID }

// Poll looks once whether anything changed outside or waits here, and wakes
// ProjectSync only then. When nothing did it costs four actions, its schedule's
// included. It knows the epoch that the poll before saw: Temporal remembers it, whatever
// becomes of the database.
func Poll(ctx workflow.Context, projectID string) (activities.Polled, error) {
	ctx = workflow.WithActivityOptions(ctx, workflow.ActivityOptions{
		StartToCloseTimeout: 5 * time.Minute, RetryPolicy: retries(3), Summary: "ask whether anything changed",
		Priority: temporal.Priority{PriorityKey: pollsLast},
	})
	var do *activities.Project
	var last, found activities.Polled
	if workflow.HasLastCompletionResult(ctx) { // of the poll before, by the same schedule
		if err := workflow.GetLastCompletionResult(ctx, &last); err != nil {
			return found, err
		}
	}
	err := workflow.ExecuteActivity(ctx, do.Poll, projectID, last.Epoch).Get(ctx, &found)
	return found, err
}

// ReconcileID returns the id of a project's schedule of full sweeps.
func ReconcileID(projectID string) string { return "reconcile/" + projectID }

// Reconcile asks ProjectSync for a session that reads everything: what no poll and no
// webhook told is found, and what is missing outside is looked for directly.
func Reconcile(ctx workflow.Context, projectID string) error {
	var do *activities.Project
	sweep := activities.Wake{Walk: true, Sweep: true}
	return workflow.ExecuteActivity(quick(ctx, "ask for a full sweep"), do.Wake, projectID, sweep).Get(ctx, nil)
}

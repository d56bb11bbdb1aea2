package workflows

import (
	"context"
	"fmt"
	"hash/fnv"
	"time"

	"go.temporal.io/api/workflowservice/v1"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
)

// Firing returns the ids of the schedules that fire as we set them. One that somebody deleted
// or paused in Temporal is not among them.
func (s Steering) Firing(ctx context.Context) (map[string]bool, error) {
	list, err := s.Client.ScheduleClient().List(ctx, client.ScheduleListOptions{})
	if err != nil {
		return nil, fmt.Errorf("list the schedules: %w", err)
	}
	firing := map[string]bool{}
	for list.HasNext() {
		e, err := list.Next()
		if err != nil {
			return nil, fmt.Errorf("list the schedules: %w", err)
		}
		if !e.Paused && spreads(e.ID, e.Spec) {
			firing[e.ID] = true
		}
	}
	return firing, nil
}

// spreads reports whether a schedule fires at its own time of the interval.
func spreads(id string, spec *client.ScheduleSpec) bool {
	if spec == nil || len(spec.Intervals) != 1 {
		return false
	}
	i := spec.Intervals[0]
	return i.Offset == offset(id, i.Every)
}

// offset says how far into its interval a schedule fires. Temporal counts the intervals of all
// schedules from one moment on: without it every project of the house is swept at midnight.
func offset(id string, every time.Duration) time.Duration {
	if every <= 0 {
		return 0
	}
	h := fnv.New32a()
	_, _ = h.Write([]byte(id)) // it never fails
	return (time.Duration(h.Sum32()) * time.Millisecond % every).Truncate(time.Second)
}

// Reschedule has a project make its schedules anew, which are not what it made them.
func Reschedule(ctx context.Context, c client.Client, projectID string) error {
	return signalProject(ctx, c, projectID, signalWake, activities.Wake{Reschedule: true})
}

// Followed counts the conflicts whose workflows run. Temporal says so with a delay.
func Followed(ctx context.Context, c client.Client) (int64, error) {
	n, err := c.CountWorkflow(ctx, &workflowservice.CountWorkflowExecutionsRequest{
		Query: "WorkflowType = 'ConflictResolution' AND ExecutionStatus = 'Running'",
	})
	if err != nil {
		return 0, fmt.Errorf("count the workflows of conflicts: %w", err)
	}
	return n.GetCount(), nil
}

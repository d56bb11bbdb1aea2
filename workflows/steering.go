package workflows

import (
	"context"
	"errors"
	"fmt"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"
	"go.temporal.io/sdk/temporal"

	"github.com/extsync/extsync/activities"
)

// Steering starts, signals and schedules workflows for the activities.
type Steering struct {
	Client client.Client
}

var _ activities.Steering = Steering{}

// Wake implements activities.Steering.
func (s Steering) Wake(ctx context.Context, projectID string, w activities.Wake) error {
	return SignalWake(ctx, s.Client, projectID, w)
}

// Schedule implements activities.Steering.
func (s Steering) Schedule(ctx context.Context, want activities.Schedules) error {
	for _, o := range []client.ScheduleOptions{
		schedule(PollID(want.ProjectID), want.Poll, Poll, want),
		schedule(ReconcileID(want.ProjectID), want.Reconcile, Reconcile, want),
	} {
		var err error
		if want.Deleted || len(o.Spec.Intervals) == 0 {
			err = s.remove(ctx, o.ID)
		} else {
			err = s.put(ctx, o)
		}
		if err != nil {
			return fmt.Errorf("schedule %s: %w", o.ID, err)
		}
	}
	return nil
}

// catchUp is how long after its time a missed fire is still made up for: longer than
// a restart of Temporal, shorter than it matters.
const catchUp = time.Minute

// schedule describes one schedule. Fires of different projects are spread, see offset;
// one that meets the workflow of the last is left out.
func schedule(id string, every time.Duration, run any, want activities.Schedules) client.ScheduleOptions {
	o := client.ScheduleOptions{
		ID: id, Overlap: enumspb.SCHEDULE_OVERLAP_POLICY_SKIP, CatchupWindow: catchUp, Paused: want.Paused,
		Action: &client.ScheduleWorkflowAction{
			ID: id, Workflow: run, Args: []any{want.ProjectID}, TaskQueue: TaskQueue,
			TypedSearchAttributes: ofProject(want.System, want.Key),
		},
		TypedSearchAttributes: ofProject(want.System, want.Key),
	}
	if every > 0 {
		every = max(every, time.Second)
		o.Spec = client.ScheduleSpec{
			Intervals: []client.ScheduleIntervalSpec{{Every: every, Offset: offset(id, every)}}, Jitter: min(every/10, time.Minute),
		}
	}
	if want.Paused {
		o.Note = "the project does not sync at present"
	}
	return o
}

// put makes the schedule, or changes the one that is there.
func (s Steering) put(ctx context.Context, o client.ScheduleOptions) error {
	_, err := s.Client.ScheduleClient().Create(ctx, o)
	if !exists(err) {
		return err
	}
	return s.Client.ScheduleClient().GetHandle(ctx, o.ID).Update(ctx, client.ScheduleUpdateOptions{
		DoUpdate: func(client.ScheduleUpdateInput) (*client.ScheduleUpdate, error) {
			return &client.ScheduleUpdate{Schedule: &client.Schedule{
				Spec: &o.Spec, Action: o.Action,
				Policy: &client.SchedulePolicies{Overlap: o.Overlap, CatchupWindow: o.CatchupWindow},
				State:  &client.ScheduleState{Paused: o.Paused, Note: o.Note},
			}}, nil
		},
	})
}

func exists(err error) bool {
	var already *serviceerror.AlreadyExists
	var started *serviceerror.WorkflowExecutionAlreadyStarted
	return errors.Is(err, temporal.ErrScheduleAlreadyRunning) || errors.As(err, &already) || errors.As(err, &started)
}

// remove deletes the schedule; that there is none is no error.
func (s Steering) remove(ctx context.Context, id string) error {
	err := s.Client.ScheduleClient().GetHandle(ctx, id).Delete(ctx)
	var none *serviceerror.NotFound
	if errors.As(err, &none) {
		return nil
	}
	return err
}

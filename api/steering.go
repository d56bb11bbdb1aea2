package api

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// Change is something that happened to a project's row, for the workflow that lives
// as long as the connection.
type Change string

// The changes.
const (
	Paused       Change = "paused"
	Resumed      Change = "resumed"
	Reconfigured Change = "reconfigured"
	Disconnected Change = "disconnected"
)

// Steering starts and steers the workflows.
type Steering interface {
	// StartSetup starts the setup of a project in status configuring, or tells one
	// that runs to try again, and what somebody wants to see first now.
	StartSetup(ctx context.Context, in workflows.SetupInput) error
	// StartSetupAnew starts the setup of a connection that was made this moment. One of the
	// connection before, should it still run, ends.
	StartSetupAnew(ctx context.Context, in workflows.SetupInput) error
	// ReadSetup returns how a setup stands, also after its end. It fails with
	// store.ErrNotFound when none is known.
	ReadSetup(ctx context.Context, projectID string) (workflows.SetupState, error)
	// RetrySetup tells a setup that waits that what was wrong is mended. That none
	// waits is not an error.
	RetrySetup(ctx context.Context, projectID string) error
	// ApproveSetup approves the preview that a setup shows.
	ApproveSetup(ctx context.Context, o activities.Order) error
	// Tell says that the row of a project changed. It only saves time: sessions look
	// at the row, and the outbox wakes the project as well.
	Tell(ctx context.Context, c Change, o activities.Order) error
	// Sync asks for a session now; a full one reads everything.
	Sync(ctx context.Context, projectID string, full bool) error
	// FollowRollback starts the workflow that follows a rollback which was ordered. The order
	// is carried out without it.
	FollowRollback(ctx context.Context, in workflows.RollbackInput, v activities.RollbackView) error
	// StartReview starts the search for a project's field mapping. One that runs goes on.
	StartReview(ctx context.Context, in workflows.MappingInput) error
	// ReadReview returns how it stands, also after its end. It fails with
	// store.ErrNotFound when none is known.
	ReadReview(ctx context.Context, projectID string) (workflows.MappingState, error)
	// TellReview tells a search that runs; that none does is not an error.
	TellReview(ctx context.Context, w MappingWord, o activities.MappingOrder) error
	// Ready fails when the workflow service does not answer.
	Ready(ctx context.Context) error
}

// Temporal steers the workflows on a Temporal server.
type Temporal struct {
	Client client.Client
}

var _ Steering = Temporal{}

// temporalTimeout bounds one call: a request waits for it.
const temporalTimeout = 5 * time.Second

func within(ctx context.Context, call func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, temporalTimeout)
	defer cancel()
	err := call(ctx)
	var none *serviceerror.NotFound
	switch {
	case errors.As(err, &none):
		return fmt.Errorf("no workflow is known: %w", store.ErrNotFound)
	case err != nil:
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// StartSetup implements Steering.
func (t Temporal) StartSetup(ctx context.Context, in workflows.SetupInput) error {
	return within(ctx, func(ctx context.Context) error {
		if err := workflows.StartSetup(ctx, t.Client, in); err != nil {
			return err
		}
		wishes := workflows.SetupWishes{Approve: !in.AutoApprove, Review: in.Mapping == workflows.MappingByReview}
		if wishes != (workflows.SetupWishes{}) { // it may have begun without; told before it goes on
			if err := workflows.SignalWishes(ctx, t.Client, in.ProjectID, wishes); err != nil {
				return err
			}
		}
		return workflows.SignalRetry(ctx, t.Client, in.ProjectID)
	})
}

// StartSetupAnew implements Steering.
func (t Temporal) StartSetupAnew(ctx context.Context, in workflows.SetupInput) error {
	return within(ctx, func(ctx context.Context) error { return workflows.StartSetupAnew(ctx, t.Client, in) })
}

// ReadSetup implements Steering.
func (t Temporal) ReadSetup(ctx context.Context, projectID string) (workflows.SetupState, error) {
	var s workflows.SetupState
	err := within(ctx, func(ctx context.Context) (err error) {
		s, err = workflows.ReadSetup(ctx, t.Client, projectID)
		return err
	})
	return s, err
}

// RetrySetup implements Steering.
func (t Temporal) RetrySetup(ctx context.Context, projectID string) error {
	err := within(ctx, func(ctx context.Context) error { return workflows.SignalCredentials(ctx, t.Client, projectID) })
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

// ApproveSetup implements Steering.
func (t Temporal) ApproveSetup(ctx context.Context, o activities.Order) error {
	return within(ctx, func(ctx context.Context) error { return workflows.SignalApprove(ctx, t.Client, o) })
}

// Tell implements Steering. It makes the workflow read the row again, rather than
// repeat the order: that could undo what a person did since, such as connecting again
// right after disconnecting.
func (t Temporal) Tell(ctx context.Context, c Change, o activities.Order) error {
	return within(ctx, func(ctx context.Context) error {
		if c == Resumed { // what happened during the pause is looked for at once
			return workflows.SignalWake(ctx, t.Client, o.ProjectID, activities.Wake{Walk: true})
		}
		return workflows.SignalReconfigure(ctx, t.Client, o)
	})
}

// Sync implements Steering.
func (t Temporal) Sync(ctx context.Context, projectID string, full bool) error {
	return within(ctx, func(ctx context.Context) error {
		return workflows.SignalWake(ctx, t.Client, projectID, activities.Wake{Walk: true, Sweep: full})
	})
}

// FollowRollback implements Steering.
func (t Temporal) FollowRollback(ctx context.Context, in workflows.RollbackInput, v activities.RollbackView) error {
	return within(ctx, func(ctx context.Context) error { return workflows.StartRollback(ctx, t.Client, in, v) })
}

// StartReview implements Steering.
func (t Temporal) StartReview(ctx context.Context, in workflows.MappingInput) error {
	return within(ctx, func(ctx context.Context) error { return workflows.StartMapping(ctx, t.Client, in) })
}

// ReadReview implements Steering.
func (t Temporal) ReadReview(ctx context.Context, projectID string) (workflows.MappingState, error) {
	var s workflows.MappingState
	err := within(ctx, func(ctx context.Context) (err error) {
		s, err = workflows.ReadMapping(ctx, t.Client, projectID)
		return err
	})
	return s, err
}

// TellReview implements Steering.
func (t Temporal) TellReview(ctx context.Context, w MappingWord, o activities.MappingOrder) error {
	return within(ctx, func(ctx context.Context) error {
		switch w {
		case MappingConfirmed:
			return workflows.SignalMappingConfirm(ctx, t.Client, o)
		case MappingRejected:
			return workflows.SignalMappingReject(ctx, t.Client, o)
		default:
			return workflows.SignalMappingEdit(ctx, t.Client, o)
		}
	})
}

// Ready implements Steering.
func (t Temporal) Ready(ctx context.Context) error {
	return within(ctx, func(ctx context.Context) error {
		_, err := t.Client.CheckHealth(ctx, &client.CheckHealthRequest{})
		return err
	})
}

package workflows

import (
	"context"
	"errors"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
)

// SignalWake asks a project for a session, and starts its workflow where it does not
// run.
func SignalWake(ctx context.Context, c client.Client, projectID string, w activities.Wake) error {
	return signalProject(ctx, c, projectID, signalWake, w)
}

// SignalPause stops a project at its next ticket. The project's row may say so
// already.
func SignalPause(ctx context.Context, c client.Client, o activities.Order) error {
	return signalProject(ctx, c, o.ProjectID, signalPause, o)
}

// SignalResume lets a paused project sync again.
func SignalResume(ctx context.Context, c client.Client, o activities.Order) error {
	return signalProject(ctx, c, o.ProjectID, signalResume, o)
}

// SignalReconfigure says that a project's row was changed. Changes through the engine
// say so by themselves.
func SignalReconfigure(ctx context.Context, c client.Client, o activities.Order) error {
	return signalProject(ctx, c, o.ProjectID, signalReconfigure, o)
}

// SignalDisconnect ends a connection.
func SignalDisconnect(ctx context.Context, c client.Client, o activities.Order) error {
	return signalProject(ctx, c, o.ProjectID, signalDisconnect, o)
}

func signalProject(ctx context.Context, c client.Client, projectID, signal string, arg any) error {
	_, err := c.SignalWithStartWorkflow(ctx, ProjectID(projectID), signal, arg, projectOptions(projectID),
		ProjectSync, ProjectSyncInput{ProjectID: projectID})
	if err != nil {
		return fmt.Errorf("signal %s to project %s: %w", signal, projectID, err)
	}
	return nil
}

func projectOptions(projectID string) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: ProjectID(projectID), TaskQueue: TaskQueue,
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}
}

// StartProject makes sure that a project's workflow runs. One that runs is not
// disturbed.
func StartProject(ctx context.Context, c client.Client, projectID string) error {
	_, err := c.ExecuteWorkflow(ctx, projectOptions(projectID), ProjectSync, ProjectSyncInput{ProjectID: projectID})
	if err != nil {
		return fmt.Errorf("start project %s: %w", projectID, err)
	}
	return nil
}

// StartConflict makes sure that an open conflict's workflow runs.
func StartConflict(ctx context.Context, c client.Client, v activities.ConflictView) error {
	if _, err := c.ExecuteWorkflow(ctx, conflictOptions(v), ConflictResolution, v.ID); err != nil {
		return fmt.Errorf("start conflict %s: %w", v.ID, err)
	}
	return nil
}

// SignalDecide tells a conflict's workflow that its row changed. One that was lost is
// started again, unless there is nothing left to do.
func SignalDecide(ctx context.Context, c client.Client, v activities.ConflictView) (err error) {
	if v.Closed() {
		err = signalRunning(ctx, c, ConflictID(v.ID), signalDecide, v.ID)
	} else {
		_, err = c.SignalWithStartWorkflow(ctx, ConflictID(v.ID), signalDecide, v.ID, conflictOptions(v), ConflictResolution, v.ID)
	}
	if err != nil {
		return fmt.Errorf("signal conflict %s: %w", v.ID, err)
	}
	return nil
}

func conflictOptions(v activities.ConflictView) client.StartWorkflowOptions {
	return client.StartWorkflowOptions{
		ID: ConflictID(v.ID), TaskQueue: TaskQueue, TypedSearchAttributes: ofConflict(v), StaticSummary: conflictSummary(v),
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}
}

// SignalEnd tells a project's workflow and its setup, whichever runs, that the project is disconnected.
func SignalEnd(ctx context.Context, c client.Client, projectID string) error {
	err := signalRunning(ctx, c, ProjectID(projectID), signalWake, activities.Wake{})
	if err == nil {
		err = signalRunning(ctx, c, SetupID(projectID), signalFirstSync, FirstSync{Ended: true})
	}
	if err != nil {
		return fmt.Errorf("signal the end of project %s: %w", projectID, err)
	}
	return nil
}

// signalRunning signals a workflow; that none runs is no error.
func signalRunning(ctx context.Context, c client.Client, id, signal string, arg any) error {
	err := c.SignalWorkflow(ctx, id, "", signal, arg)
	var none *serviceerror.NotFound
	if errors.As(err, &none) {
		return nil
	}
	return err
}

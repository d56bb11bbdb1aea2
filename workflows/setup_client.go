package workflows

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
)

// StartSetup starts the setup of a project whose row and credential are stored. One
// that runs goes on undisturbed.
func StartSetup(ctx context.Context, c client.Client, in SetupInput) error {
	return startSetup(ctx, c, in, enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING)
}

// StartSetupAnew starts the setup of a connection that was made this moment. One that
// runs still is of the connection before, and ends: it may have been told that nobody
// needs to approve its first synchronisation.
func StartSetupAnew(ctx context.Context, c client.Client, in SetupInput) error {
	return startSetup(ctx, c, in, enumspb.WORKFLOW_ID_CONFLICT_POLICY_TERMINATE_EXISTING)
}

func startSetup(ctx context.Context, c client.Client, in SetupInput, running enumspb.WorkflowIdConflictPolicy) error {
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: SetupID(in.ProjectID), TaskQueue: TaskQueue, TypedSearchAttributes: ofProject(in.System, in.Key),
		StaticSummary:            "connect " + short(in.Key),
		WorkflowIDConflictPolicy: running,
	}, InitialSetup, in)
	if err != nil {
		return fmt.Errorf("start the setup of project %s: %w", in.ProjectID, err)
	}
	return nil
}

// ReadSetup returns how a setup stands, also after its end. One that was ended by hand is none: what it
// waited for, nobody waits for any more. A worker must run.
func ReadSetup(ctx context.Context, c client.Client, projectID string) (SetupState, error) {
	var s SetupState
	answer, err := c.QueryWorkflowWithOptions(ctx, &client.QueryWorkflowWithOptionsRequest{
		WorkflowID: SetupID(projectID), QueryType: querySetup,
		QueryRejectCondition: enumspb.QUERY_REJECT_CONDITION_NOT_COMPLETED_CLEANLY,
	})
	switch {
	case err != nil:
	case answer.QueryRejected != nil:
		err = serviceerror.NewNotFound("it was ended by hand, or failed")
	default:
		err = answer.QueryResult.Get(&s)
	}
	if err != nil {
		return s, fmt.Errorf("read the setup of project %s: %w", projectID, err)
	}
	return s, nil
}

// SignalCredentials tells a setup that another credential was stored.
func SignalCredentials(ctx context.Context, c client.Client, projectID string) error {
	return signalSetup(ctx, c, projectID, signalCredentials, nil)
}

// SignalRetry tells a setup that what was wrong is mended, or asks for another
// preview.
func SignalRetry(ctx context.Context, c client.Client, projectID string) error {
	return signalSetup(ctx, c, projectID, signalRetry, nil)
}

// SignalWishes tells a setup what somebody wants to see first.
func SignalWishes(ctx context.Context, c client.Client, projectID string, w SetupWishes) error {
	return signalSetup(ctx, c, projectID, signalWishes, w)
}

// SignalApprove approves the preview that a setup shows.
func SignalApprove(ctx context.Context, c client.Client, o activities.Order) error {
	return signalSetup(ctx, c, o.ProjectID, signalApprove, o)
}

func signalSetup(ctx context.Context, c client.Client, projectID, signal string, arg any) error {
	if err := c.SignalWorkflow(ctx, SetupID(projectID), "", signal, arg); err != nil {
		return fmt.Errorf("signal %s to the setup of project %s: %w", signal, projectID, err)
	}
	return nil
}

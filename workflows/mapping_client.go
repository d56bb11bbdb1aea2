package workflows

import (
	"context"
	"fmt"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
)

// StartMapping starts the search for a project's field mapping. One that runs goes on
// undisturbed.
func StartMapping(ctx context.Context, c client.Client, in MappingInput) error {
	_, err := c.ExecuteWorkflow(ctx, client.StartWorkflowOptions{
		ID: MappingID(in.ProjectID), TaskQueue: TaskQueue, TypedSearchAttributes: ofProject(in.System, in.Key),
		StaticSummary:            "field mapping of " + short(in.Key),
		WorkflowIDConflictPolicy: enumspb.WORKFLOW_ID_CONFLICT_POLICY_USE_EXISTING,
	}, FieldMapping, in)
	if err != nil {
		return fmt.Errorf("start the mapping of project %s: %w", in.ProjectID, err)
	}
	return nil
}

// ReadMapping returns how the search for a field mapping stands, also after its end. A
// worker must run.
func ReadMapping(ctx context.Context, c client.Client, projectID string) (MappingState, error) {
	var s MappingState
	answer, err := c.QueryWorkflow(ctx, MappingID(projectID), "", queryMapping)
	if err == nil {
		err = answer.Get(&s)
	}
	if err != nil {
		return s, fmt.Errorf("read the mapping of project %s: %w", projectID, err)
	}
	return s, nil
}

// SignalMappingEdit tells a review that runs of another draft.
func SignalMappingEdit(ctx context.Context, c client.Client, o activities.MappingOrder) error {
	return signalMapping(ctx, c, signalEdit, o)
}

// SignalMappingConfirm tells a review that runs to put a version in force.
func SignalMappingConfirm(ctx context.Context, c client.Client, o activities.MappingOrder) error {
	return signalMapping(ctx, c, signalConfirm, o)
}

// SignalMappingReject tells a review that runs to leave the mapping as it is.
func SignalMappingReject(ctx context.Context, c client.Client, o activities.MappingOrder) error {
	return signalMapping(ctx, c, signalReject, o)
}

// signalMapping signals a review; that none runs is no error.
func signalMapping(ctx context.Context, c client.Client, signal string, o activities.MappingOrder) error {
	if err := signalRunning(ctx, c, MappingID(o.ProjectID), signal, o); err != nil {
		return fmt.Errorf("signal %s to the mapping of project %s: %w", signal, o.ProjectID, err)
	}
	return nil
}

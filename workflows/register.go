package workflows

import (
	"go.temporal.io/sdk/worker"
)

// Register registers every workflow under its function's name. These names, like
// those of the activities, stand in histories: they must not change.
func Register(r worker.WorkflowRegistry) {
	r.RegisterWorkflow(ProjectSync)
	r.RegisterWorkflow(IncrementalSync)
	r.RegisterWorkflow(Poll)
	r.RegisterWorkflow(Reconcile)
	r.RegisterWorkflow(ConflictResolution)
	r.RegisterWorkflow(InitialSetup)
	r.RegisterWorkflow(FieldMapping)
	r.RegisterWorkflow(Rollback)
}

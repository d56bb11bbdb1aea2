// Package workflows says in which order things happen, what waits for what, and what
// may interrupt it. It decides nothing about tickets: that is the engine's, called
// through activities.
//
// [ProjectSync] is the only writer to one external project and lives as long as the
// connection. It runs [IncrementalSync] sessions one at a time. [Poll] and
// [Reconcile] run on Temporal Schedules and wake it. [ConflictResolution] follows one
// conflict, [InitialSetup] one new connection, [FieldMapping] its mapping from proposal
// to activation. [Register] registers all of them; [StartSetup], the Signal functions and [Steering] are how the rest of the service
// reaches them.
//
// Nothing here holds a ticket's content: inputs, signals, search attributes and
// details carry ids, counts and times. Every workflow shows in its current details
// how it stands, for whoever looks at the Temporal UI.
package workflows

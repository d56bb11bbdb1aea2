// Package activities is the thin shell between Temporal and the engine: each
// activity calls the engine once, gives signs of life, and hands errors to the one
// table in errors.go. What crosses to a workflow is ids, counts and times.
//
// The activities are methods of a few holders, one for each group: [Session] for the
// steps of the loop, [Project] for the life of a connection, [Mapping] for field
// mappings, [Conflict] for the conflict queue. Workflows name them through nil pointers of these types.
package activities

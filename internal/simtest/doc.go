// Package simtest runs the production planner and engine over random schedules of
// edits, faults and crashes, and checks after each that nothing was lost, doubled,
// leaked or left undone. Everything happens in one goroutine and follows from one
// seed, so that a failure can be run again, with a readable trace, as often as needed.
//
// [Run] does one schedule: two or three trackers share tickets with one local side;
// people edit on all sides, also in the middle of the engine's calls. The trackers are
// those of the memory adapter, or, in the profile [Vendors], the real adapters over the
// simulators of their vendors. There people write Markdown and wiki markup, requests are
// cut and refused on the wire, and every byte that leaves is looked at.
// Then comes the quiet phase: no faults, no edits, all webhooks lost. It must end
// with both sides in step within [quietRounds] rounds. What may never happen at all
// is checked while it runs (invariants I5, I6, I9), the rest at the end.
//
// The heart is the [Oracle]: every value that anybody writes is unique in the run,
// and each must be live, kept in a conflict record, or overwritten by somebody who
// had seen it. The oracle looks at nothing else of the engine.
//
// To add to it: an act is a line in actKind.spec and its doing in actHere or actOutside; a
// kind of step a line in moves; a fault a line in faultKind.spec; an invariant a line in
// checks; a planted bug a line in Mutants. Every draw is made by the name of what is
// drawn and anew in each step, so that a new line leaves old schedules nearly as they were.
//
// [Mutants] are known bugs, planted by decorating the engine's ports: a simulation
// that no longer finds them has gone blind.
package simtest

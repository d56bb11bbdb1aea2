// Package engine is the loop: observe, repair, plan, apply, push, record. It knows
// neither Temporal nor any vendor; it works through ports ([Deps]).
//
// [New] makes an [Engine]. A session is
//
//	run, _ := e.Begin(ctx, ...)   // fences every older writer
//	e.Observe(ctx, run, walk)     // store what changed outside, mark its links dirty
//	e.Repair(ctx, run)            // settle writes of uncertain outcome
//	e.Sync(ctx, run, n)           // per link: plan, apply here, push outside
//	e.Record(ctx, run, outcome)   // close the session, move the status
//
// The local side writes through the engine too ([Engine.CreateTicket] and its
// neighbours), because an edit marks links dirty in its own transaction.
//
// What makes it safe to be killed anywhere: an observation is durable before the
// cursor moves; an intent is durable before the call that it describes; a call whose
// outcome is unknown is settled by reading before its link is planned again; and
// local values change by compare-and-set on the revision that was planned.
package engine

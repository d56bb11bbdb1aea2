// Package memory is the reference adapter: a tracker that lives in memory, with the
// habits of real ones, and the port to it. It is what the conformance suite and the
// simulation are measured against, and the place to look when writing an adapter.
//
// A [Tracker] is the vendor: stamps as coarse as a second, lists that lag behind
// and drift from page to page, text that it tidies, a history that may hold
// values, only times, or nothing. People act on it through its verbs
// ([Tracker.CreateTicket], [Tracker.EditField] ...). It has no goroutine, no randomness
// and no clock of its own. [New] connects an adapter to it.
package memory

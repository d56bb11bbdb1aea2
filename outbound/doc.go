// Package outbound is the privacy gate. [Clear] is the only maker of [Outbound],
// and an Outbound is the only thing that an adapter can send: what was not cleared
// cannot leave. Only the engine calls Clear.
//
// Text that was written here is sanitised on the way out ([Sanitise]) and restored
// on the way in ([Restore]), so that a mention in a local ticket does not summon a
// stranger who has the same login elsewhere.
package outbound

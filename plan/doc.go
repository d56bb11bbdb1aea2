// Package plan decides, and does nothing else: [Make] takes what is known of one
// link (its bases, both sides, the policy) and returns a [Plan] of steps and
// conflicts, each with its reason. It is a pure function of values: no clock, no
// context, no I/O, and the same input gives the same bytes.
//
// A link remembers two bases per field, the last value of each side that the other
// has incorporated. Each side is compared with its own base:
//
//	local     external   outcome
//	same      same       nothing to do
//	changed   same       push, if direction and privacy allow; else drift
//	same      changed    apply, if direction allows; else drift
//	changed   changed    alike: adopt both as bases
//	                     sets: merge by element
//	                     otherwise a conflict: the field is parked, the rest flows
package plan

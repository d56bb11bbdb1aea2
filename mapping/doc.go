// Package mapping translates between an external system's fields and the canonical
// ones of package ticket. It is pure: no clock, no I/O, no state.
//
// A [Mapping] is a list of rules, one for each canonical field that is kept in step,
// and a table of people. [Default] returns the one to begin with for each system.
//
// # Laws
//
// Write get for [Mapping.ToCanonical] and put for the overlay of
// [Mapping.ToExternal] of the fields that differ from get(s) over s. For every
// mapping, every kind, every external item s and all valid canonical fields v:
//
//   - PutGet: get(put(v, s)) = v. What was written reads back.
//   - GetPut: put(get(s), s) = s. What was read is never written back, so that a
//     value that we only understand in part stays as it is.
//   - Totality: get is defined for whatever the system may send. A reason for
//     closing that is not known here reads as done; it is replaced only when a
//     person changes the state.
package mapping

// Package mapping translates between an external system's fields and the canonical
// ones of package ticket. It is pure: no clock, no I/O, no state.
//
// A [Mapping] is a list of rules, one for each canonical field that is kept in step,
// a table of people, and the constants of a new ticket. [Default] returns the one to
// begin with for each system, [Propose] adapts it to what a project offers,
// [Validate] and [Try] judge one, [Diff] tells two apart, [Decode] and [Encode] give it
// the form that people edit.
//
// # Laws
//
// Write get for [Mapping.ToCanonical] and put for the overlay of [Mapping.Put] over
// the item. For every mapping without an error in [Validate], every kind, every external
// item s that shows the fields it holds, and all canonical fields v:
//
//   - GetPut: put(get(s), s) = s, to the letter. What was read is never respelled, so
//     that a value that we only understand in part stays as it is.
//   - PutGet: get(put(v, s)) means the same as v, field by field. Values mean the same
//     when a table lists them in one line; a field that cannot be written (see
//     [Mapping.Unwritable]) keeps the item's value.
//   - PutPut: put(w, put(v, s)) reads as put(w, s) does.
//   - Idempotence: what a value reads back as, once written, reads back as itself.
//   - Totality: get is defined for whatever the system may send. A value that is in no
//     table reads as "external:" and itself, see [Mapping.Unreadable]; it is never
//     dropped and never written.
//   - Complement: fields of the item that no rule names are never touched.
package mapping

// Package canon brings records into the one form in which every store keeps them,
// so that two stores given the same record hand back the same: times are UTC at the
// microsecond, maps are private copies and never nil, and what Postgres could not
// hold faithfully (a NUL character, invalid UTF-8, a state that does not exist) is
// refused with an error that names it. Each kind of record has a function of its
// name; [Clone] functions copy what a caller of a store may mutate.
package canon

// Package memory keeps a [store.Store] in memory: [New]. It is the store of the
// simulation, of tests and of the reference adapter's examples.
//
// One mutex lets one transaction run at a time, so a transaction started inside
// another never gets its turn. A transaction records how to undo each change; an
// error or a panic in its function undoes them all.
//
// Records are copied on the way in and on the way out: callers own what they get.
// Nothing that is returned depends on the order of a Go map or on the wall clock,
// so equal calls give equal answers.
package memory

// Package store says what the engine remembers, as records and as small role
// interfaces gathered in [Tx]. A [Store] runs functions in transactions; packages
// postgres and memory implement it, and storetest is the suite that both must pass.
//
// Maps and slices in a record that was read belong to the store: change a copy. What
// is written is copied by the store.
//
// The engine relies on nothing stronger than compare-and-set on single rows, unique
// constraints, and ForUpdate reads that lock a row until the transaction ends. It
// locks in this order: project, ticket (a comment's ticket first), comment, link,
// the rest.
package store

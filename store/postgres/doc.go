// Package postgres keeps a [store.Store] in Postgres 15 or newer: [Migrate], then
// [Open].
//
// The schema is in migrations, which are embedded and say why each statement is
// there; the statements are in queries; sqlcgen is generated from both. Each file of
// this package begins with what its tables promise.
//
// Transactions are READ COMMITTED. What the engine relies on is compare-and-set in
// the WHERE clause of an update, unique indexes, and row locks (FOR NO KEY UPDATE,
// which lets others insert rows that refer to the locked one). Inserts that meet a
// unique index do nothing and report it, and updates that may meet one run in a
// savepoint, so that a transaction can go on after store.ErrExists.
package postgres

//go:generate ../../.bin/sqlc generate -f ../../sqlc.yaml

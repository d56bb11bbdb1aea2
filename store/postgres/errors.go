package postgres

import (
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

// The conditions of Postgres (its manual, appendix A) that mean something to us.
const (
	readOnlyTransaction  = "25006"
	foreignKeyViolation  = "23503"
	uniqueViolation      = "23505"
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
	undefinedColumn      = "42703"
	undefinedTable       = "42P01"
)

// interpret turns what pgx says about one row into what callers act on. It is the
// only place that knows the codes; the cause stays in the chain.
func interpret(what, id string, err error) error {
	if err == nil {
		return nil
	}
	if errors.Is(err, pgx.ErrNoRows) {
		return canon.NotFound(what, id)
	}
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return fmt.Errorf("%s %s: %w", what, id, err)
	}
	switch pg.Code {
	case uniqueViolation:
		return canon.Exists(what, id)
	case foreignKeyViolation:
		return fmt.Errorf("%s %s names a row that does not exist (%s): %w", what, id, pg.ConstraintName, store.ErrNotFound)
	case undefinedTable, undefinedColumn:
		return fmt.Errorf("%s %s: the database has another schema than this program; migrate it: %w", what, id, err)
	}
	return fmt.Errorf("%s %s: %w", what, id, err)
}

// inserted judges an INSERT ... ON CONFLICT DO NOTHING.
func inserted(what, id string, rows int64, err error) error {
	if err == nil && rows == 0 {
		return canon.Exists(what, id)
	}
	return interpret(what, id, err)
}

// updated judges an UPDATE or DELETE of one row by id.
func updated(what, id string, rows int64, err error) error {
	if err == nil && rows == 0 {
		return canon.NotFound(what, id)
	}
	return interpret(what, id, err)
}

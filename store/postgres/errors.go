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
	diskFull             = "53100"
	tooManyConnections   = "53300"
	queryCanceled        = "57014"
)

// The classes of conditions, their first two digits, in which nothing is wrong with what was asked.
const (
	connectionException   = "08"
	insufficientResources = "53"
	operatorIntervention  = "57" // stopped, killed, or not started yet
	systemError           = "58"
)

// unable tells where the database could not do something for no fault of ours. Any other error it leaves as it is.
func unable(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return err
	}
	var todo string
	switch pg.Code {
	case diskFull:
		todo = "the database's disk is full; make room there"
	case tooManyConnections:
		todo = "the database takes no more connections; raise its max_connections, or lower pool_max_conns in its address here"
	case queryCanceled:
		todo = "the database took too long and gave up; look what keeps it busy, and at its statement_timeout"
	case lockNotAvailable:
		todo = "something else holds what is needed in the database; look what does, and at its lock_timeout"
	case serializationFailure, deadlockDetected:
		todo = "too much happens to this at once"
	case readOnlyTransaction:
		todo = "the database takes no writes at present; look whether it is a replica, or was made read-only"
	default:
		switch pg.Code[:min(2, len(pg.Code))] {
		case connectionException, operatorIntervention:
			todo = "the database is being stopped or started"
		case insufficientResources, systemError:
			todo = "the database's machine lacks something, or fails; its log says what"
		default:
			return err
		}
	}
	return &store.UnableError{Todo: todo, Err: err}
}

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

package postgres

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
)

//go:embed migrations/*.sql
var migrations embed.FS

// migrationLock is the key of the advisory lock that migrating processes queue for:
// any number, as long as it stays the same.
const migrationLock = 7_301_849_226

// How long a migration waits for a table, and a process for its turn to migrate.
const (
	lockTimeout = "SET lock_timeout = '10s'"
	turnTimeout = "SET lock_timeout = '10min'"
)

// Migrate brings the schema of the database at url up to date. Of several processes
// that migrate at once, one does the work and the others wait for it.
func Migrate(ctx context.Context, url string) (err error) {
	cfg, err := parse(url)
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, cfg.ConnConfig)
	if err != nil {
		return fmt.Errorf("connect to the database to migrate it: %w", err)
	}
	// Closing the connection gives the lock back, whatever happened before.
	defer func() { err = errors.Join(err, closeConn(ctx, conn)) }()
	if err := spellsAll(conn); err != nil {
		return err
	}
	if err := queue(ctx, conn); err != nil {
		return err
	}
	db := stdlib.OpenDB(*cfg.ConnConfig, stdlib.OptionAfterConnect(impatient))
	defer func() { err = errors.Join(err, db.Close()) }()
	p, err := provider(db)
	if err != nil {
		return err
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate the database: %w", inTheWay(err))
	}
	return nil
}

// queue waits until no other process migrates, but not for ever: one whose machine has gone
// away holds its place until the database notices.
func queue(ctx context.Context, conn *pgx.Conn) error {
	if _, err := conn.Exec(ctx, turnTimeout); err != nil {
		return fmt.Errorf("wait for other processes that migrate: %w", err)
	}
	_, err := conn.Exec(ctx, "SELECT pg_advisory_lock($1)", int64(migrationLock))
	var pg *pgconn.PgError
	if errors.As(err, &pg) && pg.Code == lockNotAvailable {
		return fmt.Errorf("another process has been migrating the database for ten minutes: wait until it is done, "+
			"or end it (SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted), and start again: %w", err)
	}
	if err != nil {
		return fmt.Errorf("wait for other processes that migrate: %w", err)
	}
	return nil
}

// impatient bounds how long a migration waits for a table. Whatever asks for the table after it
// waits behind it, also those who could share it with whoever has it now: without a bound one
// backup in progress stops the whole service.
func impatient(ctx context.Context, conn *pgx.Conn) error {
	_, err := conn.Exec(ctx, lockTimeout)
	return err
}

// inTheWay says what to do about a table that somebody else did not let go of.
func inTheWay(err error) error {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) || pg.Code != lockNotAvailable {
		return err
	}
	return fmt.Errorf("another program holds a table that has to be changed, a backup (pg_dump) or an open transaction say; "+
		"nothing of this migration was kept: wait for it or end it (SELECT pid, state, query FROM pg_stat_activity shows who is there), and start again: %w", err)
}

// spellsAll refuses a database that cannot hold every text: one made under LANG=C, say. It would
// work for weeks, and then each session that meets the wrong character would fail.
func spellsAll(conn *pgx.Conn) error {
	if encoding := conn.PgConn().ParameterStatus("server_encoding"); encoding != "UTF8" {
		return fmt.Errorf("the database is encoded in %s and cannot hold every text; make one with CREATE DATABASE ... ENCODING 'UTF8' TEMPLATE template0", encoding)
	}
	return nil
}

func provider(db *sql.DB) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, fmt.Errorf("embedded migrations: %w", err)
	}
	p, err := goose.NewProvider(goose.DialectPostgres, db, files, goose.WithGoMigrations(titleKeys()))
	if err != nil {
		return nil, fmt.Errorf("embedded migrations: %w", err)
	}
	return p, nil
}

func closeConn(ctx context.Context, conn *pgx.Conn) error {
	// ctx may have ended already; the goodbye must still be said.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	if err := conn.Close(ctx); err != nil {
		return fmt.Errorf("close the migrating connection: %w", err)
	}
	return nil
}

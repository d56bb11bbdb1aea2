package postgres

import (
	"context"
	"database/sql"
	"strings"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"
	"github.com/pressly/goose/v3"

	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/ticket"
)

// TestMigrationsGoBackAndForth runs every migration down to nothing and up again: an
// operator who must go back finds a way.
func TestMigrationsGoBackAndForth(t *testing.T) {
	db, p := migrating(t)
	for range 2 {
		if _, err := p.Up(t.Context()); err != nil {
			t.Fatal(err)
		}
		if _, err := p.DownTo(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
		var left int
		const count = `SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
			WHERE n.nspname = 'public' AND c.relname NOT LIKE 'goose%'`
		if err := db.QueryRowContext(t.Context(), count).Scan(&left); err != nil || left != 0 {
			t.Fatalf("after the way down %d tables, indexes or sequences are left (%v)", left, err)
		}
	}
}

// TestAnEarlyDatabaseGoesOn: 00016 once made the column that 00021 makes, and whoever ran
// it then has it already.
func TestAnEarlyDatabaseGoesOn(t *testing.T) {
	db, p := migrating(t)
	if _, err := p.UpTo(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	if _, err := db.ExecContext(t.Context(), `ALTER TABLE conflicts ADD COLUMN twin text NOT NULL DEFAULT ''`); err != nil {
		t.Fatal(err)
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// TestTicketsOfBeforeAreFoundByTheirTitles: what was stored before there was a key has the
// one that it would be stored with now.
func TestTicketsOfBeforeAreFoundByTheirTitles(t *testing.T) {
	db, p := migrating(t)
	if _, err := p.UpTo(t.Context(), 20); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"t1": ticket.TitleKey("Login fails"), "t2": "", "t3": ""}
	for id, fields := range map[string]string{"t1": `{"title": "[ABC-7] Login  FAILS."}`, "t2": `{"title": " . "}`, "t3": `{"body": "no title"}`} {
		if _, err := db.ExecContext(t.Context(), `INSERT INTO tickets (id, revision, fields, stamps, privacy, origin, deleted, created_at, updated_at)
			VALUES ($1, 1, $2, '{}', 'public', '', false, now(), now())`, id, fields); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := p.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	for id, key := range want {
		var got string
		if err := db.QueryRowContext(t.Context(), `SELECT title_key FROM tickets WHERE id = $1`, id).Scan(&got); err != nil || got != key {
			t.Errorf("%s has the key %q (%v), want %q", id, got, err, key)
		}
	}
}

// TestAMigrationDoesNotWaitForEver: a backup reads a table for hours, a migration waits to change
// it, and everything else waits behind the migration.
func TestAMigrationDoesNotWaitForEver(t *testing.T) {
	url := pgtest.Database(t, nil)
	db, err := sql.Open("pgx", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	p, err := provider(db)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), 23); err != nil {
		t.Fatal(err)
	}
	backup, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = backup.Rollback() }()
	if _, err := backup.ExecContext(t.Context(), "LOCK TABLE links IN ACCESS SHARE MODE"); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 40*time.Second)
	defer stop()
	if err := Migrate(ctx, url); err == nil || !strings.Contains(err.Error(), "pg_stat_activity") {
		t.Errorf("got %v, want what to do", err)
	}
	if err := backup.Rollback(); err != nil {
		t.Fatal(err)
	}
	if err := Migrate(t.Context(), url); err != nil {
		t.Errorf("once the backup is done: %v", err)
	}
}

// migrating opens an empty database and what migrates it.
func migrating(t *testing.T) (*sql.DB, *goose.Provider) {
	t.Helper()
	db, err := sql.Open("pgx", pgtest.Database(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	p, err := provider(db)
	if err != nil {
		t.Fatal(err)
	}
	return db, p
}

package postgres

import (
	"database/sql"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // registers the driver "pgx"

	"github.com/extsync/extsync/internal/devstack/pgtest"
)

// TestMigrationsGoBackAndForth runs every migration down to nothing and up again: an
// operator who must go back finds a way.
func TestMigrationsGoBackAndForth(t *testing.T) {
	db, err := sql.Open("pgx", pgtest.Database(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	}()
	p, err := provider(db)
	if err != nil {
		t.Fatal(err)
	}
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

package postgres_test

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres"
	"github.com/extsync/extsync/store/storetest"
)

func TestMain(m *testing.M) {
	// pgx reads times in the machine's zone unless told otherwise; on a machine that
	// lives in UTC, as most do that run tests, nobody would see it.
	time.Local = time.FixedZone("elsewhere", 5*60*60)
	goleak.VerifyTestMain(pgtest.Wrap(m))
}

// migrate prepares the template that every test's database is copied from.
func migrate(url string) error { return postgres.Migrate(context.Background(), url) }

func open(t *testing.T) (*postgres.Store, string) {
	t.Helper()
	url := pgtest.Database(t, migrate)
	s, err := postgres.Open(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Close)
	return s, url
}

// TestStore runs the suite in one database that is emptied before each test: that is
// a hundred times faster than a database for each.
func TestStore(t *testing.T) {
	s, url := open(t)
	conn := connect(t, url)
	storetest.Run(t, func(t *testing.T) store.Store {
		t.Helper()
		wipe(t, conn)
		return s
	})
}

// connect opens a connection beside the store's, for what the store refuses to do.
func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return conn
}

// wipe deletes every row. As a replica the session fires no trigger: neither the one
// that guards the audit log nor those behind foreign keys.
func wipe(t *testing.T, conn *pgx.Conn) {
	t.Helper()
	_, err := conn.Exec(t.Context(), `
		SET session_replication_role = replica;
		DO $$
		DECLARE name text;
		BEGIN
			FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'goose_db_version'
			LOOP
				EXECUTE format('DELETE FROM %I', name);
			END LOOP;
		END $$`)
	if err != nil {
		t.Fatal(err)
	}
}

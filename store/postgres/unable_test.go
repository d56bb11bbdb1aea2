package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres"
)

// TestWhatTheDatabaseCannotDoNow has Postgres refuse a write for reasons of its own: callers learn that nothing is
// wrong with what they asked for, and what a person has to do.
func TestWhatTheDatabaseCannotDoNow(t *testing.T) {
	s, url := open(t)
	conn := connect(t, url)
	exec := func(sql string) {
		t.Helper()
		if _, err := conn.Exec(t.Context(), sql); err != nil {
			t.Fatal(err)
		}
	}
	write := func(s *postgres.Store) error {
		return s.Tx(t.Context(), func(tx store.Tx) error { return tx.PutSecret(t.Context(), "p", "token", []byte("sealed")) })
	}
	check := func(name, say string, err error) {
		t.Helper()
		var unable *store.UnableError
		if !errors.As(err, &unable) || !strings.Contains(unable.Todo, say) {
			t.Errorf("%s: got %v, want that it says %q", name, err, say)
		}
	}
	for _, c := range []struct{ code, say string }{
		{"53100", "disk is full"}, {"53200", "lacks something"}, {"53300", "max_connections"}, {"58030", "its log"},
		{"57P01", "stopped or started"}, {"08006", "stopped or started"}, {"25006", "read-only"}, {"40001", "at once"}, {"55P03", "lock_timeout"},
	} {
		exec(fmt.Sprintf(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '%s'; END $$`, c.code))
		exec(`CREATE OR REPLACE TRIGGER refuse BEFORE INSERT ON credentials FOR EACH ROW EXECUTE FUNCTION refuse()`)
		check(c.code, c.say, write(s))
	}
	exec(`CREATE OR REPLACE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'no' USING ERRCODE = '23514'; END $$`)
	var unable *store.UnableError
	if err := write(s); err == nil || errors.As(err, &unable) {
		t.Errorf("a row that breaks a rule: got %v", err)
	}
	exec(`DROP TRIGGER refuse ON credentials`)
	if err := write(s); err != nil {
		t.Error(err)
	}

	t.Run("a statement takes too long", func(t *testing.T) {
		slow, err := postgres.Open(t.Context(), url+"&statement_timeout=50")
		if err != nil {
			t.Fatal(err)
		}
		defer slow.Close()
		err = pgx.BeginFunc(t.Context(), conn, func(other pgx.Tx) error {
			if _, err := other.Exec(t.Context(), "LOCK TABLE credentials"); err != nil {
				return err
			}
			check("statement_timeout", "took too long", write(slow))
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	t.Run("the connection is ended", func(t *testing.T) {
		err := s.Tx(t.Context(), func(tx store.Tx) error {
			if err := tx.PutSecret(t.Context(), "p", "token", []byte("another")); err != nil {
				return err
			}
			exec(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`)
			_, err := tx.Secret(context.WithoutCancel(t.Context()), "p", "token")
			return err
		})
		check("ended", "stopped or started", err)
	})
}

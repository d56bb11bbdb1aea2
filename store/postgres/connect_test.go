package postgres

import (
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/store"
)

// TestAnAbandonedTransactionEnds: a worker's machine dies in the middle of a transaction, and
// says no goodbye. Unless told otherwise the database keeps the locks on its project until TCP
// gives up, and no other worker can go on with it for hours.
func TestAnAbandonedTransactionEnds(t *testing.T) {
	s, err := Open(t.Context(), pgtest.Database(t, nil))
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var minutes float64
	const patience = `SELECT extract(epoch FROM current_setting('idle_in_transaction_session_timeout')::interval) / 60`
	if err := s.pool.QueryRow(t.Context(), patience).Scan(&minutes); err != nil {
		t.Fatal(err)
	}
	if minutes <= 0 || minutes > 5 {
		t.Errorf("a transaction may do nothing for %g minutes (0: for ever) and keep its locks", minutes)
	}
}

// TestADatabaseOfFewLettersIsRefused: what createdb makes under LANG=C cannot hold every text.
// That would show weeks later, once the first such character comes in.
func TestADatabaseOfFewLettersIsRefused(t *testing.T) {
	address := pgtest.Database(t, nil)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	for _, encoding := range []string{"LATIN1", "SQL_ASCII"} {
		name := "few_" + strings.ToLower(encoding)
		if _, err := conn.Exec(t.Context(), "CREATE DATABASE "+name+" ENCODING "+encoding+" LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"); err != nil {
			t.Fatal(err)
		}
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		u.Path = "/" + name
		if err := Migrate(t.Context(), u.String()); err == nil || !strings.Contains(err.Error(), "UTF8") {
			t.Errorf("%s: got %v, want the advice to make one in UTF8", encoding, err)
		}
		if _, err := conn.Exec(t.Context(), "DROP DATABASE "+name); err != nil {
			t.Error(err)
		}
	}
}

// TestAServerThatWritesNoMoreIsLeft: after a failover the old server is a replica, answers all questions, and
// refuses every write. Whoever stays connected to it writes nothing for as long as a connection lives, which is
// an hour, though the new one is there under the same address.
func TestAServerThatWritesNoMoreIsLeft(t *testing.T) {
	address := pgtest.Database(t, nil)
	if err := Migrate(t.Context(), address); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.pool.Exec(t.Context(), "SET default_transaction_read_only = on"); err != nil { // for this connection alone
		t.Fatal(err)
	}
	write := func() error {
		return s.Tx(t.Context(), func(tx store.Tx) error { return tx.PutSecret(t.Context(), "p", "token", []byte("sealed")) })
	}
	if err := write(); err == nil {
		t.Fatal("a replica has taken a write")
	}
	if err := write(); err != nil {
		t.Errorf("the next one, with another server there: %v", err)
	}
}

// TestAReplicaIsRefused says so as the service starts, and not once the first write fails.
func TestAReplicaIsRefused(t *testing.T) {
	address := pgtest.Database(t, nil)
	conn, err := pgx.Connect(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(t.Context()) }()
	if _, err := conn.Exec(t.Context(), `DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$`); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), address)
	if err == nil {
		s.Close()
	}
	if err == nil || !strings.Contains(err.Error(), "read-only") {
		t.Errorf("got %v, want that it is read-only", err)
	}
}

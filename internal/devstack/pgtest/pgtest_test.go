package pgtest_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"go.uber.org/goleak"

	"github.com/extsync/extsync/internal/devstack/pgtest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(pgtest.Wrap(m)) }

func open(t *testing.T, url string) *pgx.Conn {
	t.Helper()
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatalf("connect: %v", err)
	}
	t.Cleanup(func() {
		if err := conn.Close(context.Background()); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return conn
}

func TestDatabasesAreMigratedOnceAndApart(t *testing.T) {
	var migrated atomic.Int32
	migrate := func(url string) error {
		migrated.Add(1)
		conn, err := pgx.Connect(t.Context(), url)
		if err != nil {
			return err
		}
		_, err = conn.Exec(t.Context(), "CREATE TABLE marks (n int); INSERT INTO marks VALUES (1)")
		return errors.Join(err, conn.Close(t.Context()))
	}
	first := open(t, pgtest.Database(t, migrate))
	second := open(t, pgtest.Database(t, migrate))
	if _, err := first.Exec(t.Context(), "INSERT INTO marks VALUES (2)"); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		reason string
		conn   *pgx.Conn
		want   int
	}{
		{"the template's row and its own", first, 2},
		{"the template's row, none of its neighbour's", second, 1},
	} {
		var n int
		if err := c.conn.QueryRow(t.Context(), "SELECT count(*) FROM marks").Scan(&n); err != nil || n != c.want {
			t.Errorf("%s: got %d rows, %v; want %d", c.reason, n, err, c.want)
		}
	}
	if n := migrated.Load(); n != 1 {
		t.Errorf("migrated %d times, want once", n)
	}
}

func TestADatabaseIsDroppedWithItsTest(t *testing.T) {
	var gone string
	t.Run("inner", func(t *testing.T) {
		gone = pgtest.Database(t, nil)
		// Left open on purpose: it must not hold up the drop.
		if _, err := pgx.Connect(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
	})
	if _, err := pgx.Connect(t.Context(), gone); err == nil || !strings.Contains(err.Error(), "does not exist") {
		t.Errorf("connecting to a dropped database: %v, want 'does not exist'", err)
	}
}

func TestParallelTestsEachGetADatabase(t *testing.T) {
	for range 8 {
		t.Run("", func(t *testing.T) {
			t.Parallel()
			conn := open(t, pgtest.Database(t, nil))
			if _, err := conn.Exec(t.Context(), "CREATE TABLE mine (n int)"); err != nil {
				t.Error(err)
			}
		})
	}
}

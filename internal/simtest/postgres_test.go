package simtest

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/store/postgres"
)

func TestMain(m *testing.M) { pgtest.Main(m) }

// onPostgres is the production store as the database of a simulation: its clock is the
// simulation's, and it can be restored from a backup.
type onPostgres struct {
	*postgres.Store
	t      *testing.T
	beside *pgx.Conn
	now    func() time.Time
	told   time.Time
	tables []string
}

// simulatedClock stands in for the one function by which a statement asks what time it is. Like
// the store in memory it never tells one time twice.
const simulatedClock = `
	CREATE SCHEMA simulated;
	CREATE SCHEMA backup;
	CREATE TABLE simulated.present (at timestamptz NOT NULL);
	INSERT INTO simulated.present VALUES ('epoch');
	CREATE SEQUENCE simulated.ticks;
	CREATE FUNCTION simulated.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE AS
		$$ SELECT at + nextval('simulated.ticks') * interval '1 microsecond' FROM simulated.present $$`

// newOnPostgres returns an empty one. Its connections have these settings, besides.
func newOnPostgres(t *testing.T, now func() time.Time, settings string) *onPostgres {
	t.Helper()
	ctx := t.Context()
	url := pgtest.Database(t, migrate)
	beside, err := pgx.Connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	o := &onPostgres{t: t, beside: beside, now: now}
	o.exec(simulatedClock)
	rows, err := beside.Query(ctx, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
	if err != nil {
		t.Fatal(err)
	}
	if o.tables, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
		t.Fatal(err)
	}
	o.exec("SET session_replication_role = replica") // no trigger keeps a backup from being restored
	if o.Store, err = postgres.Open(ctx, url+"&search_path=simulated,pg_catalog,public"+settings); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		o.Close()
		_ = beside.Close(context.Background()) // its database is dropped next
	})
	return o
}

// migrate prepares the template that every schedule's database is copied from.
func migrate(url string) error { return postgres.Migrate(context.Background(), url) }

func (o *onPostgres) exec(sql string, args ...any) {
	if _, err := o.beside.Exec(context.Background(), sql, args...); err != nil {
		o.t.Fatalf("%s: %v", sql, err)
	}
}

// Tx implements store.Store.
func (o *onPostgres) Tx(ctx context.Context, fn func(store.Tx) error) error {
	if now := o.now(); now.After(o.told) {
		o.told = now
		o.exec("UPDATE simulated.present SET at = $1", now)
		o.exec("ALTER SEQUENCE simulated.ticks RESTART")
	}
	return o.Store.Tx(ctx, fn)
}

// Backup copies every row aside.
func (o *onPostgres) Backup() {
	for _, t := range o.tables {
		o.exec(fmt.Sprintf("DROP TABLE IF EXISTS backup.%[1]s; CREATE TABLE backup.%[1]s AS TABLE public.%[1]s", t))
	}
}

// Restore puts the copies in place of what is there.
func (o *onPostgres) Restore() {
	o.exec("TRUNCATE " + "public." + strings.Join(o.tables, ", public."))
	for _, t := range o.tables {
		o.exec(fmt.Sprintf("INSERT INTO public.%[1]s OVERRIDING SYSTEM VALUE SELECT * FROM backup.%[1]s", t))
	}
}

// inMemory is the store in memory, which is told the time at each transaction: a database has
// a clock of its own.
type inMemory struct {
	*memory.Store
	now func() time.Time
}

func newInMemory(now func() time.Time) database { return &inMemory{memory.New(), now} }

// Tx implements store.Store.
func (m *inMemory) Tx(ctx context.Context, fn func(store.Tx) error) error {
	return m.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.DueLinks(ctx, "", m.now(), 0); err != nil {
			return err
		}
		return fn(tx)
	})
}

// TestPostgres: a schedule over Postgres does, call for call, what it does over the store in
// memory. SIM_POSTGRES is how many there are, or 12, from SIM_SEED on.
func TestPostgres(t *testing.T) {
	from, n := numberIn(t, "SIM_SEED", 1), numberIn(t, "SIM_POSTGRES", 12)
	for seed := from; seed < from+n; seed++ {
		o := Options{Seed: seed, Profile: Mixed, base: newInMemory}
		here := Run(o)
		t.Run(fmt.Sprintf("%s %d", here.Profile, seed), func(t *testing.T) {
			o.base = func(now func() time.Time) database { return newOnPostgres(t, now, "") }
			if there := Run(o); here.Hash == there.Hash && there.Violation == nil {
				return
			}
			o.Trace = true
			there := Run(o)
			o.base = newInMemory
			t.Errorf("%s\n%v", firstDifference(Run(o).Trace, there.Trace), there.Violation)
		})
	}
}

func numberIn(t *testing.T, name string, otherwise uint64) uint64 {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return otherwise
	}
	n, err := strconv.ParseUint(s, 10, 64)
	if err != nil {
		t.Fatalf("%s=%q: want a number", name, s)
	}
	return n
}

func firstDifference(a, b []string) string {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	from := max(0, n-8)
	return fmt.Sprintf("in memory:\n%s\non Postgres:\n%s", strings.Join(a[from:min(len(a), n+4)], "\n"), strings.Join(b[from:min(len(b), n+4)], "\n"))
}

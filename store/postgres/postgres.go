package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

const (
	// maxConns is how many connections one process holds at most, unless the URL sets
	// pool_max_conns. A session uses one at a time.
	maxConns = 16
	// tries is how often a transaction that the database gave up is begun. The victim
	// of a deadlock finds its rival gone at the next try.
	tries = 5
	// idleInTx is how long the database lets a transaction of ours do nothing. A worker whose
	// machine or network goes away in the middle of one takes its project's row lock along, and
	// without this the server keeps it until TCP gives up, which is two hours by default. Nothing
	// that we do inside a transaction takes nearly as long, see worker.sendTimeout.
	idleInTx = "SET idle_in_transaction_session_timeout = '1min'"
)

// Store implements store.Store. Make one with Open.
type Store struct {
	pool *pgxpool.Pool
}

var _ store.Store = (*Store)(nil)

// Open connects to the database at url, a "postgres://" URL or a keyword string. The
// schema must be current, see Migrate. Close the store in the end.
func Open(ctx context.Context, url string) (*Store, error) {
	cfg, err := parse(url)
	if err != nil {
		return nil, err
	}
	if !strings.Contains(url, "pool_max_conns") {
		cfg.MaxConns = maxConns
	}
	cfg.AfterConnect = connected
	pool, err := pgxpool.NewWithConfig(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("open the database: %w", err)
	}
	if err := pool.Ping(ctx); err != nil {
		pool.Close()
		return nil, fmt.Errorf("connect to the database; is it running, and is its address right? %w", err)
	}
	return &Store{pool}, nil
}

// connected prepares a new connection.
func connected(ctx context.Context, conn *pgx.Conn) error {
	utc := &pgtype.TimestamptzCodec{ScanLocation: time.UTC}
	conn.TypeMap().RegisterType(&pgtype.Type{Name: "timestamptz", OID: pgtype.TimestamptzOID, Codec: utc})
	_, err := conn.Exec(ctx, idleInTx)
	return err
}

// Now returns the time by the database's clock.
func (s *Store) Now(ctx context.Context) (time.Time, error) {
	var now time.Time
	err := s.pool.QueryRow(ctx, "SELECT clock_timestamp()").Scan(&now)
	return now, unable(interpret("time of", "the database", err))
}

// Close waits for running transactions and closes every connection.
func (s *Store) Close() { s.pool.Close() }

// tx is one transaction.
type tx struct {
	pgx pgx.Tx
	q   *sqlcgen.Queries
}

var _ store.Tx = (*tx)(nil)

// Tx implements store.Store. It begins again when the database had to give the
// transaction up because of others, a few times. Once the database takes no writes any more
// it is looked for anew under its address.
func (s *Store) Tx(ctx context.Context, fn func(store.Tx) error) error {
	var err error
	for range tries {
		err = pgx.BeginTxFunc(ctx, s.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted}, func(t pgx.Tx) error {
			return fn(&tx{t, sqlcgen.New(t)})
		})
		if isReadOnly(err) { // a replica since a failover: these connections would live on for an hour
			s.pool.Reset()
		}
		if !givenUp(err) {
			return unable(err)
		}
	}
	return unable(fmt.Errorf("given up %d times because of rival transactions: %w", tries, err))
}

// givenUp reports whether the database ended the transaction for the sake of others.
func givenUp(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && (pg.Code == serializationFailure || pg.Code == deadlockDetected)
}

// isReadOnly reports whether the server refused a write because it takes none.
func isReadOnly(err error) bool {
	var pg *pgconn.PgError
	return errors.As(err, &pg) && pg.Code == readOnlyTransaction
}

// savepoint runs a statement that may violate a constraint, so that the transaction
// survives it.
func (t *tx) savepoint(ctx context.Context, run func(*sqlcgen.Queries) error) error {
	return pgx.BeginFunc(ctx, t.pgx, func(inner pgx.Tx) error { return run(t.q.WithTx(inner)) })
}

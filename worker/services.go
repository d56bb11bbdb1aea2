package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"
	"go.temporal.io/sdk/client"
	temporallog "go.temporal.io/sdk/log"

	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres"
	"github.com/extsync/extsync/vault"
)

// Services are the parts that the worker and the API share.
type Services struct {
	Store    store.Store
	Engine   *engine.Engine
	Vault    *vault.Vault
	Temporal client.Client
	Log      *slog.Logger

	cfg     Config
	db      *postgres.Store
	links   *connector
	ticks   sync.WaitGroup     // the clock's looks at the database
	stop    context.CancelFunc // ends them; nil: there are none
	running atomic.Bool        // workers poll, and no fatal error has occurred
}

// Open connects to Postgres and Temporal, brings the schema up to date, and builds
// the engine. Close what it returns.
func Open(ctx context.Context, cfg Config) (*Services, error) {
	cfg, err := cfg.filled()
	if err != nil {
		return nil, err
	}
	v, err := vault.Load(cfg.KeysetFile)
	if err != nil {
		return nil, err
	}
	if err := postgres.Migrate(ctx, cfg.PostgresURL); err != nil {
		return nil, err
	}
	db, err := postgres.Open(ctx, cfg.PostgresURL)
	if err != nil {
		return nil, err
	}
	s := &Services{Store: db, Vault: v, Log: cfg.Log, cfg: cfg, db: db}
	if cfg.Clock == nil {
		if err := s.shareClock(ctx); err != nil {
			s.Close()
			return nil, err
		}
	}
	if err := s.connect(ctx); err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// shareClock goes by the database's clock until the services are closed.
func (s *Services) shareClock(ctx context.Context) error {
	c := &clock{}
	s.cfg.Clock = c
	if err := c.look(ctx, s.db.Now); err != nil {
		return fmt.Errorf("ask the database for the time: %w", err)
	}
	following, stop := context.WithCancel(context.WithoutCancel(ctx))
	s.stop = stop
	s.ticks.Go(func() { c.follow(following, s.db.Now) })
	return nil
}

// connect builds the engine and the connection to Temporal.
func (s *Services) connect(ctx context.Context) error {
	key, err := s.Vault.CreateKey(ctx, s.Store)
	if errors.Is(err, vault.ErrRefused) { // a file that is not there is made, and seals nothing of before
		return fmt.Errorf("%s is not the keyset file by which this database was sealed: put that one, or its copy, there, or name it with --keyset: %w",
			s.cfg.KeysetFile, err)
	}
	if err != nil {
		return err
	}
	s.links = newConnector(catalog.All(), s.Store, s.Vault, s.cfg)
	s.Engine = engine.New(engine.Deps{
		Store: s.Store, Adapters: s.links, Clock: s.cfg.Clock, NewID: uuid.NewString, Key: key, Log: s.Log,
		CallTimeout: s.cfg.LookUpAfter, Places: catalog.Places,
	})
	s.links.ownKey, s.links.keyOf, s.links.made = s.Engine.OwnKey, s.Engine.KeyOf, s.Engine.Made
	name, err := identity()
	if err != nil {
		return err
	}
	o := client.Options{
		HostPort: s.cfg.TemporalAddress, Namespace: s.cfg.Namespace, Identity: name, Logger: temporallog.NewStructuredLogger(s.Log),
	}
	if s.cfg.TuneClient != nil {
		s.cfg.TuneClient(&o)
	}
	s.Temporal, err = client.DialContext(ctx, o)
	if err != nil {
		return fmt.Errorf("connect to Temporal at %s; is it running? %w", s.cfg.TemporalAddress, err)
	}
	return nil
}

// ReconcileEvery is the time between two full sweeps of a project.
func (s *Services) ReconcileEvery() time.Duration { return s.cfg.ReconcileEvery }

// Close ends the connections. Nothing of the services may be used afterwards.
func (s *Services) Close() {
	if s.stop != nil {
		s.stop()
		s.ticks.Wait()
	}
	if s.Temporal != nil {
		s.Temporal.Close()
	}
	if s.links != nil {
		s.links.transport.CloseIdleConnections()
	}
	s.db.Close()
}

// errNotRunning is why a process is not ready that Run was not called in, or whose
// worker has ended.
var errNotRunning = errors.New("the worker of this process does not run")

// Reachable fails when Postgres or Temporal does not answer.
func (s *Services) Reachable(ctx context.Context) error {
	err := s.Store.Tx(ctx, func(tx store.Tx) error {
		_, err := tx.DueOutbox(ctx, nil, 0)
		return err
	})
	if err != nil {
		return fmt.Errorf("Postgres does not answer: %w", err) //nolint:staticcheck // a name
	}
	if _, err := s.Temporal.CheckHealth(ctx, &client.CheckHealthRequest{}); err != nil {
		return fmt.Errorf("Temporal does not answer: %w", err) //nolint:staticcheck // a name
	}
	return nil
}

// Ready fails while this process does no background work: before Run has started,
// once it is told to stop, and when Postgres or Temporal does not answer.
func (s *Services) Ready(ctx context.Context) error {
	if !s.running.Load() {
		return errNotRunning
	}
	return s.Reachable(ctx)
}

// Package apitest gives tests of the API and of the command line a whole service in
// one process: the real API, engine, vault and GitHub adapter over the store in
// memory and the GitHub simulator. [New] makes it.
//
// In place of Temporal stands a [World] that runs sessions inline, in the order of
// the workflows, when it is told to ([World.Work]) or the API asks for one. Time is
// virtual and ids count up, so that outputs repeat exactly.
package apitest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/vault"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

// What the simulator knows, and what the API wants to see.
const (
	Repo       = "octo/hello"
	GitHub     = "https://github.test/api/v3" // reached in process whatever its name
	Token      = "ghp_good"                   // may do all
	ReadOnly   = "ghp_readonly"               // may not push
	AdminToken = "extsync_test"               //nolint:gosec // of these tests alone
)

// World is the service and what is around it.
type World struct {
	Sim    *simulator.Sim
	Repo   *simulator.Repo
	Store  *memory.Store
	Engine *engine.Engine
	Vault  *vault.Vault
	Desk   *worker.MappingDesk
	Server *httptest.Server
	Logs   *Logs

	mu       sync.Mutex // one session at a time
	hostsMu  sync.RWMutex
	hosts    map[string]http.RoundTripper
	clock    *clock
	ids      *counter
	sessions int
	setups   map[string]workflows.SetupState // by project
	reviews  map[string]*review              // likewise
	down     error                           // what Temporal would fail with
}

// New makes the service and ends it with the test.
func New(t *testing.T) *World {
	t.Helper()
	w := &World{Store: memory.New(), Logs: &Logs{}, clock: newClock(), ids: &counter{}, setups: map[string]workflows.SetupState{}, reviews: map[string]*review{}, hosts: map[string]http.RoundTripper{}}
	w.Sim = simulator.New(simulator.Options{Now: w.clock.Now, Seed: 1, BaseURL: GitHub})
	w.Sim.AddToken(Token, simulator.Token{Login: "extsync-bot", Push: true})
	w.Sim.AddToken(ReadOnly, simulator.Token{Login: "reader"})
	w.Repo = w.Sim.AddRepo("octo", "hello")
	var err error
	if w.Vault, err = vault.Load(filepath.Join(t.TempDir(), "keys.json")); err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(w.Logs, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.Engine = engine.New(engine.Deps{
		Store: w.Store, Adapters: w, Clock: w.clock, NewID: w.ids.uuid,
		Key: []byte("0123456789abcdef0123456789abcdef"), Log: log,
	})
	w.Desk = &worker.MappingDesk{Engine: w.Engine}
	w.Server = httptest.NewServer(api.New(api.Deps{
		Engine: w.Engine, Systems: w.systems(), Vault: w.Vault, Steering: w, Mappings: w.Desk, Log: log, TokenHash: api.HashToken(AdminToken),
	}))
	t.Cleanup(w.Server.Close)
	return w
}

// Attach makes a simulator reachable at a host's name, besides GitHub's.
func (w *World) Attach(host string, way http.RoundTripper) {
	w.hostsMu.Lock()
	defer w.hostsMu.Unlock()
	w.hosts[host] = way
}

// RoundTrip implements http.RoundTripper: the way to every simulator.
func (w *World) RoundTrip(r *http.Request) (*http.Response, error) {
	w.hostsMu.RLock()
	way, ok := w.hosts[r.URL.Host]
	w.hostsMu.RUnlock()
	if !ok {
		way = w.Sim.Transport()
	}
	return way.RoundTrip(r)
}

// systems are the real adapters, but for the way to the outside.
func (w *World) systems() map[external.System]adapters.Factory {
	all := catalog.All()
	for system, f := range all {
		inner := f.New
		f.New = func(cfg adapters.Config) (adapters.Adapter, error) {
			cfg.Transport = w
			return inner(cfg)
		}
		all[system] = f
	}
	return all
}

// For implements engine.Connector.
func (w *World) For(ctx context.Context, p store.Project) (adapters.Adapter, error) {
	var sealed []byte
	var inForce store.MappingVersion
	err := w.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if inForce, err = tx.ActiveMapping(ctx, p.ID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		sealed, err = tx.Secret(ctx, p.ID, engine.CredentialName)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("credential of %s: %w", p.ID, err)
	}
	token, err := w.Vault.Open(p.ID, engine.CredentialName, sealed)
	if err != nil {
		return nil, err
	}
	factory := w.systems()[p.System]
	fields, err := worker.MappedFields(p.System, inForce)
	if err != nil {
		return nil, err
	}
	return factory.New(adapters.Config{
		BaseURL: p.BaseURL, ProjectKey: p.Key, ProjectID: p.ExternalID, Token: string(token), OwnKey: w.Engine.OwnKey(p.ID), KeyOf: w.Engine.KeyOf,
		User: p.User, Filter: p.Filter, Settings: p.Settings, Fields: fields,
	})
}

// Advance moves the clock.
func (w *World) Advance(d time.Duration) { w.clock.advance(d) }

// clock is virtual: sleeping moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Sleep(_ context.Context, d time.Duration) error {
	c.advance(d)
	return nil
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

type counter struct {
	mu sync.Mutex
	n  int
}

func (c *counter) uuid() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.n++
	return fmt.Sprintf("%08d-0000-4000-8000-000000000000", c.n) // a link's last part follows from the rest
}

// Logs keeps what was logged, to look for what must not be.
type Logs struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Logs) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// String returns all of it.
func (l *Logs) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}

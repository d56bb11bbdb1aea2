package main

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/extsync/extsync/adapters"
	githubadapter "github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
)

const (
	owner = "octo"
	name  = "hello"
	token = "bench-token"
	login = "extsync-bot"
)

// How many links one session takes, and one call of the engine, and for how long, as in
// production.
const (
	sessionLinks = 500
	syncBatch    = 250
	sessionTime  = 5 * time.Minute
)

// clock is virtual: sleeping moves it.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)} }

// Now is the virtual time.
func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

// Sleep moves the time at once.
func (c *clock) Sleep(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// world is one project connected to a simulated GitHub with GitHub's limits.
type world struct {
	clock    *clock
	sim      *github.Sim
	repo     *github.Repo
	store    store.Store
	engine   *engine.Engine
	project  string
	sessions int
	ids      int
}

func newWorld() *world {
	w := &world{clock: newClock(), store: memory.New()}
	w.sim = github.New(github.Options{Now: w.clock.Now, Seed: 1, Sleep: func(ctx context.Context, d time.Duration) {
		_ = w.clock.Sleep(ctx, d) // it can only tell that ctx is over, which the call notices itself
	}})
	w.repo = w.sim.AddRepo(owner, name)
	w.sim.AddToken(token, github.Token{Login: login, Push: true})
	w.engine = engine.New(engine.Deps{
		Store: w.store, Adapters: w, Clock: w.clock, NewID: w.newID,
		Key: []byte("0123456789abcdef0123456789abcdef"), Log: slog.New(slog.DiscardHandler),
	})
	return w
}

// newID counts, in the shape of a UUID.
func (w *world) newID() string {
	w.ids++
	return fmt.Sprintf("00000000-0000-4000-8000-%012x", w.ids)
}

// For makes the real adapter over the simulator's in-process transport.
func (w *world) For(_ context.Context, p store.Project) (adapters.Adapter, error) {
	return githubadapter.New(adapters.Config{
		ProjectKey: p.Key, ProjectID: p.ExternalID, Token: token, Transport: w.sim.Transport(), OwnKey: w.engine.OwnKey(p.ID),
	})
}

// connect sets the project up as a person would, accepting the preview.
func (w *world) connect(ctx context.Context) error {
	c := engine.Connection{System: githubadapter.System, Key: owner + "/" + name, By: "bench"}
	p, err := w.engine.CreateProject(ctx, c, func(string) ([]byte, error) { return []byte("sealed"), nil })
	if err != nil {
		return err
	}
	w.project = p.ID
	if _, err := w.engine.Probe(ctx, p.ID); err != nil {
		return err
	}
	preview, err := w.engine.Preview(ctx, p.ID)
	if err != nil {
		return err
	}
	_, err = w.engine.Activate(ctx, p.ID, "bench", preview)
	return err
}

// session runs one session in the steps of the IncrementalSync workflow. When the
// limits say so it ends, and sleeps until the next may begin.
func (w *world) session(ctx context.Context, kind store.SessionKind, walk bool) (engine.Progress, error) {
	w.sessions++
	run, err := w.engine.Begin(ctx, fmt.Sprintf("session-%d", w.sessions), w.project, kind)
	if err != nil {
		return engine.Progress{}, err
	}
	if _, err := w.engine.Observe(ctx, run, walk); err != nil {
		return engine.Progress{}, err
	}
	if err := w.engine.Repair(ctx, run); err != nil {
		return engine.Progress{}, err
	}
	if err := w.engine.Guard(ctx, run, sessionLinks); err != nil {
		return engine.Progress{}, err
	}
	until := w.clock.Now().Add(sessionTime)
	run.Enough = func() bool { return w.clock.Now().After(until) }
	p := engine.Progress{More: true}
	for links := 0; p.More && p.RetryAt.IsZero() && links < sessionLinks && !run.Enough(); links += p.Tickets + p.Comments {
		if p, err = w.engine.Sync(ctx, run, syncBatch); err != nil {
			return p, err
		}
	}
	if _, err := w.engine.Record(ctx, run, engine.Outcome{State: store.Succeeded}); err != nil {
		return p, err
	}
	if wait := p.RetryAt.Sub(w.clock.Now()); !p.RetryAt.IsZero() && wait > 0 {
		err = w.clock.Sleep(ctx, wait)
	}
	return p, err
}

// drain runs sessions until nothing is due.
func (w *world) drain(ctx context.Context, kind store.SessionKind, walk bool) error {
	for {
		p, err := w.session(ctx, kind, walk)
		if err != nil || !p.More {
			return err
		}
		walk = false
	}
}

// counted runs f and returns the calls it made at GitHub. It fails when GitHub
// refused one of them.
func (w *world) counted(f func() error) (github.Counters, error) {
	w.sim.ResetCounters()
	if err := f(); err != nil {
		return github.Counters{}, err
	}
	n := w.sim.Counters()
	for kind, c := range n.Kinds {
		if c.Refused > 0 {
			return n, fmt.Errorf("GitHub refused %d of %d calls of kind %s", c.Refused, c.Calls, kind)
		}
	}
	return n, nil
}

// links counts the project's links.
func (w *world) links(ctx context.Context) (c store.LinkCounts, err error) {
	err = w.store.Tx(ctx, func(tx store.Tx) (err error) {
		c, err = tx.CountLinks(ctx, w.project, w.clock.Now())
		return err
	})
	return c, err
}

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	memstore "github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// clock is a virtual clock: sleeping moves it.
type clock struct{ now time.Time }

func (c *clock) Now() time.Time { return c.now }
func (c *clock) Sleep(_ context.Context, d time.Duration) error {
	c.now = c.now.Add(d)
	return nil
}

// world is a local side and one tracker per project, in memory.
type world struct {
	t        *testing.T
	clock    *clock
	store    *memstore.Store
	engine   *engine.Engine
	trackers map[string]*memory.Tracker             // by project id
	wrap     func(*memory.Adapter) adapters.Adapter // nil: as it is
	sessions int
	ids      int
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, clock: &clock{now: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)},
		store: memstore.New(), trackers: map[string]*memory.Tracker{},
	}
	w.engine = w.over(w.store)
	return w
}

// over returns the engine of the world over another store, which may let things happen in between.
func (w *world) over(s store.Store) *engine.Engine {
	return engine.New(engine.Deps{
		Store: s, Adapters: w, Clock: w.clock, Key: []byte("0123456789abcdef0123456789abcdef"),
		NewID: func() string { w.ids++; return fmt.Sprintf("id-%06d", w.ids) },
		Log:   slog.New(slog.DiscardHandler),
	})
}

// For gives the tracker of a project, or says that there is none.
func (w *world) For(_ context.Context, p store.Project) (adapters.Adapter, error) {
	t, ok := w.trackers[p.ID]
	if !ok {
		return nil, &external.Error{Kind: external.Unauthorised, Op: "open", Message: "no such tracker"}
	}
	if w.wrap != nil {
		return w.wrap(w.opened(t, p)), nil
	}
	return w.opened(t, p), nil
}

func (w *world) opened(t *memory.Tracker, p store.Project) *memory.Adapter {
	return memory.New(t, adapters.Config{ProjectID: p.ExternalID, OwnKey: w.engine.OwnKey(p.ID)})
}

func (w *world) adapter(t *memory.Tracker, projectID string) *memory.Adapter {
	return memory.New(t, adapters.Config{OwnKey: w.engine.OwnKey(projectID)})
}

// look returns what people see in a project's tracker.
func (w *world) look(projectID string, kind external.Kind) []external.Item {
	return w.adapter(w.trackers[projectID], projectID).Look(kind)
}

// stands returns what people see in a project's tracker and nobody deleted or moved away.
func (w *world) stands(projectID string, kind external.Kind) []external.Item {
	return slices.DeleteFunc(w.look(projectID, kind), func(it external.Item) bool { return it.Gone })
}

// connect makes a tracker and connects it.
func (w *world) connect(key string, o memory.Options) store.Project {
	w.t.Helper()
	p := w.connecting(key, o)
	preview, err := w.engine.Preview(w.t.Context(), p.ID)
	w.must(err)
	p, err = w.engine.Activate(w.t.Context(), p.ID, "op", preview)
	w.must(err)
	return p
}

// connecting makes a tracker and connects it as far as the preview.
func (w *world) connecting(key string, o memory.Options) store.Project {
	w.t.Helper()
	o.Key, o.Now = key, w.clock.Now
	p, err := w.engine.CreateProject(w.t.Context(), engine.Connection{System: "memory", Key: key, By: "op"},
		func(string) ([]byte, error) { return []byte("sealed"), nil })
	w.must(err)
	w.trackers[p.ID] = memory.NewTracker(o)
	_, err = w.engine.Probe(w.t.Context(), p.ID)
	w.must(err)
	return p
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

// sync runs one whole session and returns its report.
func (w *world) sync(projectID string) store.Session {
	w.t.Helper()
	s, err := w.session(projectID, store.Incremental)
	w.must(err)
	return s
}

// session runs a session as the workflow does.
func (w *world) session(projectID string, kind store.SessionKind) (store.Session, error) {
	w.sessions++
	w.clock.now = w.clock.now.Add(time.Minute)
	r, err := w.engine.Begin(w.t.Context(), fmt.Sprintf("session-%d", w.sessions), projectID, kind)
	if err != nil {
		return store.Session{}, err
	}
	return w.engine.Record(w.t.Context(), r, w.steps(r))
}

func (w *world) steps(r engine.Run) engine.Outcome {
	failed := func(err error) engine.Outcome {
		var held *engine.HeldError
		switch {
		case errors.As(err, &held):
			return engine.Outcome{State: store.Held, Reason: held.Reason}
		case errors.Is(err, engine.ErrStopped):
			return engine.Outcome{State: store.Stopped, Reason: err.Error()}
		}
		return engine.Outcome{State: store.Failed, Kind: external.KindOf(err), Reason: err.Error()}
	}
	if _, err := w.engine.Observe(w.t.Context(), r, true); err != nil {
		return failed(err)
	}
	if err := w.engine.Repair(w.t.Context(), r); err != nil {
		return failed(err)
	}
	if err := w.engine.Guard(w.t.Context(), r, 1000); err != nil {
		return failed(err)
	}
	for {
		p, err := w.engine.Sync(w.t.Context(), r, 1000)
		if err != nil {
			return failed(err)
		}
		if !p.More || !p.RetryAt.IsZero() {
			return engine.Outcome{State: store.Succeeded}
		}
	}
}

// view reads the store in one transaction.
func (w *world) view(fn func(tx store.Tx) error) {
	w.t.Helper()
	w.must(w.store.Tx(w.t.Context(), fn))
}

func (w *world) tickets() []ticket.Ticket {
	w.t.Helper()
	var out []ticket.Ticket
	w.view(func(tx store.Tx) (err error) { out, err = tx.ListTickets(w.t.Context(), "", 1000); return err })
	return out
}

func (w *world) conflicts(state store.ConflictState) []store.Conflict {
	w.t.Helper()
	var out []store.Conflict
	w.view(func(tx store.Tx) (err error) {
		out, err = tx.FindConflicts(w.t.Context(), store.ConflictFilter{State: state}, 100)
		return err
	})
	return out
}

func (w *world) project(id string) store.Project {
	w.t.Helper()
	var p store.Project
	w.view(func(tx store.Tx) (err error) { p, err = tx.Project(w.t.Context(), id); return err })
	return p
}

func (w *world) outside(projectID, ticketID string) external.Item {
	w.t.Helper()
	var l store.Link
	w.view(func(tx store.Tx) (err error) {
		l, err = tx.LinkByLocal(w.t.Context(), projectID, external.KindTicket, ticketID)
		return err
	})
	item, ok := w.adapter(w.trackers[projectID], projectID).Peek(l.ExternalID)
	if !ok {
		w.t.Fatalf("ticket %s has no twin in project %s (link %s, %s)", ticketID, projectID, l.State, l.Reason)
	}
	return item
}

func text(f ticket.Field, s string) ticket.Fields { return ticket.Fields{f: ticket.Text(s)} }

func (w *world) create(title string, privacy ticket.Privacy) ticket.Ticket {
	w.t.Helper()
	t, err := w.engine.CreateTicket(w.t.Context(), text(ticket.Title, title), privacy, "ann")
	w.must(err)
	return t
}

func (w *world) edit(id string, set ticket.Fields) ticket.Ticket {
	w.t.Helper()
	var t ticket.Ticket
	w.view(func(tx store.Tx) (err error) { t, err = tx.Ticket(w.t.Context(), id); return err })
	t, err := w.engine.EditTicket(w.t.Context(), id, ticket.Patch{Seen: t.Revision, Set: set, By: "ann"})
	w.must(err)
	return t
}

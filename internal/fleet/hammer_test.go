package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/catalog"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// oneByOne gives out the adapters of a fleet, which is for one goroutine.
type oneByOne struct {
	mu sync.Mutex
	f  *fleet.Fleet
}

func (o *oneByOne) For(ctx context.Context, p store.Project) (adapters.Adapter, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.f.For(ctx, p)
}

// hammer is a fleet at which all happens at once.
type hammer struct {
	*world
	mu       sync.Mutex
	sessions int
	fenced   int
	last     map[string]string // what was written last into a field, by ticket and field
	once     []string          // what must be there once
}

// session runs one beside all others. Of two in one project one is fenced off, or finds things changed.
func (h *hammer) session(ctx context.Context, e *engine.Engine, m *fleet.Member) {
	h.mu.Lock()
	h.sessions++
	id := fmt.Sprintf("hammer-%d", h.sessions)
	h.mu.Unlock()
	run, err := e.Begin(ctx, id, m.ID, store.Incremental)
	if err == nil {
		_, err = e.Observe(ctx, run, true)
		if err == nil {
			err = e.Repair(ctx, run)
		}
		if err == nil {
			_, err = e.Sync(ctx, run, 100)
		}
		_, rerr := e.Record(ctx, run, engine.Outcome{State: store.Succeeded})
		err = errors.Join(err, rerr)
	}
	var paced *engine.PacedError
	var vendor *external.Error
	switch {
	case err == nil:
	case errors.Is(err, engine.ErrFenced), errors.Is(err, store.ErrStale), errors.As(err, &paced), errors.As(err, &vendor):
		h.mu.Lock()
		h.fenced++
		h.mu.Unlock()
	default:
		h.Errorf("a session of %s: %v", m.Name, err)
	}
}

func (h *hammer) wrote(at, value string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.last[at] = value
}

func (h *hammer) said(value string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.once = append(h.once, value)
}

// here has somebody edit the bodies of all tickets, and say something at each. Who is told that a ticket has changed
// reads it again.
func (h *hammer) here(who string, ids []string, round int) {
	for n, id := range ids {
		if body := fmt.Sprintf("body %d of %d by %s qz", round, n, who); who == "ada" {
			for {
				err := h.EditLocal(h.Context(), who, id, ticket.Fields{ticket.Body: ticket.Text(body)})
				if errors.Is(err, store.ErrStale) {
					continue
				}
				if err != nil {
					h.Error(err)
				}
				break
			}
			h.wrote(id+" body", body)
		}
		remark := fmt.Sprintf("remark %d at %d by %s qz", round, n, who)
		if _, err := h.Engine.AddComment(h.Context(), id, remark, "", who); err != nil {
			h.Error(err)
		}
		h.said(remark)
	}
}

// TestEverythingAtOnce has sessions of all projects, two of each, run beside one another, and beside people on all
// sides. In the end everything is everywhere, once, and as it was written last.
func TestEverythingAtOnce(t *testing.T) {
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	serial := &oneByOne{f: w.Fleet}
	w.Engine = engine.New(engine.Deps{
		Store: w.Store, Adapters: serial, Clock: w.Clock, NewID: w.NewID, Key: []byte("0123456789abcdef0123456789abcdef"), Places: catalog.Places,
	})
	members := w.connect("github", "linear", "webhook")
	h := &hammer{world: w, last: map[string]string{}}
	var ids []string
	for n := range 4 {
		made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text(fmt.Sprintf("title of %d", n)), ticket.Body: ticket.Text("a body")}, ticket.Public, "ada")
		w.must(err)
		ids = append(ids, made.ID)
	}
	w.settle()
	outside := make([]string, len(ids)) // in the first one
	for n, id := range ids {
		l, err := w.LinkOf(t.Context(), members[0], id)
		w.must(err)
		outside[n] = l.ExternalID
	}
	var all sync.WaitGroup
	for _, m := range members {
		for range 2 {
			all.Go(func() {
				for range 12 {
					h.session(t.Context(), w.Engine, m)
					w.Clock.Advance(time.Minute)
				}
			})
		}
	}
	for _, who := range fleet.People() {
		all.Go(func() {
			for round := range 8 {
				h.here(who, ids, round)
			}
		})
	}
	all.Go(func() {
		for round := range 12 {
			for n, id := range outside {
				title := fmt.Sprintf("title %d of %d qz", round, n)
				if err := members[0].Site.Edit("bob", id, fleet.Change{Title: &title}); err != nil {
					t.Error(err)
				}
				h.wrote(ids[n]+" title", title)
			}
		}
	})
	all.Wait()
	w.Clock.Advance(2 * time.Hour)
	w.settle()
	t.Logf("%d sessions, %d fenced off or cut short", h.sessions, h.fenced)
	h.whole(ids)
}

func (h *hammer) whole(ids []string) {
	h.Helper()
	h.converged()
	for _, id := range ids {
		tk, err := h.Ticket(h.Context(), id)
		h.must(err)
		for _, f := range []ticket.Field{ticket.Title, ticket.Body} {
			if got, want := tk.Fields[f].Text(), h.last[id+" "+string(f)]; got != want {
				h.Errorf("the %s is %q, and %q was written last", f, got, want)
			}
		}
	}
	for _, m := range h.Members() {
		seen := m.Site.Look()
		if len(seen) != len(ids) {
			h.Errorf("%s shows %d tickets", m.Name, len(seen))
		}
		count := map[string]int{}
		for _, s := range seen {
			for _, c := range s.Comments {
				count[strings.TrimSpace(unmarked(c.Body))]++
			}
		}
		for _, v := range h.once {
			if count[v] != 1 {
				h.Errorf("%s: %q is there %d times", m.Name, v, count[v])
			}
		}
	}
	h.quiet()
}

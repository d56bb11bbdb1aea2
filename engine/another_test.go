package engine_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// remake deletes a project outside, and makes another one at its address, in which somebody has
// opened a ticket.
func (w *world) remake(p store.Project, o memory.Options) {
	w.t.Helper()
	o.Key, o.ID, o.Now, o.Beside = p.Key, "second", w.clock.Now, w.trackers[p.ID]
	w.trackers[p.ID] = memory.NewTracker(o)
	_, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text("his own")})
	w.must(err)
}

// leftAlone fails where anything of ours stands in the other project.
func (w *world) leftAlone(p store.Project) {
	w.t.Helper()
	for _, it := range w.look(p.ID, external.KindComment) {
		w.t.Errorf("under %s it is said %q", it.Parent, it.Fields["body"].Text())
	}
	for _, it := range w.look(p.ID, external.KindTicket) {
		if title := it.Fields["title"].Text(); title != "his own" {
			w.t.Errorf("a ticket of the other project reads %q", title)
		}
	}
}

// TestConnectedAgainToAnotherOne: the project was deleted outside, and another one made at its
// address. What is said here of a ticket is not said there, of whatever bears its number.
func TestConnectedAgainToAnotherOne(t *testing.T) {
	for name, o := range map[string]memory.Options{
		"found by its address": {}, "found by its id": {ByID: true}, "its lists are behind": {Lag: time.Hour},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{ID: "first", ByID: o.ByID})
			_, err := w.engine.Disconnect(t.Context(), p.ID, "op")
			w.must(err)
			w.remake(p, o)
			_, err = w.engine.AddComment(t.Context(), tk.ID, secret, "", "ann")
			w.must(err)
			w.reconnect(p, external.Bidirectional)
			w.leftAlone(p)
			if w.asked(store.GoneOutside); o.Lag == 0 && len(w.tickets()) != 2 {
				t.Errorf("%d tickets are here, want ours and his", len(w.tickets()))
			}
		})
	}
}

// TestAnotherOneAtItsAddress: nobody has connected the project again. A session that sees another one at
// its address ends before anything of either side reaches the other, however often it is let go on,
// until somebody connects that address again.
func TestAnotherOneAtItsAddress(t *testing.T) {
	for name, kind := range map[string]store.SessionKind{"told by a number": store.Incremental, "told by a sweep": store.Reconcile} {
		t.Run(name, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{ID: "first"})
			w.remake(p, memory.Options{})
			_, err := w.engine.AddComment(t.Context(), tk.ID, secret, "", "ann")
			w.must(err)
			w.create("another of ours", ticket.Public)
			for range 3 {
				s, err := w.session(p.ID, kind)
				w.must(err)
				if s.State != store.Held || !strings.Contains(s.Reason, "another project") {
					t.Errorf("the session ended as %s, %q; want it to wait for a person", s.State, s.Reason)
				}
				_, err = w.engine.Resume(t.Context(), p.ID, "op", true)
				w.must(err)
				kind = store.Incremental
			}
			if w.leftAlone(p); len(w.tickets()) != 2 {
				t.Errorf("%d tickets are here, want our two", len(w.tickets()))
			}
		})
	}
}

// TestNumbersOfAnotherOne: milestones are named by numbers, and the other project has others. More
// than a page of them are looked up anew by their titles, also where the database gives up the
// transaction in which a page was forgotten.
func TestNumbersOfAnotherOne(t *testing.T) {
	t.Run("each page at once", func(t *testing.T) { numbersOfAnotherOne(t, func(*world) {}) })
	t.Run("each page given up once", func(t *testing.T) { numbersOfAnotherOne(t, (*world).rerun) })
}

func numbersOfAnotherOne(t *testing.T, before func(*world)) {
	t.Helper()
	w, p, _ := pairOf(t, memory.Options{ID: "first"})
	const milestones = 1001
	w.must(w.store.Tx(t.Context(), func(tx store.Tx) (err error) {
		for i := range milestones {
			name := fmt.Sprint(i)
			err = errors.Join(err, tx.InsertLink(t.Context(), store.Link{
				ID: "m" + name, ProjectID: p.ID, Kind: external.KindContainer, LocalID: "milestone/" + name,
				ExternalID: name, ExternalKey: name, State: store.Live, CreatedAt: w.clock.Now(),
			}))
		}
		return err
	}))
	_, err := w.engine.Disconnect(t.Context(), p.ID, "op")
	w.must(err)
	w.remake(p, memory.Options{})
	before(w)
	w.reconnect(p, external.Bidirectional)
	w.must(w.store.Tx(t.Context(), func(tx store.Tx) error {
		links, err := tx.LinksOf(t.Context(), p.ID, external.KindContainer, "", milestones+1)
		if len(links) != milestones {
			t.Errorf("%d milestones are known, want %d", len(links), milestones)
		}
		for _, l := range links {
			if l.ExternalID != "" || l.ExternalKey != "" {
				t.Fatalf("%s is taken for number %s of the other project", l.LocalID, l.ExternalID)
			}
		}
		return err
	}))
}

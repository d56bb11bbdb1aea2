package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAnUndoThatNobodyOrderedTellsTheWayBack: what it took away is not made again by itself, on neither side, and
// nobody is asked about it.
func TestAnUndoThatNobodyOrderedTellsTheWayBack(t *testing.T) {
	for what, begin := range map[string]func(*world, store.Project){
		"made outside": func(w *world, _ store.Project) { w.create("ours", ticket.Public) },
		"made here": func(w *world, p store.Project) {
			_, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text("theirs")})
			w.must(err)
		},
		"edited": func(w *world, p store.Project) {
			one := w.create("ours", ticket.Public)
			w.sync(p.ID)
			w.edit(one.ID, text(ticket.Title, "edited"))
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
			_, err := w.engine.Configure(t.Context(), p.ID, "ann", func(p *store.Project) error { p.RollbackFailed = true; return nil })
			w.must(err)
			begin(w, p)
			r, err := w.engine.Begin(t.Context(), "fails", p.ID, store.Incremental)
			w.must(err)
			_, err = w.engine.Observe(t.Context(), r, true)
			w.must(err)
			_, err = w.engine.Sync(t.Context(), r, 1)
			w.must(err)
			_, err = w.engine.Record(t.Context(), r, engine.Outcome{State: store.Failed, Kind: external.Temporary, Reason: "away"})
			w.must(err)
			order, err := w.engine.NextRollback(t.Context(), p.ID)
			w.must(err)
			done, err := w.undo(order)
			w.must(err)
			if told := strings.Contains(done.Reason, "a rollback of "+done.ID); done.State != store.Succeeded || told == (what == "edited") {
				t.Errorf("it ended %s: %q", done.State, done.Reason)
			}
			again := w.rollBack(done.ID)
			if again.Reason != "" {
				t.Errorf("the undo that somebody ordered says %q", again.Reason)
			}
		})
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhoeverFollowsAConflictHearsOfEachChange: decided, shown anew because the values
// moved meanwhile, decided again, applied.
func TestWhoeverFollowsAConflictHearsOfEachChange(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tk := w.create("one", ticket.Public)
	w.sync(p.ID)
	outside := func(title string) {
		w.clock.now = w.clock.now.Add(time.Minute)
		w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, "title", ticket.Text(title)))
	}
	decide := func() {
		c := w.conflicts(store.OpenConflict)[0]
		_, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseLocal, Digest: c.Digest, By: "ann"})
		w.must(err)
	}
	heard := func(reason string, want int) {
		t.Helper()
		got := 0
		w.view(func(tx store.Tx) error {
			due, err := tx.DueOutbox(t.Context(), []store.OutboxKind{store.OutboxDecision}, 100)
			for _, o := range due {
				got++
				w.must(tx.MarkDelivered(t.Context(), w.clock.now, o.ID))
			}
			return err
		})
		if got != want {
			t.Errorf("%s: %d times, want %d", reason, got, want)
		}
	}
	outside("there")
	w.edit(tk.ID, text(ticket.Title, "here"))
	w.sync(p.ID)
	heard("a new conflict is told of by its start", 0)
	decide()
	heard("decided", 1)
	outside("there again")
	w.sync(p.ID)
	heard("the decision is void, the values moved", 1)
	decide()
	heard("decided again", 1)
	w.sync(p.ID)
	heard("applied", 1)
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestEnoughEndsASyncAtTheNextTicket: what is left is said to be left, and the next
// call does it.
func TestEnoughEndsASyncAtTheNextTicket(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	for range 3 {
		w.create("work", ticket.Public)
	}
	r, err := w.engine.Begin(w.t.Context(), "s", p.ID, store.Incremental)
	w.must(err)
	asked := 0
	r.Enough = func() bool { asked++; return asked > 2 }
	pr, err := w.engine.Sync(w.t.Context(), r, 100)
	w.must(err)
	if pr.Tickets != 2 || !pr.More || len(w.look(p.ID, external.KindTicket)) != 2 {
		t.Fatalf("%+v with %d outside; want two of the three, and more", pr, len(w.look(p.ID, external.KindTicket)))
	}
	if pending, err := w.engine.Pending(w.t.Context(), p.ID); err != nil || !pending {
		t.Fatalf("pending: %v, %v; want the third", pending, err)
	}
	r.Enough = nil
	if pr, err = w.engine.Sync(w.t.Context(), r, 100); err != nil || pr.Tickets != 1 || pr.More {
		t.Fatalf("%+v, %v; want the third and no more", pr, err)
	}
}

package engine_test

import (
	"errors"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestRollbackWaitsForTheRelease: an undo that was ordered before the database was found to
// be restored writes nothing outside until a person releases the project.
func TestRollbackWaitsForTheRelease(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("one", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Title, "two"))
	s := w.sync(p.ID)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	r, _, err := w.engine.OrderRollback(t.Context(), s.ID, pv.Digest, "ann")
	w.must(err)
	w.must(w.engine.Restored(t.Context(), p.ID, 0, "a test says so"))
	if _, err := w.engine.NextRollback(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the restored project is to see to its rollback first: %v", err)
	}
	if r, err = w.undo(r); err != nil || r.State != store.Stopped {
		t.Errorf("the rollback is %s: %v", r.State, err)
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "two" {
		t.Errorf("written before the release: %q", got)
	}
	for n := 0; n < 5 && w.project(p.ID).Status != external.Paused; n++ {
		w.reconcile(p.ID)
	}
	_, err = w.engine.Resume(t.Context(), p.ID, "ann", true)
	w.must(err)
	if r, err = w.undo(r); err != nil || r.State != store.Succeeded {
		t.Errorf("released, the rollback is %s: %v", r.State, err)
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "one" {
		t.Errorf("released, outside is %q", got)
	}
}

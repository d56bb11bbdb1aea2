package engine_test

import (
	"errors"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// orderIn orders the rollback of a session that made a ticket outside, in a paused project.
func orderIn(t *testing.T) (w *world, p store.Project, of, order store.Session) {
	t.Helper()
	w = newWorld(t)
	p = w.connect("octo/hello", memory.Options{})
	w.create("born here", ticket.Public)
	of = w.sync(p.ID)
	_, err := w.engine.Pause(t.Context(), p.ID, "ann")
	w.must(err)
	return w, p, of, w.order(of.ID)
}

// TestAnOrderIsTakenBack: a rollback that has done nothing yet is cancelled, by its own id or by the session's that it was
// to undo. Nothing is undone, the session may be undone another time, and whoever knows of the order still does nothing.
func TestAnOrderIsTakenBack(t *testing.T) {
	for _, own := range []bool{true, false} {
		w, p, of, order := orderIn(t)
		id := of.ID
		if own {
			id = order.ID
		}
		got, err := w.engine.CancelRollback(t.Context(), id, "ann")
		w.must(err)
		if got.ID != order.ID || got.State != store.Cancelled || got.Reason != "cancelled by ann" {
			t.Errorf("cancelled is %+v", got)
		}
		if _, err := w.engine.CancelRollback(t.Context(), id, "ann"); !errors.Is(err, engine.ErrBegun) {
			t.Errorf("cancelled once more: %v", err)
		}
		_, err = w.engine.Resume(t.Context(), p.ID, "ann", false)
		w.must(err)
		if _, err := w.engine.NextRollback(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
			t.Errorf("what goes first is told with %v", err)
		}
		if _, err := w.engine.Begin(t.Context(), order.ID, p.ID, store.Rollback); !errors.Is(err, engine.ErrStopped) {
			t.Errorf("it begins with %v", err)
		}
		w.stays(p.ID)
		w.rollBack(of.ID)
		if n := len(w.stands(p.ID, external.KindTicket)); n != 1 {
			t.Errorf("%d items stand outside", n)
		}
	}
}

// TestWhatHasBegunIsNotTakenBack: one that has written something goes on to its end, and is undone in turn.
func TestWhatHasBegunIsNotTakenBack(t *testing.T) {
	w, p, of, order := orderIn(t)
	_, err := w.engine.Resume(t.Context(), p.ID, "ann", false)
	w.must(err)
	r, err := w.engine.Begin(t.Context(), order.ID, p.ID, store.Rollback)
	w.must(err)
	if _, err := w.engine.CancelRollback(t.Context(), of.ID, "ann"); !errors.Is(err, engine.ErrBegun) {
		t.Errorf("while it runs: %v", err)
	}
	done := w.undoSteps(r)
	done.State = store.Stopped
	_, err = w.engine.Record(t.Context(), r, done)
	w.must(err)
	if _, err := w.engine.CancelRollback(t.Context(), of.ID, "ann"); !errors.Is(err, engine.ErrBegun) {
		t.Errorf("once it has written something: %v", err)
	}
}

// TestAnOrderIsTakenBackWhileNothingIsConnected: a project is disconnected while a rollback waits, which would be carried out
// once it is connected again, in weeks perhaps.
func TestAnOrderIsTakenBackWhileNothingIsConnected(t *testing.T) {
	w, p, of, _ := orderIn(t)
	_, err := w.engine.Disconnect(t.Context(), p.ID, "ann")
	w.must(err)
	_, err = w.engine.CancelRollback(t.Context(), of.ID, "ann")
	w.must(err)
	if _, err := w.engine.NextRollback(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("what goes first is told with %v", err)
	}
}

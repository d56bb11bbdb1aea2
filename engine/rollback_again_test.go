package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// openThere counts the tickets and comments outside that are not closed.
func (w *world) openThere(projectID string) (tickets, comments int) {
	w.t.Helper()
	for _, it := range w.stands(projectID, external.KindTicket) {
		if !ticket.IsClosed(it.Fields["state"].Text()) {
			tickets++
		}
	}
	return tickets, len(w.stands(projectID, external.KindComment))
}

// TestUndoOfWhatAnUndoDeletedOutside: an undo deletes a remark of ours outside, and its ticket where the system can.
// Undone itself, both are made there again, once, and an undo of that deletes them again: whether or not sessions ran
// in between.
func TestUndoOfWhatAnUndoDeletedOutside(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		for _, between := range []bool{false, true} {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{History: external.HistoryFull, TicketDel: deletes})
			mine := w.create("born here", ticket.Public)
			_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
			w.must(err)
			s := w.sync(p.ID)
			for n := range 6 {
				s = w.rollBack(s.ID)
				want := n % 2
				if between || want == 1 && n > 2 {
					w.syncs(p.ID, 2)
					w.stays(p.ID)
				} else if want == 1 {
					continue // what is to be made there is taken back before it is
				}
				if tickets, remarks := w.openThere(p.ID); tickets != want || remarks != want {
					t.Errorf("deletes %t, sessions between %t: after %d undos %d tickets and %d remarks stand outside", deletes, between, n+1, tickets, remarks)
				}
			}
			w.undisputed()
		}
	}
}

// TestUndoOfWhatAnUndoFoundDeleted: somebody deleted a remark of ours outside, an undo took it back here, and is undone:
// what he deleted is not made again, and that is told.
func TestUndoOfWhatAnUndoFoundDeleted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("born here", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	s := w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("bob", w.link(p.ID, external.KindComment, c.ID).ExternalID))
	again := w.rollBack(w.rollBack(s.ID).ID)
	w.syncs(p.ID, 2)
	if _, remarks := w.openThere(p.ID); remarks != 0 {
		t.Errorf("%d remarks stand outside", remarks)
	}
	var steps []store.Step
	w.view(func(tx store.Tx) (err error) { steps, err = tx.Steps(t.Context(), again.ID, 0, 100); return err })
	told := false
	for _, s := range steps {
		told = told || s.Action == plan.Cannot && strings.HasPrefix(s.Reason, "it was deleted outside, and no system")
	}
	if !told {
		t.Errorf("nobody is told: %+v", steps)
	}
}

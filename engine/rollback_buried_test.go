package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestUndoneAndRestored: a ticket is deleted here, and then the session is undone that made it
// outside. Restoring the ticket does not do again what was undone; rolling the undo back does.
func TestUndoneAndRestored(t *testing.T) {
	for _, tt := range []struct {
		reason string
		lost   bool // the close outside is known late
		closed bool // here before it was made outside, so that there is nothing to close
	}{
		{"closed by the undo", false, false},
		{"closed by the undo, which learns of it late", true, false},
		{"made closed", false, true},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		mine := w.create("a ticket", ticket.Public)
		want := ticket.StateNotPlanned
		if tt.closed {
			want = ticket.StateDone
			w.edit(mine.ID, text(ticket.State, want))
		}
		s := w.sync(p.ID)
		w.dropHere(mine.ID)
		if tt.lost {
			w.lose(p, true)
		}
		undo := w.rollBack(s.ID)
		_, err := w.engine.RestoreTicket(t.Context(), mine.ID, "ann")
		w.must(err)
		w.clock.now = w.clock.now.Add(time.Hour)
		w.syncs(p.ID, 3)
		l, state := w.link(p.ID, external.KindTicket, mine.ID), w.outside(p.ID, mine.ID).Fields["state"].Text()
		if l.State != store.Withdrawn || state != want {
			t.Errorf("%s: restored, its link is %s (%s), and outside it is %s", tt.reason, l.State, l.Reason, state)
		}
		w.rollBack(undo.ID)
		w.syncs(p.ID, 2)
		if l, state := w.link(p.ID, external.KindTicket, mine.ID), w.outside(p.ID, mine.ID).Fields["state"].Text(); l.State != store.Live || (state == ticket.StateOpen) == tt.closed {
			t.Errorf("%s: its undo undone, its link is %s (%s), and outside it is %s", tt.reason, l.State, l.Reason, state)
		}
	}
}

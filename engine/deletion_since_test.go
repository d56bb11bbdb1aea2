package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/store"
)

// TestDeletionsFollowFromNowOn: a person is asked about a deletion, and nobody answers. Then somebody
// says that deletions follow, or sooner than he said before: that holds for what is asked already, from
// the moment in which he says so.
func TestDeletionsFollowFromNowOn(t *testing.T) {
	for _, tt := range []struct {
		reason string
		before time.Duration // the delay as it was; zero: a person was asked each time
		drop   func(w *world, p store.Project, ticketID string)
		goes   func(w *world, p store.Project, ticketID string) bool
	}{
		{"gone outside, and asked about each time", 0, goneThere, ourGoes},
		{"gone here, and asked about each time", 0, goneHere, theirGoes},
		{"gone outside, and to follow in ten days", 240 * time.Hour, goneThere, ourGoes},
		{"gone here, and to follow in ten days", 240 * time.Hour, goneHere, theirGoes},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{TicketDel: true})
			if tt.before > 0 {
				_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, tt.before)
				w.must(err)
			}
			tt.drop(w, p, tk.ID)
			w.syncs(p.ID, 30)
			w.asked(store.GoneOutside)
			_, err := w.engine.FollowDeletions(t.Context(), p.ID, "ann", true, 5*time.Hour)
			w.must(err)
			w.syncs(p.ID, 4)
			if tt.goes(w, p, tk.ID) {
				t.Fatal("followed before its time")
			}
			w.syncs(p.ID, 3)
			if !tt.goes(w, p, tk.ID) {
				t.Fatal("not followed")
			}
		})
	}
}

func goneThere(w *world, p store.Project, ticketID string) {
	w.dropOutside(p, ticketID)
	w.reconcile(p.ID)
}

func goneHere(w *world, _ store.Project, ticketID string) { w.dropHere(ticketID) }

func ourGoes(w *world, _ store.Project, ticketID string) bool { return w.ticket(ticketID).Deleted }

func theirGoes(w *world, p store.Project, _ string) bool { return w.standing(p.ID) == 0 }

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// followingPair is a ticket and its twin in a project where deletions follow after two days.
func followingPair(t *testing.T) (*world, store.Project, ticket.Ticket) {
	t.Helper()
	w, p, tk := pairOf(t, memory.Options{TicketDel: true})
	_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, 48*time.Hour)
	w.must(err)
	return w, p, tk
}

// TestWhatWeTookAwayIsNotFollowed: deletions follow. A ticket was taken back after the backup, and its twin
// deleted. The restored database may take that for somebody's deletion: a person is asked, the release does
// not wait for the delay, and the ticket stays here, however long nobody answers.
func TestWhatWeTookAwayIsNotFollowed(t *testing.T) {
	w, p, tk := followingPair(t)
	w.store.Backup()
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	if n := w.standing(p.ID); n != 0 {
		t.Fatalf("%d stand outside", n)
	}
	w.restored(p.ID)
	w.release(p)
	w.asked(store.GoneOutside)
	for range 3 {
		w.clock.now = w.clock.now.Add(72 * time.Hour)
		w.syncs(p.ID, 2)
		w.reconcile(p.ID)
	}
	if w.ticket(tk.ID).Deleted {
		t.Fatal("what we took away outside is deleted here")
	}
	w.decide(w.asked(store.GoneOutside), store.ChooseExternal)
	w.syncs(p.ID, 2)
	if !w.ticket(tk.ID).Deleted {
		t.Error("a person decided that it goes, and it is still here")
	}
}

// TestNoReleaseWaitsForADelay: deletions follow, and a person was asked about one, on either side, as the
// backup was made. Its answer may be forgotten: the release does not wait for the delay, and nothing goes
// before somebody has answered. Then it does.
func TestNoReleaseWaitsForADelay(t *testing.T) {
	for what, c := range map[string]struct {
		drop  func(w *world, p store.Project, id string)
		leads store.Choice
	}{
		"deleted outside": {func(w *world, p store.Project, id string) { w.dropOutside(p, id) }, store.ChooseExternal},
		"deleted here":    {func(w *world, _ store.Project, id string) { w.dropHere(id) }, store.ChooseLocal},
	} {
		t.Run(what, func(t *testing.T) {
			w, p, tk := followingPair(t)
			c.drop(w, p, tk.ID)
			w.reconcile(p.ID)
			w.asked(store.GoneOutside)
			w.store.Backup()
			w.cutOff(p)
			w.restored(p.ID)
			here, there := w.ticket(tk.ID).Deleted, w.standing(p.ID)
			w.release(p)
			w.clock.now = w.clock.now.Add(72 * time.Hour)
			w.syncs(p.ID, 2)
			if w.ticket(tk.ID).Deleted != here || w.standing(p.ID) != there {
				t.Errorf("deleted here %t, %d stand outside; want %t and %d", w.ticket(tk.ID).Deleted, w.standing(p.ID), here, there)
			}
			w.decide(w.asked(store.GoneOutside), c.leads)
			w.syncs(p.ID, 2)
			if !w.ticket(tk.ID).Deleted || w.standing(p.ID) != 0 {
				t.Errorf("decided, it is deleted here %t, and %d stand outside", w.ticket(tk.ID).Deleted, w.standing(p.ID))
			}
		})
	}
}

// TestAskedUnderTheHoldAndFollowed: deletions follow. A ticket came in while a restored database was read anew, and
// whoever had made it deleted it again. That is followed once the project is released and the delay is over,
// though nothing tells of the ticket any more.
func TestAskedUnderTheHoldAndFollowed(t *testing.T) {
	w, p, _ := followingPair(t)
	other := w.connect("octo/other", memory.Options{}) // until it is read, too, none is released
	w.syncs(other.ID, 1)
	w.store.Backup()
	w.syncs(p.ID, 1)
	w.restored(p.ID)
	ref, err := w.trackers[p.ID].CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("a slip")})
	w.must(err)
	w.syncs(p.ID, 1)
	var l store.Link
	w.view(func(tx store.Tx) (err error) {
		l, err = tx.LinkByExternal(t.Context(), p.ID, external.KindTicket, ref.ID)
		return err
	})
	w.must(w.trackers[p.ID].Delete("eve", ref.ID))
	w.reconcile(p.ID)
	w.asked(store.GoneOutside)
	w.release(p, other)
	w.syncs(p.ID, 1)
	w.clock.now = w.clock.now.Add(72 * time.Hour)
	w.syncs(p.ID, 2)
	if !w.ticket(l.LocalID).Deleted {
		t.Error("it was not followed")
	}
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatIsHeldBackIsNotMadeByAnEdit: a ticket came in after the backup and went on to another
// project. It comes in anew, and is held back there. Who edits it, says who may see it or has it taken
// back has not looked outside: it is made a second time by nobody but who retries it.
func TestWhatIsHeldBackIsNotMadeByAnEdit(t *testing.T) {
	for name, touch := range map[string]func(*world, string, store.Project) error{
		"edited": func(w *world, id string, _ store.Project) error {
			w.edit(id, text(ticket.Title, "edited here"))
			return nil
		},
		"shared with fewer": func(w *world, id string, b store.Project) error {
			w.must(w.engine.Grant(w.t.Context(), ticket.Grant{TicketID: id, ProjectID: b.ID, By: "ann"}))
			_, err := w.engine.SetPrivacy(w.t.Context(), id, ticket.Shareable, "ann")
			return err
		},
		"taken back, and shared again": func(w *world, id string, b store.Project) error {
			_, _, err := w.engine.SetPrivacyAndTakeBack(w.t.Context(), id, ticket.LocalOnly, outbound.Remove, "ann")
			w.must(err)
			w.sync(b.ID)
			_, err = w.engine.SetPrivacy(w.t.Context(), id, ticket.Public, "ann")
			return err
		},
	} {
		w := newWorld(t)
		a, b := w.connect("octo/hello", memory.Options{}), w.connect("octo/other", memory.Options{})
		w.store.Backup()
		_, err := w.trackers[a.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("Write the manual")})
		w.must(err)
		goesOn := func() string {
			w.sync(a.ID)
			id := w.tickets()[0].ID
			_, err := w.engine.SetPrivacy(t.Context(), id, ticket.Public, "ann")
			w.must(err)
			w.sync(b.ID)
			return id
		}
		goesOn()
		w.restored(a.ID)
		id := goesOn()
		w.release(a, b)
		w.must(touch(w, id, b))
		w.syncs(b.ID, 2)
		l := w.link(b.ID, external.KindTicket, id)
		if n := len(w.look(b.ID, external.KindTicket)); n != 1 || l.State != store.ParkedLink {
			t.Errorf("%s: there are %d of it outside, and its link is %s (%s)", name, n, l.State, l.Reason)
		}
		w.retry(l)
		w.syncs(b.ID, 2)
		if n := len(w.look(b.ID, external.KindTicket)); n != 2 {
			t.Errorf("%s: retried, there are %d of it outside", name, n)
		}
	}
}

// TestWhatAnUndoTookAwayStaysHereWhoeverMaySeeIt: the comment that a forgotten undo took away outside
// stays here, too, as people say again before the release who may see its ticket.
func TestWhatAnUndoTookAwayStaysHereWhoeverMaySeeIt(t *testing.T) {
	w, p, tk, c := undoneSince(t)
	w.must(w.engine.Grant(t.Context(), ticket.Grant{TicketID: tk.ID, ProjectID: p.ID, By: "ann"}))
	_, err := w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Shareable, "ann")
	w.must(err)
	w.release(p)
	w.syncs(p.ID, 2)
	w.view(func(tx store.Tx) (err error) {
		c, err = tx.Comment(t.Context(), c.ID)
		return err
	})
	if l := w.link(p.ID, external.KindComment, c.ID); c.Deleted || l.State != store.ParkedLink {
		t.Errorf("the comment is deleted here: %t; its link is %s (%s)", c.Deleted, l.State, l.Reason)
	}
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatIsNotToBeMadeIsNotAskedAbout: a ticket, or a comment, is not made outside, which cannot hold its text.
// Then it may not leave any more, or is deleted here: nobody has anything to mend, and nobody could close that
// conflict, which offers no choice. It opens anew where the item is to be made again.
func TestWhatIsNotToBeMadeIsNotAskedAbout(t *testing.T) {
	for name, turn := range map[string]func(w *world, p store.Project, ticketID string, said ticket.Comment){
		"it is private": func(w *world, p store.Project, id string, said ticket.Comment) {
			w.keepTicket(p, id, true)
			w.keepTicket(p, said.TicketID, true)
		},
		"nothing is pushed": func(w *world, p store.Project, _ string, _ ticket.Comment) { w.direct(p, external.Pull) },
		"no comment leaves, and its ticket is deleted": func(w *world, p store.Project, id string, _ ticket.Comment) {
			w.restrict(p.ID, func(r *outbound.Rules) { r.Comments.Mode = outbound.NoComments })
			w.dropHere(id)
		},
		"both are deleted": func(w *world, _ store.Project, id string, said ticket.Comment) {
			_, err := w.engine.DeleteComment(w.t.Context(), said.ID, said.Revision, "ann")
			w.must(err)
			w.dropHere(id)
		},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		w.wrap = func(a *memory.Adapter) adapters.Adapter { return fragile{a} }
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write"), ticket.Body: ticket.Text("a <video>")}, ticket.Public)
		said := w.saidInHTML(p)
		w.syncs(p.ID, 2)
		if open := w.conflicts(store.OpenConflict); len(open) != 2 || open[0].Untold != plan.UntoldItem || open[1].Untold != plan.UntoldItem {
			t.Fatalf("%s: before: %+v", name, open)
		}
		turn(w, p, id, said)
		w.syncs(p.ID, 2)
		if open := w.conflicts(store.OpenConflict); len(open) != 0 {
			t.Errorf("%s: nobody can close %+v", name, open)
		}
		if name != "it is private" {
			continue
		}
		w.keepTicket(p, id, false)
		w.syncs(p.ID, 2)
		if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].TicketID != id {
			t.Errorf("%s: let out again, and the queue is %+v", name, open)
		}
	}
}

// saidInHTML is a comment that is not made either, below a ticket that is.
func (w *world) saidInHTML(p store.Project) ticket.Comment {
	w.t.Helper()
	below := w.create("Read", ticket.Public)
	w.sync(p.ID)
	c, err := w.engine.AddComment(w.t.Context(), below.ID, "a <film>", ticket.Shareable, "ann")
	w.must(err)
	return c
}

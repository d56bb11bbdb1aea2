package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
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

// TestAnItemThatWasNotMadeHereIsGone: the mapping has no word for the state of an item outside, so that no ticket is
// made here. It is deleted there. Whoever tries it again, or mends the mapping, is not asked about it any more, and has
// no ticket made of what is not there.
func TestAnItemThatWasNotMadeHereIsGone(t *testing.T) {
	for name, again := range map[string]func(w *world, p store.Project, l store.Link){
		"tried again": func(w *world, _ store.Project, l store.Link) { w.retry(l) },
		"the mapping is mended": func(w *world, p store.Project, _ store.Link) {
			w.activate(p.ID, func(m *mapping.Mapping) {
				r := rule(m, ticket.State)
				r.Values = append(r.Values, mapping.Pair{Local: []string{ticket.StateDuplicate}, External: []string{ticket.StateDuplicate}})
			})
		},
	} {
		for _, gone := range []bool{false, true} {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{})
			w.activate(p.ID, done(ticket.StateDone))
			ref := w.makeOutside(p, ticket.Fields{ticket.Title: ticket.Text("Read"), ticket.State: ticket.Text(ticket.StateDuplicate)})
			w.syncs(p.ID, 2)
			open := w.conflicts(store.OpenConflict)
			if len(open) != 1 || open[0].Untold != plan.UntoldItem {
				t.Fatalf("%s: before: %+v", name, open)
			}
			if gone {
				w.must(w.trackers[p.ID].Delete("bob", ref.ID))
			}
			w.syncs(p.ID, 2)
			var l store.Link
			w.view(func(tx store.Tx) (err error) { l, err = tx.Link(t.Context(), open[0].LinkID); return err })
			again(w, p, l)
			w.syncs(p.ID, 2)
			stays := !gone && name == "tried again" // it still has no word
			if open := w.conflicts(store.OpenConflict); len(open) > 0 != stays {
				t.Errorf("%s, gone %v: in the queue: %+v", name, gone, open)
			}
			if made := len(w.tickets()); made > 0 != (!gone && !stays) {
				t.Errorf("%s, gone %v: %d tickets were made here", name, gone, made)
			}
		}
	}
}

package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestTakeBackOfWhatIsDeletedHere: a ticket is to be taken back with its comments, and is deleted
// here before or after somebody says so. Nothing of it is left outside, whatever comes first, and
// nothing waits for ever to be taken back.
func TestTakeBackOfWhatIsDeletedHere(t *testing.T) {
	for _, when := range []string{"asked first", "deleted first", "deleted, and closed outside", "deleted outside first"} {
		for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
			for _, deletes := range []bool{false, true} {
				w := newWorld(t)
				p := w.connect("octo/hello", memory.Options{TicketDel: deletes})
				id := w.createWith(ticket.Fields{ticket.Title: ticket.Text(secret), ticket.Body: ticket.Text(secret)}, ticket.Public)
				c, err := w.engine.AddComment(t.Context(), id, secret, "", "ann")
				w.must(err)
				w.sync(p.ID)
				takeBack := func() {
					_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
					w.must(err)
				}
				switch when {
				case "asked first":
					takeBack()
					w.dropHere(id)
				case "deleted first":
					w.dropHere(id)
					takeBack()
				case "deleted, and closed outside":
					w.dropHere(id)
					w.sync(p.ID)
					w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
					w.syncs(p.ID, 2)
					takeBack()
				case "deleted outside first":
					w.dropOutside(p, id)
					takeBack()
				}
				w.syncs(p.ID, 4)
				if shown := w.shown(p.ID); strings.Contains(shown, secret) {
					t.Errorf("%s, %s, deletes %t: outside shows %q", when, how, deletes, shown)
				}
				for _, l := range []store.Link{w.link(p.ID, external.KindTicket, id), w.link(p.ID, external.KindComment, c.ID)} {
					if l.TakeBack != "" {
						t.Errorf("%s, %s, deletes %t: the %s is %s (%s) and to be taken back for ever", when, how, deletes, l.Kind, l.State, l.Reason)
					}
				}
			}
		}
	}
}

package engine_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatNoMappingCarriesIsToldAsLeft: the text of a ticket went out, and then somebody took it out of the
// mapping. Whoever has the ticket overwritten outside is told that its text still stands there: nothing
// writes where no mapping leads.
func TestWhatNoMappingCarriesIsToldAsLeft(t *testing.T) {
	for how, o := range map[outbound.TakeBack]memory.Options{outbound.Redact: {}, outbound.Remove: {}} {
		t.Run(string(how), func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", o)
			id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a reorganisation"), ticket.Body: ticket.Text(secret)}, ticket.Public)
			w.sync(p.ID)
			w.activate(p.ID, func(m *mapping.Mapping) {
				m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Body })
			})
			w.sync(p.ID)
			_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
			w.must(err)
			w.syncs(p.ID, 3)
			l, there := w.link(p.ID, external.KindTicket, id), w.outside(p.ID, id).Fields
			if l.State != store.Withdrawn || there[memory.FieldTitle].Text() != outbound.Notice || there[memory.FieldBody].Text() != secret {
				t.Fatalf("outside it is %v, and its link %s", there, l.State)
			}
			if !strings.Contains(l.Reason, "left: body") {
				t.Errorf("that its text still stands there is not told: %q", l.Reason)
			}
		})
	}
}

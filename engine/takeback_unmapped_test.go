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

// TestWhatWasWrittenBeforeAMoveIsToldAsLeft: a text of ours went out, and then its item was moved to a project
// whose mapping does not carry texts. Whoever has the ticket overwritten there is told as well.
func TestWhatWasWrittenBeforeAMoveIsToldAsLeft(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.activate(m.b.ID, func(mp *mapping.Mapping) {
				mp.Tickets = slices.DeleteFunc(mp.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Body })
			})
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.edit(m.id, ticket.Fields{ticket.Title: ticket.Text("ours"), ticket.Body: ticket.Text(secret)})
			m.syncs(m.a.ID, 2)
			at := m.move(m.a, m.b, m.ref.ID)
			m.settle(m.a)
			m.follows(m.a, m.b, at.ID)
			_, _, err := m.engine.SetPrivacyAndTakeBack(t.Context(), m.id, ticket.LocalOnly, outbound.Redact, "ann")
			m.must(err)
			m.settle(m.b)
			l, there := m.link(m.b.ID, external.KindTicket, m.id), m.outside(m.b.ID, m.id).Fields
			if there[memory.FieldTitle].Text() != outbound.Notice || there[memory.FieldBody].Text() != secret {
				t.Fatalf("outside it is %v, and its link %s (%s)", there, l.State, l.Reason)
			}
			if !strings.Contains(l.Reason, "body, which the mapping") {
				t.Errorf("that its text still stands there is not told: %q", l.Reason)
			}
		})
	}
}

// onlyGoes has fields of tickets flow in one direction alone.
func onlyGoes(d mapping.Direction, fields ...ticket.Field) func(*mapping.Mapping) {
	return func(m *mapping.Mapping) {
		for _, f := range fields {
			rule(m, f).Direction = d
		}
	}
}

// TestWhatOnlyComesInIsToldAsLeft: the text of a ticket went out, and then somebody had the mapping let it come
// in alone. Whoever has the ticket overwritten outside is told that our text still stands there, and not that
// it is another's.
func TestWhatOnlyComesInIsToldAsLeft(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a reorganisation"), ticket.Body: ticket.Text(secret)}, ticket.Public)
	w.sync(p.ID)
	w.activate(p.ID, onlyGoes(mapping.In, ticket.Body))
	w.sync(p.ID)
	w.hide(id, outbound.Redact)
	w.syncs(p.ID, 3)
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || !strings.Contains(l.Reason, "left: body, which the mapping only lets come in") {
		t.Errorf("its link is %s: %q", l.State, l.Reason)
	}
}

package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// TestPassagesInFieldsOfYourOwn: a rule keeps passages of texts here. A field that a mapping adds may hold a text, too,
// and stays here as a whole while it holds such a passage: half of it might be no value of its kind.
func TestPassagesInFieldsOfYourOwn(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	notes := ticket.Custom("notes")
	w.activate(p.ID, func(m *mapping.Mapping) {
		r := rule(m, ticket.Body)
		r.Field, r.Prose = notes, false
	})
	w.restrict(p.ID, func(r *outbound.Rules) { r.Cuts = []outbound.Cut{{Pattern: "mercury"}} })
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), notes: ticket.Text("for mercury")}, ticket.Public)
	w.syncs(p.ID, 2)
	other := w.createWith(ticket.Fields{ticket.Title: ticket.Text("b"), notes: ticket.Text("for all")}, ticket.Public)
	w.syncs(p.ID, 2)
	w.edit(other, ticket.Fields{notes: ticket.Text("for mercury as well")})
	w.syncs(p.ID, 2)
	for _, id := range []string{id, other} {
		if got := w.outside(p.ID, id).Fields[memory.FieldBody].Text(); strings.Contains(got, "mercury") {
			t.Errorf("it left: %q", got)
		}
	}
	w.edit(other, ticket.Fields{notes: ticket.Text("for you")})
	w.syncs(p.ID, 2)
	if got := w.outside(p.ID, other).Fields[memory.FieldBody].Text(); got != "for you" {
		t.Errorf("without a passage it reads %q outside", got)
	}
}

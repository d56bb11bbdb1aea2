package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// TestAParentThatStaysHereIsTold: a parent is not compared while one of the two sides names a ticket that the other
// does not have. Who gives the item another parent meanwhile finds that it does not come in, and why.
func TestAParentThatStaysHereIsTold(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.activate(p.ID, func(m *mapping.Mapping) {
		*rule(m, ticket.Body) = mapping.Rule{Field: ticket.Parent, External: []string{memory.FieldBody}, Convert: mapping.Reference, Type: external.TypeReference}
	})
	secret, seen, child := w.create("a secret", ticket.LocalOnly), w.create("seen", ticket.Public), w.create("child", ticket.Public)
	w.edit(child.ID, text(ticket.Parent, secret.ID))
	w.syncs(p.ID, 2)
	there := w.outside(p.ID, child.ID).ID
	rests := func(want string) {
		t.Helper()
		w.syncs(p.ID, 2)
		for _, d := range w.verify(p.ID).Differences {
			if d.LocalID == child.ID {
				if d.Standing != engine.Withheld || d.Field != ticket.Parent || d.Reason != want {
					t.Errorf("%s %s: %s", d.Standing, d.Field, d.Reason)
				}
				return
			}
		}
		if want != "" {
			t.Errorf("nobody is told that %s", want)
		}
	}
	rests(plan.NoTwinThere)
	w.must(w.trackers[p.ID].EditField("bob", there, memory.FieldBody, ticket.Text(w.outside(p.ID, seen.ID).ID)))
	rests(plan.NoTwinThere)
	w.edit(child.ID, text(ticket.Parent, ""))
	rests("")
	if got := w.ticket(child.ID).Fields[ticket.Parent].Text(); got != seen.ID {
		t.Errorf("its parent is %q here, and %s outside", got, seen.ID)
	}
	w.must(w.trackers[p.ID].EditField("bob", there, memory.FieldBody, ticket.Text("elsewhere")))
	rests(plan.NoTwinHere)
}

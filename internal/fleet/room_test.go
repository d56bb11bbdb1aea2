package fleet_test

import (
	"slices"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestOneSeatTakenOnBothSides: somebody is assigned here and another one outside, in a system with room for one. Both
// are assigned here from then on; outside nothing is written, since whoever takes the seat since would lose it. When
// it is left, the one who had no room takes it.
func TestOneSeatTakenOnBothSides(t *testing.T) {
	for _, system := range []external.System{"linear", "jira"} {
		for _, here := range fleet.People() {
			for _, there := range fleet.People() {
				if here == there {
					continue
				}
				t.Run(string(system)+", "+here+" here and "+there+" there", func(t *testing.T) { oneSeat(t, system, here, there) })
			}
		}
	}
}

func oneSeat(t *testing.T, system external.System, here, there string) {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	m := w.connect(system)[0]
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a")}, ticket.Public, "ada")
	w.must(err)
	w.settle()
	l, err := w.LinkOf(t.Context(), m, made.ID)
	w.must(err)
	w.Reset()
	w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Assignees: ticket.Set(here)}))
	w.must(m.Site.Edit(there, l.ExternalID, fleet.Change{Assignee: &there}))
	w.settle()
	if total, _ := w.Writes(); total > 0 {
		t.Errorf("%d writes of what stands there already: %v", total, w.kinds())
	}
	w.assigned(made.ID, here, there)
	w.converged()
	if l, err = w.LinkOf(t.Context(), m, made.ID); err != nil || !l.Bases[ticket.Assignees].External.Equal(ticket.Set(there)) {
		t.Errorf("(%v) agreed on outside: %v, want %s alone", err, l.Bases[ticket.Assignees].External, there)
	}
	if reason := w.why(made.ID, ticket.Assignees); reason != plan.NoRoom {
		t.Errorf("a person is told %q, want %q", reason, plan.NoRoom)
	}
	w.must(m.Site.Edit(there, l.ExternalID, fleet.Change{Assignee: new(string)}))
	w.settle()
	w.assigned(made.ID, here)
	if seen := m.Site.Look()[0].Assignees; !slices.Equal(seen, []string{here}) {
		t.Errorf("once the seat was left, outside %v is assigned, want %s", seen, here)
	}
	w.converged()
}

// assigned fails unless these people are assigned here.
func (w *world) assigned(id string, who ...string) {
	w.Helper()
	tk, err := w.Ticket(w.Context(), id)
	w.must(err)
	if got := tk.Fields[ticket.Assignees]; !got.Equal(ticket.Set(who...)) {
		w.Errorf("%v is assigned here, want %v", got, who)
	}
}

// why is what the journal says of a field's last step.
func (w *world) why(id string, f ticket.Field) (reason string) {
	w.Helper()
	w.must(w.Store.Tx(w.Context(), func(tx store.Tx) error {
		steps, err := tx.TicketSteps(w.Context(), id, 50) // the last one first
		n := slices.IndexFunc(steps, func(s store.Step) bool { return s.Field == f })
		if err == nil && n >= 0 {
			reason = steps[n].Reason
		}
		return err
	}))
	return reason
}

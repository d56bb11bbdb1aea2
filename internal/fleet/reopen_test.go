package fleet_test

import (
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/ticket"
)

// TestReopeningWhatWillNotBeDone: a state that Jira keeps in two fields was replaced as a
// whole, and not the status alone; nobody but us wrote it, so there is no conflict.
func TestReopeningWhatWillNotBeDone(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	m := w.connect("jira")[0]
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a")}, ticket.Public, "ada")
	w.must(err)
	for _, state := range []string{ticket.StateNotPlanned, ticket.StateOpen} {
		w.settle()
		w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.State: ticket.Text(state)}))
	}
	w.settle()
	if got := m.Site.Look()[0].State; got != "To Do" {
		t.Errorf("Jira shows %q, want To Do", got)
	}
	open, err := w.Conflicts(t.Context(), nil)
	w.must(err)
	if len(open) != 0 {
		t.Errorf("conflicts: %+v, and nobody edited outside", open)
	}
}

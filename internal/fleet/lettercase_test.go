package fleet_test

import (
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/ticket"
)

// TestALabelInOtherLetters: GitHub and Linear know one label of a name, whatever its letters are.
// Who writes "Bug" here where it is "bug" there means that one: it is no second label on either
// side, nothing that the system bent, and it can be taken off on both.
func TestALabelInOtherLetters(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func(*world) fleet.Site{
		"github": func(w *world) fleet.Site { return w.GitHub() },
		"linear": func(w *world) fleet.Site { return w.Linear() },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
			site := of(w)
			_, err := w.Connect(t.Context(), fleet.Spec{Site: site})
			w.must(err)
			_, err = site.Create("ada", fleet.Change{Title: p("one"), Label: []string{"bug"}})
			w.must(err)
			w.settle()
			made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("two"), ticket.Labels: ticket.Set("Bug")}, ticket.Public, "ada")
			w.must(err)
			w.settle()
			w.labelled(site, made.ID, []string{"Bug"}, []string{"bug"})
			w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Labels: ticket.Set()}))
			w.settle()
			w.labelled(site, made.ID, nil, nil)
			w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Labels: ticket.Set("BUG")}))
			w.settle()
			w.labelled(site, made.ID, []string{"BUG"}, []string{"bug"})
			w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Labels: ticket.Set("Bug", "ui")}))
			w.settle()
			w.labelled(site, made.ID, []string{"Bug", "ui"}, []string{"bug", "ui"})
			w.must(site.Edit("ada", site.Look()[1].ID, fleet.Change{Unlabel: []string{"bug"}}))
			w.settle()
			w.labelled(site, made.ID, []string{"ui"}, []string{"ui"})
			open, err := w.Conflicts(t.Context(), nil)
			w.must(err)
			for _, c := range open {
				t.Errorf("asked: %s of %s: %s", c.Kind, c.Field, c.Reason)
			}
			w.quiet()
		})
	}
}

// labelled fails unless the ticket "two" has those labels here and outside.
func (w *world) labelled(site fleet.Site, id string, here, there []string) {
	w.Helper()
	made, err := w.Ticket(w.Context(), id)
	w.must(err)
	if got := made.Fields[ticket.Labels]; !got.Equal(ticket.Set(here...)) {
		w.Errorf("here: %q, want %q", got.Elements(), here)
	}
	for _, i := range site.Look() {
		if i.Title == "two" && !ticket.Set(i.Labels...).Equal(ticket.Set(there...)) {
			w.Errorf("outside: %q, want %q", i.Labels, there)
		}
	}
}

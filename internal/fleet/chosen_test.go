package fleet_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAResolutionThatJiraChooses: in a project with Jira's simplified workflow no transition has a
// place for the resolution, and whatever becomes done is resolved as Done. That is nobody's edit: a
// ticket that was closed as not planned stays so here, and the queue says that Jira shows less.
func TestAResolutionThatJiraChooses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		dc     bool
		closed bool // before it goes out
	}{
		{"cloud, closed once it is there", false, false},
		{"cloud, made closed", false, true},
		{"data center, closed once it is there", true, false},
		{"data center, made closed", true, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 2, Allow: true})
			site, err := w.Jira(fleet.JiraOptions{DataCenter: tt.dc, Spec: model.ProjectSpec{Workflow: model.SimpleWorkflow()}})
			w.must(err)
			_, err = w.Connect(t.Context(), fleet.Spec{Site: site})
			w.must(err)
			made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a ticket")}, ticket.Public, "ada")
			w.must(err)
			if !tt.closed {
				w.settle()
			}
			w.must(w.EditLocal(t.Context(), "bob", made.ID, ticket.Fields{ticket.State: ticket.Text(ticket.StateNotPlanned)}))
			w.settle()
			w.stateHere(ticket.StateNotPlanned)
			w.keepsItsOwn(site)
		})
	}
}

// TestAResolutionOfWhatIsDoneAlready: in a workflow in which what is done can only be opened again, a
// ticket that is done here as in Jira and becomes a duplicate here has no way to say so there. Nothing is
// written, and that Jira still shows the resolution of before is nobody's edit: the word of whoever called it a
// duplicate stands here, and the queue says that Jira shows another one.
func TestAResolutionOfWhatIsDoneAlready(t *testing.T) {
	t.Parallel()
	for _, dc := range []bool{false, true} {
		w := newWorld(t, fleet.Options{Seed: 2, Allow: true})
		site, err := w.Jira(fleet.JiraOptions{DataCenter: dc, Spec: model.ProjectSpec{Workflow: model.ReviewWorkflow()}})
		w.must(err)
		_, err = w.Connect(t.Context(), fleet.Spec{Site: site})
		w.must(err)
		made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a ticket"), ticket.State: ticket.Text(ticket.StateDone)}, ticket.Public, "ada")
		w.must(err)
		w.settle()
		w.must(w.EditLocal(t.Context(), "bob", made.ID, ticket.Fields{ticket.State: ticket.Text(ticket.StateDuplicate)}))
		w.settle()
		w.stateHere(ticket.StateDuplicate)
		w.keepsItsOwn(site)
	}
}

// stateHere fails unless the one ticket has that state.
func (w *world) stateHere(want string) {
	w.Helper()
	all, err := w.Tickets(w.Context())
	w.must(err)
	if got := all[0].Fields[ticket.State].Text(); len(all) != 1 || got != want {
		w.Errorf("the first of %d tickets here is %s, want one that is %s", len(all), got, want)
	}
}

// keepsItsOwn fails unless Jira shows its own resolution, of which the queue tells once, and an edit there is one.
func (w *world) keepsItsOwn(site *fleet.Jira) {
	w.Helper()
	if got := site.Look()[0].State; got != "Done" {
		w.Errorf("Jira shows %q, want Done", got)
	}
	open, err := w.Conflicts(w.Context(), nil)
	w.must(err)
	if len(open) != 1 || open[0].Kind != store.LossyWrite || !strings.Contains(open[0].Reason, "no place for it") {
		w.Errorf("the queue holds %+v, want what Jira could not show", open)
	}
	w.quiet()
	w.must(site.Edit("ada", site.Look()[0].ID, fleet.Change{State: p("To Do")})) // which is an edit
	w.settle()
	w.stateHere(ticket.StateOpen)
}

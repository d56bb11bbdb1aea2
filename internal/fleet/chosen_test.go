package fleet_test

import (
	"strconv"
	"strings"
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/internal/fleet"
	simulator "github.com/extsync/extsync/simulator/jira"
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

// TestATypeWithoutAField: the type of an issue is changed to one that has neither story points nor a field of the project's own.
// Jira hides what they held, and shows it again under the former type. Nobody has emptied them: they stay here, and where else
// the ticket stands.
func TestATypeWithoutAField(t *testing.T) {
	t.Parallel()
	for _, center := range []bool{false, true} {
		w := newWorld(t, fleet.Options{Seed: 16, Allow: true})
		only := []string{"Task"}
		site, err := w.Jira(fleet.JiraOptions{DataCenter: center, Spec: model.ProjectSpec{Fields: []model.FieldSpec{
			{Name: "Severity", Type: model.TextField, Types: only}, {Name: "Story Points", Type: model.Number, Types: only},
		}}})
		w.must(err)
		jira, err := w.Connect(t.Context(), fleet.Spec{Site: site})
		w.must(err)
		linear, err := w.Connect(t.Context(), fleet.Spec{System: "linear"})
		w.must(err)
		linear.Site.(*fleet.Linear).Team.SetEstimates("fibonacci", false, false) //nolint:errcheck // because it is one
		severity := ticket.Field("x:severity")
		made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a ticket"), ticket.Estimate: ticket.Text("5"), severity: ticket.Text("high")}, ticket.Public, "ada")
		w.must(err)
		w.settle()
		l, err := w.LinkOf(t.Context(), jira, made.ID)
		w.must(err)
		for _, kind := range []string{"Bug", "Task"} {
			_, err = site.Sim.Act(simulator.Act{Login: "ada", Do: "edit", Issue: l.ExternalID, Fields: map[string]any{"issuetype": map[string]any{"name": kind}, "summary": "a " + kind}})
			w.must(err)
			w.settle()
			tk, err := w.Ticket(t.Context(), made.ID)
			w.must(err)
			if f := tk.Fields; f[ticket.Title].Text() != "a "+kind || f[severity].Text() != "high" || f[ticket.Estimate].Text() != "5" {
				t.Errorf("data center %t: as a %s it is %v here", center, kind, f)
			}
			w.quiet()
			if v := w.verifyMember(jira); v.Unexplained > 0 {
				t.Errorf("data center %t: a verification finds %+v", center, v.Differences)
			}
		}
		w.converged()
	}
}

// TestAFieldThatIsHidden: an administrator hides fields in the field configuration of a project, and shows them again. Jira leaves
// them out of its answers and keeps what they held: nobody has emptied them.
func TestAFieldThatIsHidden(t *testing.T) {
	t.Parallel()
	for _, center := range []bool{false, true} {
		w := newWorld(t, fleet.Options{Seed: 16, Allow: true})
		site, err := w.Jira(fleet.JiraOptions{DataCenter: center, Spec: model.ProjectSpec{Versions: []string{"v1"}}})
		w.must(err)
		sprint, err := site.Sim.AddSprint(site.Project.AddBoard("team"), "S1", "active")
		w.must(err)
		_, err = w.Connect(t.Context(), fleet.Spec{Site: site})
		w.must(err)
		_, err = w.Connect(t.Context(), fleet.Spec{System: "linear"})
		w.must(err)
		w.must(w.PassAll(t.Context()))
		id, err := site.Create("ada", fleet.Change{Title: p("an issue"), Body: p("some words"), Priority: p("High"), Label: []string{"ui"}, Assignee: p("bob")})
		w.must(err)
		_, err = site.Sim.Act(simulator.Act{Login: "ada", Do: "edit", Issue: id, Fields: map[string]any{"duedate": "2026-05-01", "fixVersions": []any{map[string]any{"name": "v1"}}}})
		w.must(err)
		_, err = site.Sim.Act(simulator.Act{Login: "ada", Do: "sprint", Issue: id, To: strconv.FormatInt(sprint, 10)})
		w.must(err)
		w.settle()
		was := w.onlyHere()
		for n, hidden := range [][]string{{"description", "priority", "duedate", "labels", "assignee", "fixVersions", "resolution", "customfield_10020"}, nil} {
			site.Project.Hide(hidden...)
			title := "an issue, edited " + strconv.Itoa(n)
			_, err = site.Sim.Act(simulator.Act{Login: "ada", Do: "edit", Issue: id, Summary: title})
			w.must(err)
			w.settle()
			is := w.onlyHere()
			if was[ticket.Title] = ticket.Text(title); !is.Equal(was) {
				t.Errorf("data center %t, with %v hidden: it is %v here, want %v", center, hidden, is, was)
			}
			w.quiet()
		}
	}
}

// TestADecisionOnWhatIsHidden: somebody edits here what Jira hides by now, which Jira refuses. The decision is on what it held when
// it was seen last, as the queue shows it: taking that empties nothing.
func TestADecisionOnWhatIsHidden(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleet.Options{Seed: 16, Allow: true})
	site, err := w.Jira(fleet.JiraOptions{})
	w.must(err)
	_, err = w.Connect(t.Context(), fleet.Spec{Site: site})
	w.must(err)
	id, err := site.Create("ada", fleet.Change{Title: p("an issue"), Priority: p("High"), Label: []string{"ui"}})
	w.must(err)
	w.settle()
	was := w.onlyHere()
	site.Project.Hide("priority", "labels")
	w.must(site.Edit("ada", id, fleet.Change{Title: p("an issue, edited")}))
	w.settle()
	all, err := w.Tickets(t.Context())
	w.must(err)
	w.must(w.EditLocal(t.Context(), "cyn", all[0].ID, ticket.Fields{ticket.Priority: ticket.Text("p4"), ticket.Labels: ticket.Set("ui", "ux")}))
	w.settle()
	open, err := w.Conflicts(t.Context(), nil)
	w.must(err)
	if len(open) != 2 {
		t.Fatalf("the queue holds %+v, want what Jira refused", open)
	}
	for _, c := range open {
		_, err := w.Engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseExternal, Digest: c.Digest, By: "ada"})
		w.must(err)
	}
	w.settle()
	if was[ticket.Title] = ticket.Text("an issue, edited"); !w.onlyHere().Equal(was) {
		t.Errorf("it is %v here, want %v", w.onlyHere(), was)
	}
	w.quiet()
}

// onlyHere is what the one ticket here holds.
func (w *world) onlyHere() ticket.Fields {
	w.Helper()
	all, err := w.Tickets(w.Context())
	w.must(err)
	if len(all) != 1 {
		w.Fatalf("%d tickets are here, want one", len(all))
	}
	return all[0].Fields
}

package fleet_test

import (
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestOtherSettingsOverrideNobody: the operator says in which field estimates stand. Those of the field before are not read any
// more, and nobody has edited anything: where both sides agree the ticket goes on, and elsewhere a person is asked. It does not
// matter whether the next session reads what changed.
func TestOtherSettingsOverrideNobody(t *testing.T) {
	for _, c := range []struct {
		name      string
		reads     bool
		other     any
		conflicts int
	}{
		{"another number stands there", true, 13.0, 1},
		{"another number stands there, and nothing is read first", false, 13.0, 1},
		{"nothing stands there, so that it goes out", false, nil, 0},
		{"the same stands there", false, 5.0, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
			s, err := w.Jira(fleet.JiraOptions{Spec: model.ProjectSpec{Fields: []model.FieldSpec{
				{ID: "customfield_10030", Name: "Story Points", Type: model.Number}, {ID: "customfield_10031", Name: "Effort", Type: model.Number},
			}}})
			w.must(err)
			m, err := w.Connect(t.Context(), fleet.Spec{Site: s})
			w.must(err)
			item, err := s.Create("ada", fleet.Change{Title: p("a ticket")})
			w.must(err)
			_, err = s.Sim.Act(simulator.Act{Login: "ada", Do: "edit", Issue: item, Fields: map[string]any{"customfield_10031": c.other}})
			w.must(err)
			w.settle()
			here, err := w.TicketOf(t.Context(), m, item)
			w.must(err)
			w.must(w.EditLocal(t.Context(), "cyn", here.ID, ticket.Fields{ticket.Estimate: ticket.Text("5")}))
			w.settle()
			_, err = w.Engine.Configure(t.Context(), m.ID, "op", func(p *store.Project) error {
				p.Settings = []byte(`{"edition": "cloud", "estimate_field": "customfield_10031"}`)
				return nil
			})
			w.must(err)
			w.must(w.EditLocal(t.Context(), "cyn", here.ID, ticket.Fields{ticket.Title: ticket.Text("edited here")}))
			w.must(w.Drain(t.Context(), m, store.Incremental, c.reads))
			w.settle()
			here, err = w.Ticket(t.Context(), here.ID)
			w.must(err)
			open, err := w.Conflicts(t.Context(), m)
			w.must(err)
			if got := here.Fields[ticket.Estimate].Text(); got != "5" || len(open) != c.conflicts {
				t.Errorf("the estimate that was typed here is %q, and %d conflicts are open; want 5, and %d: %+v", got, len(open), c.conflicts, open)
			}
			if got := s.Look()[0].Title; got != "edited here" {
				t.Errorf("what else was typed here is not there: %q", got)
			}
			w.quiet()
		})
	}
}

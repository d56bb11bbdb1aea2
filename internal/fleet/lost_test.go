package fleet_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/mapping"
	simulator "github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/ticket"
)

// lostCase is one kind of project and what people here can do with it.
type lostCase struct {
	name string
	site func(w *world) fleet.Site
	// umbrella has a person make a ticket that others can be part of; nil: there is none.
	umbrella func(s fleet.Site) (id string, err error)
	settings string // of the adapter; empty: the site's own
	filter   string // lets in the umbrella, and nothing that is made here
	lag      bool   // lists are late
	mapping  func(*mapping.Mapping)
	whole    bool // nothing is lost
	parks    bool // some of it is refused, or bent: then all runs leave the same conflicts
	// connected is told of the member; nil: nobody is.
	connected func(w *world, m *fleet.Member)
	direction external.Direction // empty: both ways
	hows      []fleet.FaultKind  // nil: a reply or a request is lost
	once      bool               // each kind of write is lost at its first step alone
	partial   bool               // not all that is here goes there, or can be read back
}

func lostCases() []lostCase {
	epic := func(s fleet.Site) (string, error) {
		j := s.(*fleet.Jira) //nolint:errcheck // because the site is this case's own
		made, err := j.Sim.Act(simulator.Act{Login: "ada", Do: "create", Project: j.Project.Key(), Type: "Epic", Summary: "umbrella"})
		return made.Issue, err
	}
	jira := func(dc bool) func(w *world) fleet.Site {
		return func(w *world) fleet.Site {
			w.Helper()
			s, err := w.Jira(fleet.JiraOptions{DataCenter: dc, Spec: model.ProjectSpec{
				Workflow: model.ReviewWorkflow(), Versions: []string{"v1", "v2"},
				Fields: []model.FieldSpec{{Name: "Story Points", Type: model.Number}},
			}})
			w.must(err)
			board := s.Project.AddBoard("Board")
			for _, name := range []string{"Sprint 1", "Sprint 2"} {
				_, err := s.Sim.AddSprint(board, name, "future")
				w.must(err)
			}
			return s
		}
	}
	return []lostCase{
		{name: "github", site: func(w *world) fleet.Site { return w.GitHub() }},
		{name: "jira cloud", site: jira(false), umbrella: epic},
		{name: "jira data center", site: jira(true), umbrella: epic},
		{
			name: "linear", site: func(w *world) fleet.Site {
				s := w.Linear()
				s.Team.SetEstimates("fibonacci", false, true)
				for n, name := range []string{"Sprint 1", "Sprint 2"} {
					from := w.Clock.Now().AddDate(0, 0, 14*n)
					_, err := s.Team.AddCycle(name, from, from.AddDate(0, 0, 14))
					w.must(err)
				}
				return s
			},
			umbrella: func(s fleet.Site) (string, error) { return s.Create("ada", fleet.Change{Title: p("umbrella")}) },
			settings: `{"backlink": "https://tickets.example.com/{id}"}`,
		},
		{name: "linear, in batches", site: func(w *world) fleet.Site { return w.Linear() }},
		{name: "jira cloud, filtered", site: jira(false), umbrella: epic, filter: `summary ~ "umbrella"`},
		{name: "jira data center, filtered", site: jira(true), umbrella: epic, filter: `summary ~ "umbrella"`},
		{
			name: "linear, filtered", site: func(w *world) fleet.Site { return w.Linear() },
			umbrella: func(s fleet.Site) (string, error) { return s.Create("ada", fleet.Change{Title: p("umbrella")}) },
			settings: `{"backlink": "https://tickets.example.com/{id}"}`, // one by one: a batch is repeated where none is lost
			filter:   `{"title": {"contains": "umbrella"}}`,
		},
		{name: "webhook", site: func(w *world) fleet.Site { return w.Webhook() }},
	}
}

// play is the same sequence of local edits in every run.
type play struct {
	*world
	m       *fleet.Member
	parent  string // id of the umbrella here
	tickets []string
	remarks []string
}

// step is one thing that people here do, after which everything settles.
type step struct {
	name string
	do   func(p *play)
}

func (p *play) create(title string, more ticket.Fields) {
	p.Helper()
	f := ticket.Fields{ticket.Title: ticket.Text(title), ticket.Body: ticket.Text("first\n\nsecond")}
	for name, v := range more {
		f[name] = v
	}
	t, err := p.Engine.CreateTicket(p.Context(), f, ticket.Public, "ada")
	p.must(err)
	p.tickets = append(p.tickets, t.ID)
}

func (p *play) edit(n int, set ticket.Fields) {
	p.Helper()
	p.must(p.EditLocal(p.Context(), "ada", p.tickets[n], set))
}

func (p *play) remark(n int, body string) {
	p.Helper()
	c, err := p.Engine.AddComment(p.Context(), p.tickets[n], body, "", "ada")
	p.must(err)
	p.remarks = append(p.remarks, c.ID)
}

// steps use every field and every verb that there is here. A project leaves out what it
// does not map.
func steps() []step {
	text, set := ticket.Text, ticket.Set
	return []step{
		{"one ticket", func(p *play) { p.create("alone", nil) }},
		{"several tickets", func(p *play) {
			p.create("bulk 1", ticket.Fields{ticket.Labels: set("red"), ticket.Assignees: set("bob"), ticket.Priority: text("p2")})
			p.create("bulk 2", ticket.Fields{ticket.State: text(ticket.StateDone), ticket.Due: text("2026-06-01")})
			p.create("bulk 3", ticket.Fields{ticket.State: text(ticket.StateNotPlanned), ticket.Estimate: text("3")})
			p.create("bulk 4", ticket.Fields{ticket.Milestone: text("v1"), ticket.Iteration: text("Sprint 1")})
		}},
		{"comments", func(p *play) { p.remark(0, "one"); p.remark(1, "two") }},
		{"title", func(p *play) { p.edit(0, ticket.Fields{ticket.Title: text("alone, again")}) }},
		{"title and body", func(p *play) {
			p.edit(0, ticket.Fields{ticket.Title: text("both"), ticket.Body: text("third\n\nfourth")})
		}},
		{"several titles", func(p *play) {
			for n := range p.tickets {
				p.edit(n, ticket.Fields{ticket.Title: text(fmt.Sprintf("title of %d", n))})
			}
		}},
		{"labels come", func(p *play) { p.edit(0, ticket.Fields{ticket.Labels: set("red", "green")}) }},
		{"labels come and go", func(p *play) { p.edit(0, ticket.Fields{ticket.Labels: set("green", "blue")}) }},
		{"labels go", func(p *play) { p.edit(0, ticket.Fields{ticket.Labels: set("blue")}) }},
		{"somebody is assigned", func(p *play) { p.edit(0, ticket.Fields{ticket.Assignees: set("bob")}) }},
		{"somebody else is", func(p *play) { p.edit(0, ticket.Fields{ticket.Assignees: set("cyn")}) }},
		{"nobody is", func(p *play) { p.edit(0, ticket.Fields{ticket.Assignees: set()}) }},
		{"closed", func(p *play) { p.edit(0, ticket.Fields{ticket.State: text(ticket.StateDone)}) }},
		{"reopened", func(p *play) { p.edit(0, ticket.Fields{ticket.State: text(ticket.StateOpen)}) }},
		{"priority", func(p *play) { p.edit(0, ticket.Fields{ticket.Priority: text("p1")}) }},
		{"due", func(p *play) { p.edit(0, ticket.Fields{ticket.Due: text("2026-07-01")}) }},
		{"estimate", func(p *play) { p.edit(0, ticket.Fields{ticket.Estimate: text("5")}) }},
		{"milestone", func(p *play) { p.edit(0, ticket.Fields{ticket.Milestone: text("v2")}) }},
		{"iteration", func(p *play) { p.edit(4, ticket.Fields{ticket.Iteration: text("Sprint 2")}) }},
		{"no iteration", func(p *play) { p.edit(4, ticket.Fields{ticket.Iteration: text("")}) }},
		{"parent", func(p *play) { p.edit(1, ticket.Fields{ticket.Parent: text(p.parent)}) }},
		{"a comment changes", func(p *play) {
			_, err := p.Engine.EditComment(p.Context(), p.remarks[0], "one, again", 1, "ada")
			p.must(err)
		}},
		{"a comment goes", func(p *play) {
			_, err := p.Engine.DeleteComment(p.Context(), p.remarks[1], 1, "ada")
			p.must(err)
		}},
	}
}

// loss is a call that goes wrong: the first of its kind after a step.
type loss struct {
	step int
	kind string
	how  fleet.FaultKind
}

// run plays all steps, with or without a loss, and returns the kinds of write after each
// step and what people outside see at the end.
func (c lostCase) run(t *testing.T, lost *loss) (writes [][]string, seen []string) {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true, Lag: c.lag})
	spec := fleet.Spec{Site: c.site(w), Filter: c.filter, Mapping: c.mapping, Direction: c.direction}
	if c.settings != "" {
		spec.Settings = json.RawMessage(c.settings)
	}
	m, err := w.Connect(t.Context(), spec)
	w.must(err)
	if c.connected != nil {
		c.connected(w, m)
	}
	p := &play{world: w, m: m}
	if c.umbrella != nil {
		id, err := c.umbrella(m.Site)
		w.must(err)
		w.Clock.Advance(time.Minute) // longer than any list is late
		w.settle()
		here, err := w.TicketOf(t.Context(), m, id)
		w.must(err)
		p.parent = here.ID
	}
	for n, s := range steps() {
		w.Reset()
		if lost != nil && lost.step == n {
			w.must(m.Site.Lose(fleet.Fault{Kind: lost.how, Calls: []string{lost.kind}, Next: 1}))
		}
		s.do(p)
		w.settle()
		writes = append(writes, writesOf(m))
	}
	switch {
	case c.partial:
	case c.parks:
		w.must(w.Converged(t.Context()))
		open, err := w.Conflicts(t.Context(), m)
		w.must(err)
		for _, o := range open {
			seen = append(seen, fmt.Sprintf("a conflict of kind %s about %s: here %q, there %q, %s", o.Kind, o.Field, o.Local.Elements(), o.External.Elements(), o.Reason))
		}
	default:
		w.converged()
	}
	w.quiet()
	for _, s := range m.Site.Look() {
		seen = append(seen, describe(s))
	}
	slices.Sort(seen)
	return writes, seen
}

// writesOf are the kinds of write since the last reset.
func writesOf(m *fleet.Member) (kinds []string) {
	for _, r := range m.Site.Wire().Sent() {
		if r.Write && !slices.Contains(kinds, r.Kind) {
			kinds = append(kinds, r.Kind)
		}
	}
	return kinds
}

// describe is what of a ticket must be the same in every run.
func describe(s fleet.Seen) string {
	body, _, _ := strings.Cut(s.Body, "<!-- extsync:")
	var remarks []string
	for _, r := range s.Comments {
		text, _, _ := strings.Cut(r.Body, "<!-- extsync:")
		remarks = append(remarks, strings.TrimSpace(text))
	}
	return fmt.Sprintf("%s %q %s %s %v %v child=%v %q", s.Title, strings.TrimSpace(body), s.State, s.Priority, s.Labels, s.Assignees, s.Parent != "", remarks)
}

// TestEveryLostWriteIsMadeGood loses the reply to, and the request of, every kind of
// write after every step that makes it: no ticket and no edit is lost or doubled, and a
// further round writes nothing. Which kinds there are, the simulators tell; one that only
// a loss brings about must be lost somewhere, too.
func TestEveryLostWriteIsMadeGood(t *testing.T) {
	t.Parallel()
	for _, c := range lostCases() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			c.loseEach(t)
		})
	}
}

func (c lostCase) faults() []fleet.FaultKind {
	if c.hows != nil {
		return c.hows
	}
	return []fleet.FaultKind{fleet.LoseReply, fleet.LoseRequest}
}

func (c lostCase) loseEach(t *testing.T) {
	t.Helper()
	writes, want := c.run(t, nil)
	if t.Failed() || c.whole {
		return
	}
	lost, made := map[string]bool{}, map[string]bool{}
	for n, kinds := range writes {
		for _, kind := range kinds {
			for _, how := range c.faults() {
				name := fmt.Sprintf("%s: %s of %s", steps()[n].name, how, kind)
				if (underRace || c.once) && lost[kind] && how == c.faults()[0] {
					break // once is enough there
				}
				lost[kind] = true
				t.Run(name, func(t *testing.T) {
					also, got := c.run(t, &loss{n, kind, how})
					if !slices.Equal(got, want) {
						t.Errorf("people see\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
					}
					for _, k := range slices.Concat(also...) {
						made[k] = true
					}
				})
			}
		}
	}
	for kind := range made {
		if !lost[kind] {
			t.Errorf("%s is written and no case loses it", kind)
		}
	}
	t.Logf("%d kinds of write: %v", len(lost), slices.Sorted(maps.Keys(lost)))
}

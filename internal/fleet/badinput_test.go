package fleet_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/linear"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// odd is a local ticket that something is wrong with, beside one that is fine, at three
// systems.
type odd struct {
	*world
	github, jira, linear *fleet.Member
	site                 *fleet.Jira
	odd, fine            string // ids here
}

func newOdd(t *testing.T) *odd {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: 21, Allow: true})
	site, err := w.Jira(fleet.JiraOptions{})
	w.must(err)
	o := &odd{world: w, site: site}
	o.github, err = w.Connect(t.Context(), fleet.Spec{System: "github"})
	w.must(err)
	o.jira, err = w.Connect(t.Context(), fleet.Spec{Site: site})
	w.must(err)
	o.linear, err = w.Connect(t.Context(), fleet.Spec{System: "linear"})
	w.must(err)
	w.must(w.PassAll(t.Context()))
	for _, f := range []struct {
		id    *string
		title string
	}{{&o.odd, "odd"}, {&o.fine, "fine"}} {
		made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text(f.title), ticket.Body: ticket.Text("words")}, ticket.Public, "ada")
		w.must(err)
		*f.id = made.ID
	}
	w.settle()
	return o
}

// at returns the odd ticket as a place shows it.
func (o *odd) at(m *fleet.Member) fleet.Seen {
	o.Helper()
	l, err := o.LinkOf(o.Context(), m, o.odd)
	o.must(err)
	for _, s := range m.Site.Look() {
		if s.ID == l.ExternalID {
			return s
		}
	}
	o.Fatalf("%s does not show the odd ticket", m.Name)
	return fleet.Seen{}
}

func (o *odd) typed(f ticket.Field, v ticket.Value) {
	o.Helper()
	o.must(o.EditLocal(o.Context(), "ada", o.odd, ticket.Fields{f: v}))
}

// inJira changes the issue as a person does who sends documents.
func (o *odd) inJira(fields map[string]any) {
	o.Helper()
	id := o.at(o.jira).ID
	o.site.Sim.World(func(w *model.World) {
		if err := w.EditIssue(model.Caller{User: w.User("ada")}, w.Issue(id), model.Input{Fields: fields}); err != nil {
			o.Fatal(err)
		}
	})
}

// deep is a document of lists within lists.
func deep(levels int) map[string]any {
	node := map[string]any{"type": "paragraph", "content": []any{map[string]any{"type": "text", "text": "the bottom"}}}
	for range levels / 2 {
		node = map[string]any{"type": "bulletList", "content": []any{map[string]any{"type": "listItem", "content": []any{node}}}}
	}
	return map[string]any{"type": "doc", "version": 1, "content": []any{node}}
}

// trouble is a field of the odd ticket that stands in the queue of conflicts.
type trouble struct {
	field ticket.Field
	kind  store.ConflictKind
	at    []external.System // where it does
	words []string          // that its reason holds: what is wrong with the value, and what to do
}

// TestOddFieldsRestAlone gives one field something that a system cannot take or we cannot
// read. A person finds the field in the queue and why; all other tickets go on, and so does
// what else is typed into this one.
func TestOddFieldsRestAlone(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason string
		do     func(o *odd)
		rests  []trouble
	}{
		{
			"somebody without an account is assigned",
			func(o *odd) { o.typed(ticket.Assignees, ticket.Set("zoe")) },
			[]trouble{
				{ticket.Assignees, store.Unmappable, []external.System{"jira", "linear"}, []string{"zoe", "no account", "add a line to users"}},
				// GitHub takes every name and drops those that it does not know, without a word.
				{ticket.Assignees, store.LossyWrite, []external.System{"github"}, nil},
			},
		},
		{
			"a body of 65,537 characters",
			func(o *odd) { o.typed(ticket.Body, ticket.Text(strings.Repeat("x", 65_537))) },
			[]trouble{{ticket.Body, store.Unmappable, []external.System{"github", "jira"}, []string{"65537", "at most", "shorten"}}},
		},
		{
			"a priority that appears in Jira meanwhile",
			func(o *odd) {
				id := o.at(o.jira).ID
				o.site.Sim.World(func(w *model.World) {
					w.Issue(id).Values["priority"] = &model.Named{ID: "99", Name: "Blocker"}
				})
				_, err := o.site.Comment("ada", id, "made it a blocker")
				o.must(err)
			},
			[]trouble{{ticket.Priority, store.Unmappable, []external.System{"jira"}, []string{"Blocker", "not in the table", "add"}}},
		},
		{
			"a status that is renamed in Jira",
			func(o *odd) {
				id := o.at(o.jira).ID
				o.site.Sim.World(func(w *model.World) {
					w.Issue(id).Status = &model.Named{ID: "77", Name: "Parked", Category: "nobody knows"}
				})
				_, err := o.site.Comment("ada", id, "parked it")
				o.must(err)
			},
			[]trouble{{ticket.State, store.Unmappable, []external.System{"jira"}, []string{"Parked", "not in the table", "add"}}},
		},
		{
			"a document of 200 levels in Jira",
			func(o *odd) { o.inJira(map[string]any{"description": deep(200)}) },
			nil,
		},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			o := newOdd(t)
			c.do(o)
			o.must(o.EditLocal(t.Context(), "bob", o.fine, ticket.Fields{ticket.Title: ticket.Text("fine, still")}))
			o.must(o.EditLocal(t.Context(), "bob", o.odd, ticket.Fields{ticket.Title: ticket.Text("odd, still")}))
			o.settle()
			o.rests(c.rests...)
			o.quiet()
		})
	}
}

// rests fails unless those fields of the odd ticket stand in the queues of those places and
// nothing else does anywhere, for those reasons, while the title of the odd ticket and all of
// the fine one have gone on everywhere.
func (o *odd) rests(all ...trouble) {
	o.Helper()
	for _, m := range o.Members() {
		here := slices.DeleteFunc(slices.Clone(all), func(t trouble) bool { return !slices.Contains(t.at, m.Site.System()) })
		o.queue(m, here)
		if got := o.at(m).Title; got != "odd, still" {
			o.Errorf("%s: the odd ticket's title is %q: what can go out does not", m.Name, got)
		}
		fine, err := o.LinkOf(o.Context(), m, o.fine)
		o.must(err)
		shown := false
		for _, s := range m.Site.Look() {
			shown = shown || s.ID == fine.ExternalID && s.Title == "fine, still"
		}
		if !shown || fine.State != store.Live {
			o.Errorf("%s: the other ticket is %s (%s) and shows its edit: %v", m.Name, fine.State, fine.Reason, shown)
		}
	}
}

// queue holds a member's queue of conflicts against what is to stand there; the link itself
// stays at work.
func (o *odd) queue(m *fleet.Member, want []trouble) {
	o.Helper()
	l, err := o.LinkOf(o.Context(), m, o.odd)
	o.must(err)
	if l.State != store.Live {
		o.Errorf("%s: the odd ticket is %s (%s), want it at work", m.Name, l.State, l.Reason)
	}
	open, err := o.Conflicts(o.Context(), m)
	o.must(err)
	if len(open) != len(want) {
		o.Errorf("%s: %d conflicts are open, want %d", m.Name, len(open), len(want))
	}
	for _, c := range open {
		n := slices.IndexFunc(want, func(t trouble) bool { return t.field == c.Field && t.kind == c.Kind })
		if n < 0 || c.TicketID != o.odd {
			o.Errorf("%s: %s of %s is in conflict (%s, %q), and should not", m.Name, c.Field, c.TicketID, c.Kind, c.Reason)
			continue
		}
		for _, word := range want[n].words {
			if !strings.Contains(c.Reason, word) {
				o.Errorf("%s: the reason %q does not say %q", m.Name, c.Reason, word)
			}
		}
		if c.Local.Equal(c.External) {
			o.Errorf("%s: the conflict shows %q on both sides", m.Name, c.Local.Elements())
		}
	}
}

// TestWhatLooksOddAndIsNot: these arrive everywhere or harm nothing.
func TestWhatLooksOddAndIsNot(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason string
		do     func(o *odd)
	}{
		{"Linear answers a list in part", func(o *odd) { o.inPart("comments+issues") }},
		{"Linear answers a read in part", func(o *odd) {
			o.inPart("issues")
			o.typed(ticket.Body, ticket.Text("other words"))
		}},
		{"Linear answers a write in part", func(o *odd) {
			o.inPart("issueUpdate")
			o.typed(ticket.Body, ticket.Text("other words"))
		}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			o := newOdd(t)
			o.must(o.linear.Site.Edit("bob", o.at(o.linear).ID, fleet.Change{Priority: p("Urgent"), Assignee: p("cyn"), Label: []string{"kept"}}))
			o.settle()
			c.do(o)
			o.must(o.EditLocal(t.Context(), "bob", o.fine, ticket.Fields{ticket.Title: ticket.Text("fine, still")}))
			o.settle()
			for _, m := range o.Members() {
				if s := o.at(m); len(s.Labels) != 1 || len(s.Assignees) != 1 {
					t.Errorf("%s shows the labels %v and the people %v, want one each", m.Name, s.Labels, s.Assignees)
				}
			}
			o.converged()
			o.quiet()
		})
	}
}

// inPart makes one of Linear's answers hold errors beside its data.
func (o *odd) inPart(call string) {
	o.Helper()
	s, ok := o.linear.Site.(*fleet.Linear)
	if !ok {
		o.Fatal("the member is no Linear")
	}
	s.Sim.Faults().Add(linear.Fault{Kind: linear.PartialErrors, Calls: []string{call}, Next: 1})
}

// TestMistakesAreToldBeforeAnythingIsSent connects with what cannot work: it is refused
// with a word on what to mend, and not one call has written.
func TestMistakesAreToldBeforeAnythingIsSent(t *testing.T) {
	t.Parallel()
	rule := func(m *mapping.Mapping, f ticket.Field) *mapping.Rule {
		for n := range m.Tickets {
			if m.Tickets[n].Field == f {
				return &m.Tickets[n]
			}
		}
		return &mapping.Rule{}
	}
	for _, c := range []struct {
		reason string
		spec   model.ProjectSpec
		with   fleet.Spec
		words  []string
	}{
		{
			reason: "a mapping to a field that does not exist",
			with:   fleet.Spec{Mapping: func(m *mapping.Mapping) { rule(m, ticket.Priority).External = []string{"customfield_99999"} }},
			words:  []string{"tickets.priority", "customfield_99999"},
		},
		{
			reason: "a required field without a value",
			spec:   model.ProjectSpec{Fields: []model.FieldSpec{{ID: "customfield_10077", Name: "Cost centre", Type: model.Number, Required: true}}},
			with: fleet.Spec{Mapping: func(m *mapping.Mapping) {
				var kept []mapping.Rule
				for _, r := range m.Tickets {
					if _, custom := r.Field.CustomName(); !custom {
						kept = append(kept, r)
					}
				}
				m.Tickets = kept
			}},
			words: []string{"customfield_10077"},
		},
		{reason: "a filter that is no JQL", with: fleet.Spec{Filter: `status =`}, words: []string{"JQL", "Expecting"}},
		{reason: "a filter over a field that does not exist", with: fleet.Spec{Filter: `colour = red`}, words: []string{"colour"}},
		{reason: "a filter that leaves its quotes open", with: fleet.Spec{Filter: `summary ~ "open`}, words: []string{"filter", "quotes"}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 2})
			site, err := w.Jira(fleet.JiraOptions{Spec: c.spec})
			w.must(err)
			c.with.Site = site
			_, err = w.Connect(t.Context(), c.with)
			if err == nil {
				t.Fatal("it was connected")
			}
			var bad *fleet.InvalidError
			if !errors.As(err, &bad) && external.KindOf(err) != external.Invalid {
				t.Errorf("the kind of %v is %s, want a refused mapping or %s", err, external.KindOf(err), external.Invalid)
			}
			for _, word := range c.words {
				if !strings.Contains(err.Error(), word) {
					t.Errorf("%q does not say %q", err, word)
				}
			}
			if n := site.Counters().Writes; n > 0 {
				t.Errorf("%d writes were made", n)
			}
		})
	}
}

// TestAStateThatNoTransitionReaches: where Jira tells an ordinary account nothing of the
// workflow, the first ticket that wants there finds it out: its state rests, and what else is
// typed goes on.
func TestAStateThatNoTransitionReaches(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleet.Options{Seed: 2, Allow: true})
	site, err := w.Jira(fleet.JiraOptions{Spec: model.ProjectSpec{Workflow: &model.Workflow{
		Statuses: []model.Status{{Name: "To Do", Category: model.ToDo}, {Name: "Done", Category: model.Done}, {Name: "Archived", Category: model.Done}},
		Transitions: []model.Transition{
			{Name: "Finish", From: []string{"To Do", "Archived"}, To: "Done"}, {Name: "Reopen", From: []string{"Done"}, To: "To Do"},
		},
	}}})
	w.must(err)
	m, err := w.Connect(t.Context(), fleet.Spec{Site: site, Mapping: func(m *mapping.Mapping) {
		for n := range m.Tickets {
			if r := &m.Tickets[n]; r.Field == ticket.State {
				r.External = r.External[:1]
				r.Values = []mapping.Pair{
					{Local: []string{ticket.StateOpen}, External: []string{"To Do"}}, {Local: []string{ticket.StateDone}, External: []string{"Done"}},
					{Local: []string{ticket.StateNotPlanned, ticket.StateDuplicate}, External: []string{"Archived"}},
				}
			}
		}
	}})
	w.must(err)
	o := &odd{world: w, jira: m, site: site}
	for _, id := range []*string{&o.odd, &o.fine} {
		made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a ticket")}, ticket.Public, "ada")
		w.must(err)
		*id = made.ID
	}
	w.settle()
	o.typed(ticket.State, ticket.Text(ticket.StateNotPlanned))
	o.must(w.EditLocal(t.Context(), "bob", o.odd, ticket.Fields{ticket.Title: ticket.Text("odd, still")}))
	o.must(w.EditLocal(t.Context(), "bob", o.fine, ticket.Fields{ticket.Title: ticket.Text("fine, still")}))
	w.settle()
	o.rests(trouble{ticket.State, store.RefusedOutside, []external.System{"jira"}, []string{"no transition leads to", "Archived", "can be reached"}})
	w.quiet()
}

// TestAProgramThatLoops connects a peer whose settings hold a program without an end: it is
// stopped, and the project is in error for a reason that names the program.
func TestAProgramThatLoops(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleet.Options{Seed: 2, Allow: true})
	site := w.Webhook()
	settings := strings.Replace(string(site.Account().Settings), `"read": ".title"`, `"read": "def f: f; f"`, 1)
	if settings == string(site.Account().Settings) {
		t.Fatal("the settings hold no program for the title")
	}
	m, err := w.Connect(t.Context(), fleet.Spec{Site: site, Settings: []byte(settings)})
	w.must(err)
	_, err = site.Create("ada", fleet.Change{Title: p("one")}) // there was nothing to read before
	w.must(err)
	for range external.MaxFailures {
		if _, err := w.Session(t.Context(), m, store.Incremental); err == nil {
			t.Error("a session went well over a program without an end")
		}
	}
	project, err := w.Project(t.Context(), m)
	w.must(err)
	if project.Status != external.InError || !strings.Contains(project.StatusReason, "ticket.fields.title.read") {
		t.Errorf("the project is %s (%s), want it in error for the program of the title", project.Status, project.StatusReason)
	}
	if n := site.Counters().Writes; n > 0 {
		t.Errorf("%d writes were made", n)
	}
}

// TestTooManyLabelsTypedHere are refused where they are typed.
func TestTooManyLabelsTypedHere(t *testing.T) {
	t.Parallel()
	w := newWorld(t, fleet.Options{Seed: 2})
	all := make([]string, 10_000)
	for n := range all {
		all[n] = fmt.Sprintf("label%d", n)
	}
	_, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Labels: ticket.Set(all...)}, ticket.Public, "ada")
	if !errors.Is(err, ticket.ErrInvalid) || !strings.Contains(err.Error(), "at most") {
		t.Errorf("got %v, want %v with how many there may be", err, ticket.ErrInvalid)
	}
}

// TestTooManyLabelsFromOutside are held to the same limit as those typed here.
func TestTooManyLabelsFromOutside(t *testing.T) {
	t.Parallel()
	o := newOdd(t)
	all := make([]any, 10_000)
	for n := range all {
		all[n] = fmt.Sprintf("label%d", n)
	}
	o.inJira(map[string]any{"labels": all})
	o.must(o.EditLocal(t.Context(), "bob", o.fine, ticket.Fields{ticket.Title: ticket.Text("fine, still")}))
	o.must(o.EditLocal(t.Context(), "bob", o.odd, ticket.Fields{ticket.Title: ticket.Text("odd, still")}))
	o.settle()
	o.rests(trouble{ticket.Labels, store.Unmappable, []external.System{"jira"}, []string{"labels", "at most", "shorten"}})
}

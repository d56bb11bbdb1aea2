package fleet_test

import (
	"testing"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/simulator/jira"
	"github.com/extsync/extsync/ticket"
)

// family is a Jira with epics and a Linear team, each passing on to the other.
type family struct {
	*world
	jira, linear *fleet.Member
	site         *fleet.Jira
}

func newFamily(t *testing.T) *family {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: 11, Allow: true})
	site, err := w.Jira(fleet.JiraOptions{})
	w.must(err)
	f := &family{world: w, site: site}
	f.jira, err = w.Connect(t.Context(), fleet.Spec{Site: site})
	w.must(err)
	f.linear, err = w.Connect(t.Context(), fleet.Spec{System: "linear"})
	w.must(err)
	w.must(w.PassAll(t.Context()))
	return f
}

func (f *family) epic(title string) (id string) {
	f.Helper()
	made, err := f.site.Sim.Act(jira.Act{Login: "ada", Do: "create", Project: f.site.Project.Key(), Type: "Epic", Summary: title})
	f.must(err)
	return made.Issue
}

func (f *family) child(title, parent string) (id string) {
	f.Helper()
	id, err := f.site.Create("ada", fleet.Change{Title: p(title), Parent: p(parent)})
	f.must(err)
	return id
}

// find returns a ticket of a place by its title.
func (f *family) find(m *fleet.Member, title string) fleet.Seen {
	f.Helper()
	for _, s := range m.Site.Look() {
		if s.Title == title {
			return s
		}
	}
	f.Fatalf("%s does not show %q", m.Name, title)
	return fleet.Seen{}
}

// isPartOf fails unless both places and the local side say that a ticket is part of
// another; empty: of none.
func (f *family) isPartOf(child, parent string) {
	f.Helper()
	f.settle()
	for _, m := range f.Members() {
		want := ""
		if parent != "" {
			want = f.find(m, parent).ID
		}
		if got := f.find(m, child); got.Parent != want {
			f.Errorf("%s: %q is part of %q, want %q (%s)", m.Name, child, got.Parent, want, parent)
		}
	}
	want := ""
	if parent != "" {
		want = f.here(parent).ID
	}
	if got := f.here(child).Fields[ticket.Parent].Text(); got != want {
		f.Errorf("here: %q is part of %q, want %q (%s)", child, got, want, parent)
	}
	f.converged()
	f.quiet()
}

func (f *family) here(title string) ticket.Ticket {
	f.Helper()
	all, err := f.Tickets(f.Context())
	f.must(err)
	for _, t := range all {
		if t.Fields[ticket.Title].Text() == title {
			return t
		}
	}
	f.Fatalf("there is no ticket %q", title)
	return ticket.Ticket{}
}

// TestAParentIsTheSameEverywhere moves a ticket from parent to parent, at each place.
func TestAParentIsTheSameEverywhere(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		reason string
		do     func(f *family)
		parent string
	}{
		{"both are new", func(*family) {}, "first"},
		{"the child is seen before its parent", func(f *family) {
			f.Clock.Advance(1e9)
			f.must(f.site.Edit("ada", f.find(f.jira, "first").ID, fleet.Change{Label: []string{"touched"}}))
		}, "first"},
		{"it moves in Jira", func(f *family) {
			f.settle()
			f.must(f.site.Edit("ada", f.find(f.jira, "child").ID, fleet.Change{Parent: p(f.find(f.jira, "second").ID)}))
		}, "second"},
		{"it moves in Linear", func(f *family) {
			f.settle()
			f.must(f.linear.Site.Edit("bob", f.find(f.linear, "child").ID, fleet.Change{Parent: p(f.find(f.linear, "second").ID)}))
		}, "second"},
		{"it moves here", func(f *family) {
			f.settle()
			f.must(f.EditLocal(f.Context(), "ada", f.here("child").ID, ticket.Fields{ticket.Parent: ticket.Text(f.here("second").ID)}))
		}, "second"},
		{"it leaves in Jira", func(f *family) {
			f.settle()
			f.must(f.site.Edit("ada", f.find(f.jira, "child").ID, fleet.Change{Parent: p("")}))
		}, ""},
		{"it leaves in Linear", func(f *family) {
			f.settle()
			f.must(f.linear.Site.Edit("bob", f.find(f.linear, "child").ID, fleet.Change{Parent: p("")}))
		}, ""},
		{"it leaves here", func(f *family) {
			f.settle()
			f.must(f.EditLocal(f.Context(), "ada", f.here("child").ID, ticket.Fields{ticket.Parent: ticket.Text("")}))
		}, ""},
		{"it moves at two places to the same", func(f *family) {
			f.settle()
			f.must(f.linear.Site.Edit("bob", f.find(f.linear, "child").ID, fleet.Change{Parent: p(f.find(f.linear, "second").ID)}))
			f.must(f.site.Edit("ada", f.find(f.jira, "child").ID, fleet.Change{Parent: p(f.find(f.jira, "second").ID)}))
		}, "second"},
		{"it moves to a parent that nobody has seen", func(f *family) {
			f.settle()
			f.must(f.site.Edit("ada", f.find(f.jira, "child").ID, fleet.Change{Parent: p(f.epic("third"))}))
		}, "third"},
	} {
		t.Run(c.reason, func(t *testing.T) {
			t.Parallel()
			f := newFamily(t)
			first := f.epic("first")
			f.epic("second")
			f.child("child", first)
			c.do(f)
			f.isPartOf("child", c.parent)
		})
	}
}

// TestAParentThatStaysHereIsMissedAndComesLater keeps a parent from going on: its child
// goes, without it, and is part of it as soon as it may go.
func TestAParentThatStaysHereIsMissedAndComesLater(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	first := f.epic("first")
	_, err := f.Session(t.Context(), f.jira, "incremental")
	f.must(err)
	kept := f.here("first").ID
	_, err = f.Engine.SetPrivacy(t.Context(), kept, ticket.LocalOnly, "ada")
	f.must(err)
	f.child("child", first)
	f.settle()
	if got := f.find(f.linear, "child"); got.Parent != "" || len(f.linear.Site.Look()) != 1 {
		t.Errorf("Linear shows %d tickets and the child as part of %q, want the child alone", len(f.linear.Site.Look()), got.Parent)
	}
	if got := f.here("child").Fields[ticket.Parent].Text(); got != kept {
		t.Errorf("here the child is part of %q, want %q", got, kept)
	}
	f.quiet()
	_, err = f.Engine.SetPrivacy(t.Context(), kept, ticket.Shareable, "ada")
	f.must(err)
	f.isPartOf("child", "first")
}

// TestTwoParentsAreAConflict moves a ticket to different parents at once: a person decides.
func TestTwoParentsAreAConflict(t *testing.T) {
	t.Parallel()
	f := newFamily(t)
	first := f.epic("first")
	f.epic("second")
	f.epic("third")
	f.child("child", first)
	f.settle()
	f.must(f.site.Edit("ada", f.find(f.jira, "child").ID, fleet.Change{Parent: p(f.find(f.jira, "second").ID)}))
	f.must(f.linear.Site.Edit("bob", f.find(f.linear, "child").ID, fleet.Change{Parent: p(f.find(f.linear, "third").ID)}))
	f.settle()
	open, err := f.Conflicts(t.Context(), nil)
	f.must(err)
	if len(open) != 1 || open[0].Field != ticket.Parent {
		t.Fatalf("%d conflicts are open, want one over the parent: %+v", len(open), open)
	}
	s := newStorm(f.world, 1)
	s.decide()
	f.isPartOf("child", map[string]string{f.here("second").ID: "second", f.here("third").ID: "third"}[f.here("child").Fields[ticket.Parent].Text()])
}

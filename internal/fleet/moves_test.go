package fleet_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// movable are two connected projects of one vendor, and a ticket that came in from the first
// with a comment.
type movable struct {
	*world
	from, to *fleet.Member
	site     fleet.Movable
	item     string // outside
	id       string // here
}

// vendors are those whose tickets can be moved.
func vendors() map[string]func(w *world) (fleet.Movable, error) {
	return map[string]func(w *world) (fleet.Movable, error){
		"github":           func(w *world) (fleet.Movable, error) { return w.GitHub(), nil },
		"jira cloud":       func(w *world) (fleet.Movable, error) { return w.Jira(fleet.JiraOptions{}) },
		"jira data center": func(w *world) (fleet.Movable, error) { return w.Jira(fleet.JiraOptions{DataCenter: true}) },
		"linear":           func(w *world) (fleet.Movable, error) { return w.Linear(), nil },
	}
}

func newMovable(t *testing.T, open func(w *world) (fleet.Movable, error)) *movable {
	t.Helper()
	m := &movable{world: newWorld(t, fleet.Options{Seed: 7, Allow: true})}
	var err error
	m.site, err = open(m.world)
	m.must(err)
	beside, err := m.site.Beside()
	m.must(err)
	m.from, err = m.Connect(t.Context(), fleet.Spec{Site: m.site})
	m.must(err)
	m.to, err = m.Connect(t.Context(), fleet.Spec{Site: beside})
	m.must(err)
	m.item, err = m.site.Create("ada", fleet.Change{Title: p("a ticket"), Body: p("some words")})
	m.must(err)
	_, err = m.site.Comment("bob", m.item, "a remark")
	m.must(err)
	m.settle()
	tk, err := m.TicketOf(t.Context(), m.from, m.item)
	m.must(err)
	m.id = tk.ID
	return m
}

// sweep reads everything of a member.
func (m *movable) sweep(who *fleet.Member) {
	m.Helper()
	_, err := m.Session(m.Context(), who, store.Reconcile)
	m.must(err)
}

// there returns the ticket as the new project shows it, and fails unless it is the only one.
func (m *movable) there() fleet.Seen {
	m.Helper()
	seen := m.to.Site.Look()
	if len(seen) != 1 {
		m.Fatalf("%d tickets in the new project, want one", len(seen))
	}
	return seen[0]
}

// TestAMovedTicketGoesOn at each vendor, whichever of the two projects is read first: the
// link goes on in the new project, no ticket and no comment is doubled, and what was
// edited on the way is not lost.
func TestAMovedTicketGoesOn(t *testing.T) {
	t.Parallel()
	for name, open := range vendors() {
		for _, swept := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", the old project is swept", false: ", the new project sees it first"}[swept], func(t *testing.T) {
				t.Parallel()
				m := newMovable(t, open)
				m.must(m.site.Edit("ada", m.item, fleet.Change{Title: p("edited before the move")}))
				at, err := m.site.Move("ada", m.item, m.to.Site)
				m.must(err)
				m.must(m.to.Site.Edit("bob", at, fleet.Change{Body: p("edited after the move")}))
				m.must(m.EditLocal(t.Context(), "cyn", m.id, ticket.Fields{ticket.Labels: ticket.Set("ours")}))
				if swept {
					m.sweep(m.from)
				}
				m.settle()
				m.goesOn(at)
				m.privately()
			})
		}
	}
}

// goesOn checks what is here after a move.
func (m *movable) goesOn(at string) {
	m.Helper()
	all, err := m.Tickets(m.Context())
	m.must(err)
	if len(all) != 1 || all[0].ID != m.id {
		m.Fatalf("%d tickets are here, want the one", len(all))
	}
	if f := all[0].Fields; f[ticket.Title].Text() != "edited before the move" || !strings.Contains(f[ticket.Body].Text(), "edited after the move") {
		m.Errorf("here it is %q, %q: an edit was lost on the way", f[ticket.Title].Text(), f[ticket.Body].Text())
	}
	if left := m.from.Site.Look(); len(left) > 0 {
		m.Errorf("%d tickets in the old project, want none", len(left))
	}
	remarks, err := m.Comments(m.Context(), m.id)
	m.must(err)
	if len(remarks) != 1 || remarks[0].Deleted {
		m.Errorf("its comments are %+v, want the one", remarks)
	}
	old, err := m.LinkOf(m.Context(), m.from, m.id)
	m.must(err)
	now, err := m.LinkOf(m.Context(), m.to, m.id)
	m.must(err)
	if old.State != store.Tombstone || !strings.HasPrefix(old.Reason, "moved to ") || now.State != store.Live || now.ExternalID != at {
		m.Errorf("the old link is %s (%s), the new one %s (%s)", old.State, old.Reason, now.State, now.Reason)
	}
	if open, err := m.Conflicts(m.Context(), nil); err != nil || len(open) > 0 {
		m.Errorf("conflicts: %+v, %v", open, err)
	}
}

// privately checks that nothing left for the new project without a grant, and with one all.
func (m *movable) privately() {
	m.Helper()
	if s := m.there(); slices.Contains(s.Labels, "ours") {
		m.Errorf("the new project shows %v, for which the ticket has no grant", s.Labels)
	}
	m.must(m.Engine.Grant(m.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.to.ID, By: "ada"}))
	_, err := m.to.Site.Comment("ada", m.there().ID, "another remark")
	m.must(err)
	m.settle()
	s := m.there()
	if !slices.Contains(s.Labels, "ours") || len(s.Comments) != 2 || strings.Contains(s.Raw, "extsync") {
		m.Errorf("the new project shows the labels %v and %d comments of %q, want what was granted, and no comment twice", s.Labels, len(s.Comments), s.Raw)
	}
	m.quiet()
}

// TestATicketOfOursIsMoved: one that we made carries our key along, which is read as ours
// there, and as no text of anybody's.
func TestATicketOfOursIsMoved(t *testing.T) {
	t.Parallel()
	for name, open := range vendors() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMovable(t, open)
			made, err := m.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("born here"), ticket.Body: ticket.Text("our words")}, ticket.Shareable, "ada")
			m.must(err)
			m.must(m.Engine.Grant(t.Context(), ticket.Grant{TicketID: made.ID, ProjectID: m.from.ID, By: "ada"}))
			_, err = m.Engine.AddComment(t.Context(), made.ID, "our remark", "", "ada")
			m.must(err)
			m.settle()
			l, err := m.LinkOf(t.Context(), m.from, made.ID)
			m.must(err)
			at, err := m.site.Move("ada", l.ExternalID, m.to.Site)
			m.must(err)
			m.settle()
			m.must(m.to.Site.Edit("bob", at, fleet.Change{Title: p("edited there")}))
			m.must(m.Engine.Grant(t.Context(), ticket.Grant{TicketID: made.ID, ProjectID: m.to.ID, By: "ada"}))
			m.settle()
			m.must(m.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Body: ticket.Text("our other words")}))
			m.settle()
			tk, err := m.Ticket(t.Context(), made.ID)
			m.must(err)
			if tk.Fields[ticket.Title].Text() != "edited there" || tk.Fields[ticket.Body].Text() != "our other words" {
				t.Errorf("here it is %q, %q", tk.Fields[ticket.Title].Text(), tk.Fields[ticket.Body].Text())
			}
			s := m.there()
			if !strings.Contains(s.Body, "our other words") || strings.Count(s.Body, "extsync") > 1 || len(s.Comments) != 1 {
				t.Errorf("there it is %q with %d comments", s.Body, len(s.Comments))
			}
			if all, err := m.Tickets(t.Context()); err != nil || len(all) != 2 {
				t.Errorf("%d tickets are here (%v), want two", len(all), err)
			}
			m.quiet()
		})
	}
}

// TestARenameIsNoMove: a repository gets another name, a project or team another key. Every
// link goes on, edits flow both ways, new tickets come and go, and the present address is
// known.
func TestARenameIsNoMove(t *testing.T) {
	t.Parallel()
	for name, open := range vendors() {
		for _, swept := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", a sweep comes first", false: ", a write comes first"}[swept], func(t *testing.T) {
				t.Parallel()
				m := newMovable(t, open)
				m.must(m.site.Rename())
				if swept {
					m.sweep(m.from)
				}
				m.must(m.EditLocal(t.Context(), "ada", m.id, ticket.Fields{ticket.Title: ticket.Text("edited here")}))
				_, err := m.Engine.AddComment(t.Context(), m.id, "our remark", "", "ada")
				m.must(err)
				m.settle()
				m.must(m.site.Edit("bob", m.item, fleet.Change{Body: p("edited outside")}))
				_, err = m.site.Create("bob", fleet.Change{Title: p("another ticket")})
				m.must(err)
				m.settle()
				m.Clock.Advance(time.Hour)
				m.sweep(m.from)
				m.settle()
				tk, err := m.Ticket(t.Context(), m.id)
				m.must(err)
				seen := m.site.Look()
				if len(seen) != 2 || seen[0].Title != "edited here" || len(seen[0].Comments) != 2 || !strings.Contains(tk.Fields[ticket.Body].Text(), "edited outside") {
					t.Errorf("outside: %+v; here: %q", seen, tk.Fields[ticket.Body].Text())
				}
				if l, err := m.LinkOf(t.Context(), m.from, m.id); err != nil || l.State != store.Live || l.ExternalID != m.item {
					t.Errorf("the link is %s (%s), %v", l.State, l.Reason, err)
				}
				project, err := m.Project(t.Context(), m.from)
				m.must(err)
				if project.Key != m.site.Account().Key || project.Status != external.Active {
					t.Errorf("the project is %s at %q, want it at %q", project.Status, project.Key, m.site.Account().Key)
				}
				m.quiet()
			})
		}
	}
}

// TestARemarkAfterARename: a project gets another key, and somebody comments on a ticket of which no list has told since: the
// remark names the ticket by a key that nobody here has seen yet. It comes in at once, not with the next sweep or never.
func TestARemarkAfterARename(t *testing.T) {
	t.Parallel()
	for name, open := range vendors() {
		for _, hinted := range []bool{true, false} {
			t.Run(name+map[bool]string{true: ", a webhook tells of it", false: ", a list tells of it"}[hinted], func(t *testing.T) {
				t.Parallel()
				m := newMovable(t, open)
				m.Clock.Advance(time.Hour)
				_, err := m.site.Create("bob", fleet.Change{Title: p("a newer ticket")})
				m.must(err)
				m.settle()
				m.Clock.Advance(time.Hour)
				m.must(m.site.Rename())
				m.settle()
				id, err := m.site.Comment("bob", m.item, "after the rename")
				m.must(err)
				if hinted && name == "linear" {
					m.must(m.Engine.Hint(t.Context(), m.from.ID, []external.Ref{{Kind: external.KindComment, ID: id, Key: id, Parent: m.site.Look()[0].Key}}))
				}
				m.settle()
				if got := m.remarks(); !slices.Contains(got, "after the rename") {
					t.Errorf("here they are %q, want the new one among them", got)
					m.Clock.Advance(25 * time.Hour)
					m.sweep(m.from)
					m.settle()
					t.Errorf("after a sweep they are %q", m.remarks())
				}
				m.quiet()
			})
		}
	}
}

// remarks are the comments of the ticket here.
func (m *movable) remarks() (out []string) {
	m.Helper()
	list, err := m.Comments(m.Context(), m.id)
	m.must(err)
	for _, c := range list {
		out = append(out, c.Body.Text())
	}
	return out
}

// TestVerifyWhatWasMovedBesideItsTwin: a ticket stands in both projects, and one of the two items is moved to where the other is. A
// person is asked, and a verification of either project finds nothing that this does not explain: what is said below the moved
// item need not show in any list, and brings along what we said.
func TestVerifyWhatWasMovedBesideItsTwin(t *testing.T) {
	t.Parallel()
	for name, open := range vendors() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMovable(t, open)
			m.must(m.PassAll(t.Context()))
			m.must(m.EditLocal(t.Context(), "ada", m.id, ticket.Fields{ticket.Title: ticket.Text("passed on")}))
			_, err := m.Engine.AddComment(t.Context(), m.id, "our remark", "", "ada")
			m.must(err)
			m.settle()
			m.Clock.Advance(time.Hour)
			m.settle()
			_, err = m.site.Move("ada", m.item, m.to.Site)
			m.must(err)
			m.settle()
			m.sweep(m.from)
			m.settle()
			if open, err := m.Conflicts(t.Context(), m.from); err != nil || len(open) != 1 {
				t.Fatalf("a person is asked %+v (%v), want once", open, err)
			}
			for _, member := range m.Members() {
				if v := m.verifyMember(member); v.Unexplained > 0 {
					t.Errorf("%s: %+v", member.Name, v.Differences)
				}
			}
		})
	}
}

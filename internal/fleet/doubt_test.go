package fleet_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// TestALostCreateKeepsTheLocalState: a Jira create cannot begin in "done" and lands halfway. When its reply is lost, the item
// found later in To Do is no edit made outside.
func TestALostCreateKeepsTheLocalState(t *testing.T) {
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	m := w.connect("jira")[0]
	w.must(m.Site.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"issues.create"}}))
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a"), ticket.State: ticket.Text(ticket.StateDone)}, ticket.Public, "ada")
	w.must(err)
	w.settle()
	here, err := w.Ticket(t.Context(), made.ID)
	w.must(err)
	if got := here.Fields[ticket.State].Text(); got != ticket.StateDone {
		t.Errorf("the state typed here became %q, and nobody edited it", got)
	}
	if got := m.Site.Look()[0].State; got != "Done" {
		t.Errorf("Jira shows %q, want Done", got)
	}
}

// TestALostCreateBesideTheFilter: what the create of a lost reply made matches no filter of its project, and is found.
func TestALostCreateBesideTheFilter(t *testing.T) {
	for _, dataCenter := range []bool{false, true} {
		w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
		j, err := w.Jira(fleet.JiraOptions{DataCenter: dataCenter})
		w.must(err)
		_, err = w.Connect(t.Context(), fleet.Spec{Site: j, Filter: "labels = shared"})
		w.must(err)
		w.must(j.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"issues.create"}}))
		made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a")}, ticket.Public, "ada")
		w.must(err)
		w.settle()
		_, err = w.Engine.AddComment(t.Context(), made.ID, "words", "", "ada")
		w.must(err)
		w.must(j.Lose(fleet.Fault{Kind: fleet.LoseReply, Calls: []string{"comments.add"}}))
		w.settle()
		if got := j.Look(); len(got) != 1 || len(got[0].Comments) != 1 {
			t.Errorf("on a Data Center: %t: there are %d issues, want one with one comment: %+v", dataCenter, len(got), got)
		}
	}
}

// TestALostReopeningIsTriedAgain: Jira's history tells of the status and of the resolution apart: one of them alone does
// not show that a write of the state has happened.
func TestALostReopeningIsTriedAgain(t *testing.T) {
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	m := w.connect("jira")[0]
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a")}, ticket.Public, "ada")
	w.must(err)
	w.settle()
	w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.State: ticket.Text(ticket.StateDone)}))
	w.settle()
	w.must(m.Site.Lose(fleet.Fault{Kind: fleet.LoseRequest, Calls: []string{"transitions.do"}}))
	w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.State: ticket.Text(ticket.StateOpen)}))
	w.settle()
	here, err := w.Ticket(t.Context(), made.ID)
	w.must(err)
	if got := here.Fields[ticket.State].Text(); got != ticket.StateOpen {
		t.Errorf("the state typed here became %q again, and nobody edited it", got)
	}
	if got := m.Site.Look()[0].State; got != "To Do" {
		t.Errorf("Jira shows %q, want To Do", got)
	}
}

// TestALostWriteOfACommentIsTriedAgain: on a Data Center a comment is found by its issue alone, also to see what became of a
// write.
func TestALostWriteOfACommentIsTriedAgain(t *testing.T) {
	for _, how := range []string{"comments.delete", "comments.edit"} {
		t.Run(how, func(t *testing.T) {
			w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
			j, err := w.Jira(fleet.JiraOptions{DataCenter: true})
			w.must(err)
			_, err = w.Connect(t.Context(), fleet.Spec{Site: j})
			w.must(err)
			made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a")}, ticket.Public, "ada")
			w.must(err)
			remark, err := w.Engine.AddComment(t.Context(), made.ID, "words", "", "ada")
			w.must(err)
			w.settle()
			w.must(j.Lose(fleet.Fault{Kind: fleet.LoseRequest, Calls: []string{how}}))
			want := []string{}
			if how == "comments.edit" {
				_, err = w.Engine.EditComment(t.Context(), remark.ID, "other words", 1, "ada")
				want = []string{"other words"}
			} else {
				_, err = w.Engine.DeleteComment(t.Context(), remark.ID, 1, "ada")
			}
			w.must(err)
			w.settle()
			var got []string
			for _, c := range j.Look()[0].Comments {
				got = append(got, c.Body)
			}
			if len(got) != len(want) || len(want) > 0 && got[0] != want[0] {
				t.Errorf("people see %q, want %q", got, want)
			}
		})
	}
}

// TestAFailingLinkWaitsBetweenItsTries: a ticket that takes several calls and fails at the first waits like any other.
func TestAFailingLinkWaitsBetweenItsTries(t *testing.T) {
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	m, err := w.Connect(t.Context(), fleet.Spec{System: "linear", Settings: []byte(`{"backlink": "https://tickets.example.com/{id}"}`)})
	w.must(err)
	made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Iteration: ticket.Text("Nobody's")}, ticket.Public, "ada")
	w.must(err)
	for range 10 {
		_, err := w.Round(t.Context())
		w.must(err)
		w.Clock.Advance(time.Minute)
	}
	l, err := w.LinkOf(t.Context(), m, made.ID)
	w.must(err)
	if l.Attempts > 4 {
		t.Errorf("%d attempts within 10 minutes, want at most 4: after 0, 2, 6 and 14 minutes", l.Attempts)
	}
}

// TestAPushOfNothingSettles: Jira holds one assignee. Of two here the one that it holds may be the first by its
// account ids: then there is nothing to write, and nothing to plan again.
func TestAPushOfNothingSettles(t *testing.T) {
	for _, first := range fleet.People() {
		for _, second := range fleet.People() {
			if first == second {
				continue
			}
			t.Run(first+" and "+second, func(t *testing.T) {
				w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
				w.connect("jira")
				made, err := w.Engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Assignees: ticket.Set(first)}, ticket.Public, "ada")
				w.must(err)
				w.settle()
				w.must(w.EditLocal(t.Context(), "ada", made.ID, ticket.Fields{ticket.Assignees: ticket.Set(first, second)}))
				w.settle()
			})
		}
	}
}

// TestAStrangerOfOneProjectIsNobodyInAnother: a login of one project that has no handle here is no login of another project, where
// it may be somebody else's.
func TestAStrangerOfOneProjectIsNobodyInAnother(t *testing.T) {
	w := newWorld(t, fleet.Options{Seed: 5, Allow: true})
	peer, err := w.Connect(t.Context(), fleet.Spec{System: "webhook", Mapping: nobodyKnown})
	w.must(err)
	j, err := w.Jira(fleet.JiraOptions{DataCenter: true})
	w.must(err)
	_, err = w.Connect(t.Context(), fleet.Spec{Site: j, Mapping: nobodyKnown})
	w.must(err)
	w.must(w.PassAll(t.Context()))
	_, err = peer.Site.Create("ada", fleet.Change{Title: p("a"), Assignee: p("bob")})
	w.must(err)
	w.settle()
	seen := j.Look()
	if len(seen) != 1 {
		t.Fatalf("Jira shows %d tickets, want 1", len(seen))
	}
	if len(seen[0].Assignees) > 0 {
		t.Errorf("Jira assigned %v, who is another person than the peer's bob", seen[0].Assignees)
	}
}

// nobodyKnown leaves the table of people empty, with strangers kept apart.
func nobodyKnown(m *mapping.Mapping) {
	m.Users = mapping.Users{}
	for n := range m.Tickets {
		if m.Tickets[n].Convert == mapping.People {
			m.Tickets[n].Unmapped = mapping.Unmapped{In: mapping.PolicyKeep, Out: mapping.PolicyKeep}
		}
	}
}

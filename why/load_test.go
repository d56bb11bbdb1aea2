package why_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	memstore "github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/why"
)

// TestWhatBecameOfItemsThatWereReplaced: a ticket and its comment were deleted outside, twice, and made again. What was done
// to the items of before is told as well, though their links know nothing of the two any more.
func TestWhatBecameOfItemsThatWereReplaced(t *testing.T) {
	s, at := memstore.New(), time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	link := func(id string, kind external.Kind, local string, state store.LinkState, onward string) store.Link {
		return store.Link{ID: id, ProjectID: "p", Kind: kind, LocalID: local, State: state, Onward: onward, CreatedAt: at}
	}
	links := []store.Link{
		link("t1", external.KindTicket, "", store.Tombstone, "t2"), link("t2", external.KindTicket, "", store.Tombstone, "t3"),
		link("t3", external.KindTicket, "t", store.Live, ""),
		link("c1", external.KindComment, "", store.Tombstone, "c2"), link("c2", external.KindComment, "", store.Withdrawn, "c3"),
		link("c3", external.KindComment, "c", store.Live, ""), link("other", external.KindComment, "", store.Tombstone, ""),
	}
	var rows why.Rows
	err := s.Tx(t.Context(), func(tx store.Tx) error {
		must := func(err error) {
			if err != nil {
				t.Fatal(err)
			}
		}
		must(tx.InsertProject(t.Context(), store.Project{ID: "p", System: "memory", ExternalID: "x", Status: external.Active, Direction: external.Bidirectional, CreatedAt: at}))
		must(tx.InsertSession(t.Context(), store.Session{ID: "s", ProjectID: "p", Kind: store.Rollback, State: store.Succeeded, StartedAt: at}))
		must(tx.InsertTicket(t.Context(), ticket.Ticket{ID: "t", Revision: 1, Privacy: ticket.Public, Fields: ticket.Fields{ticket.Title: ticket.Text("T")}, CreatedAt: at}))
		must(tx.InsertComment(t.Context(), ticket.Comment{ID: "c", TicketID: "t", Revision: 1, Body: ticket.Text("B"), CreatedAt: at}))
		var steps []store.Step
		for _, l := range links {
			must(tx.InsertLink(t.Context(), l))
			steps = append(steps, store.Step{
				SessionID: "s", LinkID: l.ID, TicketID: "t", Action: plan.Withdraw, Reason: "of " + l.ID, Outcome: "done", At: at,
			})
		}
		must(tx.AppendSteps(t.Context(), steps...))
		var err error
		rows, err = why.Load(t.Context(), tx, "t")
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	told := map[string]int{}
	for _, c := range why.Tell(rows, store.ChangedDeleted).Chapters {
		for _, e := range c.Events {
			told[c.CommentID+": "+e.Reason]++
			if e.Project != "p" {
				t.Errorf("%+v names no project", e)
			}
		}
		if len(c.Standings) != 1 {
			t.Errorf("it stands in %+v", c.Standings)
		}
	}
	for _, want := range []string{": of t1", ": of t2", ": of t3", "c: of c1", "c: of c2", "c: of c3"} {
		if told[want] != 1 {
			t.Errorf("told %v; want %q once", told, want)
		}
	}
	if len(told) != 6 {
		t.Errorf("told %v", told)
	}
}

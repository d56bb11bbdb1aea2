package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestARemarkToldOfUnderAnotherKey: a webhook tells of a comment, and before anybody looks its
// ticket is moved away and back. It has another key since, and the comment comes in under it.
func TestARemarkToldOfUnderAnotherKey(t *testing.T) {
	for _, ticketFirst := range []bool{false, true} {
		m := twoProjects(t, memory.Options{CreateKey: external.CreateKeyClientID})
		m.clock.now = m.clock.now.Add(time.Hour)
		ref, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("a ticket")})
		m.must(err)
		said, err := m.trackers[m.a.ID].AddComment("trent", ref.Key, "a remark")
		m.must(err)
		hints := []external.Ref{said}
		if ticketFirst {
			hints = []external.Ref{ref, said}
		}
		m.must(m.engine.Hint(t.Context(), m.a.ID, hints))
		m.move(m.b, m.a, m.move(m.a, m.b, ref.ID).ID)
		m.settle(m.a)
		if n := len(m.remarks()); n != 1 || len(m.tickets()) != 1 {
			t.Errorf("the ticket is known: %t: %d tickets and %d comments are here, want one each", ticketFirst, len(m.tickets()), n)
		}
	}
}

// TestSaidWhileItMoved: a person comments here on a ticket whose item was moved, and the project that
// it left follows the move before it comes to the comment. Nothing is left for it to do there.
func TestSaidWhileItMoved(t *testing.T) {
	m := newMovers(t, memory.Options{})
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	m.move(m.a, m.b, m.ref.ID)
	c, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
	m.must(err)
	m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.ref}))
	r, err := m.engine.Begin(t.Context(), "has much to do", m.a.ID, store.Incremental)
	m.must(err)
	_, err = m.engine.Sync(t.Context(), r, 1) // nothing else was planned by then
	m.must(err)
	m.settle(m.a)
	if n := m.times(m.b, "ours"); n != 1 {
		t.Errorf("it stands there %d times, want once", n)
	}
	if l := m.link(m.a.ID, external.KindComment, c.ID); l.State != store.Tombstone {
		t.Errorf("in the project that it left its link is %s (%s)", l.State, l.Reason)
	}
	m.whole(m.b)
	m.quiet(m.a)
	m.quiet(m.b)
}

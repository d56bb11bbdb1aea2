package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
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

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
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

// TestAPlaceThatItsTicketLeft: a ticket with an item in each of two projects is deleted here. One of
// them leaves unseen, and the other is moved to its project. Whichever project looks first, the
// moved item's link goes on there, and a person is asked what is to become of it.
func TestAPlaceThatItsTicketLeft(t *testing.T) {
	for habit, o := range habits() {
		for _, tt := range []struct {
			reason string
			mover  bool // the project that the moved item left looks first
		}{{"the place is seen to be free first", false}, {"the move is seen first", true}} {
			t.Run(tt.reason+", "+habit, func(t *testing.T) {
				m := newMovers(t, o)
				m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
				m.settle(m.b)
				m.must(m.trackers[m.b.ID].Delete("mallory", m.link(m.b.ID, external.KindTicket, m.id).ExternalID))
				at := m.move(m.a, m.b, m.ref.ID)
				m.dropHere(m.id)
				for _, p := range map[bool][]store.Project{false: {m.b, m.a}, true: {m.a, m.b}}[tt.mover] {
					m.clock.now = m.clock.now.Add(time.Minute)
					m.reconcile(p.ID)
				}
				m.settle(m.a)
				if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID || l.State == store.Tombstone {
					t.Errorf("the ticket's link there is %s (%s) with %q, want it with the moved item", l.State, l.Reason, l.ExternalID)
				}
				if c := m.asked(store.GoneOutside); c.ProjectID != m.b.ID {
					t.Errorf("a person is asked in %s, want it where the item is", c.ProjectID)
				}
				m.quiet(m.a)
				m.quiet(m.b)
			})
		}
	}
}

// TestAPlaceThatItsTicketHolds: the same, where the ticket's other item stays. The moved one stays
// outside as the one that its ticket had there, and holds up nothing.
func TestAPlaceThatItsTicketHolds(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b)
			m.move(m.a, m.b, m.ref.ID)
			m.dropHere(m.id)
			m.reconcile(m.a.ID)
			m.settle(m.b)
			if l := m.link(m.a.ID, external.KindTicket, m.id); l.State != store.Tombstone {
				t.Errorf("the link of the moved item is %s (%s)", l.State, l.Reason)
			}
			if c := m.asked(store.GoneOutside); c.ProjectID != m.b.ID {
				t.Errorf("a person is asked in %s, want it where the ticket's other item is", c.ProjectID)
			}
			m.quiet(m.a)
			m.quiet(m.b)
		})
	}
}

// TestAMovedTicketGoesOnBesideAnUnreadableComment: the system refuses to show one of its comments, which somebody
// restricted, say. The ticket goes on without it, and the comment follows once it shows.
func TestAMovedTicketGoesOnBesideAnUnreadableComment(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.move(m.a, m.b, m.ref.ID)
			m.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{a, m.comment.ID, external.Invalid} }
			m.reconcile(m.a.ID)
			m.syncs(m.a.ID, 2)
			if l := m.link(m.b.ID, external.KindTicket, m.id); l.State != store.Live || l.ExternalID != at.ID {
				was := m.link(m.a.ID, external.KindTicket, m.id)
				t.Errorf("its link there is %s (%s), and here %s (%s)", l.State, l.Reason, was.State, was.Reason)
			}
			m.wrap = nil
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestEditedWhereItHadMoved: a comment is edited at its ticket's new place right after a list showed it
// there, under the same stamp. Its link follows what the list showed, and what it says is read.
func TestEditedWhereItHadMoved(t *testing.T) {
	m := newMovers(t, memory.Options{History: external.HistoryFull, Precision: time.Minute})
	at := m.move(m.a, m.b, m.ref.ID)
	m.observe(m.b.ID)
	said := m.joins(m.b, external.KindTicket, at.ID)
	var remark store.Link
	m.view(func(tx store.Tx) error {
		under, err := tx.LinksOfParent(t.Context(), said.ID)
		if len(under) == 1 {
			remark = under[0]
		}
		return err
	})
	m.must(m.trackers[m.b.ID].EditField("mallory", remark.ExternalID, "body", ticket.Text("edited since")))
	m.sync(m.b.ID) // and does not look closer: it waits for what becomes of its ticket
	m.clock.now = m.clock.now.Add(time.Hour)
	_, err := m.trackers[m.b.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("another one")})
	m.must(err)
	m.syncs(m.b.ID, 2) // lists show it no more
	m.reconcile(m.a.ID)
	m.settle(m.b)
	if got := m.said(m.id); len(got) != 1 || got[0] != "edited since" {
		t.Errorf("here it says %q, want what it was edited to", got)
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAWriteInDoubtIsLookedForWhereItsItemIs: the answer to a write is lost, somebody here goes
// on typing, and the item is moved. What we wrote shows at the new place alone. It is nobody's
// edit: what was typed since goes out, and nobody is asked.
func TestAWriteInDoubtIsLookedForWhereItsItemIs(t *testing.T) {
	for habit, o := range habits() {
		for _, landed := range []bool{true, false} {
			for _, away := range []bool{false, true} {
				t.Run(habit, func(t *testing.T) {
					m := newMovers(t, o)
					m.edit(m.id, text(ticket.Title, "typed first"))
					m.trackers[m.a.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: landed})
					m.sync(m.a.ID)
					m.edit(m.id, text(ticket.Title, "typed since"))
					at := m.move(m.a, m.b, m.ref.ID)
					m.clock.now = m.clock.now.Add(10 * time.Minute)
					if away { // its project cannot be read at present
						m.trackers[m.b.ID].FailNextRead(memory.Fault{Kind: external.Temporary})
					}
					m.reconcile(m.a.ID)
					m.settle(m.a)
					m.clock.now = m.clock.now.Add(time.Hour)
					m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
					m.settle(m.b)
					there, _ := m.adapter(m.trackers[m.b.ID], m.b.ID).Peek(at.ID)
					here := m.ticket(m.id).Fields[ticket.Title].Text()
					if there.Fields["title"].Text() != "typed since" || here != "typed since" {
						t.Errorf("landed %t, away %t: the title is %q here and %q outside, want what was typed last", landed, away, here, there.Fields["title"].Text())
					}
					if open := m.conflicts(store.OpenConflict); len(open) > 0 {
						t.Errorf("landed %t, away %t: a person is asked: %+v", landed, away, open)
					}
					m.follows(m.a, m.b, at.ID)
				})
			}
		}
	}
}

// TestACommentInDoubtIsLookedForWhereItsTicketIs is the same for a comment, which went along
// and kept its id.
func TestACommentInDoubtIsLookedForWhereItsTicketIs(t *testing.T) {
	for habit, o := range habits() {
		if o.CreateKey != external.CreateKeyClientID {
			continue
		}
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			c, err := m.engine.AddComment(t.Context(), m.id, "said", "", "ann")
			m.must(err)
			m.syncs(m.a.ID, 2)
			c, err = m.engine.EditComment(t.Context(), c.ID, "said first", c.Revision, "ann")
			m.must(err)
			m.trackers[m.a.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
			m.sync(m.a.ID)
			_, err = m.engine.EditComment(t.Context(), c.ID, "said since", c.Revision, "ann")
			m.must(err)
			m.move(m.a, m.b, m.ref.ID)
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.reconcile(m.a.ID)
			m.settle(m.a)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.clock.now = m.clock.now.Add(time.Hour)
			m.settle(m.b)
			if l := m.link(m.b.ID, external.KindComment, c.ID); l.State != store.Live {
				t.Fatalf("the comment's link is %s (%s)", l.State, l.Reason)
			}
			there, _ := m.adapter(m.trackers[m.b.ID], m.b.ID).Peek(m.link(m.b.ID, external.KindComment, c.ID).ExternalID)
			if open := m.conflicts(store.OpenConflict); there.Fields["body"].Text() != "said since" || len(open) > 0 {
				t.Errorf("the comment outside reads %q, and %d questions are open", there.Fields["body"].Text(), len(open))
			}
		})
	}
}

// TestADeletionInDoubtIsNoMove: the answer to a deletion is lost, which never came about, and the
// item is moved. That it is gone where it was says nothing of the deletion: a person is asked
// what is to become of it where it is.
func TestADeletionInDoubtIsNoMove(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			o.TicketDel = true
			m := twoProjects(t, o)
			tk := m.create("a ticket", ticket.Shareable)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: tk.ID, ProjectID: m.a.ID, By: "ann"}))
			m.syncs(m.a.ID, 2)
			m.id = tk.ID
			m.dropHere(m.id)
			m.sync(m.a.ID)
			m.decide(m.asked(store.GoneOutside), store.ChooseLocal)
			m.trackers[m.a.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous})
			m.sync(m.a.ID)
			at := m.move(m.a, m.b, m.link(m.a.ID, external.KindTicket, m.id).ExternalID)
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.reconcile(m.a.ID)
			m.settle(m.a)
			if l := m.link(m.a.ID, external.KindTicket, m.id); l.State != store.Tombstone || l.Reason == "deleted on both sides" {
				t.Errorf("the old link is %s (%s), want it moved", l.State, l.Reason)
			}
			if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID {
				t.Errorf("the item is %q there, want %q", l.ExternalID, at.ID)
			}
		})
	}
}

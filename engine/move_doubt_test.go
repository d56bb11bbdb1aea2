package engine_test

import (
	"strings"
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
		for _, tt := range []struct {
			reason string
			landed bool
			away   bool // the new project cannot be read at first
		}{
			{"it came about", true, false}, {"it came about, and the new project is away", true, true},
			{"it did not", false, false}, {"it did not, and the new project is away", false, true},
		} {
			t.Run(tt.reason+", "+habit, func(t *testing.T) {
				m := newMovers(t, o)
				m.edit(m.id, text(ticket.Title, "typed first"))
				m.trackers[m.a.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: tt.landed})
				m.sync(m.a.ID)
				m.edit(m.id, text(ticket.Title, "typed since"))
				at := m.move(m.a, m.b, m.ref.ID)
				m.clock.now = m.clock.now.Add(10 * time.Minute)
				if tt.away {
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
					t.Errorf("the title is %q here and %q outside, want what was typed last", here, there.Fields["title"].Text())
				}
				m.follows(m.a, m.b, at.ID) // and nobody is asked
			})
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

// deletionInDoubt is a ticket of ours that a person had deleted on both sides: the answer to the
// deletion outside is lost, which never came about.
func deletionInDoubt(t *testing.T, o memory.Options) *movers {
	t.Helper()
	o.TicketDel = true
	m := twoProjects(t, o)
	m.id = m.create("a ticket", ticket.Shareable).ID
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.a.ID, By: "ann"}))
	m.syncs(m.a.ID, 2)
	m.dropHere(m.id)
	m.sync(m.a.ID)
	m.decide(m.asked(store.GoneOutside), store.ChooseLocal)
	m.trackers[m.a.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous})
	m.sync(m.a.ID)
	m.ref = external.Ref{Kind: external.KindTicket, ID: m.link(m.a.ID, external.KindTicket, m.id).ExternalID}
	return m
}

// TestADeletionInDoubtIsNoMove: the answer to a deletion is lost, which never came about, and the
// item is moved. That it is gone where it was says nothing of the deletion: a person is asked
// what is to become of it where it is.
func TestADeletionInDoubtIsNoMove(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := deletionInDoubt(t, o)
			at := m.move(m.a, m.b, m.ref.ID)
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

// TestADeletionInDoubtIsNoMoveOutOfSight is the same where nobody connected the project that the
// item is moved to. The audit does not say that we deleted it.
func TestADeletionInDoubtIsNoMoveOutOfSight(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := deletionInDoubt(t, o)
			o.Key, o.Now, o.Beside = "octo/elsewhere", m.clock.Now, m.trackers[m.a.ID]
			_, err := m.trackers[m.a.ID].Transfer("mallory", m.ref.ID, memory.NewTracker(o))
			m.must(err)
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.reconcile(m.a.ID)
			m.settle(m.a)
			m.view(func(tx store.Tx) error {
				last, err := tx.AuditHead(t.Context(), m.a.ID)
				if last.Action != "outcome" || !strings.HasPrefix(last.Detail, "refused") {
					t.Errorf("the audit ends with %s: %s, want the deletion without effect", last.Action, last.Detail)
				}
				return err
			})
		})
	}
}

// TestACommentInDoubtAndDeletedHere: the answer to the create of a comment is lost, its ticket is
// moved, and the comment is deleted here. What shows at the new place is what we wrote, and nobody's
// edit: it does not bring the comment back, with what may not leave cut out of it.
func TestACommentInDoubtAndDeletedHere(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			c, err := m.engine.AddComment(t.Context(), m.id, "said", "", "ann")
			m.must(err)
			m.lose(m.a, true)
			m.sync(m.a.ID)
			m.move(m.a, m.b, m.ref.ID)
			c, err = m.engine.DeleteComment(t.Context(), c.ID, c.Revision, "ann")
			m.must(err)
			m.settle(m.a)
			m.reconcile(m.a.ID)
			m.settle(m.b)
			if texts := m.said(m.id); len(texts) != 1 || texts[0] != "a remark" {
				t.Errorf("the ticket says %q, want what others said", texts)
			}
			if l := m.link(m.b.ID, external.KindComment, c.ID); l.ExternalID == "" {
				t.Errorf("its link is %s (%s), and does not know what we wrote", l.State, l.Reason)
			}
			m.quiet(m.b)
		})
	}
}

package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// secretTwins are two projects and a ticket of ours that stands in both, with a secret in it.
func secretTwins(t *testing.T, o memory.Options) *movers {
	t.Helper()
	m := twoProjects(t, o)
	m.id = m.createWith(ticket.Fields{ticket.Title: ticket.Text(secret), ticket.Body: ticket.Text(secret)}, ticket.Public)
	m.settle(m.a)
	return m
}

// itsItem is what the ticket is in a project.
func (m *movers) itsItem(p store.Project) string {
	return m.link(p.ID, external.KindTicket, m.id).ExternalID
}

// keepHere has the ticket stay here from now on, and taken back wherever it stands.
func (m *movers) keepHere() {
	m.t.Helper()
	_, _, err := m.engine.SetPrivacyAndTakeBack(m.t.Context(), m.id, ticket.LocalOnly, outbound.Redact, "ann")
	m.must(err)
}

// TestTakenBackWhereItsTwinStands: a ticket stands in two projects, and one of its items is moved to
// the other's project. Then it is to stay here, and whichever project looks first, both items are
// taken back.
func TestTakenBackWhereItsTwinStands(t *testing.T) {
	for habit, o := range habits() {
		for _, tt := range []struct {
			reason string
			mover  bool // the project that the moved item left looks first
		}{{"its twin is taken back first", false}, {"the move is seen first", true}} {
			t.Run(tt.reason+", "+habit, func(t *testing.T) {
				m := secretTwins(t, o)
				at := m.move(m.a, m.b, m.itsItem(m.a))
				m.keepHere()
				m.settle(map[bool]store.Project{false: m.b, true: m.a}[tt.mover])
				if got := m.shown(m.b.ID); strings.Contains(got, secret) || m.standing(m.b.ID) != 2 {
					t.Errorf("there it still says %q", got)
				}
				if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID || l.State != store.Withdrawn {
					t.Errorf("the ticket's link there is %s (%s) with %q, want it withdrawn with the moved item", l.State, l.Reason, l.ExternalID)
				}
				m.quiet(m.a)
				m.quiet(m.b)
			})
		}
	}
}

// TestTakenBackWhereItsTwinStandsOnceReleased: the same in a restored database. That its twin goes
// first does not keep it from being read anew to the end, for nothing is taken back before the release.
func TestTakenBackWhereItsTwinStandsOnceReleased(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := secretTwins(t, o)
			m.move(m.a, m.b, m.itsItem(m.a))
			m.store.Backup()
			m.cutOff(m.a)
			m.restored(m.a.ID)
			m.keepHere()
			m.release(m.a, m.b)
			m.settle(m.a)
			if got := m.shown(m.b.ID); strings.Contains(got, secret) || m.standing(m.b.ID) != 2 {
				t.Errorf("there it still says %q", got)
			}
		})
	}
}

// TestTakenBackWhereItMayStay: the item is moved to where the ticket has one that may stay. The link
// does not go on there, and says that the moved one stands there as it was.
func TestTakenBackWhereItMayStay(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			for _, p := range []store.Project{m.a, m.b} {
				m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: p.ID, By: "ann"}))
			}
			m.settle(m.b)
			m.move(m.a, m.b, m.ref.ID)
			_, err := m.engine.RevokeAndTakeBack(t.Context(), m.id, m.a.ID, outbound.Redact, "ann")
			m.must(err)
			m.settle(m.a)
			if l := m.link(m.a.ID, external.KindTicket, m.id); l.State != store.Withdrawn || !strings.Contains(l.Reason, "stands there as it was") {
				t.Errorf("the link is %s (%s), want it to say what stands where", l.State, l.Reason)
			}
		})
	}
}

// TestTakenBackInARing: the ticket's two items change places. Neither place is free before the other,
// and neither waits for ever: one is taken back where it is now, and of the other it is said that it is not.
func TestTakenBackInARing(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := secretTwins(t, o)
			twin := m.itsItem(m.b)
			m.move(m.a, m.b, m.itsItem(m.a))
			m.move(m.b, m.a, twin)
			m.keepHere()
			m.settle(m.a)
			if got := m.shown(m.b.ID); strings.Contains(got, secret) {
				t.Errorf("the item that took the other's place says %q", got)
			}
			if l := m.joins(m.b, external.KindTicket, twin); l.State != store.Withdrawn || !strings.Contains(l.Reason, "stands there as it was") {
				t.Errorf("the other link is %s (%s), want it to say what stands where", l.State, l.Reason)
			}
			m.quiet(m.a)
			m.quiet(m.b)
		})
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestMovedOnWhileAPersonIsAsked: an item was moved out of sight, about which a person is
// asked, and from there to a connected project. That it was elsewhere once is no answer to
// that project: the ticket goes on there.
func TestMovedOnWhileAPersonIsAsked(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			away, id := m.askedAway(o)
			at, err := away.Transfer("mallory", id, m.trackers[m.b.ID])
			m.must(err)
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// takeBack has the ticket stay here from now on, and its item taken back where it stands.
func (m *movers) takeBack() {
	m.t.Helper()
	_, _, err := m.engine.SetPrivacyAndTakeBack(m.t.Context(), m.id, ticket.LocalOnly, outbound.Redact, "ann")
	m.must(err)
	m.sync(m.a.ID)
	if l := m.link(m.a.ID, external.KindTicket, m.id); l.State != store.Withdrawn {
		m.t.Fatalf("the link is %s (%s), want it withdrawn", l.State, l.Reason)
	}
}

// staysOut fails if anything comes in beside the ticket.
func (m *movers) staysOut() {
	m.t.Helper()
	for range 2 {
		m.clock.now = m.clock.now.Add(2 * time.Hour)
		m.settle(m.b)
	}
	for _, tk := range m.tickets() {
		if tk.ID != m.id {
			m.t.Errorf("%q came in beside the ticket", tk.Fields[ticket.Title].Text())
		}
	}
}

// TestTakenBackAndMoved: a ticket is to stay here, and is taken back. Its item, which nobody
// reads any more, is moved, and does not come in under another name, and on to others.
func TestTakenBackAndMoved(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.takeBack()
			m.move(m.a, m.b, m.ref.ID)
			m.staysOut()
		})
	}
}

// TestTakenBackAndUnreadable: two items were made at one moment. The first was taken back, and
// cannot be read any more. The second waits for an answer, and not for ever.
func TestTakenBackAndUnreadable(t *testing.T) {
	for _, tt := range []struct {
		reason string
		broken bool
		rounds int // of half an hour each, until both are here
	}{{"the first is still there", false, 2}, {"the first cannot be read", true, 6}} {
		t.Run(tt.reason, func(t *testing.T) {
			m, first := twoAlike(t, memory.Options{CreateKey: external.CreateKeyClientID, Precision: time.Minute})
			m.syncs(m.a.ID, 2)
			m.id = m.tickets()[0].ID
			m.takeBack()
			for range 2 { // until no list shows the first any more: only reading it tells
				m.clock.now = m.clock.now.Add(3 * time.Hour)
				m.sync(m.a.ID)
			}
			if tt.broken {
				m.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{Adapter: a, id: first.ID} }
			}
			rounds := m.rounds(func() bool { return len(m.tickets()) == 2 }, m.b, m.a)
			if rounds != tt.rounds {
				t.Errorf("both are here after %d rounds, want %d", rounds, tt.rounds)
			}
		})
	}
}

// TestChangedPlaces: the two items of a ticket change places, as it is taken back where the
// first one was. Its link goes on there with the other one; the first stays out all the same.
func TestChangedPlaces(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			for _, p := range []store.Project{m.a, m.b} {
				m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: p.ID, By: "ann"}))
			}
			m.settle(m.b)
			twin := m.link(m.b.ID, external.KindTicket, m.id).ExternalID
			m.move(m.b, m.a, twin)
			at := m.move(m.a, m.b, m.ref.ID)
			_, err := m.engine.RevokeAndTakeBack(t.Context(), m.id, m.a.ID, outbound.Redact, "ann")
			m.must(err)
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.sync(m.a.ID)
			m.settle(m.b)
			m.must(m.trackers[m.b.ID].EditField("mallory", at.ID, "title", ticket.Text("edited since")))
			m.staysOut()
		})
	}
}

// TestUnlinkedAndMoved: a person ends the link of a ticket and leaves both sides as they are. So
// they stay: the item comes in nowhere else, whether it was moved before he did or after.
func TestUnlinkedAndMoved(t *testing.T) {
	for _, c := range []struct {
		reason string
		unlink func(m *movers, move func())
	}{
		{"moved while he was asked about a deletion here", func(m *movers, move func()) {
			m.dropHere(m.id)
			m.sync(m.a.ID)
			q := m.asked(store.GoneOutside)
			move()
			m.decide(q, store.ChooseUnlink)
		}},
		{"moved after he had decided on a deletion here", func(m *movers, move func()) {
			m.dropHere(m.id)
			m.sync(m.a.ID)
			m.decide(m.asked(store.GoneOutside), store.ChooseUnlink)
			m.syncs(m.a.ID, 2)
			move()
		}},
		{"he was told where it was moved to", func(m *movers, move func()) {
			m.must(m.engine.Grant(m.t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b) // it has a twin of its own there, and cannot follow
			move()
			m.reconcile(m.a.ID)
			m.settle(m.b)
			m.decide(m.asked(store.GoneOutside), store.ChooseUnlink)
		}},
	} {
		for habit, o := range habits() {
			t.Run(c.reason+", "+habit, func(t *testing.T) {
				m := newMovers(t, o)
				c.unlink(m, func() { m.move(m.a, m.b, m.ref.ID) })
				m.syncs(m.a.ID, 2)
				if l := m.link(m.a.ID, external.KindTicket, m.id); l.State != store.Tombstone {
					t.Fatalf("the link is %s (%s), want it ended", l.State, l.Reason)
				}
				m.staysOut()
			})
		}
	}
}

// TestTakenBackAndHintedAt: hours pass between the sessions of both projects, and something is
// hinted about an item that was taken back, which nobody reads any more. A hint is no answer.
func TestTakenBackAndHintedAt(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.takeBack()
			m.move(m.a, m.b, m.ref.ID)
			m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.ref}))
			for range 3 {
				m.clock.now = m.clock.now.Add(2 * time.Hour)
				m.sync(m.b.ID)
				m.sync(m.a.ID)
			}
			m.staysOut()
		})
	}
}

// TestAskedWhileOutOfSight: the project from which an item was taken back is out of sight for a
// moment, right when another one asks whether it was moved. That it cannot be seen is no answer.
func TestAskedWhileOutOfSight(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.takeBack()
			m.move(m.a, m.b, m.ref.ID)
			m.sync(m.b.ID)
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.trackers[m.a.ID].Hide(true)
			m.sync(m.b.ID)
			m.trackers[m.a.ID].Hide(false)
			m.staysOut()
		})
	}
}

// TestAskedWhileAway: the project from which an item was taken back is away for hours, while
// another one asks whether it was moved. Once it is back it is asked again: that nobody could tell
// while it was away is no answer.
func TestAskedWhileAway(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.takeBack()
			m.move(m.a, m.b, m.ref.ID)
			m.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{Adapter: a, id: m.ref.ID} }
			for range 3 {
				m.sync(m.b.ID)
				m.clock.now = m.clock.now.Add(2 * time.Hour)
			}
			m.wrap = nil
			m.sync(m.a.ID)
			m.staysOut()
		})
	}
}

// TestLookedAtWhileOutOfSight: an undo looks at what was taken back from a project while that is
// out of sight for a moment. To the project that the item was moved to that is no answer either.
func TestLookedAtWhileOutOfSight(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.edit(m.id, text(ticket.Body, "edited here"))
			s := m.sync(m.a.ID)
			m.takeBack()
			r := m.order(s.ID)
			m.move(m.a, m.b, m.ref.ID)
			m.sync(m.b.ID)
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.watch(func(call string) error { m.trackers[m.a.ID].Hide(call == "read"); return nil }, nil)
			_, err := m.undo(r)
			m.must(err)
			m.wrap = nil
			m.trackers[m.a.ID].Hide(false)
			m.staysOut()
		})
	}
}

// TestFollowsOnceItsTwinIsUndone: a person is asked about an item that was moved to a project
// where its ticket has one already. Once the session is undone that made that one, the link goes
// on there.
func TestFollowsOnceItsTwinIsUndone(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			s := m.sync(m.b.ID)
			m.settle(m.b)
			at := m.move(m.a, m.b, m.ref.ID)
			m.reconcile(m.a.ID)
			m.settle(m.b)
			m.asked(store.GoneOutside)
			m.rollBack(s.ID)
			m.settle(m.b)
			if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID || l.State != store.Live {
				t.Errorf("the ticket is linked with %q (%s, %s), want %q", l.ExternalID, l.State, l.Reason, at.ID)
			}
		})
	}
}

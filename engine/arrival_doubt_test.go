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

// moveRenamed has somebody move the item that came in, and rename it there.
func (m *movers) moveRenamed() external.Ref {
	m.t.Helper()
	at := m.move(m.a, m.b, m.ref.ID)
	m.must(m.trackers[m.b.ID].EditField("mallory", at.ID, memory.FieldTitle, ticket.Text("renamed as it came")))
	return at
}

// askedAway has somebody move the item of an edited ticket out of sight, so that a person is asked. It
// returns where it is, and its id there.
func (m *movers) askedAway(o memory.Options) (away *memory.Tracker, id string) {
	m.t.Helper()
	o.Key, o.Now, o.Beside = "octo/elsewhere", m.clock.Now, m.trackers[m.a.ID]
	away = memory.NewTracker(o)
	m.edit(m.id, ticket.Fields{ticket.Body: ticket.Text("edited here")})
	ref, err := m.trackers[m.a.ID].Transfer("mallory", m.ref.ID, away)
	m.must(err)
	m.clock.now = m.clock.now.Add(2 * time.Minute)
	m.reconcile(m.a.ID)
	m.asked(store.EditedAndDeleted)
	return away, ref.ID
}

// TestOursInDoubtWaits: an item that we made was moved to another project, where its ticket is
// granted, too. Something is hinted about it there before the project that it left was heard. It is
// read, and waits for its link; it is not set aside, and no second one is made beside it.
func TestOursInDoubtWaits(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := twoProjects(t, o)
			m.id = m.create("ours", ticket.Shareable).ID
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.a.ID, By: "ann"}))
			m.syncs(m.a.ID, 4)
			at := m.move(m.a, m.b, m.link(m.a.ID, external.KindTicket, m.id).ExternalID)
			m.sync(m.b.ID)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.must(m.engine.Hint(t.Context(), m.b.ID, []external.Ref{at}))
			for range 3 {
				m.clock.now = m.clock.now.Add(2 * time.Minute)
				m.sync(m.b.ID)
			}
			m.settle(m.a)
			if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID || l.State != store.Live || m.standing(m.b.ID) != 1 {
				t.Errorf("its link is %s with %q, want it live with %q, and that alone; %d items stand there", l.State, l.ExternalID, at.ID, m.standing(m.b.ID))
			}
		})
	}
}

// TestAPlaceThatIsFreed: a ticket has an item of its own where its other one is moved to, so that a
// person is asked, and that one is to be taken back. Once it is, the link of the other goes on, and not
// only when somebody hints at it.
func TestAPlaceThatIsFreed(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b)
			at := m.move(m.b, m.a, m.link(m.b.ID, external.KindTicket, m.id).ExternalID)
			_, err := m.engine.RevokeAndTakeBack(t.Context(), m.id, m.a.ID, outbound.Redact, "ann")
			m.must(err)
			m.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{Adapter: a, id: m.ref.ID} }
			m.reconcile(m.b.ID)
			m.sync(m.a.ID)
			m.asked(store.GoneOutside)
			m.wrap = nil
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.settle(m.a)
			if l := m.joins(m.a, external.KindTicket, at.ID); l.LocalID != m.id || len(m.conflicts(store.OpenConflict)) != 0 {
				t.Errorf("the moved item's link is %s (%s), and %d questions are open, want it with its ticket, and none", l.State, l.Reason, len(m.conflicts(store.OpenConflict)))
			}
		})
	}
}

// TestWhatIsToBeDeletedStaysOut: a ticket was deleted here and its item is to go, which waits for the
// release of a restored database, or for a person after that. It is moved meanwhile: that does not bring
// it back as a new ticket.
func TestWhatIsToBeDeletedStaysOut(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.dropHere(m.id)
			m.reconcile(m.a.ID)
			asked := m.asked(store.GoneOutside)
			m.must(m.engine.Restored(t.Context(), m.a.ID, 0, "a test says so"))
			m.decide(asked, store.ChooseLocal)
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.syncs(m.a.ID, 1)
			m.move(m.a, m.b, m.ref.ID)
			m.release(m.b, m.a)
			m.settle(m.b)
			if n := len(m.tickets()); n != 0 {
				t.Errorf("%d tickets are here, want none", n)
			}
		})
	}
}

// TestOutOfSightStillStands: a ticket is granted to the project that its item was moved to, and which
// could not be seen for a moment: what it knows of the item is that it is not there. It is not made a
// second time before that is proved.
func TestOutOfSightStillStands(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.moveRenamed()
			m.clock.now = m.clock.now.Add(2 * time.Minute)
			m.sync(m.b.ID)
			m.must(m.engine.Hint(t.Context(), m.b.ID, []external.Ref{at}))
			m.watch(func(call string) error { m.trackers[m.b.ID].Hide(call == "read"); return nil }, nil)
			_, _ = m.session(m.b.ID, store.Incremental)
			m.watch(nil, nil)
			m.trackers[m.b.ID].Hide(false)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			for range 3 {
				m.clock.now = m.clock.now.Add(time.Second)
				m.sync(m.b.ID)
			}
			m.settle(m.a)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestNobodySleptThroughTheHour: a ticket waits for the answer of the project that its item was moved
// from, and for hours no session is held anywhere. It is not made beside its item by the first one.
func TestNobodySleptThroughTheHour(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.moveRenamed()
			m.clock.now = m.clock.now.Add(2 * time.Minute)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			for range 2 {
				m.sync(m.b.ID)
				m.clock.now = m.clock.now.Add(5 * time.Minute)
			}
			m.clock.now = m.clock.now.Add(5 * time.Hour)
			m.sync(m.b.ID)
			m.settle(m.a)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestMovedOnWhileNobodyWorked: a ticket is moved to a project where it is not known whether it was made
// already, and on to another one while the service is down for hours. That the project which it left
// was asked long ago is no answer: it comes to look first.
func TestMovedOnWhileNobodyWorked(t *testing.T) {
	for habit, o := range habits() {
		m := newMovers(t, o)
		c := m.third(o)
		m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
		m.trackers[m.b.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
		m.sync(m.b.ID)
		at := m.move(m.a, m.b, m.ref.ID)
		m.reconcile(m.a.ID) // finds it gone to the other one, where its place may be taken
		m.clock.now = m.clock.now.Add(3 * time.Hour)
		last := m.move(m.b, c, at.ID)
		for range 10 {
			for _, p := range []store.Project{c, m.a, m.b} {
				m.sync(p.ID)
			}
			m.clock.now = m.clock.now.Add(2 * time.Minute)
		}
		if n := len(m.tickets()); n != 1 {
			t.Errorf("%s: it is here %d times, want once", habit, n)
		}
		if l := m.joins(c, external.KindTicket, last.ID); l.LocalID != m.id {
			t.Errorf("%s: where it is now it is linked with %q (%s), want its ticket", habit, l.LocalID, l.State)
		}
	}
}

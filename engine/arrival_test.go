package engine_test

import (
	"cmp"
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// unreadable refuses to read one item.
type unreadable struct {
	adapters.Adapter
	id   string
	says external.ErrorKind // empty: Invalid
}

func (u unreadable) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	for _, ref := range refs {
		if ref.ID == u.id {
			return nil, &external.Error{Kind: cmp.Or(u.says, external.Invalid), Op: "read", Message: "the system cannot show it"}
		}
	}
	return u.Adapter.Read(ctx, refs)
}

// TestAnItemLikeAnotherComesIn: two items were made at one moment by one person in two
// projects of a vendor. The second could be the first, moved; it waits for an answer of the
// first one's project, and not for ever.
func TestAnItemLikeAnotherComesIn(t *testing.T) {
	for _, tt := range []struct {
		reason string
		broken bool // the first cannot be read any more
		hinted bool // something is hinted about the first before each session
		hidden bool // before that, its project went out of sight as it was read: it seemed to be gone
	}{
		{"the first is still there", false, false, false},
		{"hints about the first cast doubt on it over and over", false, true, false},
		{"the first cannot be read", true, false, false},
		{"the first seemed to be gone, which is not proved, and cannot be read", true, false, true},
	} {
		m, first := twoAlike(t, memory.Options{CreateKey: external.CreateKeyClientID, Precision: time.Second})
		m.syncs(m.a.ID, 2)
		var says external.ErrorKind
		if tt.hidden {
			says = external.Temporary
			hide := func(call string) error { m.trackers[m.a.ID].Hide(call == "read"); return nil }
			m.watch(hide, nil)
			m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{first}))
			m.sync(m.a.ID)
			m.trackers[m.a.ID].Hide(false)
		}
		if tt.broken {
			m.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{a, first.ID, says} }
		}
		for range 8 {
			if tt.hinted {
				m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{first}))
			}
			m.sync(m.b.ID)
			m.sync(m.a.ID)
			m.clock.now = m.clock.now.Add(30 * time.Minute)
		}
		if n := len(m.tickets()); n != 2 {
			t.Errorf("%s: %d tickets are here, want both", tt.reason, n)
		}
	}
}

// TestNobodyTakesAMoveForNewUnasked: hours pass between the sessions of both projects. The
// one that the item left has synchronised since, but nobody had asked it yet.
func TestNobodyTakesAMoveForNewUnasked(t *testing.T) {
	for name, o := range habits() {
		m := newMovers(t, o)
		m.move(m.a, m.b, m.ref.ID)
		for range 4 {
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.sync(m.a.ID)
			m.sync(m.b.ID)
		}
		if n := len(m.tickets()); n != 1 {
			t.Errorf("%s: %d tickets are here, want one", name, n)
		}
	}
}

// TestABusyProjectIsAsked: the project that an item was moved from is asked about it, and synchronises,
// but has so much else to do that for hours it does not come to that one. That is no answer.
func TestABusyProjectIsAsked(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.move(m.a, m.b, m.ref.ID)
			for range 3 {
				m.sync(m.b.ID)
				m.clock.now = m.clock.now.Add(2 * time.Hour)
				m.sessions++
				r, err := m.engine.Begin(t.Context(), fmt.Sprintf("session-%d", m.sessions), m.a.ID, store.Incremental)
				m.must(err)
				_, err = m.engine.Observe(t.Context(), r, true)
				m.must(err)
				_, err = m.engine.Record(t.Context(), r, engine.Outcome{State: store.Succeeded})
				m.must(err)
			}
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestAHintIsNoQuestion: a person is asked about a ticket whose item was moved out of sight, and
// something is hinted about that item, which nobody reads meanwhile. Hours later it is moved to a
// connected project, and is asked about there before it comes in.
func TestAHintIsNoQuestion(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			away, id := m.askedAway(o)
			m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.ref}))
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.sync(m.a.ID)
			at, err := away.Transfer("mallory", id, m.trackers[m.b.ID])
			m.must(err)
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestATicketIsNotMadeBesideItsMovedItem: a ticket is granted to the project that its item was
// moved to, and renamed in. It is not made there a second time, though hours pass between the
// sessions of both: nobody gives up on an answer that was not asked for.
func TestATicketIsNotMadeBesideItsMovedItem(t *testing.T) {
	for _, pause := range []time.Duration{2 * time.Minute, 2 * time.Hour} {
		for name, o := range habits() {
			notMadeBesideItsItem(t, newMovers(t, o), name, pause)
		}
	}
}

func notMadeBesideItsItem(t *testing.T, m *movers, name string, pause time.Duration) {
	t.Helper()
	at := m.move(m.a, m.b, m.ref.ID)
	m.must(m.trackers[m.b.ID].EditField("mallory", at.ID, memory.FieldTitle, ticket.Text("renamed as it came")))
	m.clock.now = m.clock.now.Add(2 * time.Minute)
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	for range 5 {
		m.sync(m.b.ID)
		m.sync(m.a.ID)
		m.clock.now = m.clock.now.Add(pause)
	}
	items := m.standing(m.b.ID)
	if l := m.link(m.b.ID, external.KindTicket, m.id); items != 1 || len(m.tickets()) != 1 || l.ExternalID != at.ID {
		t.Errorf("%s: %d items stand there, and %d tickets here, want one each; its link is with %q, want %q", name, items, len(m.tickets()), l.ExternalID, at.ID)
	}
}

// TestAskedAboutAsATwinAndMoved: a ticket is granted to the project that its item was moved to,
// and a person is asked there whether the two are one. The project that the item left cannot
// see it there for a while; once it can again, the ticket goes on with it, and nobody is asked.
func TestAskedAboutAsATwinAndMoved(t *testing.T) {
	for name, o := range habits() {
		t.Run(name, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.move(m.a, m.b, m.ref.ID)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.syncs(m.b.ID, 1)
			m.asked(store.TwinCreated)
			m.trackers[m.b.ID].Hide(true)
			m.reconcile(m.a.ID)
			m.trackers[m.b.ID].Hide(false)
			if l := m.link(m.a.ID, external.KindTicket, m.id); l.State != store.MaybeGone {
				t.Fatalf("the link is %s (%s), want a person to be asked about it", l.State, l.Reason)
			}
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestATicketDoesNotWaitForEver: a ticket is granted to a second project, where an item of the
// same moment stands that is another one. The project that could tell so is asked and says
// nothing: an hour later the ticket is made.
func TestATicketDoesNotWaitForEver(t *testing.T) {
	const nothing, takenBack, movedOn = 0, 1, 2
	for _, tt := range []struct {
		reason string
		before int
		rounds int
	}{
		{"its project holds no session any more", nothing, 5},
		{"its item was taken back, and cannot be read", takenBack, 5},
		{"its item is known to have moved to a third project, which asks about it over and over", movedOn, 3},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			o := memory.Options{CreateKey: external.CreateKeyClientID, Precision: time.Minute}
			m, first := twoAlike(t, o)
			third := m.third(o)
			m.syncs(m.a.ID, 2)
			m.id = m.tickets()[0].ID
			switch tt.before {
			case takenBack:
				_, err := m.engine.RevokeAndTakeBack(t.Context(), m.id, m.a.ID, outbound.Redact, "ann")
				m.must(err)
				m.sync(m.a.ID)
			case movedOn:
				m.move(m.a, third, first.ID)
				m.clock.now = m.clock.now.Add(10 * time.Minute)
				m.trackers[third.ID].FailNextRead(memory.Fault{Kind: external.Temporary})
				m.reconcile(m.a.ID)
			}
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{Adapter: a, id: first.ID} }
			m.clock.now = m.clock.now.Add(time.Hour)
			rounds := m.rounds(func() bool { return m.standing(m.b.ID) == 2 }, third, m.b)
			if rounds != tt.rounds {
				t.Errorf("it is made in round %d, want %d: the first after a session of its own project an hour after it was asked", rounds, tt.rounds)
			}
		})
	}
}

// TestATicketAsksForItself: what a ticket's own item is that was taken back, no session reads any
// more. One of the same moment, which is another ticket's, was moved to where the ticket is to be
// made, and rests there until a person has answered. The ticket does not wait for him.
func TestATicketAsksForItself(t *testing.T) {
	m := twoProjects(t, memory.Options{CreateKey: external.CreateKeyClientID, Precision: time.Minute})
	m.clock.now = m.clock.now.Add(time.Hour)
	items := map[string]external.Ref{}
	for _, title := range []string{"taken back", "moved"} {
		ref, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text(title)})
		m.must(err)
		items[title] = ref
	}
	m.syncs(m.a.ID, 2)
	grant := func(title string) (id string) {
		id = m.joins(m.a, external.KindTicket, items[title].ID).LocalID
		m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: id, ProjectID: m.b.ID, By: "ann"}))
		return id
	}
	grant("moved")
	m.syncs(m.b.ID, 2)
	_, err := m.engine.RevokeAndTakeBack(t.Context(), m.joins(m.a, external.KindTicket, items["taken back"].ID).LocalID, m.a.ID, outbound.Redact, "ann")
	m.must(err)
	m.sync(m.a.ID)
	m.move(m.a, m.b, items["moved"].ID)
	m.clock.now = m.clock.now.Add(10 * time.Minute)
	m.reconcile(m.a.ID)
	m.asked(store.GoneOutside)
	grant("taken back")
	if n := m.rounds(func() bool { return m.standing(m.b.ID) == 3 }, m.b); n != 2 {
		t.Errorf("it is made in round %d, want 2: once its item was read", n)
	}
}

// TestATicketWaitsForItsMovedItem: the project that an item left knows where it went, and holds
// no session any more. However long that lasts, the ticket is not made beside its item.
func TestATicketWaitsForItsMovedItem(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.moveRenamed()
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.trackers[m.b.ID].FailNextRead(memory.Fault{Kind: external.Temporary})
			m.reconcile(m.a.ID)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			for range 4 {
				m.clock.now = m.clock.now.Add(2 * time.Hour)
				m.sync(m.b.ID)
			}
			if n := m.standing(m.b.ID); n != 1 {
				t.Errorf("%d items stand there, want the one that came", n)
			}
			m.settle(m.a)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestAScriptsTicketsComeInTogether: a script makes many tickets at one moment, and no page of a
// list shows two of them. Each could be each other one, moved away and back; all of them are
// asked about at once, so that none waits for more than that, in whatever order they come.
func TestAScriptsTicketsComeInTogether(t *testing.T) {
	const many, patient = 12, 3
	m := twoProjects(t, memory.Options{Precision: time.Second, PageSize: 1})
	m.clock.now = m.clock.now.Add(time.Hour)
	var made []external.Ref
	for range many {
		ref, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("made by a script")})
		m.must(err)
		made = append(made, ref)
	}
	for _, ref := range made { // so that they are listed
		m.clock.now = m.clock.now.Add(time.Second)
		m.must(m.trackers[m.a.ID].EditField("mallory", ref.ID, memory.FieldTitle, ticket.Text("edited since")))
	}
	m.clock.now = m.clock.now.Add(time.Hour)
	m.watch(nil, func(string) { m.clock.now = m.clock.now.Add(20 * time.Millisecond) })
	_, err := m.engine.Resume(t.Context(), m.a.ID, "op", true) // so that nothing is planned before
	m.must(err)
	for range patient {
		m.sync(m.a.ID)
		m.clock.now = m.clock.now.Add(2 * time.Minute)
	}
	if n := len(m.tickets()); n != many {
		t.Errorf("%d tickets are here after %d sessions, want all %d", n, patient, many)
	}
}

// twoAlike are two projects with an item each that one author made at one moment: either could be
// the other, moved.
func twoAlike(t *testing.T, o memory.Options) (m *movers, first external.Ref) {
	t.Helper()
	m = twoProjects(t, o)
	m.clock.now = m.clock.now.Add(time.Hour)
	first, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("first")})
	m.must(err)
	_, err = m.trackers[m.b.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("second")})
	m.must(err)
	return m, first
}

// rounds synchronises projects every half hour until something is done, twelve times at most, and
// returns how often.
func (m *movers) rounds(done func() bool, projects ...store.Project) (n int) {
	for ; !done() && n < 12; n++ {
		for _, p := range projects {
			m.sync(p.ID)
		}
		m.clock.now = m.clock.now.Add(30 * time.Minute)
	}
	return n
}

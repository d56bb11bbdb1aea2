package engine_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatStaysHereIsAskedAbout: a ticket that stays here now is moved outside, while its
// project is out of sight for a moment. That the item could not be read is no answer to the
// project that shows one like it: it does not come in under another name, and on to others.
func TestWhatStaysHereIsAskedAbout(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			_, err := m.engine.SetPrivacy(t.Context(), m.id, ticket.LocalOnly, "ann")
			m.must(err)
			m.sync(m.a.ID)
			at := m.move(m.a, m.b, m.ref.ID)
			m.trackers[m.a.ID].Hide(true)
			m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.ref}))
			r, err := m.engine.Begin(t.Context(), "blind", m.a.ID, store.Incremental)
			m.must(err)
			_, err = m.engine.Sync(t.Context(), r, 100)
			m.must(err)
			m.trackers[m.a.ID].Hide(false)
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.settle(m.b)
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.settle(m.b)
			if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID {
				t.Errorf("its link goes on with %q, want %q", l.ExternalID, at.ID)
			}
			if n := len(m.tickets()); n != 1 {
				t.Errorf("%d tickets are here, want the one that stays here", n)
			}
		})
	}
}

// TestToldOfBeforeItCame: a webhook told the new project of an item before it was there, or
// after it had left again. What the old project has seen of its own since then is no answer:
// the item was moved later.
func TestToldOfBeforeItCame(t *testing.T) {
	m := newMovers(t, memory.Options{History: external.HistoryFull, CreateKey: external.CreateKeyClientID, Precision: time.Second})
	m.must(m.engine.Hint(t.Context(), m.b.ID, []external.Ref{m.ref}))
	m.sync(m.b.ID)
	m.clock.now = m.clock.now.Add(10 * time.Minute)
	m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.ref}))
	m.sync(m.a.ID)
	m.clock.now = m.clock.now.Add(time.Minute)
	at := m.move(m.a, m.b, m.ref.ID)
	m.settle(m.b)
	m.follows(m.a, m.b, at.ID)
}

// TestSaidAtOneMoment: the author of a comment that is moved along with its ticket, and gets
// another id, said something else of another ticket there at the same moment. Neither is taken
// for the other.
func TestSaidAtOneMoment(t *testing.T) {
	for _, tt := range []struct {
		reason string
		known  bool // the other comment was seen before the move
	}{
		{"the new project finds both after the move", false},
		{"the new project knew the other one, which had not come in yet", true},
	} {
		m := twoProjects(t, memory.Options{History: external.HistoryFull, Precision: time.Minute})
		m.clock.now = m.clock.now.Add(time.Hour)
		texts := map[string]string{"a ticket": "a remark", "another ticket": "said of another"}
		say := func(project, title string) (on external.Ref) {
			on, err := m.trackers[project].CreateTicket("mallory", external.Fields{"title": ticket.Text(title)})
			m.must(err)
			_, err = m.trackers[project].AddComment("trent", on.Key, texts[title])
			m.must(err)
			return on
		}
		ref := say(m.a.ID, "a ticket")
		say(m.b.ID, "another ticket")
		m.syncs(m.a.ID, 4)
		if tt.known {
			m.sync(m.b.ID) // the other ticket may be this one, moved, and waits
		}
		m.move(m.a, m.b, ref.ID)
		m.clock.now = m.clock.now.Add(2 * time.Minute)
		m.reconcile(m.a.ID)
		m.settle(m.b)
		m.clock.now = m.clock.now.Add(time.Hour)
		m.settle(m.b)
		for _, tk := range m.tickets() {
			title := tk.Fields[ticket.Title].Text()
			said := m.said(tk.ID)
			if !slices.Equal(said, []string{texts[title]}) {
				t.Errorf("%s: of %q is said %q, want %q", tt.reason, title, said, texts[title])
			}
			delete(texts, title)
		}
		for title := range texts {
			t.Errorf("%s: %q is not here", tt.reason, title)
		}
	}
}

// TestAScriptsRemarksStayApart: a script said many things of a ticket at one moment. They get
// other ids as it is moved, and each is still what it was.
func TestAScriptsRemarksStayApart(t *testing.T) {
	for _, newFirst := range []bool{false, true} {
		m := twoProjects(t, memory.Options{History: external.HistoryFull, Precision: time.Minute})
		m.clock.now = m.clock.now.Add(time.Hour)
		ref, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("a ticket")})
		m.must(err)
		for n := range 12 {
			_, err = m.trackers[m.a.ID].AddComment("script", ref.Key, fmt.Sprintf("remark %d", n))
			m.must(err)
		}
		m.syncs(m.a.ID, 4)
		before := m.remarks()
		m.move(m.a, m.b, ref.ID)
		m.clock.now = m.clock.now.Add(2 * time.Minute)
		if newFirst {
			m.sync(m.b.ID)
		}
		m.reconcile(m.a.ID)
		m.settle(m.b)
		if len(before) != 12 || len(m.remarks()) != 12 {
			t.Fatalf("%d comments came in, and %d are here after the move, want 12", len(before), len(m.remarks()))
		}
		for _, c := range m.remarks() {
			n := slices.IndexFunc(before, func(was ticket.Comment) bool { return was.ID == c.ID })
			if n < 0 || !before[n].Body.Equal(c.Body) || m.link(m.b.ID, external.KindComment, c.ID).State != store.Live {
				t.Errorf("the new project first: %t: %q is not the comment that it was, or is not joined", newFirst, c.Body.Text())
			}
		}
	}
}

// TestARemarkMadeOnTheWay: a comment that had not gone out yet goes along with its ticket, there
// and back, and goes out where the ticket is in the end.
func TestARemarkMadeOnTheWay(t *testing.T) {
	for habit, o := range habits() {
		m := newMovers(t, o)
		c, err := m.engine.AddComment(t.Context(), m.id, "said on the way", "", "ann")
		m.must(err)
		at := m.move(m.a, m.b, m.ref.ID)
		m.reconcile(m.a.ID)
		back := m.move(m.b, m.a, at.ID)
		m.settle(m.b)
		if l := m.link(m.a.ID, external.KindTicket, m.id); l.State != store.Live || l.ExternalID != back.ID {
			t.Fatalf("%s: the ticket's link is %s (%s) with %q, want it live with %q", habit, l.State, l.Reason, l.ExternalID, back.ID)
		}
		if l := m.link(m.a.ID, external.KindComment, c.ID); l.State != store.Live || l.ExternalID == "" {
			t.Errorf("%s: the comment's link is %s (%s), want it live", habit, l.State, l.Reason)
		}
	}
}

// TestDeletedWhereItHadMoved: a ticket is moved to another project, seen there, and deleted
// before its link could follow. Both projects come to rest: a person is asked, once.
func TestDeletedWhereItHadMoved(t *testing.T) {
	m := newMovers(t, habits()["ids change"])
	m.edit(m.id, text(ticket.Title, "edited here"))
	at := m.move(m.a, m.b, m.ref.ID)
	m.wrap = func(a *memory.Adapter) adapters.Adapter { return unreadable{Adapter: a, id: at.ID} }
	round := func() {
		m.clock.now = m.clock.now.Add(2 * time.Hour)
		m.sync(m.b.ID)
		m.sync(m.a.ID)
	}
	round()
	m.must(m.trackers[m.b.ID].Delete("mallory", at.ID))
	reads := 0
	m.watch(func(call string) error {
		if call == "read" {
			reads++
		}
		return nil
	}, nil)
	for range 4 {
		round()
	}
	before := reads
	for range 4 {
		round()
	}
	if open := m.conflicts(store.OpenConflict); len(open) != 1 || reads > before {
		t.Errorf("%d questions are open, want one; at rest, %d reads were made", len(open), reads-before)
	}
}

// forwarding still says of an item where it went once it is gone there, too, and counts readings.
type forwarding struct {
	adapters.Adapter
	id    string
	to    external.Home
	reads *int
}

func (f forwarding) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	*f.reads++
	items, err := f.Adapter.Read(ctx, refs)
	for n := range items {
		if items[n].Gone && items[n].ID == f.id {
			items[n].Home = f.to
		}
	}
	return items, err
}

// TestWhatStaysHereDeletedWhereItHadMoved: the same of a ticket that stays here now, about which
// nobody is asked. Every whole look of the project that it left finds it gone, and sends the
// other one to look only until that has seen for itself.
func TestWhatStaysHereDeletedWhereItHadMoved(t *testing.T) {
	m := newMovers(t, habits()["ids change"])
	_, err := m.engine.SetPrivacy(t.Context(), m.id, ticket.LocalOnly, "ann")
	m.must(err)
	m.sync(m.a.ID)
	at := m.move(m.a, m.b, m.ref.ID)
	m.clock.now = m.clock.now.Add(time.Minute)
	m.observe(m.b.ID)
	m.must(m.trackers[m.b.ID].Delete("mallory", at.ID))
	reads, to := 0, external.Home{Project: m.b.ExternalID, ID: at.ID, Key: at.Key}
	m.wrap = func(a *memory.Adapter) adapters.Adapter { return forwarding{a, m.ref.ID, to, &reads} }
	for round := range 6 {
		m.clock.now = m.clock.now.Add(2 * time.Hour)
		m.reconcile(m.a.ID)
		reads = 0
		m.sync(m.b.ID)
		if round == 0 && reads == 0 || round > 2 && reads > 0 {
			t.Errorf("round %d: the project where it is gone reads %d times", round, reads)
		}
	}
}

// observe has a project list all that is outside, and do nothing about it yet.
func (m *movers) observe(projectID string) {
	m.t.Helper()
	r, err := m.engine.Begin(m.t.Context(), "observer of "+projectID, projectID, store.Reconcile)
	m.must(err)
	_, err = m.engine.Observe(m.t.Context(), r, true)
	m.must(err)
}

// TestMovedWhileAListWasOnItsWay: a ticket is moved while the answer of a list is on its way that
// still shows it where it was, and the new project sees it before that list is stored. That it
// was there when the list was asked for is no answer to the new project.
func TestMovedWhileAListWasOnItsWay(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			var at external.Ref
			m.meanwhile("list", func() {
				at = m.move(m.a, m.b, m.ref.ID)
				m.clock.now = m.clock.now.Add(5 * time.Minute)
				m.observe(m.b.ID)
				m.clock.now = m.clock.now.Add(5 * time.Minute)
			})
			m.observe(m.a.ID)
			m.wrap = nil
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestMovedWhileAWriteWasOnItsWay is the same for the answer of a write, which still shows the
// ticket where it was.
func TestMovedWhileAWriteWasOnItsWay(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			var at external.Ref
			m.edit(m.id, text(ticket.Title, "edited here"))
			m.meanwhile("write", func() {
				at = m.move(m.a, m.b, m.ref.ID)
				m.clock.now = m.clock.now.Add(5 * time.Minute)
				m.observe(m.b.ID)
				m.clock.now = m.clock.now.Add(5 * time.Minute)
			})
			m.sync(m.a.ID)
			m.wrap = nil
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestARemarkThatWaitsUnderAFormerKey: a comment waits for its ticket to be joined, and that is
// moved away and back meanwhile: it has another key, and the comment is still under it.
func TestARemarkThatWaitsUnderAFormerKey(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.move(m.a, m.b, m.ref.ID)
			m.clock.now = m.clock.now.Add(5 * time.Minute)
			m.reconcile(m.a.ID)
			_, err := m.trackers[m.b.ID].AddComment("mallory", at.Key, "said there")
			m.must(err)
			at = m.move(m.b, m.a, at.ID)
			m.clock.now = m.clock.now.Add(5 * time.Minute)
			m.sync(m.a.ID)
			at = m.move(m.a, m.b, at.ID)
			m.move(m.b, m.a, at.ID)
			for range 2 {
				m.clock.now = m.clock.now.Add(2 * time.Hour)
				m.settle(m.a)
			}
			if got := m.said(m.id); len(got) != 2 {
				t.Errorf("the comments %q are here, want both", got)
			}
		})
	}
}

// TestItsRemarkWentOnFirst: the items of a ticket in two projects are moved, one on to a third
// project, and one to where the first was. The third project learns last what became of the
// remark under it: it is still the ticket's own.
func TestItsRemarkWentOnFirst(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			c := m.third(o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b)
			m.move(m.b, c, m.link(m.b.ID, external.KindTicket, m.id).ExternalID)
			m.move(m.a, m.b, m.ref.ID)
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			for _, p := range []store.Project{m.b, m.a, c} {
				m.reconcile(p.ID)
				m.syncs(p.ID, 2)
			}
			m.settle(m.b)
			m.syncs(c.ID, 2)
			for _, p := range []store.Project{m.b, c} {
				if l := m.link(p.ID, external.KindComment, m.remarks()[0].ID); l.State != store.Live || l.ExternalID == "" {
					t.Errorf("the remark's link at %s is %s (%s) with %q, want it live", p.Key, l.State, l.Reason, l.ExternalID)
				}
			}
			if n := len(m.remarks()); n != 1 {
				t.Errorf("%d remarks are here, want the one", n)
			}
		})
	}
}

// TestCameBackBetweenTwoPages: nobody knows a ticket yet but for the first page of a list. It is
// moved away and back before the next page is read, which shows it under another id. Each page
// showed it once: that is no proof of two, and one ticket comes in.
func TestCameBackBetweenTwoPages(t *testing.T) {
	m := twoProjects(t, memory.Options{History: external.HistoryFull, Precision: time.Second, PageSize: 1})
	m.clock.now = m.clock.now.Add(time.Hour)
	ref, err := m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("a ticket")})
	m.must(err)
	m.clock.now = m.clock.now.Add(2 * time.Second)
	m.meanwhile("list", func() {
		m.move(m.b, m.a, m.move(m.a, m.b, ref.ID).ID)
		m.clock.now = m.clock.now.Add(2 * time.Second)
	})
	m.sync(m.a.ID)
	m.wrap = nil
	m.settle(m.a)
	if n := len(m.tickets()); n != 1 {
		t.Errorf("%d tickets came in, want the one that there is", n)
	}
	m.whole(m.a)
	m.quiet(m.a)
}

package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// between lets somebody act right after an item was read.
type between struct {
	adapters.Adapter
	after func()
}

func (b between) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	items, err := b.Adapter.Read(ctx, refs)
	b.after()
	return items, err
}

// TestACommentGoesToTheItemThatIsItsTicketsNow: the ticket had an item in the project before,
// which is over, and a comment could not be made there. Another item of the ticket is moved
// there, and both that comment and the one that the old item had go on with it.
func TestACommentGoesToTheItemThatIsItsTicketsNow(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b)
			m.must(m.trackers[m.b.ID].Delete("mallory", m.link(m.b.ID, external.KindTicket, m.id).ExternalID))
			m.reconcile(m.b.ID)
			m.decide(m.asked(store.GoneOutside), store.ChooseUnlink)
			m.syncs(m.b.ID, 2)
			at := m.move(m.a, m.b, m.ref.ID)
			said := once(func() {
				_, err := m.engine.AddComment(t.Context(), m.id, "said while the link moves", "", "ann")
				m.must(err)
				m.syncs(m.b.ID, 2)
			})
			m.wrap = func(a *memory.Adapter) adapters.Adapter { return between{a, said} }
			m.reconcile(m.a.ID)
			m.wrap = nil
			m.settle(m.b)
			for _, c := range m.remarks() {
				if l := m.link(m.b.ID, external.KindComment, c.ID); l.State != store.Live || l.ExternalID == "" || l.Parent != m.link(m.b.ID, external.KindTicket, m.id).ID {
					t.Errorf("the link of %q is %s (%s) with %q, want it live with an item of the moved ticket", c.Body.Text(), l.State, l.Reason, l.ExternalID)
				}
			}
			if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID != at.ID || l.State != store.Live {
				t.Errorf("the ticket's link is %s (%s) with %q", l.State, l.Reason, l.ExternalID)
			}
			m.whole(m.b)
			m.quiet(m.b)
		})
	}
}

// TestMovedToItsTwin: the ticket may leave for the project that its item was moved to, which
// sees the item before the one that it left has looked. A person who is asked whether the two
// are one says so. The old link is over then, and a comment of ours stands there once.
func TestMovedToItsTwin(t *testing.T) {
	m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
	_, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
	m.must(err)
	m.syncs(m.a.ID, 2)
	at := m.move(m.a, m.b, m.ref.ID)
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	m.syncs(m.b.ID, 1)
	m.decide(m.asked(store.TwinCreated), store.ChooseLink)
	m.syncs(m.b.ID, 4)
	m.reconcile(m.a.ID)
	m.settle(m.b)
	old, now := m.link(m.a.ID, external.KindTicket, m.id), m.link(m.b.ID, external.KindTicket, m.id)
	if old.State != store.Tombstone || !strings.Contains(old.Reason, now.ID) {
		t.Errorf("the old link is %s (%s), want a tombstone that names the other one", old.State, old.Reason)
	}
	if now.State != store.Live || now.ExternalID != at.ID {
		t.Errorf("the new link is %s (%s) with %q, want it live with %q", now.State, now.Reason, now.ExternalID, at.ID)
	}
	for _, c := range m.remarks() {
		if l := m.link(m.b.ID, external.KindComment, c.ID); l.State != store.Live {
			t.Errorf("the link of %q is %s (%s)", c.Body.Text(), l.State, l.Reason)
		}
	}
	if n := len(m.look(m.b.ID, external.KindComment)); n != 2 || len(m.remarks()) != 2 {
		t.Errorf("%d comments stand outside and %d here, want two each", n, len(m.remarks()))
	}
	if open := m.conflicts(store.OpenConflict); len(open) > 0 {
		t.Errorf("a person is asked: %+v", open)
	}
	m.whole(m.b)
	m.quiet(m.b)
}

// TestSaidBeforeItWasJoined: a person says that a ticket is the item which was moved to the new
// project, and comments on it. The project that the item left does not know of the move yet, and
// writes the comment to it first: the new one has it then, and does not make it once more. Its
// session is not guarded, so that it meets the comment for the first time after the two were joined.
func TestSaidBeforeItWasJoined(t *testing.T) {
	m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
	m.move(m.a, m.b, m.ref.ID)
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	m.syncs(m.b.ID, 1)
	m.decide(m.asked(store.TwinCreated), store.ChooseLink)
	m.clock.now = m.clock.now.Add(time.Minute)
	c, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
	m.must(err)
	m.sync(m.a.ID)
	_, err = m.engine.EditComment(t.Context(), c.ID, "ours, once more", c.Revision, "ann")
	m.must(err)
	r, err := m.engine.Begin(t.Context(), "unguarded", m.b.ID, store.Incremental)
	m.must(err)
	_, err = m.engine.Observe(t.Context(), r, true)
	m.must(err)
	_, err = m.engine.Sync(t.Context(), r, 100)
	m.must(err)
	if l := m.link(m.b.ID, external.KindComment, c.ID); !l.Made {
		t.Errorf("the comment's link is %s (%s), and does not know that we made its item", l.State, l.Reason)
	}
	m.settle(m.a)
	if n := m.times(m.b, "ours, once more"); n != 1 || len(m.stands(m.b.ID, external.KindComment)) != 2 {
		t.Errorf("%d comments stand there, %d of them ours as it was edited since, want two and one", len(m.stands(m.b.ID, external.KindComment)), n)
	}
	if open := m.conflicts(store.OpenConflict); len(open) > 0 {
		t.Errorf("a person is asked: %+v", open)
	}
	for _, c := range m.remarks() {
		if l := m.link(m.b.ID, external.KindComment, c.ID); l.State != store.Live {
			t.Errorf("the link of %q is %s (%s)", c.Body.Text(), l.State, l.Reason)
		}
	}
	m.whole(m.b)
	m.quiet(m.b)
}

// TestMovedToWhatWasToldApart: a person who is asked about the moved item in the new project
// says that it is not the ticket. He is asked once more in the old one, where it shows that it
// was moved there, and nothing is joined against his word.
func TestMovedToWhatWasToldApart(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m, at := toldOfTheTwo(t, o, store.ChooseSeparate)
			m.trackers[m.b.ID].FailNextWrite(memory.Fault{Kind: external.Temporary}) // it is not made there yet
			m.sync(m.b.ID)
			m.reconcile(m.a.ID)
			c := m.asked(store.GoneOutside)
			if l := m.link(m.b.ID, external.KindTicket, m.id); l.ExternalID == at.ID {
				t.Error("the ticket is joined with what a person had told apart from it")
			}
			m.decide(c, store.ChooseUnlink)
			m.settle(m.b)
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.settle(m.b)
			if n := len(m.tickets()); n != 2 {
				t.Errorf("%d tickets are here, want two, as a person said", n)
			}
			m.quiet(m.b)
		})
	}
}

// TestToldApartAndKeptHere: a person says that the moved item is not the ticket, which may leave
// for nowhere by then, so that nobody is asked about it in the project that it left. The item comes
// in as a ticket of its own by his word; what we said on it, and what it says, stays where it is.
func TestToldApartAndKeptHere(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			_, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
			m.must(err)
			m.syncs(m.a.ID, 2)
			at := m.move(m.a, m.b, m.ref.ID)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.syncs(m.b.ID, 1)
			asked := m.asked(store.TwinCreated)
			_, err = m.engine.SetPrivacy(t.Context(), m.id, ticket.LocalOnly, "ann")
			m.must(err)
			m.decide(asked, store.ChooseSeparate)
			m.settle(m.a)
			own := m.joins(m.b, external.KindTicket, at.ID)
			if own.State != store.Live || own.LocalID == m.id {
				t.Fatalf("the moved item's link is %s (%s), want it live with a ticket of its own", own.State, own.Reason)
			}
			if got := m.said(own.LocalID); len(got) != 1 || got[0] != "a remark" {
				t.Errorf("the new ticket says %q, want what others said", got)
			}
			for _, c := range m.stands(m.b.ID, external.KindComment) {
				if l := m.joins(m.b, external.KindComment, c.ID); c.Fields["body"].Text() == "ours" && (l.State != store.ParkedLink || !strings.Contains(l.Reason, "we made it in another project")) {
					t.Errorf("the link of our comment is %s (%s), want it set aside as ours", l.State, l.Reason)
				}
			}
			m.quiet(m.b)
		})
	}
}

// TestWhatATwinAgreedOnStays: where a person has linked a moved item, what both sides agreed on
// there since is what an edit is told from, and not what they had agreed on before the move.
func TestWhatATwinAgreedOnStays(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m, at := toldOfTheTwo(t, o, store.ChooseLink)
			m.syncs(m.b.ID, 2)
			m.must(m.trackers[m.b.ID].EditField("mallory", at.ID, "title", ticket.Text("theirs")))
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			m.syncs(m.b.ID, 2)
			m.edit(m.id, text(ticket.Title, "ours"))
			m.reconcile(m.a.ID)
			m.settle(m.b)
			if it, _ := m.adapter(m.trackers[m.b.ID], m.b.ID).Peek(at.ID); it.Fields["title"].Text() != "ours" {
				t.Errorf("the title outside is %q, want the edit", it.Fields["title"].Text())
			}
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestWhatWeSaidOnALetGoItem: a person has a ticket made again without its item, which comes
// in where it was moved to. A comment that we made of one here stays out, and says why.
func TestWhatWeSaidOnALetGoItem(t *testing.T) {
	m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
	c, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
	m.must(err)
	m.syncs(m.a.ID, 2)
	said := m.link(m.a.ID, external.KindComment, c.ID).ExternalID
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	m.settle(m.b) // it has a twin of its own there, and cannot follow
	m.move(m.a, m.b, m.ref.ID)
	m.reconcile(m.a.ID)
	m.settle(m.b)
	m.decide(m.asked(store.GoneOutside), store.ChooseLocal)
	m.settle(m.a)
	if n := len(m.tickets()); n != 2 {
		t.Fatalf("%d tickets are here, want the item as one of its own", n)
	}
	m.view(func(tx store.Tx) error {
		l, err := tx.LinkByExternal(t.Context(), m.b.ID, external.KindComment, said)
		if err == nil && (l.State != store.ParkedLink || !strings.Contains(l.Reason, "we made it in another project")) {
			t.Errorf("the comment's link is %s (%s), want it set aside as ours", l.State, l.Reason)
		}
		return err
	})
}

// misleads makes an item whose ticket moves right before or after that, and does not say so: the
// answer is lost, or was lost before with the process that waited for it, and it exists already.
type misleads struct {
	adapters.Adapter
	kind external.ErrorKind
	late bool
	move func()
}

func (l misleads) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if !l.late {
		l.move()
	}
	if _, err := l.Adapter.Write(ctx, op); err != nil || !op.Creates {
		return external.Item{}, err
	}
	l.move()
	return external.Item{}, &external.Error{Kind: l.kind, Op: op.Name, Message: "it may be there"}
}

// TestACommentThatLandedUnheardOf: a comment of ours was written right before or after its ticket
// had moved, and the answer did not come. At its new place the ticket has it, and gets it once,
// whether that project lists it before its link comes or after.
func TestACommentThatLandedUnheardOf(t *testing.T) {
	outlive, change := memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull}, memory.Options{History: external.HistoryFull}
	for _, tt := range []struct {
		reason       string
		o            memory.Options
		kind         external.ErrorKind
		late, listed bool
	}{
		{"it exists already at the new place, which lists it first", outlive, external.Conflict, false, true},
		{"it exists already at the new place, where its link is first", outlive, external.Conflict, false, false},
		{"it went on at the new place, which lists it first", outlive, external.Ambiguous, false, true},
		{"it went on at the new place, where its link is first", outlive, external.Ambiguous, false, false},
		{"it came along with its id, and is listed first", outlive, external.Ambiguous, true, true},
		{"it came along with its id, and its link is first", outlive, external.Ambiguous, true, false},
		{"it came along under another id, and is listed first", change, external.Ambiguous, true, true},
		{"it came along under another id, and its link is first", change, external.Ambiguous, true, false},
	} {
		t.Run(tt.reason, func(t *testing.T) {
			m := newMovers(t, tt.o)
			c, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
			m.must(err)
			move := once(func() { m.move(m.a, m.b, m.ref.ID) })
			m.wrap = func(a *memory.Adapter) adapters.Adapter { return misleads{a, tt.kind, tt.late, move} }
			_, _ = m.session(m.a.ID, store.Incremental)
			m.wrap = nil
			if l := m.link(m.a.ID, external.KindComment, c.ID); l.ExternalID != "" {
				t.Fatalf("the comment is known as %s", l.ExternalID)
			}
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			if tt.listed {
				m.syncs(m.b.ID, 1)
			}
			for range 3 {
				m.clock.now = m.clock.now.Add(time.Hour)
				_, _ = m.session(m.a.ID, store.Incremental) // which gives the create up
				_, _ = m.session(m.a.ID, store.Reconcile)
				m.syncs(m.b.ID, 2)
			}
			if l := m.link(m.b.ID, external.KindComment, c.ID); l.State != store.Live {
				t.Errorf("the comment's link is %s (%s), want it live", l.State, l.Reason)
			}
			if n := len(m.look(m.b.ID, external.KindComment)); n != 2 {
				t.Errorf("%d comments stand outside, want that of others and ours", n)
			}
		})
	}
}

// TestThereAndBackUnseen: an item was moved to another project and back, and nobody looked in
// between. It has another id where it was, and so has its comment: both go on, and nothing is
// made twice on either side.
func TestThereAndBackUnseen(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			there := m.move(m.a, m.b, m.ref.ID)
			m.move(m.b, m.a, there.ID)
			m.settle(m.b)
			if got := m.said(m.id); len(m.tickets()) != 1 || len(got) != 1 {
				t.Errorf("%d tickets are here, with the comments %q", len(m.tickets()), got)
			}
			if n := len(m.stands(m.a.ID, external.KindComment)); n != 1 {
				t.Errorf("%d comments stand outside, want the one", n)
			}
		})
	}
}

// TestMovedOnBeforeItsRemarksWereSeen: an item is moved to another project, and on, to a third one
// or back, before the comments that came along with it were seen there. They have other ids where
// they are now, and are still the ticket's own, once on either side.
func TestMovedOnBeforeItsRemarksWereSeen(t *testing.T) {
	for habit, o := range habits() {
		for _, tt := range []struct {
			reason string
			back   bool // to where it was first
			listed bool // the last project has listed them before the ticket's link comes there
		}{
			{"to a third project", false, false}, {"to a third project that sees it first", false, true},
			{"back", true, false}, {"back, which is seen at once", true, true},
		} {
			t.Run(tt.reason+", "+habit, func(t *testing.T) {
				m := newMovers(t, o)
				c := m.third(o)
				if tt.back {
					c = m.a
				}
				_, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
				m.must(err)
				m.syncs(m.a.ID, 2)
				at := m.move(m.a, m.b, m.ref.ID)
				m.clock.now = m.clock.now.Add(2 * time.Hour)
				m.reconcile(m.a.ID)
				m.move(m.b, c, at.ID)
				m.clock.now = m.clock.now.Add(2 * time.Hour)
				if tt.listed {
					m.observe(c.ID)
				}
				m.reconcile(m.b.ID)
				for range 2 {
					m.clock.now = m.clock.now.Add(2 * time.Hour)
					m.settle(m.b)
					m.syncs(c.ID, 2)
				}
				said := m.remarks()
				for _, r := range said {
					if l := m.link(c.ID, external.KindComment, r.ID); l.State != store.Live || l.ExternalID == "" {
						t.Errorf("the link of %q is %s (%s) with %q, want it live", r.Body.Text(), l.State, l.Reason, l.ExternalID)
					}
				}
				if there := len(m.stands(c.ID, external.KindComment)); len(said) != 2 || there != 2 {
					t.Errorf("%d comments are here and %d there, want two each", len(said), there)
				}
			})
		}
	}
}

// TestMadeAgainBeforeItsRemarksWereSeen: a moved item is deleted before the comment that came
// along with it was seen there, and a person has the ticket made again. So is its comment.
func TestMadeAgainBeforeItsRemarksWereSeen(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			at := m.move(m.a, m.b, m.ref.ID)
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.reconcile(m.a.ID)
			m.must(m.trackers[m.b.ID].Delete("mallory", at.ID))
			m.clock.now = m.clock.now.Add(2 * time.Hour)
			m.reconcile(m.b.ID)
			for _, c := range m.conflicts(store.OpenConflict) {
				m.decide(c, store.ChooseLocal)
			}
			m.settle(m.b)
			its := m.link(m.b.ID, external.KindTicket, m.id)
			if l := m.link(m.b.ID, external.KindComment, m.remarks()[0].ID); its.ExternalID == at.ID || l.State != store.Live || l.Parent != its.ID {
				t.Errorf("the ticket's item is %q, was %q; its comment's link is %s (%s)", its.ExternalID, at.ID, l.State, l.Reason)
			}
		})
	}
}

// toldOfTheTwo is a ticket that may be in a second project, and whose item was moved there: a
// person who is asked there about the two has said what they are.
func toldOfTheTwo(t *testing.T, o memory.Options, said store.Choice) (m *movers, at external.Ref) {
	t.Helper()
	m = newMovers(t, o)
	at = m.move(m.a, m.b, m.ref.ID)
	m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	m.clock.now = m.clock.now.Add(10 * time.Minute)
	m.syncs(m.b.ID, 1)
	m.decide(m.asked(store.TwinCreated), said)
	return m, at
}

// TestSaidWhereItWasMovedTo: a person says that a ticket is the item which was moved to the new
// project, and one comments on that item. The project that it left does not write the comment
// to it once more: it reads first what became of the item.
func TestSaidWhereItWasMovedTo(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m, at := toldOfTheTwo(t, o, store.ChooseLink)
			_, err := m.trackers[m.b.ID].AddComment("trent", at.Key, "said there")
			m.must(err)
			m.syncs(m.b.ID, 2)
			for range 3 {
				m.sync(m.a.ID)
				m.sync(m.b.ID)
				m.clock.now = m.clock.now.Add(10 * time.Minute)
			}
			if n := m.times(m.b, "said there"); n != 1 {
				t.Errorf("it stands there %d times, want once", n)
			}
		})
	}
}

// TestChangedPlacesBeforeARemarkWasMade: the item of a ticket is moved on, the ticket's item
// in another project is moved to where that one was, and a comment was written here in
// between. It is made under both items, wherever they are.
func TestChangedPlacesBeforeARemarkWasMade(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			c := m.third(o)
			for _, p := range []store.Project{m.a, m.b, c} {
				m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: p.ID, By: "ann"}))
				if p.ID != c.ID {
					m.syncs(p.ID, 2)
				}
			}
			m.clock.now = m.clock.now.Add(time.Hour)
			m.move(m.b, m.a, m.link(m.b.ID, external.KindTicket, m.id).ExternalID)
			m.sync(m.a.ID) // it shows the item, and has the project that it left look for it
			m.clock.now = m.clock.now.Add(time.Second)
			_, err := m.engine.AddComment(t.Context(), m.id, "said meanwhile", "", "ann")
			m.must(err)
			m.move(m.a, c, m.ref.ID)
			m.syncs(m.a.ID, 2)
			r, err := m.engine.Begin(t.Context(), "one at a time", m.b.ID, store.Incremental)
			m.must(err)
			_, err = m.engine.Sync(t.Context(), r, 1) // the ticket alone: nobody has looked at the comment there
			m.must(err)
			for range 5 {
				m.clock.now = m.clock.now.Add(2 * time.Minute)
				for _, p := range []store.Project{m.a, m.b, c} {
					m.syncs(p.ID, 2)
				}
			}
			for _, p := range []store.Project{m.a, c} {
				if n := m.times(p, "said meanwhile"); n != 1 {
					t.Errorf("%s holds the comment %d times, want once", p.Key, n)
				}
			}
		})
	}
}

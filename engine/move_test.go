package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// habits are the ways in which vendors move a ticket: under a new id, or under the old one.
func habits() map[string]memory.Options {
	return map[string]memory.Options{
		"ids change":   {History: external.HistoryFull, Lag: 5 * time.Second, Precision: time.Second},
		"ids outlive":  {History: external.HistoryFull, CreateKey: external.CreateKeyClientID},
		"many a batch": {CreateKey: external.CreateKeyClientID, ReadBatch: 10, Precision: time.Minute, Lag: 90 * time.Second},
	}
}

// movers are two connected projects of one vendor and a ticket that came in from the first.
type movers struct {
	*world
	a, b    store.Project
	ref     external.Ref // outside, at the first
	comment external.Ref
	id      string // here
}

// twoProjects connects two projects between which tickets can be moved.
func twoProjects(t *testing.T, o memory.Options) *movers {
	t.Helper()
	m := &movers{world: newWorld(t)}
	m.a = m.connect("octo/a", o)
	o.Beside = m.trackers[m.a.ID]
	m.b = m.connect("octo/b", o)
	return m
}

// third connects one more project to which tickets can be moved.
func (m *movers) third(o memory.Options) store.Project {
	m.t.Helper()
	o.Beside = m.trackers[m.a.ID]
	return m.connect("octo/c", o)
}

func newMovers(t *testing.T, o memory.Options) *movers {
	t.Helper()
	m := twoProjects(t, o)
	m.clock.now = m.clock.now.Add(time.Hour) // in a minute of its own
	var err error
	m.ref, err = m.trackers[m.a.ID].CreateTicket("mallory", external.Fields{
		"title": ticket.Text("a ticket"), "body": ticket.Text("text"), "labels": ticket.Set("known", "strange"),
	})
	m.must(err)
	m.comment, err = m.trackers[m.a.ID].AddComment("mallory", m.ref.Key, "a remark")
	m.must(err)
	m.syncs(m.a.ID, 4)
	all := m.tickets()
	if len(all) != 1 || len(m.remarks()) != 1 {
		t.Fatalf("%d tickets and %d comments came in, want one each", len(all), len(m.remarks()))
	}
	m.id = all[0].ID
	return m
}

// remarks are the comments of all tickets that are not deleted.
func (m *movers) remarks() (out []ticket.Comment) {
	m.t.Helper()
	for _, tk := range m.tickets() {
		m.view(func(tx store.Tx) error {
			all, err := tx.CommentsOf(m.t.Context(), tk.ID)
			for _, c := range all {
				if !c.Deleted {
					out = append(out, c)
				}
			}
			return err
		})
	}
	return out
}

// said are the comments of a ticket that are not deleted.
func (m *movers) said(id string) (texts []string) {
	m.t.Helper()
	for _, c := range m.remarks() {
		if c.TicketID == id {
			texts = append(texts, c.Body.Text())
		}
	}
	return texts
}

// times counts the comments outside that read so.
func (m *movers) times(p store.Project, body string) (n int) {
	for _, it := range m.stands(p.ID, external.KindComment) {
		if it.Fields["body"].Text() == body {
			n++
		}
	}
	return n
}

// move has a person move the ticket.
func (m *movers) move(from, to store.Project, id string) external.Ref {
	m.t.Helper()
	ref, err := m.trackers[from.ID].Transfer("mallory", id, m.trackers[to.ID])
	m.must(err)
	return ref
}

// joins returns the link of an item.
func (m *movers) joins(p store.Project, kind external.Kind, id string) (l store.Link) {
	m.t.Helper()
	m.view(func(tx store.Tx) (err error) {
		l, err = tx.LinkByExternal(m.t.Context(), p.ID, kind, id)
		return err
	})
	return l
}

// settle runs sessions of both projects, the given one first.
func (m *movers) settle(first store.Project) {
	m.t.Helper()
	second := m.a
	if first.ID == m.a.ID {
		second = m.b
	}
	for range 5 {
		m.syncs(first.ID, 2)
		m.syncs(second.ID, 2)
		m.clock.now = m.clock.now.Add(2 * time.Minute)
	}
}

// whole fails unless every live link of a project has both its sides.
func (m *movers) whole(p store.Project) {
	m.t.Helper()
	m.view(func(tx store.Tx) error {
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			links, err := tx.LinksOf(m.t.Context(), p.ID, kind, "", 100)
			if err != nil {
				return err
			}
			for _, l := range links {
				if l.State == store.Live && (l.LocalID == "" || l.ExternalID == "") {
					m.t.Errorf("the link of %s %q at %s is live and lacks a side", kind, l.LocalID+l.ExternalID, p.Key)
				}
			}
		}
		return nil
	})
}

// follows fails unless the ticket is linked with that item at b and nowhere else, and
// nothing was doubled.
func (m *movers) follows(from, to store.Project, item string) {
	m.t.Helper()
	old, now := m.link(from.ID, external.KindTicket, m.id), m.link(to.ID, external.KindTicket, m.id)
	if old.State != store.Tombstone || !strings.HasPrefix(old.Reason, "moved to "+to.Key) || !strings.Contains(old.Reason, now.ID) {
		m.t.Errorf("the old link is %s (%s), want a tombstone that names the move", old.State, old.Reason)
	}
	if now.State != store.Live || now.ExternalID != item {
		m.t.Errorf("the new link is %s (%s) with %q, want it live with %q", now.State, now.Reason, now.ExternalID, item)
	}
	m.view(func(tx store.Tx) error {
		o, err := tx.Observation(m.t.Context(), to.ID, external.KindTicket, item)
		if err == nil && o.TitleKey == "" {
			m.t.Error("nobody finds what looks like the item: it has no title there")
		}
		return err
	})
	if n := len(m.tickets()); n != 1 {
		m.t.Errorf("%d tickets are here, want one", n)
	}
	if n := m.standing(from.ID); n != 0 {
		m.t.Errorf("%d items stand at %s, which the ticket has left", n, from.Key)
	}
	if n := m.standing(to.ID); n != 1 {
		m.t.Errorf("%d items stand at %s, want one", n, to.Key)
	}
	if all := m.remarks(); len(all) != 1 {
		m.t.Errorf("%d comments are here, want one: %+v", len(all), all)
	} else if l := m.link(to.ID, external.KindComment, all[0].ID); l.State != store.Live {
		m.t.Errorf("the comment's link is %s (%s), want it live", l.State, l.Reason)
	}
	if open := m.conflicts(store.OpenConflict); len(open) > 0 {
		m.t.Errorf("a person is asked: %+v", open)
	}
	m.whole(from)
	m.whole(to)
}

// TestAMovedTicketGoesOn: whichever project looks first, there is one ticket with one live
// link, and every edit made on the way has arrived.
func TestAMovedTicketGoesOn(t *testing.T) {
	for habit, o := range habits() {
		for _, newFirst := range []bool{false, true} {
			t.Run(habit+map[bool]string{false: ", the old project first", true: ", the new project first"}[newFirst], func(t *testing.T) {
				m := newMovers(t, o)
				m.must(m.trackers[m.a.ID].EditField("mallory", m.ref.ID, "title", ticket.Text("edited before the move")))
				at := m.move(m.a, m.b, m.ref.ID)
				m.must(m.trackers[m.b.ID].EditField("mallory", at.ID, "body", ticket.Text("edited after the move")))
				m.edit(m.id, ticket.Fields{ticket.State: ticket.Text(ticket.StateDone)})
				first := m.a
				if newFirst {
					first = m.b
				} else {
					m.reconcile(m.a.ID)
				}
				m.settle(first)
				m.follows(m.a, m.b, at.ID)
				tk := m.ticket(m.id)
				if tk.Fields[ticket.Title].Text() != "edited before the move" || tk.Fields[ticket.Body].Text() != "edited after the move" {
					t.Errorf("here it is %q, %q: an edit was lost on the way", tk.Fields[ticket.Title].Text(), tk.Fields[ticket.Body].Text())
				}
				for _, l := range []string{"known", "strange"} {
					if !tk.Fields[ticket.Labels].Has(l) {
						t.Errorf("the label %q is gone here, which nobody took off", l)
					}
				}
				m.sends(at.ID)
				m.quiet(m.a)
				m.quiet(m.b)
			})
		}
	}
}

// sends checks that nothing leaves for the new project before it is granted, and all of it
// afterwards.
func (m *movers) sends(item string) {
	m.t.Helper()
	at := func() external.Item { it, _ := m.adapter(m.trackers[m.b.ID], m.b.ID).Peek(item); return it }
	if n := m.trackers[m.b.ID].Calls().Writes(); n > 0 || at().Fields["state"].Text() != ticket.StateOpen {
		m.t.Errorf("%d writes went to the new project, for which the ticket has no grant", n)
	}
	m.must(m.engine.Grant(m.t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
	m.settle(m.b)
	if it := at(); it.Fields["state"].Text() != ticket.StateDone || !it.Fields["labels"].Has("strange") || strings.Contains(it.Fields["body"].Text(), "memory-key") {
		m.t.Errorf("once it is granted the item is %v, want the edit and the label there", it.Fields)
	}
}

// TestMovedThereAndBack: the note of an earlier stay becomes the link again.
func TestMovedThereAndBack(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			at := m.move(m.a, m.b, m.ref.ID)
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
			back := m.move(m.b, m.a, at.ID)
			m.must(m.trackers[m.a.ID].EditField("mallory", back.ID, "title", ticket.Text("home again")))
			m.settle(m.a)
			m.follows(m.b, m.a, back.ID)
			if got := m.ticket(m.id).Fields[ticket.Title].Text(); got != "home again" {
				t.Errorf("here it is %q", got)
			}
			m.quiet(m.a)
			m.quiet(m.b)
		})
	}
}

// TestWhatCannotFollow: where the link cannot go on, a person is asked, and the item does
// not come in as a second ticket.
func TestWhatCannotFollow(t *testing.T) {
	for _, c := range []struct {
		reason string
		before func(m *movers)
		hidden bool // what it moved to is not connected
	}{
		{"the ticket has a twin of its own in the new project", func(m *movers) {
			m.must(m.engine.Grant(m.t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b)
		}, false},
		{"the new project was disconnected", func(m *movers) {
			_, err := m.engine.Disconnect(m.t.Context(), m.b.ID, "op")
			m.must(err)
		}, true},
	} {
		for habit, o := range habits() {
			t.Run(c.reason+", "+habit, func(t *testing.T) {
				m := newMovers(t, o)
				c.before(m)
				m.move(m.a, m.b, m.ref.ID)
				for range 3 {
					if !c.hidden {
						m.syncs(m.b.ID, 2)
					}
					m.reconcile(m.a.ID)
					m.syncs(m.a.ID, 2)
				}
				q := m.asked(store.GoneOutside)
				if !strings.HasPrefix(q.External.Text(), "moved to ") {
					t.Errorf("the question says %q, want where it was moved to", q.External.Text())
				}
				if n := len(m.tickets()); n != 1 {
					t.Errorf("%d tickets are here, want one", n)
				}
				m.decide(q, store.ChooseUnlink)
				m.syncs(m.a.ID, 2)
				m.quiet(m.a)
			})
		}
	}
}

// TestOursGoesWithAMovedItem: a person who is asked about a moved ticket lets ours go too. The
// item stays out of the project that it was moved to, for it is what he deleted; with the
// ticket restored he is asked again.
func TestOursGoesWithAMovedItem(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b) // it has a twin of its own there, and cannot follow
			m.move(m.a, m.b, m.ref.ID)
			m.reconcile(m.a.ID)
			m.settle(m.b)
			m.decide(m.asked(store.GoneOutside), store.ChooseExternal)
			m.settle(m.a)
			if !m.ticket(m.id).Deleted {
				t.Fatal("the ticket is here still")
			}
			if n := len(m.tickets()); n != 0 {
				t.Errorf("%d tickets are here, want none: what was deleted came in again under another name", n)
			}
			_, err := m.engine.RestoreTicket(t.Context(), m.id, "ann")
			m.must(err)
			m.settle(m.a)
			if q := m.asked(store.GoneOutside); !strings.HasPrefix(q.External.Text(), "moved to ") {
				t.Errorf("the question says %q, want where it was moved to", q.External.Text())
			}
			if n := len(m.tickets()); n != 1 {
				t.Errorf("%d tickets are here, want one", n)
			}
		})
	}
}

// TestConnectedAfterTheMove: the question that is open about a moved ticket is answered by
// connecting the project in which it lives.
func TestConnectedAfterTheMove(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			_, err := m.engine.Disconnect(t.Context(), m.b.ID, "op")
			m.must(err)
			at := m.move(m.a, m.b, m.ref.ID)
			m.reconcile(m.a.ID)
			m.syncs(m.a.ID, 1)
			m.asked(store.GoneOutside)
			again := m.project(m.b.ID)
			again.Status = external.Active
			m.view(func(tx store.Tx) error {
				conf := again
				conf.Status = external.Configuring
				if err := tx.UpdateProject(t.Context(), conf); err != nil {
					return err
				}
				return tx.UpdateProject(t.Context(), again)
			})
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
		})
	}
}

// TestAConflictGoesAlong: what a person was asked in the old project he is asked in the new
// one, and what he had decided there is carried out here.
func TestAConflictGoesAlong(t *testing.T) {
	for _, decided := range []bool{false, true} {
		for habit, o := range habits() {
			t.Run(habit+map[bool]string{true: ", decided", false: ", open"}[decided], func(t *testing.T) {
				m := newMovers(t, o)
				m.must(m.trackers[m.a.ID].EditField("mallory", m.ref.ID, "title", ticket.Text("theirs")))
				m.edit(m.id, text(ticket.Title, "ours"))
				m.syncs(m.a.ID, 4)
				open := m.conflicts(store.OpenConflict)
				if len(open) != 1 || open[0].Field != ticket.Title {
					t.Fatalf("conflicts: %+v", open)
				}
				if decided {
					m.decide(open[0], store.ChooseExternal)
				}
				at := m.move(m.a, m.b, m.ref.ID)
				m.settle(m.b)
				if open = m.conflicts(store.OpenConflict); !decided {
					if len(open) != 1 || open[0].ProjectID != m.b.ID || open[0].Local.Text() != "ours" || open[0].External.Text() != "theirs" {
						t.Fatalf("conflicts: %+v, want the same one in the new project", open)
					}
					m.decide(open[0], store.ChooseExternal)
					m.settle(m.b)
				}
				m.follows(m.a, m.b, at.ID)
				if got := m.ticket(m.id).Fields[ticket.Title].Text(); got != "theirs" {
					t.Errorf("here it is %q, want what was decided", got)
				}
			})
		}
	}
}

// TestAWriteThatFollowsItsItem: between our look and our write the ticket is moved, and the
// system lets the write go on. The books say so, the other writes of the plan are not made,
// and what is here then is compared at the new place.
func TestAWriteThatFollowsItsItem(t *testing.T) {
	m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
	m.edit(m.id, ticket.Fields{ticket.Title: ticket.Text("new title"), ticket.Labels: ticket.Set("known", "strange", "ours")})
	moved := false
	m.wrap = func(a *memory.Adapter) adapters.Adapter {
		return meddler{a, func() {
			if !moved {
				moved = true
				m.move(m.a, m.b, m.ref.ID)
			}
		}}
	}
	m.syncs(m.a.ID, 1)
	m.wrap = nil
	at, _ := m.adapter(m.trackers[m.b.ID], m.b.ID).Peek(m.ref.ID)
	if at.Fields["title"].Text() != "new title" || at.Fields["labels"].Has("ours") {
		t.Errorf("at its new place the item is %v, want the one call that could not be stopped", at.Fields)
	}
	m.settle(m.a)
	m.follows(m.a, m.b, m.ref.ID)
	told := false
	m.view(func(tx store.Tx) error {
		log, err := tx.AuditLog(t.Context(), m.a.ID, 0, 1000)
		for _, e := range log {
			told = told || e.Action == "outcome" && strings.Contains(e.Detail, "in the project to which the item had been moved")
		}
		return err
	})
	if !told {
		t.Error("the audit log does not say that a write landed in another project")
	}
}

// TestALinkThatMovedIsOver: deleting and restoring the ticket does not bring the old link
// back, and the twin that is deleted is that of the new project.
func TestALinkThatMovedIsOver(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.settle(m.b)
			// It has a twin there now: only once that is gone it can follow.
			twin := m.link(m.b.ID, external.KindTicket, m.id)
			m.must(m.trackers[m.b.ID].Delete("mallory", twin.ExternalID))
			m.reconcile(m.b.ID)
			m.decide(m.asked(store.GoneOutside), store.ChooseUnlink)
			m.syncs(m.b.ID, 2)
			at := m.move(m.a, m.b, m.ref.ID)
			m.reconcile(m.a.ID)
			m.settle(m.b)
			m.dropHere(m.id)
			m.settle(m.b)
			if got := m.link(m.a.ID, external.KindTicket, m.id); got.State != store.Tombstone {
				t.Errorf("the old link is %s", got.State)
			}
			_, err := m.engine.RestoreTicket(t.Context(), m.id, "ann")
			m.must(err)
			m.settle(m.b)
			m.follows(m.a, m.b, at.ID)
			if got := m.standing(m.a.ID); got != 0 {
				t.Errorf("%d items stand in the old project", got)
			}
		})
	}
}

// TestTheJournalTellsAMove says it where it was done.
func TestTheJournalTellsAMove(t *testing.T) {
	m := newMovers(t, memory.Options{})
	m.move(m.a, m.b, m.ref.ID)
	s := m.reconcile(m.a.ID)
	var steps []store.Step
	m.view(func(tx store.Tx) (err error) { steps, err = tx.Steps(t.Context(), s.ID, 0, 100); return err })
	n := slices.IndexFunc(steps, func(s store.Step) bool { return s.Action == plan.MoveOn })
	if n < 0 || steps[n].Outcome != "done" || !strings.Contains(steps[n].Reason, "octo/b") {
		t.Errorf("the journal is %+v, want a step that names the move", steps)
	}
}

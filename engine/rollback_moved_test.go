package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestUndoOfWhatWasMovedSince: a session let in what somebody wrote outside, and the ticket was moved
// to another project before it is undone. What the undo restores here is nobody's edit: it does not go
// out over what stands where the ticket is now, which a person is asked about. Nor is he any more
// once the undo is undone itself.
func TestUndoOfWhatWasMovedSince(t *testing.T) {
	for habit, o := range habits() {
		for _, granted := range []bool{false, true} {
			t.Run(habit+map[bool]string{true: ", granted to the new project"}[granted], func(t *testing.T) {
				m := newMovers(t, o)
				m.must(m.trackers[m.a.ID].EditField("bob", m.ref.ID, memory.FieldTitle, ticket.Text("bob's")))
				m.clock.now = m.clock.now.Add(10 * time.Minute)
				applied := m.sync(m.a.ID)
				at := m.move(m.a, m.b, m.ref.ID)
				m.clock.now = m.clock.now.Add(10 * time.Minute)
				m.settle(m.b)
				m.follows(m.a, m.b, at.ID)
				if granted {
					m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
				}
				undo := m.rollBack(applied.ID)
				m.settle(m.b)
				m.reads("a ticket", "bob's")
				if open := m.conflicts(store.OpenConflict); len(open) != 1 || open[0].Kind != store.Undone || open[0].ProjectID != m.b.ID || open[0].External.Text() != "bob's" {
					t.Errorf("a person is asked %+v", open)
				}
				m.rollBack(undo.ID)
				m.settle(m.b)
				m.reads("bob's", "bob's")
				m.follows(m.a, m.b, at.ID)
			})
		}
	}
}

// reads fails unless the title of the ticket reads so here, and so where it was moved to.
func (m *movers) reads(here, there string) {
	m.t.Helper()
	if got := m.ticket(m.id).Fields[ticket.Title].Text(); got != here {
		m.t.Errorf("here it reads %q, want %q", got, here)
	}
	if got := m.outside(m.b.ID, m.id).Fields[memory.FieldTitle].Text(); got != there {
		m.t.Errorf("outside it reads %q, want %q", got, there)
	}
}

// TestAnUndoWaitsForNoPlaceForEver: a ticket that stands in two projects is moved outside to the other's
// and deleted here, while the session that made it there is to be undone. Whether its place is free the
// other project alone can tell, which is away. The undo says after a while what is left of it, and holds
// up nobody.
func TestAnUndoWaitsForNoPlaceForEver(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := twoProjects(t, o)
			m.id = m.create("ours", ticket.Public).ID
			made := m.sync(m.a.ID)
			m.settle(m.b)
			m.move(m.a, m.b, m.itsItem(m.a))
			undo := m.order(made.ID)
			m.dropHere(m.id)
			if undo, _ = m.attempts(undo, 5); undo.State != store.Succeeded {
				t.Fatalf("the undo is %s: %s", undo.State, undo.Reason)
			}
			if why := m.cannot(undo.ID, m.id, ""); why == "" {
				t.Error("nobody is told that the item stands")
			}
		})
	}
}

// TestWhatAnUndoKeepsComesBack: somebody edited a title outside, which came in, and somebody edited it
// again before that session is undone: the undo keeps what it would have restored. Whoever wants that
// back has it back on both sides, also where the ticket was moved to another project meanwhile.
func TestWhatAnUndoKeepsComesBack(t *testing.T) {
	for habit, o := range habits() {
		for _, moved := range []bool{false, true} {
			t.Run(habit+map[bool]string{true: ", moved"}[moved], func(t *testing.T) {
				m := newMovers(t, o)
				edit := func(p store.Project, id, title string) {
					m.must(m.trackers[p.ID].EditField("bob", id, memory.FieldTitle, ticket.Text(title)))
					m.clock.now = m.clock.now.Add(10 * time.Minute)
				}
				edit(m.a, m.ref.ID, "bob's")
				applied := m.sync(m.a.ID)
				now, id := m.a, m.ref.ID
				if moved {
					now, id = m.b, m.move(m.a, m.b, m.ref.ID).ID
					m.settle(m.b)
					m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
				}
				edit(now, id, "bob's again")
				m.settle(now)
				undo := m.rollBack(applied.ID)
				m.rollBack(undo.ID)
				if open := m.conflicts(store.OpenConflict); len(open) != 0 {
					t.Errorf("the undo is undone, and a person is asked %+v", open)
				}
				m.rollBack(applied.ID)
				m.settle(now)
				kept := m.conflicts(store.OpenConflict)
				if len(kept) != 1 || kept[0].ProjectID != now.ID || kept[0].External.Text() != "a ticket" {
					t.Fatalf("a person is asked %+v", kept)
				}
				m.decide(kept[0], store.ChooseExternal)
				m.settle(now)
				if here, there := m.both(now.ID, m.id, ticket.Title); here != "a ticket" || there != "a ticket" {
					t.Errorf("here it reads %q, outside %q", here, there)
				}
				if n := len(m.conflicts(store.OpenConflict)) + len(m.conflicts(store.Decided)); n != 0 {
					t.Errorf("%d questions are left", n)
				}
			})
		}
	}
}

// TestWhatAnUndoDeletedHereStaysOutWhereItMoves: a session let bob's remark in, and an undo deleted it here. Its ticket is
// moved to another project, and the remark goes along: it does not come in again as a new one, and an undo of the undo
// says that it cannot bring it back.
func TestWhatAnUndoDeletedHereStaysOutWhereItMoves(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			_, err := m.trackers[m.a.ID].AddComment("bob", m.ref.Key, "bob's remark")
			m.must(err)
			m.clock.now = m.clock.now.Add(10 * time.Minute)
			undo := m.rollBack(m.sync(m.a.ID).ID)
			at := m.move(m.a, m.b, m.ref.ID)
			m.settle(m.b)
			m.whole(m.b)
			m.follows(m.a, m.b, at.ID)
			if said := m.said(m.id); len(said) != 1 || said[0] != "a remark" {
				t.Errorf("here is said %q", said)
			}
			pv, err := m.engine.PreviewRollback(t.Context(), undo.ID)
			m.must(err)
			if pv.Counts.Cannot != 1 {
				t.Errorf("an undo of the undo says %+v, want that this cannot be undone any more", pv.Rows)
			}
		})
	}
}

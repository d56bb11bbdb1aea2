package engine_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// remarksGo has the comments of a mapping flow that way alone.
func remarksGo(d mapping.Direction) func(*mapping.Mapping) {
	return func(m *mapping.Mapping) {
		for n := range m.Comments {
			m.Comments[n].Direction = d
		}
	}
}

// TestACommentInDoubtUnderAnotherMapping: the answer to the create of a comment is lost, another mapping comes into force on
// either side or on both, and the ticket is moved. What we made shows at the new place: it is not made twice, and
// what was typed here since goes out, with nobody asked.
func TestACommentInDoubtUnderAnotherMapping(t *testing.T) {
	const said, since = "said on Monday\r\nor Tuesday\r\n\r\n", "said since"
	for _, tt := range []struct {
		why       string
		meanwhile func(*mapping.Mapping)
	}{
		{"the same as before", func(*mapping.Mapping) {}},
		{"without comments", func(m *mapping.Mapping) { m.Comments = nil }},
		{"comments come in alone", remarksGo(mapping.In)},
		{"comments go out alone", remarksGo(mapping.Out)},
	} {
		for habit, o := range habits() {
			for n := range 6 {
				left, entered, edited := n%3 != 1, n%3 > 0, n > 2
				t.Run(fmt.Sprintf("%s, %s, where it left %t, where it went %t, edited %t", tt.why, habit, left, entered, edited), func(t *testing.T) {
					m := newMovers(t, o)
					c, err := m.engine.AddComment(t.Context(), m.id, said, "", "ann")
					m.must(err)
					m.lose(m.a, true)
					m.sync(m.a.ID)
					if left {
						m.activate(m.a.ID, tt.meanwhile)
					}
					if entered {
						m.activate(m.b.ID, tt.meanwhile)
					}
					want := said
					if edited {
						want = since
						_, err = m.engine.EditComment(t.Context(), c.ID, since, c.Revision, "ann")
						m.must(err)
					}
					m.move(m.a, m.b, m.ref.ID)
					m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
					m.settle(m.a)
					m.reconcile(m.a.ID)
					m.settle(m.b)
					m.clock.now = m.clock.now.Add(2 * time.Hour)
					for _, p := range []store.Project{m.a, m.b} {
						m.activate(p.ID, func(*mapping.Mapping) {})
					}
					m.settle(m.b)
					m.undisputed()
					if n := len(m.stands(m.b.ID, external.KindComment)); n != 2 {
						t.Errorf("%d comments stand outside, want theirs and ours", n)
					}
					l := m.link(m.b.ID, external.KindComment, c.ID)
					there, _ := m.adapter(m.trackers[m.b.ID], m.b.ID).Peek(l.ExternalID)
					if here := m.said(m.id); l.State != store.Live || !slices.Contains(here, want) || len(here) != 2 || edited && there.Fields["body"].Text() != since {
						t.Errorf("its link is %s (%s), here %q, there %q; want %q", l.State, l.Reason, here, there.Fields["body"].Text(), want)
					}
					m.quiet(m.b)
				})
			}
		}
	}
}

// TestMovedWhereAFieldIsLeftOut: a ticket is moved to a project whose mapping leaves out a text that both sides agree on. It is
// mapped there later: what was typed here meanwhile goes out, and nobody is asked.
func TestMovedWhereAFieldIsLeftOut(t *testing.T) {
	for habit, o := range habits() {
		t.Run(habit, func(t *testing.T) {
			m := newMovers(t, o)
			m.activate(m.b.ID, without(ticket.Body))
			at := m.move(m.a, m.b, m.ref.ID)
			m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
			m.reconcile(m.a.ID)
			m.settle(m.b)
			m.edit(m.id, text(ticket.Body, "typed since"))
			m.activate(m.b.ID, func(*mapping.Mapping) {})
			m.settle(m.b)
			m.undisputed()
			there, _ := m.adapter(m.trackers[m.b.ID], m.b.ID).Peek(at.ID)
			if got := there.Fields["body"].Text(); got != "typed since" {
				t.Errorf("outside it reads %q", got)
			}
		})
	}
}

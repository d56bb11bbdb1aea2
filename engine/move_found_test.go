package engine_test

import (
	"testing"
	"time"

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

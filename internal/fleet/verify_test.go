package fleet_test

import (
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestVerifyOverEveryAdapter has people edit in a ring of all systems, and then asks each
// real adapter what its system really holds: nothing is unexplained, nothing is written,
// and what is then spoilt in the database is found in the very project that it concerns.
func TestVerifyOverEveryAdapter(t *testing.T) {
	w := newWorld(t, fleet.Options{Seed: 11})
	members := w.connect("github", "jira", "linear", "webhook")
	s := newStorm(w, 11)
	s.seed(10)
	w.settle()
	w.Reset()
	for _, m := range members {
		v := w.verifyMember(m)
		if v.Unexplained > 0 || v.Compared < 10 {
			t.Errorf("%s: %d of %d unexplained: %+v", m.Name, v.Unexplained, v.Compared, v.Differences)
		}
	}
	if total, each := w.Writes(); total > 0 {
		t.Errorf("a verification wrote %d times, by member %v", total, each)
	}
	var spoilt store.Link
	victim := members[1]
	w.must(w.Store.Tx(t.Context(), func(tx store.Tx) error {
		links, err := tx.LinksOf(t.Context(), victim.ID, external.KindTicket, "", 1)
		if err != nil {
			return err
		}
		spoilt = links[0]
		row, err := tx.Ticket(t.Context(), spoilt.LocalID)
		if err != nil {
			return err
		}
		return tx.UpdateTicket(t.Context(), row.With(ticket.Fields{ticket.Title: ticket.Text("edited by hand")}, "eve", w.Clock.Now()), row.Revision)
	}))
	for _, m := range members {
		v := w.verifyMember(m)
		if v.Unexplained != 1 || v.Differences[0].LocalID != spoilt.LocalID || v.Differences[0].Field != ticket.Title {
			t.Errorf("%s: the spoilt title is not what was found: %+v", m.Name, v.Differences)
		}
	}
}

// verifyMember walks a whole verification, and a sample, which must not say otherwise.
func (w *world) verifyMember(m *fleet.Member) engine.Verified {
	w.Helper()
	var sum engine.Verified
	for cursor, first := "", true; first || cursor != ""; first = false {
		v, err := w.Engine.Verify(w.Context(), m.ID, cursor, 7)
		w.must(err)
		sum.Compared, sum.Unexplained = sum.Compared+v.Compared, sum.Unexplained+v.Unexplained
		for _, d := range v.Differences {
			if !d.Standing.Explained() {
				sum.Differences = append(sum.Differences, d)
			}
		}
		cursor = v.Next
	}
	sample, err := w.Engine.VerifySample(w.Context(), m.ID, 8)
	w.must(err)
	if sample.Compared == 0 || sample.Compared > 8 || sample.Unexplained > sum.Unexplained {
		w.Errorf("%s: a sample of 8 compared %d and found %d", m.Name, sample.Compared, sample.Unexplained)
	}
	return sum
}

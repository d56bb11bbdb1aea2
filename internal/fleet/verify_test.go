package fleet_test

import (
	"slices"
	"testing"
	"time"

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

// verifyMember walks a whole verification, and a sample, which must not say otherwise. It
// returns only those differences that nothing explains.
func (w *world) verifyMember(m *fleet.Member) engine.Verified {
	w.Helper()
	sum := w.verifyWhole(m, 7)
	sum.Differences = slices.DeleteFunc(sum.Differences, func(d engine.Difference) bool { return d.Standing.Explained() })
	sample, err := w.Engine.VerifySample(w.Context(), m.ID, 8)
	w.must(err)
	if sample.Compared == 0 || sample.Compared > 8 || sample.Unexplained > sum.Unexplained {
		w.Errorf("%s: a sample of 8 compared %d and found %d", m.Name, sample.Compared, sample.Unexplained)
	}
	return sum
}

// TestWholeVerifyTakesPages verifies projects whose items are read one a call: it takes the
// pages of their lists, and a call for what is not on them as it was seen last. What people did
// there since the last session is told for what it is.
func TestWholeVerifyTakesPages(t *testing.T) {
	const tickets = 120
	const pages = 4 // two of issues and two of comments; or two, each a search and its reading
	for name, c := range map[string]struct {
		open  func(w *world) (fleet.Movable, error)
		alone int // calls for what is not where it was: what was deleted, and what was moved to the end
	}{
		"github":           {func(w *world) (fleet.Movable, error) { return w.GitHub(), nil }, 2 + 2},
		"jira data center": {func(w *world) (fleet.Movable, error) { return w.Jira(fleet.JiraOptions{DataCenter: true}) }, 2 + 4}, // with their comments
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, fleet.Options{Seed: 7, Allow: true})
			site, err := c.open(w)
			w.must(err)
			var items []string
			for range tickets {
				w.Clock.Advance(time.Minute)
				id, err := site.Create("ada", fleet.Change{Title: p("a ticket"), Body: p("some words")})
				w.must(err)
				_, err = site.Comment("bob", id, "a remark")
				w.must(err)
				items = append(items, id)
			}
			m, err := w.Connect(t.Context(), fleet.Spec{Site: site})
			w.must(err)
			w.settle()
			w.Clock.Advance(time.Hour)
			w.settle()
			w.Reset()
			v := w.verifyWhole(m, 50)
			if quiet := site.Counters().Total; v.Compared != 2*tickets || v.Standings[engine.InStep] != 2*tickets || quiet != pages {
				t.Errorf("%d calls, want %d: %+v %v", quiet, pages, v, site.Counters().Kinds)
			}
			w.must(site.Delete("ada", items[3])) // with its comment
			w.must(site.Edit("bob", items[5], fleet.Change{Title: p("another title")}))
			_, err = site.Comment("ada", items[7], "a second remark") // moves its ticket, which stays as it was
			w.must(err)
			w.Reset()
			v = w.verifyWhole(m, 50)
			if total, each := w.Writes(); total > 0 {
				t.Errorf("a verification wrote %d times, by member %v", total, each)
			}
			if now := site.Counters().Total; now != pages+c.alone {
				t.Errorf("%d calls, want %d: %v", now, pages+c.alone, site.Counters().Kinds)
			}
			if v.Standings[engine.NotThere] != 2 || v.Standings[engine.Pending] != 2 || v.Unexplained != 2 {
				t.Errorf("want the deleted ticket and its comment missing, the edit and the second remark pending: %v %+v", v.Standings, v.Differences)
			}
		})
	}
}

// verifyWhole walks a whole verification, limit at a time.
func (w *world) verifyWhole(m *fleet.Member, limit int) engine.Verified {
	w.Helper()
	sum := engine.Verified{Standings: map[engine.Standing]int{}}
	for cursor, first := "", true; first || cursor != ""; first = false {
		v, err := w.Engine.Verify(w.Context(), m.ID, cursor, limit)
		w.must(err)
		sum.Compared, sum.Unexplained = sum.Compared+v.Compared, sum.Unexplained+v.Unexplained
		sum.Differences = append(sum.Differences, v.Differences...)
		for s, n := range v.Standings {
			sum.Standings[s] += n
		}
		cursor = v.Next
	}
	return sum
}

package engine_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// shelf is a project of a system whose items are read one a call, with tickets that people
// made outside, a second each, and a comment on every one. All is in step and seen.
type shelf struct {
	*world
	project store.Project
	items   []external.Ref
}

func newShelf(t *testing.T, n int, o memory.Options) *shelf {
	t.Helper()
	w := newWorld(t)
	o.ReadBatch = 1
	s := &shelf{world: w, project: w.connect("octo/hello", o)}
	s.fill(n, time.Second)
	return s
}

// fill makes n more tickets, so far from each other.
func (s *shelf) fill(n int, apart time.Duration) {
	s.t.Helper()
	for k := range n {
		s.clock.now = s.clock.now.Add(apart)
		item, err := s.tracker().CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text(fmt.Sprintf("ticket %d", k))})
		s.must(err)
		_, err = s.tracker().AddComment("bob", item.Key, "a remark")
		s.must(err)
		s.items = append(s.items, item)
	}
	s.later()
}

// later lets a session see all there is, when no list is behind any more.
func (s *shelf) later() {
	s.t.Helper()
	s.clock.now = s.clock.now.Add(time.Hour)
	s.sync(s.project.ID)
}

func (s *shelf) tracker() *memory.Tracker { return s.trackers[s.project.ID] }

// TestWholeVerifyCostsPages: where items are read one a call, a whole verification costs the
// pages of the lists, and no more than they for what nothing here knows.
func TestWholeVerifyCostsPages(t *testing.T) {
	s := newShelf(t, 1000, memory.Options{PageSize: 100})
	was := s.tracker().Calls()
	v := s.verify(s.project.ID)
	now := s.tracker().Calls()
	if v.Compared != 2000 || v.Unexplained != 0 || v.Standings[engine.InStep] != 2000 {
		t.Fatalf("%d compared, %d unexplained: %v", v.Compared, v.Unexplained, v.Standings)
	}
	// Each page leaves its last item to the next one, which does not show it again here.
	if lists, alone := now.List-was.List, now.Read-was.Read; lists > 30 || alone > 20 || v.Reads != lists+alone {
		t.Errorf("%d lists and %d read by themselves, %d told; want about ten lists of a hundred tickets and comments each", lists, alone, v.Reads)
	}
}

// TestVerifyReadsWhatListsDoNotTell: what a list does not show as it was seen last is read by
// itself, and nothing else is; what is told is what was read.
func TestVerifyReadsWhatListsDoNotTell(t *testing.T) {
	const n = 30
	type sum = map[engine.Standing]int
	for _, c := range []struct {
		reason string
		do     func(s *shelf)
		alone  int // reads of single items
		want   sum // beside what is in step
	}{
		{"nothing happened", func(*shelf) {}, 0, sum{}},
		{"an item was deleted outside: only its absence shows", func(s *shelf) {
			s.must(s.tracker().Delete("bob", s.items[7].ID))
		}, 2, sum{engine.NotThere: 2}}, // its comment went with it
		{"an item was edited outside since, and moved to the end of the list", func(s *shelf) {
			s.must(s.tracker().EditField("bob", s.items[7].ID, memory.FieldTitle, ticket.Text("newer")))
		}, 1, sum{engine.Pending: 1}},
		{"a comment moved its ticket to the end of the list, and nothing changed about it", func(s *shelf) {
			_, err := s.tracker().AddComment("bob", s.items[7].Key, "another remark")
			s.must(err)
		}, 0, sum{engine.Pending: 1}}, // the comment
		{"the same, and a session saw it there", func(s *shelf) {
			_, err := s.tracker().AddComment("bob", s.items[7].Key, "another remark")
			s.must(err)
			s.later()
		}, 0, sum{}},
		{"the list shows an item as it was before our own write", func(s *shelf) {
			s.edit(s.localOf(7), text(ticket.Title, "newer"))
			s.later()
			s.wrap = func(a *memory.Adapter) adapters.Adapter { return lagging{a, "newer", "ticket 7"} }
		}, 1, sum{}},
		{"the list does not show an item yet", func(s *shelf) {
			s.wrap = func(a *memory.Adapter) adapters.Adapter { return lacking{a, s.items[7].ID} }
		}, 1, sum{}},
		{"a row was edited by hand here: the list shows a difference, and the item confirms it", func(s *shelf) {
			id := s.localOf(7)
			s.view(func(tx store.Tx) error {
				row, err := tx.Ticket(s.t.Context(), id)
				s.must(err)
				return tx.UpdateTicket(s.t.Context(), row.With(text(ticket.Title, "edited by hand"), "eve", s.clock.Now()), row.Revision)
			})
		}, 1, sum{engine.Different: 1}},
		{"nothing is known here of an item that the list shows", func(s *shelf) {
			s.forget(7)
		}, 2, sum{engine.NotHere: 1, engine.Dangling: 1}}, // its comment lost its ticket
		{"the same, but the list is behind: the item is deleted", func(s *shelf) {
			s.forget(7)
			was := s.list()
			s.must(s.tracker().Delete("bob", s.items[7].ID))
			s.wrap = func(a *memory.Adapter) adapters.Adapter { return showing{a, was} }
		}, 2, sum{engine.Dangling: 1}}, // its comment
		{"a link was set aside: how it stands is known", func(s *shelf) {
			s.view(func(tx store.Tx) error {
				l, err := tx.LinkByExternal(s.t.Context(), s.project.ID, external.KindTicket, s.items[7].ID)
				s.must(err)
				l.State, l.Reason = store.Quarantined, "for this test"
				return tx.UpdateLink(s.t.Context(), l)
			})
			s.must(s.tracker().EditField("bob", s.items[7].ID, memory.FieldTitle, ticket.Text("newer")))
		}, 0, sum{engine.SetAside: 1}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			s := newShelf(t, n, memory.Options{PageSize: 100, Touch: true})
			c.do(s)
			was := s.tracker().Calls()
			v := s.verify(s.project.ID)
			delete(v.Standings, engine.InStep)
			if fmt.Sprint(v.Standings) != fmt.Sprint(c.want) {
				t.Errorf("stand %v, want %v: %+v", v.Standings, c.want, v.Differences)
			}
			if alone := s.tracker().Calls().Read - was.Read; alone != c.alone {
				t.Errorf("%d items were read by themselves, want %d", alone, c.alone)
			}
		})
	}
}

// localOf returns the id here of the nth ticket.
func (s *shelf) localOf(n int) (id string) {
	s.t.Helper()
	s.view(func(tx store.Tx) error {
		l, err := tx.LinkByExternal(s.t.Context(), s.project.ID, external.KindTicket, s.items[n].ID)
		id = l.LocalID
		return err
	})
	return id
}

// forget removes the link of the nth ticket, as a fault of ours would.
func (s *shelf) forget(n int) {
	s.t.Helper()
	s.view(func(tx store.Tx) error {
		l, err := tx.LinkByExternal(s.t.Context(), s.project.ID, external.KindTicket, s.items[n].ID)
		s.must(err)
		l.LocalID, l.State = "", store.Backlog
		s.must(tx.UpdateLink(s.t.Context(), l))
		return tx.DeleteLink(s.t.Context(), l.ID)
	})
}

// list returns everything that the list of tickets shows.
func (s *shelf) list() external.Page {
	s.t.Helper()
	p, err := s.adapter(s.tracker(), s.project.ID).Changes(s.t.Context(), external.StreamTickets, external.Window{}, "", "")
	s.must(err)
	return p
}

// lacking is a tracker whose lists do not show one item.
type lacking struct {
	*memory.Adapter
	id string
}

func (a lacking) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	out, err := a.Adapter.Changes(ctx, s, win, page, version)
	out.Items = slices.DeleteFunc(out.Items, func(i external.Item) bool { return i.ID == a.id })
	return out, err
}

// showing is a tracker whose list of tickets is as it was.
type showing struct {
	*memory.Adapter
	was external.Page
}

func (a showing) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	if s == external.StreamTickets {
		return a.was, nil
	}
	return a.Adapter.Changes(ctx, s, win, page, version)
}

// TestVerifyFindsItemsWhereListsHaveThem: a comment moves its ticket to the end of the list at
// many vendors, though nothing changes about it; once a session saw that, it is looked for there.
func TestVerifyFindsItemsWhereListsHaveThem(t *testing.T) {
	s := newShelf(t, 40, memory.Options{PageSize: 20, Touch: true})
	for _, n := range []int{39, 3, 17, 0, 24, 11, 30} {
		s.clock.now = s.clock.now.Add(time.Second)
		_, err := s.tracker().AddComment("bob", s.items[n].Key, "another remark")
		s.must(err)
	}
	s.later()
	was := s.tracker().Calls()
	v := s.verify(s.project.ID)
	if alone := s.tracker().Calls().Read - was.Read; alone > 4 || v.Standings[engine.InStep] != 87 {
		t.Errorf("%d items were read by themselves, want one for each page that goes on at most: %+v", alone, v)
	}
}

// TestVerifyOfManyAtOnce: what an import left with one and the same time is listed to its
// end, whatever pages it fills.
func TestVerifyOfManyAtOnce(t *testing.T) {
	s := newShelf(t, 25, memory.Options{PageSize: 20, Precision: time.Minute})
	s.fill(90, 0)
	s.fill(25, time.Minute)
	was := s.tracker().Calls()
	v := s.verify(s.project.ID)
	now := s.tracker().Calls()
	if v.Compared != 280 || v.Unexplained != 0 {
		t.Errorf("%d compared, %d unexplained: %+v", v.Compared, v.Unexplained, v.Differences)
	}
	if alone := now.Read - was.Read; alone > 20 || now.List-was.List > 20 {
		t.Errorf("%d lists, %d read by themselves", now.List-was.List, alone)
	}
}

// TestVerifyWhileThingsMove: pages shift while they are read, and sessions see what changed.
// Nothing is passed over, and nothing is taken for a fault.
func TestVerifyWhileThingsMove(t *testing.T) {
	for _, sessions := range []bool{false, true} {
		s := newShelf(t, 60, memory.Options{PageSize: 7, Touch: true})
		compared, step := map[string]bool{}, 0
		for cursor, first := "", true; first || cursor != ""; first = false {
			v, err := s.engine.Verify(t.Context(), s.project.ID, cursor, 4)
			s.must(err)
			if v.Unexplained != 0 {
				t.Fatalf("after %d steps: %+v", step, v.Differences)
			}
			for _, d := range v.Differences {
				compared[d.LinkID] = true
			}
			cursor = v.Next
			n := (step*17 + 3) % len(s.items)
			s.clock.now = s.clock.now.Add(time.Second)
			if step++; step < 40 {
				s.must(s.tracker().EditField("bob", s.items[n].ID, memory.FieldTitle, ticket.Text(fmt.Sprintf("edited %d", step))))
			}
			if sessions && step%5 == 0 {
				s.sync(s.project.ID)
			}
		}
		if !sessions && len(compared) == 0 {
			t.Error("nothing was pending, though much was edited")
		}
		s.later()
		if v := s.verify(s.project.ID); v.Compared != 120 || v.Standings[engine.InStep] != 120 {
			t.Errorf("in the end: %+v", v)
		}
	}
}

// TestVerifyGoesOnWhereItWas: a limit, or an outage, in the midst of a page costs that part
// alone, and what is wrong on a page that is looked at in several parts is told once.
func TestVerifyGoesOnWhereItWas(t *testing.T) {
	s := newShelf(t, 40, memory.Options{PageSize: 25})
	for _, n := range []int{3, 4, 5, 20, 39} {
		s.must(s.tracker().Delete("bob", s.items[n].ID))
	}
	s.forget(10)
	compared, failed := 0, 0
	told := map[engine.Standing]int{}
	for last, parts := (engine.Verified{}), 1; parts == 1 || last.Next != ""; parts++ {
		if parts%2 == 0 {
			s.tracker().FailNextRead(memory.Fault{Kind: external.RateLimited, RetryAfter: time.Minute})
		}
		v, err := s.engine.Verify(t.Context(), s.project.ID, last.Next, 2)
		var paced *engine.PacedError
		if errors.As(err, &paced) {
			failed++
			s.clock.now = paced.RetryAt
			continue // from the same cursor once more
		}
		s.must(err)
		if v.Reads > 4 {
			t.Errorf("part %d took %d calls; want the list, two that it does not show, and one to confirm what it shows", parts, v.Reads)
		}
		for _, d := range v.Differences {
			told[d.Standing]++
		}
		compared, last = compared+v.Compared, v
	}
	want := map[engine.Standing]int{engine.NotThere: 10, engine.NotHere: 1, engine.Dangling: 1}
	if compared != 80 || fmt.Sprint(told) != fmt.Sprint(want) || failed == 0 {
		t.Errorf("%d compared, want 80; told %v, want %v; %d parts failed", compared, told, want, failed)
	}
}

package engine_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// verify walks a whole verification, a few links at a time.
func (w *world) verify(projectID string) engine.Verified {
	w.t.Helper()
	sum := engine.Verified{Standings: map[engine.Standing]int{}}
	for cursor, first := "", true; first || cursor != ""; first = false {
		v, err := w.engine.Verify(w.t.Context(), projectID, cursor, 2)
		w.must(err)
		sum.Compared, sum.Unexplained = sum.Compared+v.Compared, sum.Unexplained+v.Unexplained
		for s, n := range v.Standings {
			sum.Standings[s] += n
		}
		sum.Differences = append(sum.Differences, v.Differences...)
		sum.Reads += v.Reads
		cursor = v.Next
	}
	return sum
}

// TestVerifyFindsWhatWasPlanted: each difference that no session would notice by itself is
// named for what it is, and everything else stays in step; whether items are read many a
// call, or lists are walked because they are not.
func TestVerifyFindsWhatWasPlanted(t *testing.T) {
	type scene struct {
		*world
		project store.Project
		ticket  ticket.Ticket
		link    store.Link
	}
	rewrite := func(s *scene, change func(l *store.Link)) {
		s.view(func(tx store.Tx) error {
			change(&s.link)
			return tx.UpdateLink(s.t.Context(), s.link)
		})
	}
	for _, c := range []struct {
		reason string
		plant  func(*scene)
		want   engine.Standing
		field  ticket.Field
	}{
		{"a row that was edited in the database", func(s *scene) {
			s.view(func(tx store.Tx) error {
				next := s.ticket.With(text(ticket.Title, "edited by hand"), "eve", s.clock.Now())
				return tx.UpdateTicket(s.t.Context(), next, s.ticket.Revision)
			})
		}, engine.Different, ticket.Title},
		{"a row that was edited in the database, and its base with it", func(s *scene) {
			s.view(func(tx store.Tx) error {
				next := s.ticket.With(text(ticket.Title, "edited by hand"), "eve", s.clock.Now())
				return tx.UpdateTicket(s.t.Context(), next, s.ticket.Revision)
			})
			rewrite(s, func(l *store.Link) {
				l.Bases[ticket.Title] = plan.Base{Local: ticket.Text("edited by hand"), External: l.Bases[ticket.Title].External}
			})
		}, engine.Different, ticket.Title},
		{"the bases of another link", func(s *scene) {
			rewrite(s, func(l *store.Link) {
				l.Bases[ticket.Title] = plan.Base{Local: ticket.Text("another"), External: ticket.Text("another")}
			})
		}, engine.Different, ticket.Title},
		{"a base that was lost", func(s *scene) {
			rewrite(s, func(l *store.Link) { delete(l.Bases, ticket.Title) })
		}, engine.Different, ticket.Title},
		{"an item that was deleted outside", func(s *scene) {
			s.must(s.trackers[s.project.ID].Delete("bob", s.link.ExternalID))
		}, engine.NotThere, ""},
		{"a link that names nothing here", func(s *scene) {
			rewrite(s, func(l *store.Link) { l.LocalID = "nothing" })
		}, engine.Dangling, ""},
		{"a link that was forgotten", func(s *scene) {
			rewrite(s, func(l *store.Link) { l.LocalID, l.State = "", store.Backlog })
			s.view(func(tx store.Tx) error { return tx.DeleteLink(s.t.Context(), s.link.ID) })
			s.clock.now = s.clock.now.Add(time.Hour) // the watermark goes on without it
			_, err := s.trackers[s.project.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("four")})
			s.must(err)
			s.sync(s.project.ID)
		}, engine.NotHere, ""},
	} {
		for way, o := range bothWays() {
			t.Run(c.reason+", "+way, func(t *testing.T) {
				w := newWorld(t)
				s := &scene{world: w, project: w.connect("octo/hello", o)}
				for _, title := range []string{"one", "two", "three"} {
					w.create(title, ticket.Public)
				}
				w.sync(s.project.ID)
				w.sync(s.project.ID)
				s.ticket = w.tickets()[1]
				w.view(func(tx store.Tx) (err error) {
					s.link, err = tx.LinkByLocal(t.Context(), s.project.ID, external.KindTicket, s.ticket.ID)
					return err
				})
				if v := w.verify(s.project.ID); v.Score() != 0 || v.Standings[engine.InStep] != 3 {
					t.Fatalf("before: %+v", v)
				}
				c.plant(s)
				v := w.verify(s.project.ID)
				if v.Unexplained != 1 || v.Score() == 0 || len(v.Differences) != 1 || v.Differences[0].Standing != c.want || v.Differences[0].Field != c.field {
					t.Errorf("want %s of %q, got %d unexplained: %+v", c.want, c.field, v.Unexplained, v.Differences)
				}
			})
		}
	}
}

// bothWays are a system whose items are read many a call, and one that shows many in lists alone.
func bothWays() map[string]memory.Options {
	return map[string]memory.Options{"read in batches": {ReadBatch: 10}, "listed": {ReadBatch: 1}}
}

// TestVerifyExplains: what waits, rests or was decided is told with its reason and is no
// alarm.
func TestVerifyExplains(t *testing.T) {
	for _, c := range []struct {
		reason string
		do     func(w *world, p store.Project, id string)
		want   engine.Standing
	}{
		{"an edit here waits for its session", func(w *world, _ store.Project, id string) {
			w.edit(id, text(ticket.Title, "newer"))
		}, engine.Pending},
		{"an edit outside waits for the next poll", func(w *world, p store.Project, id string) {
			w.clock.now = w.clock.now.Add(2e9)
			w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, id).ID, "title", ticket.Text("newer")))
		}, engine.Pending},
		{"both edited: it is parked", func(w *world, p store.Project, id string) {
			w.edit(id, text(ticket.Title, "newer"))
			w.clock.now = w.clock.now.Add(2e9)
			w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, id).ID, "title", ticket.Text("other")))
			w.sync(p.ID)
		}, engine.Parked},
		{"it became private, and is edited since", func(w *world, p store.Project, id string) {
			_, err := w.engine.SetPrivacy(w.t.Context(), id, ticket.LocalOnly, "ann")
			w.must(err)
			w.sync(p.ID)
			w.edit(id, text(ticket.Title, "secret"))
			w.sync(p.ID)
		}, engine.Withheld},
	} {
		for way, o := range bothWays() {
			t.Run(c.reason+", "+way, func(t *testing.T) {
				w := newWorld(t)
				p := w.connect("octo/hello", o)
				created := w.create("one", ticket.Public)
				w.sync(p.ID)
				c.do(w, p, created.ID)
				v := w.verify(p.ID)
				told := slices.ContainsFunc(v.Differences, func(d engine.Difference) bool { return d.Standing == c.want && d.Reason != "" })
				if v.Unexplained != 0 || !told {
					t.Errorf("want %s with a reason and no alarm, got %+v", c.want, v)
				}
			})
		}
	}
}

// TestVerifyOfACommentGoesWithItsTicket: a comment that waits for a ticket which rests until
// somebody does something is no work of the next session.
func TestVerifyOfACommentGoesWithItsTicket(t *testing.T) {
	for _, c := range []struct {
		state store.LinkState
		want  engine.Standing
	}{
		{store.ParkedLink, engine.SetAside},
		{store.MaybeGone, engine.SetAside},
		{store.Withdrawn, engine.Ended},
		{store.Backlog, engine.Pending},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		mine := w.create("one", ticket.Public)
		w.sync(p.ID)
		_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
		w.must(err)
		w.view(func(tx store.Tx) error {
			l, err := tx.LinkByLocal(t.Context(), p.ID, external.KindTicket, mine.ID)
			w.must(err)
			l.State, l.Reason = c.state, "for this test"
			return tx.UpdateLink(t.Context(), l)
		})
		v := w.verify(p.ID)
		if v.Unexplained != 0 || v.Standings[c.want] == 0 {
			t.Errorf("%s: %+v", c.state, v)
		}
		for _, d := range v.Differences {
			if d.Kind == external.KindComment && d.Standing != c.want {
				t.Errorf("its comment under a ticket that is %s stands as %s: %s", c.state, d.Standing, d.Reason)
			}
		}
		told := slices.ContainsFunc(v.Differences, func(d engine.Difference) bool { return d.Kind == external.KindComment })
		if told == (c.want == engine.Ended) {
			t.Errorf("%s: the comment is told: %t", c.state, told)
		}
	}
}

// TestVerifyOfAFieldOfOne: a field that has room for one of a set and holds one of ours is
// in step, as the planner sees it, whichever of them it holds; another one is not.
func TestVerifyOfAFieldOfOne(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Labels).Max = 1 })
	mine := w.create("one", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.sync(p.ID)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("bug", "docs")})
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields[memory.FieldLabels]; !got.Equal(ticket.Set("docs")) {
		t.Fatalf("outside: %s; want the one that was there", got)
	}
	if v := w.verify(p.ID); v.Score() != 0 || v.Standings[engine.InStep] != 1 {
		t.Errorf("one of two: %+v", v)
	}
	other := w.create("two", ticket.Public)
	w.edit(other.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.sync(p.ID)
	w.view(func(tx store.Tx) error { // edited by hand, and its base with it
		l, err := tx.LinkByLocal(t.Context(), p.ID, external.KindTicket, other.ID)
		w.must(err)
		now, err := tx.Ticket(t.Context(), other.ID)
		w.must(err)
		b := l.Bases[ticket.Labels]
		b.Local = ticket.Set("bug", "chore")
		l.Bases[ticket.Labels] = b
		w.must(tx.UpdateLink(t.Context(), l))
		return tx.UpdateTicket(t.Context(), now.With(ticket.Fields{ticket.Labels: b.Local}, "eve", w.clock.Now()), now.Revision)
	})
	if v := w.verify(p.ID); v.Unexplained != 1 || v.Differences[0].LocalID != other.ID || v.Differences[0].Field != ticket.Labels {
		t.Errorf("none of two: %+v", v)
	}
}

// TestVerifyOfACommentOnAPrivateTicket: it is withheld with its ticket, and waits for nothing.
func TestVerifyOfACommentOnAPrivateTicket(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("one", ticket.Shareable) // without a grant
	_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	w.sync(p.ID)
	v := w.verify(p.ID)
	if v.Unexplained != 0 || v.Standings[engine.Withheld] != 2 {
		t.Errorf("the ticket and its comment are withheld, but: %+v", v)
	}
}

// lagging is a tracker whose lists still show an old title.
type lagging struct {
	*memory.Adapter
	now, old string
}

func (a lagging) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	out, err := a.Adapter.Changes(ctx, s, win, page, version)
	for n, item := range out.Items {
		if item.Fields[memory.FieldTitle].Text() == a.now {
			item.Fields = maps.Clone(item.Fields) // the tracker's own
			item.Fields[memory.FieldTitle] = ticket.Text(a.old)
			item.UpdatedAt = item.UpdatedAt.Add(-time.Hour)
			out.Items[n] = item
		}
	}
	return out, err
}

// TestSampleOfASystemThatReadsOneACall: it is taken from lists, which cost a call for many;
// what a list shows otherwise than it was seen last is read by itself, since lists lag.
func TestSampleOfASystemThatReadsOneACall(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{PageSize: 50, ReadBatch: 1})
	var all []ticket.Ticket
	for range 10 {
		tk := w.create("one", ticket.Public)
		_, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "ann")
		w.must(err)
		all = append(all, tk)
	}
	w.sync(p.ID)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.sync(p.ID)
	sample := func(n int) engine.Verified {
		t.Helper()
		v, err := w.engine.VerifySample(t.Context(), p.ID, n)
		w.must(err)
		return v
	}
	if v := sample(12); v.Compared != 12 || v.Unexplained != 0 || v.Reads > 4 {
		t.Errorf("a sample of 12: %+v; want 12 compared in at most two lists a kind", v)
	}
	if v := sample(100); v.Compared != 20 || v.Unexplained != 0 {
		t.Errorf("a sample of more than there is: %+v", v)
	}
	w.edit(all[3].ID, text(ticket.Title, "newer"))
	w.sync(p.ID)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return lagging{a, "newer", "one"} }
	if v := sample(100); v.Compared != 20 || v.Unexplained != 0 {
		t.Errorf("a list that lags behind our own write is taken for the truth: %+v", v)
	}
	w.wrap = nil
	w.clock.now = w.clock.now.Add(time.Hour)
	w.sync(p.ID)
	w.view(func(tx store.Tx) error {
		row, err := tx.Ticket(t.Context(), all[7].ID)
		w.must(err)
		return tx.UpdateTicket(t.Context(), row.With(text(ticket.Title, "edited by hand"), "eve", w.clock.Now()), row.Revision)
	})
	if v := sample(100); v.Unexplained != 1 {
		t.Errorf("a row that was edited by hand is not found: %+v", v)
	}
}

// TestVerifyAfterTwoMoves: an item of ours was moved on with our comment, and the ticket's
// item of another project was moved to where it had been. What went on carries the key of a
// link that is over: it is no duplicate of anything.
func TestVerifyAfterTwoMoves(t *testing.T) {
	for habit, o := range habits() {
		m := newMovers(t, o)
		o.Beside = m.trackers[m.b.ID]
		c := m.connect("octo/c", o)
		all := []store.Project{m.a, m.b, c}
		m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
		m.syncs(m.b.ID, 2)
		said, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
		m.must(err)
		m.sync(m.b.ID)
		m.clock.now = m.clock.now.Add(time.Hour)
		m.move(m.b, c, m.link(m.b.ID, external.KindTicket, m.id).ExternalID)
		m.sync(c.ID) // it shows the item, and has the project that it left look for it
		m.syncs(m.b.ID, 2)
		m.move(m.a, m.b, m.ref.ID)
		for range 5 {
			for _, p := range all {
				m.syncs(p.ID, 2)
			}
		}
		if l := m.link(c.ID, external.KindComment, said.ID); l.State != store.Live {
			t.Fatalf("%s: the comment's link is %s (%s)", habit, l.State, l.Reason)
		}
		if l := m.link(m.b.ID, external.KindTicket, m.id); l.State != store.Live {
			t.Errorf("%s: the ticket's link in the project that one item left and one came to is %s (%s)", habit, l.State, l.Reason)
		}
		for _, p := range all {
			if v := m.verify(p.ID); v.Unexplained > 0 {
				t.Errorf("%s: of %s it says %+v", habit, p.Key, v.Differences)
			}
		}
	}
}

// TestVerifyChangesNothing: a moved item waits in its new project until the one that it left
// has read it, where a person is asked about it meanwhile. Looking at it asks nobody again.
func TestVerifyChangesNothing(t *testing.T) {
	for habit, o := range habits() {
		m := newMovers(t, o)
		m.move(m.a, m.b, m.ref.ID)
		m.trackers[m.b.ID].Hide(true)
		m.reconcile(m.a.ID)
		m.trackers[m.b.ID].Hide(false)
		r, err := m.engine.Begin(t.Context(), "sees it", m.b.ID, store.Incremental)
		m.must(err)
		_, err = m.engine.Observe(t.Context(), r, true)
		m.must(err)
		links := func() (all []store.Link) {
			m.view(func(tx store.Tx) error {
				for _, p := range []store.Project{m.a, m.b} {
					some, err := tx.LinksOf(t.Context(), p.ID, external.KindTicket, "", 10)
					m.must(err)
					all = append(all, some...)
				}
				return nil
			})
			return all
		}
		before := fmt.Sprintf("%+v", links())
		m.verify(m.b.ID)
		if after := fmt.Sprintf("%+v", links()); after != before {
			t.Errorf("%s: it was\n%s\nand is\n%s", habit, before, after)
		}
	}
}

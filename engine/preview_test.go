package engine_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestPreviewOfTwinsBeforeTheFirstSession: who is to approve the first synchronisation is told
// how many of the tickets that it would create seem to stand outside, though nothing was read
// of that before. Nothing of it is stored.
func TestPreviewOfTwinsBeforeTheFirstSession(t *testing.T) {
	here := func(w *world, f ticket.Fields, level ticket.Privacy) {
		_, err := w.engine.CreateTicket(w.t.Context(), f, level, "ann")
		w.must(err)
	}
	for _, c := range []struct {
		reason string
		make   func(w *world, p store.Project)
		want   engine.Preview
		lists  int
	}{
		{"one of two stands there", func(w *world, p store.Project) {
			here(w, made(twinTitle, "one"), ticket.Public)
			here(w, made("Another matter altogether", "two"), ticket.Public)
			for _, title := range []string{"login fails on safari", "Logout works well", "Nothing to see here"} {
				w.makeOutside(p, made(title, "outside"))
			}
		}, engine.Preview{CreateOutside: 2, Twins: 1, Outside: 3}, 2},
		{"two stand there that may be it: nobody can tell, and nobody is asked", func(w *world, p store.Project) {
			here(w, made(twinTitle, "one"), ticket.Public)
			w.makeOutside(p, made(twinTitle, "one"))
			w.makeOutside(p, made(twinTitle, "one"))
		}, engine.Preview{CreateOutside: 1, Outside: 2}, 2},
		{"the only one that looks like it may not leave: it is not looked for", func(w *world, p store.Project) {
			here(w, made(twinTitle, "one"), ticket.LocalOnly)
			w.makeOutside(p, made(twinTitle, "one"))
		}, engine.Preview{Withheld: 1}, 0},
		{"all of its title is a passage that stays here: it is not looked for", func(w *world, p store.Project) {
			_, err := w.engine.ChangeRules(w.t.Context(), p.ID, "op", func(r *outbound.Rules) {
				r.Cuts = []outbound.Cut{{Begin: "(((", End: ")))"}}
			})
			w.must(err)
			here(w, made("((("+twinTitle+")))", "one"), ticket.Public)
			w.makeOutside(p, made("((("+twinTitle+")))", "one"))
		}, engine.Preview{Withheld: 1}, 0},
		{"there is nothing here", func(w *world, p store.Project) {
			w.makeOutside(p, made(twinTitle, "one"))
		}, engine.Preview{}, 0},
		{"its text names a number that the session gives to another of its title", func(w *world, p store.Project) {
			for range 3 { // #2, #3 and #4
				here(w, made(twinTitle, ""), ticket.Public)
			}
			here(w, made(twinTitle, "see #3"), ticket.Public)
			w.makeOutside(p, made(twinTitle, "see #3"))
		}, engine.Preview{CreateOutside: 4, Twins: 1, Outside: 1}, 1},
		{"nothing goes out, but what it looks like would come in", func(w *world, p store.Project) {
			w.direct(p, external.Pull)
			here(w, made(twinTitle, "one"), ticket.Public)
			w.makeOutside(p, made(twinTitle, "one"))
		}, engine.Preview{Withheld: 1, Twins: 1, Outside: 1}, 1},
		{"there is no title to go by", func(w *world, p store.Project) {
			here(w, made("...", "one"), ticket.Public)
			w.makeOutside(p, made("...", "one"))
		}, engine.Preview{CreateOutside: 1}, 0},
		{"a hundred of one title tell nothing", func(w *world, p store.Project) {
			here(w, made(twinTitle, "one"), ticket.Public)
			for range 3 {
				w.makeOutside(p, made("Something else", ""))
			}
			for range 100 {
				w.makeOutside(p, made(twinTitle, ""))
			}
		}, engine.Preview{CreateOutside: 1, Outside: 103}, 52},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t)
			p := w.connecting("octo/hello", memory.Options{PageSize: 2})
			c.make(w, p)
			got, err := w.engine.PreviewTwins(t.Context(), p.ID)
			w.must(err)
			if got != c.want {
				t.Errorf("preview %+v, want %+v", got, c.want)
			}
			if calls := w.trackers[p.ID].Calls(); calls.List != c.lists || calls.Read > 0 || calls.Writes() > 0 {
				t.Errorf("calls %+v, want %d lists", calls, c.lists)
			}
			w.view(func(tx store.Tx) error {
				links, err := tx.LinksOf(t.Context(), p.ID, external.KindTicket, "", 1000)
				w.must(err)
				for _, l := range links {
					if l.ExternalID != "" {
						t.Errorf("the preview linked %s", l.ExternalID)
					}
				}
				cur, err := tx.Cursor(t.Context(), p.ID, external.StreamTickets)
				if cur != (external.Cursor{Stream: external.StreamTickets}) {
					t.Errorf("the preview moved the cursor to %+v", cur)
				}
				return err
			})
			_, err = w.engine.Activate(t.Context(), p.ID, "op", got)
			w.must(err)
			if s := w.sync(p.ID); s.Counts.Twins != c.want.Twins {
				t.Errorf("the first session asks about %d: %+v", s.Counts.Twins, s)
			}
		})
	}
}

// TestPreviewOfTwinsReadsAPart: a preview waits neither for a large project nor for a system
// that fails or is at its limit; it says how far it came.
func TestPreviewOfTwinsReadsAPart(t *testing.T) {
	fails := func(w *world, kind external.ErrorKind) func(int) error {
		return func(n int) error {
			if n < 2 {
				return nil
			}
			return &external.Error{Kind: kind, Op: "list", Message: "not now", RetryAfter: time.Hour}
		}
	}
	for _, c := range []struct {
		reason string
		call   func(w *world) func(n int) error // the nth call of a list, from 0
		want   engine.Preview
	}{
		{"the limit is reached", func(w *world) func(int) error { return fails(w, external.RateLimited) }, engine.Preview{CreateOutside: 2, Twins: 1, Outside: 4, Part: true}},
		{"an outage", func(w *world) func(int) error { return fails(w, external.Temporary) }, engine.Preview{CreateOutside: 2, Twins: 1, Outside: 4, Part: true}},
		{"it takes long", func(w *world) func(int) error {
			return func(int) error { w.clock.now = w.clock.now.Add(50 * time.Second); return nil }
		}, engine.Preview{CreateOutside: 2, Twins: 1, Outside: 6, Part: true}},
		{"it takes just as long as it may", func(w *world) func(int) error {
			return func(int) error { w.clock.now = w.clock.now.Add(20 * time.Second); return nil }
		}, engine.Preview{CreateOutside: 2, Twins: 2, Outside: 9}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			w := newWorld(t)
			p := w.connecting("octo/hello", memory.Options{PageSize: 2})
			for n := range 9 {
				title := fmt.Sprintf("Item number %d of them", n)
				w.makeOutside(p, made(title, ""))
				if n == 1 || n == 8 { // on the first page and on the last one
					_, err := w.engine.CreateTicket(t.Context(), made(title, ""), ticket.Public, "ann")
					w.must(err)
				}
			}
			calls, do := 0, c.call(w)
			w.wrap = func(a *memory.Adapter) adapters.Adapter {
				return counting{a, func() error { calls++; return do(calls - 1) }}
			}
			got, err := w.engine.PreviewTwins(t.Context(), p.ID)
			w.must(err)
			if got != c.want {
				t.Errorf("preview %+v, want %+v", got, c.want)
			}
		})
	}
}

// counting is a tracker of which something happens before each list.
type counting struct {
	*memory.Adapter
	before func() error
}

func (a counting) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	if err := a.before(); err != nil {
		return external.Page{}, err
	}
	return a.Adapter.Changes(ctx, s, win, page, version)
}

// TestPreviewOfTwinsIsWhatTheFirstSessionAsks, whatever stands on both sides, and whatever a
// project that is connected once more was asked before.
func TestPreviewOfTwinsIsWhatTheFirstSessionAsks(t *testing.T) {
	titles := []string{twinTitle, "login  fails on Safari", "Another matter altogether", "Bug", "ABC-1: Bug", "..."}
	bodies := []string{"", "one", "two", "see #2", "see #3"}
	rapid.Check(t, func(r *rapid.T) {
		w := newWorld(t)
		p := w.connecting("octo/hello", memory.Options{PageSize: rapid.IntRange(1, 5).Draw(r, "page")})
		draw := func(label string) ticket.Fields {
			return made(rapid.SampledFrom(titles).Draw(r, label+" title"), rapid.SampledFrom(bodies).Draw(r, label+" body"))
		}
		fill := func() {
			for range rapid.IntRange(0, 4).Draw(r, "here") {
				level := rapid.SampledFrom([]ticket.Privacy{ticket.Public, ticket.Public, ticket.LocalOnly}).Draw(r, "level")
				_, err := w.engine.CreateTicket(t.Context(), draw("here"), level, "ann")
				w.must(err)
			}
			for range rapid.IntRange(0, 5).Draw(r, "outside") {
				w.makeOutside(p, draw("outside"))
			}
		}
		fill()
		if rapid.Bool().Draw(r, "connected before") {
			preview, err := w.engine.Preview(t.Context(), p.ID)
			w.must(err)
			_, err = w.engine.Activate(t.Context(), p.ID, "op", preview)
			w.must(err)
			w.sync(p.ID)
			fill()
		}
		preview, err := w.engine.PreviewTwins(t.Context(), p.ID)
		w.must(err)
		_, err = w.engine.Activate(t.Context(), p.ID, "op", preview)
		w.must(err)
		s := w.sync(p.ID)
		if preview.Part || preview.Twins != s.Counts.Twins {
			r.Errorf("preview %+v; the session asks about %d", preview, s.Counts.Twins)
		}
	})
}

package storetest

import (
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
)

func markTests() []test {
	return []test{
		{"a mark makes the link dirty and due at once, because a wait for an old failure must not delay a new edit", func(b *bench) {
			l := b.insertLink(b.insertProject().ID)
			b.do(func(tx store.Tx) error { return tx.MarkDirty(b.Context(), l.ID) })
			got := b.link(l.ID)
			if got.DirtyRev != l.DirtyRev+1 || !got.Dirty() || !got.NextTry.IsZero() || !got.DirtyAt.After(l.DirtyAt) {
				b.Fatalf("marked link %+v, was %+v", got, l)
			}
			got.DirtyRev, got.DirtyAt, got.NextTry = l.DirtyRev, l.DirtyAt, l.NextTry
			b.same("the rest of it", got, l)
		}},
		{"marks come one after the other, because the oldest is planned first", func(b *bench) {
			p := b.insertProject()
			one, two := b.insertLink(p.ID), b.insertLink(p.ID)
			for _, l := range []store.Link{two, one} {
				b.do(func(tx store.Tx) error { return tx.MarkDirty(b.Context(), l.ID) })
			}
			b.same("due", b.due(p.ID), []string{two.ID, one.ID})
		}},
		{"a link named twice is marked once, and naming none is fine, because callers pass what they found", func(b *bench) {
			l := b.insertLink(b.insertProject().ID)
			b.do(func(tx store.Tx) error {
				return errors.Join(tx.MarkDirty(b.Context()), tx.MarkDirty(b.Context(), l.ID, l.ID))
			})
			b.same("revision", b.link(l.ID).DirtyRev, l.DirtyRev+1)
		}},
		{"cleaning the revision that was planned leaves a later mark, because that change was not planned", func(b *bench) {
			l := b.insertLink(b.insertProject().ID)
			mark := func(tx store.Tx) error { return tx.MarkDirty(b.Context(), l.ID) }
			b.do(mark)
			planned := b.link(l.ID).DirtyRev
			b.do(mark)
			b.do(func(tx store.Tx) error { return tx.MarkClean(b.Context(), l.ID, planned) })
			if got := b.link(l.ID); !got.Dirty() || got.CleanRev != planned {
				b.Fatalf("after a mark during planning: %+v, want dirty with clean_rev %d", got, planned)
			}
			b.do(func(tx store.Tx) error { return tx.MarkClean(b.Context(), l.ID, planned+1) })
			if got := b.link(l.ID); got.Dirty() {
				b.Fatalf("after planning the last mark: %+v, want clean", got)
			}
		}},
		{"a late planner does not take cleanness back, because its revision was planned since", func(b *bench) {
			l := b.insertLink(b.insertProject().ID)
			b.do(func(tx store.Tx) error { return tx.MarkClean(b.Context(), l.ID, 1) })
			b.same("clean_rev", b.link(l.ID).CleanRev, l.CleanRev)
		}},
		{"all of a project that is at work and has something outside is held, and nothing else, because what is not outside has nothing to be misread, and what rests is begun again by a person", func(b *bench) {
			p := b.insertProject()
			free := func(l *store.Link) { l.Held = false }
			in := func(state store.LinkState) func(*store.Link) { return func(l *store.Link) { l.State = state } }
			held := []store.Link{
				b.insertLink(p.ID, free), b.insertLink(p.ID, free, func(l *store.Link) { l.Kind = external.KindComment }),
				b.insertLink(p.ID, free, in(store.Backlog)), b.insertLink(p.ID, free, in(store.Quarantined)), b.insertLink(p.ID, free, in(store.MaybeGone)),
			}
			rest := []store.Link{
				b.insertLink(p.ID, free, in(store.ParkedLink)), b.insertLink(p.ID, free, in(store.Withdrawn)), b.insertLink(p.ID, free, in(store.Tombstone)),
				b.insertLink(p.ID, free, func(l *store.Link) { l.ExternalID, l.ExternalKey = "", "" }),
				b.insertLink(p.ID, free, func(l *store.Link) { l.Kind, l.LocalID = external.KindContainer, "labels/bug" }),
				b.insertLink(b.insertProject().ID, free),
			}
			b.do(func(tx store.Tx) error { return tx.HoldLinks(b.Context(), p.ID) })
			for _, l := range held {
				l.Held = true
				b.same("held link", b.link(l.ID), l)
			}
			for _, l := range rest {
				b.same("another link", b.link(l.ID), l)
			}
		}},
		{"cleaning beyond the last mark is refused, because it would swallow marks to come", func(b *bench) {
			l := b.insertLink(b.insertProject().ID)
			b.refused(func(tx store.Tx) error { return tx.MarkClean(b.Context(), l.ID, l.DirtyRev+1) })
		}},
	}
}

func dueTests() []test {
	return []test{
		{"due links come in the order in which people wait for them", dueOrder},
		{"only links that a session can plan now are due", dueOnly},
		{"a limit takes the first ones, because a session is bounded", func(b *bench) {
			p := b.insertProject()
			for n := range 5 {
				b.insertLink(p.ID, dirty(n))
			}
			for _, limit := range []int{0, 3, 9} {
				got := read(b, func(tx store.Tx) ([]store.Link, error) { return tx.DueLinks(b.Context(), p.ID, day, limit) })
				b.same("due", linkIDs(got), []string{nth(0), nth(1), nth(2), nth(3), nth(4)}[:min(limit, 5)])
			}
		}},
		{"links are counted by what a person asks of a project", countLinks},
	}
}

// dirty returns an edit that makes a link dirty since day plus n seconds, with nth(n)
// as id.
func dirty(n int, edits ...func(*store.Link)) func(*store.Link) {
	return func(l *store.Link) {
		l.ID, l.DirtyRev, l.CleanRev = nth(n), 2, 1
		l.DirtyAt, l.NextTry = day.Add(time.Duration(n)*time.Second), time.Time{}
		for _, edit := range edits {
			edit(l)
		}
	}
}

func (b *bench) due(projectID string) []string {
	b.Helper()
	return linkIDs(read(b, func(tx store.Tx) ([]store.Link, error) { return tx.DueLinks(b.Context(), projectID, day, 100) }))
}

func dueOrder(b *bench) {
	p := b.insertProject()
	comment := func(l *store.Link) { l.Kind = external.KindComment }
	backlog := func(l *store.Link) { l.State = store.Backlog }
	older := func(l *store.Link) { l.DirtyAt = day.Add(-time.Hour) }
	for n, edits := range [][]func(*store.Link){
		{backlog},        // 0
		{},               // 1
		{},               // 2: with a decision
		{comment},        // 3
		{comment},        // 4: with a decision
		{older},          // 5
		{backlog},        // 6: with a decision
		{older},          // 7
		{comment, older}, // 8
		{backlog, older}, // 9
	} {
		b.insertLink(p.ID, dirty(n, edits...))
	}
	for _, n := range []int{2, 4, 6} {
		c := aConflict(p.ID, nth(n))
		c.State = store.Decided
		b.do(func(tx store.Tx) error { return tx.InsertConflict(b.Context(), c) })
	}
	open := aConflict(p.ID, nth(1)) // not decided: no reason to hurry
	b.do(func(tx store.Tx) error { return tx.InsertConflict(b.Context(), open) })
	want := []string{nth(2), nth(6), nth(5), nth(7), nth(1), nth(9), nth(0), nth(4), nth(8), nth(3)}
	b.same("tickets first; then decided, live, backlog; then the oldest mark", b.due(p.ID), want)
}

func dueOnly(b *bench) {
	p := b.insertProject()
	later := func(d time.Duration) func(*store.Link) { return func(l *store.Link) { l.NextTry = day.Add(d) } }
	state := func(s store.LinkState) func(*store.Link) { return func(l *store.Link) { l.State = s } }
	for n, c := range []struct {
		reason string
		edit   func(*store.Link)
		due    bool
	}{
		{"live and dirty", func(*store.Link) {}, true},
		{"backlog", state(store.Backlog), true},
		{"its next try is now", later(0), true},
		{"its next try is later", later(time.Microsecond), false},
		{"clean", func(l *store.Link) { l.CleanRev = l.DirtyRev }, false},
		{"parked", state(store.ParkedLink), false},
		{"quarantined", state(store.Quarantined), false},
		{"gone", state(store.MaybeGone), false},
		{"withdrawn", func(l *store.Link) { l.State, l.TakeBack = store.Withdrawn, "" }, false},
		{"withdrawn, and to be taken back", func(l *store.Link) { l.State, l.TakeBack = store.Withdrawn, outbound.Redact }, true},
		{"tombstone", state(store.Tombstone), false},
		{"a container is no work of its own", func(l *store.Link) { l.Kind = external.KindContainer }, false},
		{"another project's", func(l *store.Link) { l.ProjectID = b.insertProject().ID }, false},
	} {
		b.insertLink(p.ID, dirty(n, c.edit))
		want := []string{}
		if c.due {
			want = append(want, nth(n))
		}
		if got := b.due(p.ID); len(got) != len(want) || len(got) == 1 && got[0] != want[0] {
			b.Errorf("%s: due %v, want %v", c.reason, got, want)
		}
		l := b.link(nth(n))
		b.do(func(tx store.Tx) error { return tx.MarkClean(b.Context(), l.ID, l.DirtyRev) })
	}
}

func countLinks(b *bench) {
	p := b.insertProject()
	stub := func(l *store.Link) { l.ExternalID, l.State = "", store.Backlog }
	comment := func(l *store.Link) { l.Kind = external.KindComment }
	clean := func(l *store.Link) { l.CleanRev = l.DirtyRev }
	for n, edits := range [][]func(*store.Link){
		{}, {clean}, {stub}, {comment}, {comment, stub}, {comment, clean},
		{func(l *store.Link) { l.NextTry = day.Add(time.Second) }},
		{func(l *store.Link) { l.State = store.Quarantined }},
		{func(l *store.Link) { l.State = store.MaybeGone }, clean},
		{func(l *store.Link) { l.State = store.ParkedLink }, comment},
		{func(l *store.Link) { l.Kind = external.KindContainer }},
		{func(l *store.Link) { l.ProjectID = b.insertProject().ID }},
	} {
		b.insertLink(p.ID, dirty(n, edits...))
	}
	got := read(b, func(tx store.Tx) (store.LinkCounts, error) { return tx.CountLinks(b.Context(), p.ID, day) })
	b.same("counts", got, store.LinkCounts{
		Tickets: 5, Comments: 3, Due: 4, Dirty: 5, Quarantined: 1, Gone: 1, Parked: 1,
	})
	b.same("due ones", len(b.due(p.ID)), got.Due)
}

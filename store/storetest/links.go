package storetest

import (
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func linkTests() []test {
	return []test{
		{"a link comes back as it was stored, because its bases decide who changed what", func(b *bench) {
			l := b.insertLink(b.insertProject().ID)
			b.same("link", b.link(l.ID), l)
			locked := read(b, func(tx store.Tx) (store.Link, error) { return tx.LinkForUpdate(b.Context(), l.ID) })
			b.same("locked link", locked, l)
		}},
		{"a link that is not there is ErrNotFound, by whatever it is looked for", missingLinks},
		{"a link needs its project, and a kind, state, cause and revision that make sense", oddLinks},
		{"a project has one link per local and per external item of a kind, because there is one external ticket per local ticket", linkedOnce},
		{"stubs without an id on one side do not collide, because empty ids do not count", func(b *bench) {
			p := b.insertProject()
			for range 2 {
				b.insertLink(p.ID, func(l *store.Link) { l.ExternalID, l.ExternalKey = "", "" })
				b.insertLink(p.ID, func(l *store.Link) { l.LocalID = "" })
			}
			b.fails(store.ErrNotFound, func(tx store.Tx) error {
				_, err := tx.LinkByExternal(b.Context(), p.ID, external.KindTicket, "")
				return err
			})
			b.fails(store.ErrNotFound, func(tx store.Tx) error {
				_, err := tx.LinkByLocal(b.Context(), p.ID, external.KindTicket, "")
				return err
			})
		}},
		{"a link is found by external id, key and local id, also after they change", findLink},
		{"of links with one key the newest is found, because keys are reused", func(b *bench) {
			p := b.insertProject()
			newer := b.insertLink(p.ID)
			b.insertLink(p.ID, func(l *store.Link) { l.CreatedAt = newer.CreatedAt.Add(-time.Hour) })
			got := read(b, func(tx store.Tx) (store.Link, error) { return tx.LinkByKey(b.Context(), p.ID, newer.Kind, "12") })
			b.same("link", got, newer)
		}},
		{"the links of a local item come from all projects, because an edit is everybody's news", linksOfLocal},
		{"comments are found by their ticket's link, or by its key while the link is unknown", linksOfParents},
		{"links come by id in pages, because a sweep must neither skip nor repeat", pagesOfLinks},
		{"links come by when their items changed in pages, because lists are in that order, and what was never seen comes first", linksByChange},
		{"links are found by what their sides are called, because who looks like whom is asked before anything is made", linksAlike},
		{"titles that several links bear come by key in pages, a link counting once, because its sides are one ticket", alikeTitles},
		{"what waits for a person is listed whatever its kind, because nobody finds it otherwise", linksAside},
		{"an update replaces the row but for the revisions, project and kind, because marks of others must survive", updateLink},
		{"an update onto another link's item is ErrExists, because that item is taken", func(b *bench) {
			p := b.insertProject()
			l, other := b.insertLink(p.ID), b.insertLink(p.ID)
			for _, edit := range []func(*store.Link){
				func(l *store.Link) { l.ExternalID = other.ExternalID },
				func(l *store.Link) { l.LocalID = other.LocalID },
			} {
				moved := l
				edit(&moved)
				b.fails(store.ErrExists, func(tx store.Tx) error { return tx.UpdateLink(b.Context(), moved) })
				b.same("link", b.link(l.ID), l)
			}
			b.do(func(tx store.Tx) error { return tx.UpdateLink(b.Context(), l) }) // onto itself
		}},
		{"a stub can be deleted and its item linked again, a joined link cannot, because both sides rely on it", deleteLink},
	}
}

func (b *bench) link(id string) store.Link {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Link, error) { return tx.Link(b.Context(), id) })
}

func linkIDs(list []store.Link) []string {
	return ids(list, func(l store.Link) string { return l.ID })
}

func missingLinks(b *bench) {
	p := b.insertProject()
	l := b.insertLink(p.ID)
	other := b.insertProject()
	for _, find := range []func(tx store.Tx) (store.Link, error){
		func(tx store.Tx) (store.Link, error) { return tx.Link(b.Context(), newID()) },
		func(tx store.Tx) (store.Link, error) { return tx.LinkForUpdate(b.Context(), newID()) },
		func(tx store.Tx) (store.Link, error) {
			return tx.LinkByExternal(b.Context(), other.ID, l.Kind, l.ExternalID)
		},
		func(tx store.Tx) (store.Link, error) {
			return tx.LinkByExternal(b.Context(), p.ID, external.KindComment, l.ExternalID)
		},
		func(tx store.Tx) (store.Link, error) { return tx.LinkByLocal(b.Context(), other.ID, l.Kind, l.LocalID) },
		func(tx store.Tx) (store.Link, error) { return tx.LinkByKey(b.Context(), p.ID, l.Kind, "13") },
		func(tx store.Tx) (store.Link, error) { return store.Link{}, tx.UpdateLink(b.Context(), aLink(p.ID)) },
		func(tx store.Tx) (store.Link, error) { return store.Link{}, tx.DeleteLink(b.Context(), newID()) },
		func(tx store.Tx) (store.Link, error) { return store.Link{}, tx.MarkDirty(b.Context(), l.ID, newID()) },
		func(tx store.Tx) (store.Link, error) { return store.Link{}, tx.MarkClean(b.Context(), newID(), 1) },
	} {
		b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := find(tx); return err })
	}
	b.same("link after a failed mark", b.link(l.ID), l)
}

func oddLinks(b *bench) {
	p := b.insertProject()
	b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.InsertLink(b.Context(), aLink(newID())) })
	for _, spoil := range []func(*store.Link){
		func(l *store.Link) { l.Kind = "wish" },
		func(l *store.Link) { l.State = "asleep" },
		func(l *store.Link) { l.Cause = "bad weather" },
		func(l *store.Link) { l.CleanRev = l.DirtyRev + 1 },
		func(l *store.Link) { l.ExternalID = "a\x00b" },
		func(l *store.Link) { l.ExternalKey = "a\xffb" },
		func(l *store.Link) { l.Onward = "a\x00b" },
		func(l *store.Link) { l.Bases = plan.Bases{ticket.Body: {External: ticket.Text("\x00")}} },
	} {
		l := aLink(p.ID)
		spoil(&l)
		b.refused(func(tx store.Tx) error { return tx.InsertLink(b.Context(), l) })
	}
}

func linkedOnce(b *bench) {
	p, q := b.insertProject(), b.insertProject()
	l := b.insertLink(p.ID)
	for _, c := range []struct {
		what string
		edit func(*store.Link)
		want error
	}{
		{"the same id", func(x *store.Link) { x.ID = l.ID }, store.ErrExists},
		{"the same local item", func(x *store.Link) { x.LocalID = l.LocalID }, store.ErrExists},
		{"the same external item", func(x *store.Link) { x.ExternalID = l.ExternalID }, store.ErrExists},
		{"both, of another kind", func(x *store.Link) {
			x.LocalID, x.ExternalID, x.Kind = l.LocalID, l.ExternalID, external.KindComment
		}, nil},
		{"both, in another project", func(x *store.Link) {
			x.LocalID, x.ExternalID, x.ProjectID = l.LocalID, l.ExternalID, q.ID
		}, nil},
	} {
		other := aLink(p.ID)
		c.edit(&other)
		err := b.store.Tx(b.Context(), func(tx store.Tx) error { return tx.InsertLink(b.Context(), other) })
		if !errors.Is(err, c.want) {
			b.Errorf("%s: got %v, want %v", c.what, err, c.want)
		}
	}
}

func findLink(b *bench) {
	p := b.insertProject()
	l := b.insertLink(p.ID, func(l *store.Link) { l.ExternalID, l.ExternalKey, l.State = "", "", store.Backlog })
	found := func(what string) {
		b.Helper()
		for _, find := range []func(tx store.Tx) (store.Link, error){
			func(tx store.Tx) (store.Link, error) {
				return tx.LinkByExternal(b.Context(), p.ID, l.Kind, l.ExternalID)
			},
			func(tx store.Tx) (store.Link, error) { return tx.LinkByKey(b.Context(), p.ID, l.Kind, l.ExternalKey) },
			func(tx store.Tx) (store.Link, error) { return tx.LinkByLocal(b.Context(), p.ID, l.Kind, l.LocalID) },
		} {
			b.same(what, read(b, find), l)
		}
	}
	l.ExternalID, l.ExternalKey, l.State = newID(), "12", store.Live
	b.do(func(tx store.Tx) error { return tx.UpdateLink(b.Context(), l) })
	found("joined link")
	was := l
	l.ExternalID, l.ExternalKey, l.LocalID = newID(), "13", newID()
	b.do(func(tx store.Tx) error { return tx.UpdateLink(b.Context(), l) })
	found("moved link")
	b.fails(store.ErrNotFound, func(tx store.Tx) error {
		_, err := tx.LinkByKey(b.Context(), p.ID, l.Kind, was.ExternalKey)
		return err
	})
	b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.LinkByLocal(b.Context(), p.ID, l.Kind, was.LocalID); return err })
}

func linksOfLocal(b *bench) {
	local := newID()
	var want []string
	for range 3 {
		p := b.insertProject()
		b.insertLink(p.ID, func(l *store.Link) { l.LocalID = local })
		b.insertLink(p.ID)
		want = append(want, p.ID)
	}
	b.insertLink(want[0], func(l *store.Link) { l.LocalID, l.Kind = local, external.KindComment })
	got := read(b, func(tx store.Tx) ([]store.Link, error) {
		return tx.LinksOfLocal(b.Context(), external.KindTicket, local)
	})
	b.same("projects in ascending order", ids(got, func(l store.Link) string { return l.ProjectID }), sorted(want))
}

func linksOfParents(b *bench) {
	p, q := b.insertProject(), b.insertProject()
	comment := func(n int, projectID, parent, key string) {
		b.insertLink(projectID, func(l *store.Link) {
			l.ID, l.Kind, l.Parent, l.ParentKey = nth(n), external.KindComment, parent, key
		})
	}
	comment(3, p.ID, "parent", "11")
	comment(1, p.ID, "parent", "11")
	comment(2, p.ID, "another", "11")
	comment(5, p.ID, "", "11")
	comment(4, p.ID, "", "11")
	comment(6, p.ID, "", "12")
	comment(7, q.ID, "", "11")
	b.insertLink(p.ID) // a ticket's, with the same parent: not a comment
	b.insertLink(p.ID, func(l *store.Link) { l.Parent = "" })
	of := func() []string {
		return linkIDs(read(b, func(tx store.Tx) ([]store.Link, error) { return tx.LinksOfParent(b.Context(), "parent") }))
	}
	waiting := func() []string {
		return linkIDs(read(b, func(tx store.Tx) ([]store.Link, error) {
			return tx.LinksOfParentKey(b.Context(), p.ID, external.KindComment, "11")
		}))
	}
	b.same("of the link", of(), []string{nth(1), nth(3)})
	b.same("waiting for the key", waiting(), []string{nth(4), nth(5)})
	joined := b.link(nth(4))
	joined.Parent = "parent"
	b.do(func(tx store.Tx) error { return tx.UpdateLink(b.Context(), joined) })
	b.same("of the link, once joined", of(), []string{nth(1), nth(3), nth(4)})
	b.same("still waiting", waiting(), []string{nth(5)})
	b.insertLink(p.ID, func(l *store.Link) { l.ID, l.Parent, l.ParentKey = nth(8), "", "13" })
	b.same("comments alone", waiting(), []string{nth(5)})
	tickets := read(b, func(tx store.Tx) ([]store.Link, error) {
		return tx.LinksOfParentKey(b.Context(), p.ID, external.KindTicket, "13")
	})
	b.same("a ticket that waits for another", linkIDs(tickets), []string{nth(8)})
}

func linksAside(b *bench) {
	p := b.insertProject()
	for n, l := range []store.Link{
		{State: store.ParkedLink, Kind: external.KindTicket}, {State: store.Live, Kind: external.KindTicket},
		{State: store.Quarantined, Kind: external.KindComment}, {State: store.Backlog, Kind: external.KindTicket},
		{State: store.Quarantined, Kind: external.KindTicket}, {State: store.Withdrawn, Kind: external.KindTicket},
		{State: store.MaybeGone, Kind: external.KindTicket}, {State: store.Tombstone, Kind: external.KindTicket},
		{State: store.ParkedLink, Kind: external.KindContainer},
	} {
		b.insertLink(p.ID, func(x *store.Link) { x.ID, x.State, x.Kind = nth(n), l.State, l.Kind })
	}
	b.insertLink(b.insertProject().ID, func(l *store.Link) { l.State = store.ParkedLink })
	for _, c := range []struct {
		state store.LinkState
		after string
		limit int
		want  []string
	}{
		{"", "", 9, []string{nth(0), nth(2), nth(4), nth(6)}},
		{"", "", 2, []string{nth(0), nth(2)}},
		{"", nth(2), 9, []string{nth(4), nth(6)}},
		{"", "", 0, nil},
		{store.Quarantined, "", 9, []string{nth(2), nth(4)}},
		{store.MaybeGone, nth(6), 9, nil},
		{store.Live, "", 9, nil},
	} {
		got := read(b, func(tx store.Tx) ([]store.Link, error) {
			return tx.LinksAside(b.Context(), p.ID, c.state, c.after, c.limit)
		})
		b.same("set aside", linkIDs(got), append([]string{}, c.want...))
	}
}

func pagesOfLinks(b *bench) {
	p := b.insertProject()
	for _, n := range []int{3, 1, 2} {
		b.insertLink(p.ID, func(l *store.Link) { l.ID = nth(n) })
	}
	b.insertLink(p.ID, func(l *store.Link) { l.Kind = external.KindContainer })
	b.insertLink(b.insertProject().ID)
	for _, c := range []struct {
		after string
		limit int
		want  []string
	}{
		{"", 2, []string{nth(1), nth(2)}}, {nth(2), 2, []string{nth(3)}}, {nth(3), 2, []string{}}, {"", 0, []string{}},
	} {
		page := read(b, func(tx store.Tx) ([]store.Link, error) {
			return tx.LinksOf(b.Context(), p.ID, external.KindTicket, c.after, c.limit)
		})
		b.same("page after "+c.after, linkIDs(page), c.want)
	}
}

func linksByChange(b *bench) {
	p := b.insertProject()
	type observedAs struct {
		At   time.Time
		Hash string
	}
	observed := map[string]observedAs{}
	seen := func(n int, at time.Time) {
		l := b.insertLink(p.ID, func(l *store.Link) { l.ID = nth(n) })
		o := anObservation(p.ID)
		o.Item.ID, o.Item.UpdatedAt, o.Hash = l.ExternalID, at, "hash of "+l.ID
		b.observe(o)
		observed[l.ID] = observedAs{at.Truncate(time.Microsecond), o.Hash}
	}
	second := day.Add(time.Second)
	seen(1, second)
	seen(2, day.Add(1234*time.Nanosecond)) // stored at the microsecond
	seen(4, day)
	seen(3, day)
	seen(5, time.Time{}) // a system that shows no times
	b.insertLink(p.ID, func(l *store.Link) { l.ID = nth(6) })
	b.insertLink(p.ID, func(l *store.Link) { l.ID, l.ExternalID = nth(7), "" })
	b.insertLink(p.ID, func(l *store.Link) { l.Kind = external.KindComment })
	b.insertLink(b.insertProject().ID)
	micro := day.Add(time.Microsecond)
	for _, c := range []struct {
		at     time.Time
		after  string
		before time.Time
		limit  int
		want   []string
	}{
		{time.Time{}, "", time.Time{}, 9, []string{nth(5), nth(6), nth(7), nth(3), nth(4), nth(2), nth(1)}},
		{time.Time{}, "", time.Time{}, 2, []string{nth(5), nth(6)}},
		{time.Time{}, nth(6), day, 9, []string{nth(7)}},
		{day, "", second, 9, []string{nth(3), nth(4), nth(2)}},
		{day, nth(3), micro, 9, []string{nth(4)}},
		{micro, "", time.Time{}, 9, []string{nth(2), nth(1)}},
		{day.Add(1900 * time.Nanosecond), nth(2), time.Time{}, 9, []string{nth(1)}},
		{second, nth(1), time.Time{}, 9, []string{}},
		{time.Time{}, "", time.Time{}, 0, []string{}},
	} {
		page := read(b, func(tx store.Tx) ([]store.SeenLink, error) {
			return tx.LinksSeen(b.Context(), p.ID, external.KindTicket, c.at, c.after, c.before, c.limit)
		})
		b.same("page behind "+c.at.String()+" "+c.after, ids(page, func(l store.SeenLink) string { return l.ID }), c.want)
		for _, l := range page {
			b.same("link", l.Link, b.link(l.ID))
			b.same("what was observed for "+l.ID, observedAs{l.UpdatedAt, l.Hash}, observed[l.ID])
		}
	}
}

func updateLink(b *bench) {
	p := b.insertProject()
	l := b.insertLink(p.ID)
	stale := l
	b.do(func(tx store.Tx) error { return tx.MarkDirty(b.Context(), l.ID) })
	stale.ProjectID, stale.Kind = newID(), external.KindComment
	stale = stale.As(store.Quarantined, store.CauseAbsent, "failed")
	stale.DirtyRev, stale.CleanRev, stale.Bases, stale.Attempts = 99, 98, nil, 0
	stale.FirstTry, stale.NextTry = time.Time{}, time.Time{}
	b.do(func(tx store.Tx) error { return tx.UpdateLink(b.Context(), stale) })
	want := stale
	want.ProjectID, want.Kind, want.DirtyRev, want.CleanRev, want.Bases = p.ID, l.Kind, 4, 3, plan.Bases{}
	b.same("link", b.link(l.ID), want)
}

func deleteLink(b *bench) {
	p := b.insertProject()
	joined := b.insertLink(p.ID)
	b.fails(store.ErrStale, func(tx store.Tx) error { return tx.DeleteLink(b.Context(), joined.ID) })
	stub := b.insertLink(p.ID, func(l *store.Link) { l.LocalID, l.CleanRev = "", 0 })
	b.do(func(tx store.Tx) error {
		twin := stub
		twin.ID = newID()
		return errors.Join(tx.DeleteLink(b.Context(), stub.ID), tx.InsertLink(b.Context(), twin), tx.DeleteLink(b.Context(), twin.ID))
	})
	b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Link(b.Context(), stub.ID); return err })
	b.fails(store.ErrNotFound, func(tx store.Tx) error {
		_, err := tx.LinkByExternal(b.Context(), p.ID, stub.Kind, stub.ExternalID)
		return err
	})
	due := read(b, func(tx store.Tx) ([]store.Link, error) { return tx.DueLinks(b.Context(), p.ID, day.Add(time.Hour), 9) })
	b.same("due links", linkIDs(due), []string{})
}

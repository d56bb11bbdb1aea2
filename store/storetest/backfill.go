package storetest

import (
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

func backfillTests() []test {
	return []test{
		{"every ticket and comment without a link gets one in the backlog, tickets first, because a first sync starts from it", backfill},
		{"filling again adds nothing, because links are one per item", func(b *bench) {
			p := b.insertProject()
			b.insertComment(b.insertTicket(newID()).ID)
			b.same("first", b.fill(p.ID), 2)
			b.same("second", b.fill(p.ID), 0)
		}},
		{"each project has its own backlog, because a ticket may have several external twins", func(b *bench) {
			p, q := b.insertProject(), b.insertProject()
			b.insertTicket(newID())
			b.same("one project", b.fill(p.ID), 1)
			b.same("another", b.fill(q.ID), 1)
		}},
		{"a project that does not exist gets none", func(b *bench) {
			b.insertTicket(newID())
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Backfill(b.Context(), newID(), day, newID); return err })
		}},
	}
}

func sorted(list []string) []string {
	list = slices.Clone(list)
	slices.Sort(list)
	return list
}

func (b *bench) fill(projectID string) int {
	b.Helper()
	return read(b, func(tx store.Tx) (int, error) { return tx.Backfill(b.Context(), projectID, day, newID) })
}

func backfill(b *bench) {
	p := b.insertProject()
	for n := 1; n <= 4; n++ {
		b.insertTicket(nth(n))
	}
	comment := func(n, of int, deleted bool) {
		c := aComment(nth(of))
		c.ID, c.Deleted = nth(n), deleted
		b.do(func(tx store.Tx) error { return tx.InsertComment(b.Context(), c) })
	}
	comment(12, 1, false)
	comment(11, 2, false)
	comment(13, 2, true)  // deleted
	comment(14, 3, false) // of a deleted ticket
	gone := b.ticket(nth(3))
	gone.Revision, gone.Deleted = 2, true
	b.do(func(tx store.Tx) error { return tx.UpdateTicket(b.Context(), gone, 1) })
	linked := b.insertLink(p.ID, func(l *store.Link) { l.LocalID, l.ExternalKey = nth(2), "77" })

	made := 100
	n := read(b, func(tx store.Tx) (int, error) {
		made = 100 // the function may run again
		return tx.Backfill(b.Context(), p.ID, day, func() string { made++; return nth(made) })
	})
	b.same("number of links", n, 4)
	stub := func(id int, kind external.Kind, local int, parent, key string) store.Link {
		return store.Link{
			ID: nth(id), ProjectID: p.ID, Kind: kind, LocalID: nth(local), Parent: parent, ParentKey: key,
			State: store.Backlog, Bases: plan.Bases{}, DirtyRev: 1, DirtyAt: day, CreatedAt: day,
		}
	}
	for _, want := range []store.Link{
		stub(101, external.KindTicket, 1, "", ""),
		stub(102, external.KindTicket, 4, "", ""),
		stub(103, external.KindComment, 11, linked.ID, "77"),
		stub(104, external.KindComment, 12, nth(101), ""),
	} {
		b.same("link "+want.ID, b.link(want.ID), want)
	}
	b.same("the link that was there", b.link(linked.ID), linked)
}

package storetest

import (
	"errors"
	"sync/atomic"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func linkRaceTests() []test {
	return []test{
		{"of rival links to one item one wins, because there is one external ticket per local ticket", func(b *bench) {
			p, local, outside := b.insertProject(), newID(), newID()
			b.oneWins(store.ErrExists, func(_ int, tx store.Tx) error {
				l := aLink(p.ID)
				l.LocalID = local
				return tx.InsertLink(b.Context(), l)
			})
			stubs := make([]store.Link, workers)
			for w := range workers {
				stubs[w] = b.insertLink(p.ID, func(l *store.Link) { l.ExternalID = "" })
			}
			b.oneWins(store.ErrExists, func(w int, tx store.Tx) error {
				stubs[w].ExternalID = outside
				return tx.UpdateLink(b.Context(), stubs[w])
			})
		}},
		{"no mark is lost among marks, planners and updates, because a lost mark is a lost edit", noLostMark},
		{"no edit is planned away unseen: a clean link means that its last edit was read", noLostEdit},
		{"links are marked in any order without standing in each other's way", func(b *bench) {
			p := b.insertProject()
			one, two := b.insertLink(p.ID), b.insertLink(p.ID)
			b.race(func(worker int) error {
				order := []string{one.ID, two.ID}
				if worker%2 == 0 {
					order = []string{two.ID, one.ID}
				}
				return b.times(20, func(int) error {
					return b.store.Tx(b.Context(), func(tx store.Tx) error { return tx.MarkDirty(b.Context(), order...) })
				})
			})
			for _, l := range []store.Link{one, two} {
				b.same("revision", b.link(l.ID).DirtyRev, l.DirtyRev+20*workers)
			}
		}},
		{"rival fillings make one link per item, because sessions and tickets begin at any time", fillRace},
	}
}

func noLostMark(b *bench) {
	l := b.insertLink(b.insertProject().ID)
	var marks atomic.Int64
	b.race(func(worker int) error {
		return b.times(25, func(int) error {
			switch worker % 4 {
			case 0: // a session that records a failure from a copy it has had for a while
				return b.store.Tx(b.Context(), func(tx store.Tx) error {
					l := l
					l.Attempts++
					return tx.UpdateLink(b.Context(), l)
				})
			case 1:
				return b.planOnce(l.ID)
			}
			marks.Add(1)
			return b.store.Tx(b.Context(), func(tx store.Tx) error { return tx.MarkDirty(b.Context(), l.ID) })
		})
	})
	b.same("revision", b.link(l.ID).DirtyRev, l.DirtyRev+marks.Load())
	if err := b.planOnce(l.ID); err != nil || b.link(l.ID).Dirty() {
		b.Fatalf("after the last planning: %v, %+v", err, b.link(l.ID))
	}
}

// planOnce reads a link and, in another transaction, declares what it read planned.
func (b *bench) planOnce(linkID string) error {
	var l store.Link
	if err := b.store.Tx(b.Context(), func(tx store.Tx) (err error) {
		l, err = tx.Link(b.Context(), linkID)
		return err
	}); err != nil {
		return err
	}
	return b.store.Tx(b.Context(), func(tx store.Tx) error { return tx.MarkClean(b.Context(), linkID, l.DirtyRev) })
}

// noLostEdit lets writers edit a ticket and mark its link in one transaction, while
// planners read the link, then the ticket, then mark the link clean. Whenever the
// link is clean, somebody has read the ticket's last revision.
func noLostEdit(b *bench) {
	t := b.insertTicket(newID())
	l := b.insertLink(b.insertProject().ID, func(l *store.Link) { l.LocalID = t.ID })
	var read atomic.Int64
	b.race(func(worker int) error {
		return b.times(20, func(int) error {
			if worker%2 == 0 {
				return b.store.Tx(b.Context(), func(tx store.Tx) error { return b.editAndMark(tx, t.ID, l.ID) })
			}
			return b.readAndClean(t.ID, l.ID, &read)
		})
	})
	if got := b.link(l.ID); !got.Dirty() && read.Load() != b.ticket(t.ID).Revision {
		b.Fatalf("the link is clean, but revision %d was the last one read of %d", read.Load(), b.ticket(t.ID).Revision)
	}
}

func (b *bench) editAndMark(tx store.Tx, ticketID, linkID string) error {
	t, err := tx.TicketForUpdate(b.Context(), ticketID)
	if err != nil {
		return err
	}
	t.Revision++
	return errors.Join(tx.UpdateTicket(b.Context(), t, t.Revision-1), tx.MarkDirty(b.Context(), linkID))
}

func (b *bench) readAndClean(ticketID, linkID string, read *atomic.Int64) error {
	var l store.Link
	var t ticket.Ticket
	return b.store.Tx(b.Context(), func(tx store.Tx) (err error) {
		if l, err = tx.Link(b.Context(), linkID); err != nil {
			return err
		}
		if t, err = tx.Ticket(b.Context(), ticketID); err != nil {
			return err
		}
		for was := read.Load(); was < t.Revision && !read.CompareAndSwap(was, t.Revision); was = read.Load() {
		}
		return tx.MarkClean(b.Context(), linkID, l.DirtyRev)
	})
}

func fillRace(b *bench) {
	const before, during = 10, 3
	p := b.insertProject()
	for range before {
		b.insertComment(b.insertTicket(newID()).ID)
	}
	var made atomic.Int64
	b.race(func(int) error {
		return b.times(during, func(int) error {
			t := aTicket()
			if err := b.store.Tx(b.Context(), func(tx store.Tx) error { return tx.InsertTicket(b.Context(), t) }); err != nil {
				return err
			}
			var n int
			err := b.store.Tx(b.Context(), func(tx store.Tx) (err error) {
				n, err = tx.Backfill(b.Context(), p.ID, day, newID)
				return err
			})
			made.Add(int64(n))
			return err
		})
	})
	made.Add(int64(b.fill(p.ID)))
	b.same("links made", made.Load(), 2*before+during*workers)
	b.same("links due", len(b.due(p.ID)), 2*before+during*workers)
}

package storetest

import (
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func commentTests() []test {
	return []test{
		{"a comment comes back as it was stored", func(b *bench) {
			c := b.insertComment(b.insertTicket(newID()).ID)
			b.same("comment", b.comment(c.ID), c)
			locked := read(b, func(tx store.Tx) (ticket.Comment, error) { return tx.CommentForUpdate(b.Context(), c.ID) })
			b.same("locked comment", locked, c)
		}},
		{"a comment belongs to a ticket that exists and has an id of its own", func(b *bench) {
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.InsertComment(b.Context(), aComment(newID())) })
			c := b.insertComment(b.insertTicket(newID()).ID)
			b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertComment(b.Context(), c) })
		}},
		{"a comment that is not there is ErrNotFound", func(b *bench) {
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Comment(b.Context(), newID()); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.CommentForUpdate(b.Context(), newID()); return err })
			c := aComment(newID())
			c.Revision = 2
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.UpdateComment(b.Context(), c, 1) })
		}},
		{"an update on the revision seen replaces the row, on another it is ErrStale", updateComment},
		{"a comment stays with its ticket, because links of comments hang on those of tickets", func(b *bench) {
			c := b.insertComment(b.insertTicket(newID()).ID)
			moved := c
			moved.TicketID, moved.Revision = b.insertTicket(newID()).ID, 2
			b.do(func(tx store.Tx) error { return tx.UpdateComment(b.Context(), moved, 1) })
			b.same("ticket of the comment", b.comment(c.ID).TicketID, c.TicketID)
		}},
		{"a body that cannot be stored faithfully, a revision of zero and an unknown privacy are refused", func(b *bench) {
			t := b.insertTicket(newID())
			for _, spoil := range []func(*ticket.Comment){
				func(c *ticket.Comment) { c.Body = ticket.Text("a\x00b") },
				func(c *ticket.Comment) { c.Revision = 0 },
				func(c *ticket.Comment) { c.Privacy = "secretive" },
			} {
				c := aComment(t.ID)
				spoil(&c)
				b.refused(func(tx store.Tx) error { return tx.InsertComment(b.Context(), c) })
			}
		}},
		{"a ticket's comments come by creation and id, deleted ones too, because a sync must see deletions", commentsInOrder},
	}
}

func (b *bench) insertComment(ticketID string) ticket.Comment {
	b.Helper()
	c := aComment(ticketID)
	b.do(func(tx store.Tx) error { return tx.InsertComment(b.Context(), c) })
	return c
}

func (b *bench) comment(id string) ticket.Comment {
	b.Helper()
	return read(b, func(tx store.Tx) (ticket.Comment, error) { return tx.Comment(b.Context(), id) })
}

func updateComment(b *bench) {
	c := b.insertComment(b.insertTicket(newID()).ID)
	next := c
	next.Revision, next.Body, next.Deleted, next.Privacy = 2, ticket.Text("edited"), true, ""
	b.do(func(tx store.Tx) error { return tx.UpdateComment(b.Context(), next, 1) })
	b.same("comment", b.comment(c.ID), next)
	late := c
	late.Revision = 3
	b.fails(store.ErrStale, func(tx store.Tx) error { return tx.UpdateComment(b.Context(), late, 1) })
	b.refused(func(tx store.Tx) error { return tx.UpdateComment(b.Context(), next, 2) })
	b.same("comment", b.comment(c.ID), next)
}

func commentsInOrder(b *bench) {
	t := b.insertTicket(newID())
	b.insertComment(b.insertTicket(newID()).ID) // of another ticket
	for _, c := range []struct {
		n       int
		after   time.Duration
		deleted bool
	}{{1, time.Hour, false}, {3, 0, true}, {2, 0, false}} {
		comment := aComment(t.ID)
		comment.ID, comment.CreatedAt, comment.Deleted = nth(c.n), day.Add(c.after), c.deleted
		b.do(func(tx store.Tx) error { return tx.InsertComment(b.Context(), comment) })
	}
	got := read(b, func(tx store.Tx) ([]ticket.Comment, error) { return tx.CommentsOf(b.Context(), t.ID) })
	b.same("ids", ids(got, func(c ticket.Comment) string { return c.ID }), []string{nth(2), nth(3), nth(1)})
	none := read(b, func(tx store.Tx) ([]ticket.Comment, error) { return tx.CommentsOf(b.Context(), newID()) })
	b.same("comments of no ticket", len(none), 0)
}

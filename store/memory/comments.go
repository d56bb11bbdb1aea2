package memory

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/ticket"
)

type comments struct {
	rows     table[string, *ticket.Comment]
	ids      *sorted
	ofTicket groups[string, sorted]
}

func newComments() comments {
	return comments{table[string, *ticket.Comment]{}, &sorted{}, groups[string, sorted]{}}
}

// InsertComment implements store.Comments.
func (t *tx) InsertComment(_ context.Context, c ticket.Comment) error {
	c, err := canon.Comment(c)
	if err != nil {
		return err
	}
	if t.tickets.rows[c.TicketID] == nil {
		return canon.NotFound("ticket", c.TicketID)
	}
	if t.comments.rows[c.ID] != nil {
		return canon.Exists("comment", c.ID)
	}
	t.told(c.UpdatedAt)
	t.comments.rows.put(t.Store, c.ID, &c)
	t.comments.ids.add(t.Store, c.ID)
	t.comments.ofTicket.of(c.TicketID).add(t.Store, c.ID)
	return nil
}

// Comment implements store.Comments.
func (t *tx) Comment(_ context.Context, id string) (ticket.Comment, error) {
	c := t.comments.rows[id]
	if c == nil {
		return ticket.Comment{}, canon.NotFound("comment", id)
	}
	return *c, nil
}

// CommentForUpdate implements store.Comments.
func (t *tx) CommentForUpdate(ctx context.Context, id string) (ticket.Comment, error) {
	return t.Comment(ctx, id)
}

// UpdateComment implements store.Comments. The comment stays with its ticket.
func (t *tx) UpdateComment(_ context.Context, c ticket.Comment, seen int64) error {
	c, err := canon.Comment(c)
	if err != nil {
		return err
	}
	if c.Revision <= seen {
		return fmt.Errorf("comment %s: revision %d must be greater than %d, the one seen", c.ID, c.Revision, seen)
	}
	old := t.comments.rows[c.ID]
	if old == nil {
		return canon.NotFound("comment", c.ID)
	}
	if old.Revision != seen {
		return canon.Stale("comment", c.ID)
	}
	c.TicketID = old.TicketID
	t.told(c.UpdatedAt)
	t.comments.rows.put(t.Store, c.ID, &c)
	return nil
}

// CommentsOf implements store.Comments.
func (t *tx) CommentsOf(_ context.Context, ticketID string) ([]ticket.Comment, error) {
	var out []ticket.Comment
	if g := t.comments.ofTicket[ticketID]; g != nil {
		for _, id := range g.ids {
			out = append(out, *t.comments.rows[id])
		}
	}
	slices.SortStableFunc(out, func(a, b ticket.Comment) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out, nil
}

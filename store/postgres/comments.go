package postgres

// comments: the remarks on tickets, each with a revision of its own that writers
// compare and set. A row stays with its ticket and is never deleted.

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
	"github.com/extsync/extsync/ticket"
)

// InsertComment implements store.Comments.
func (t *tx) InsertComment(ctx context.Context, c ticket.Comment) error {
	c, err := canon.Comment(c)
	if err != nil {
		return err
	}
	n, err := t.q.InsertComment(ctx, sqlcgen.InsertCommentParams(c))
	return inserted("comment", c.ID, n, err)
}

// Comment implements store.Comments.
func (t *tx) Comment(ctx context.Context, id string) (ticket.Comment, error) {
	r, err := t.q.GetComment(ctx, id)
	return ticket.Comment(r), interpret("comment", id, err)
}

// CommentForUpdate implements store.Comments.
func (t *tx) CommentForUpdate(ctx context.Context, id string) (ticket.Comment, error) {
	r, err := t.q.CommentForUpdate(ctx, id)
	return ticket.Comment(r), interpret("comment", id, err)
}

// UpdateComment implements store.Comments.
func (t *tx) UpdateComment(ctx context.Context, c ticket.Comment, seen int64) error {
	c, err := canon.Comment(c)
	if err != nil {
		return err
	}
	if c.Revision <= seen {
		return fmt.Errorf("comment %s: revision %d must be greater than %d, the one seen", c.ID, c.Revision, seen)
	}
	n, err := t.q.UpdateComment(ctx, sqlcgen.UpdateCommentParams{
		ID: c.ID, Revision: c.Revision, Body: c.Body, Stamp: c.Stamp, Author: c.Author,
		Privacy: c.Privacy, Origin: c.Origin, Deleted: c.Deleted,
		CreatedAt: c.CreatedAt, UpdatedAt: c.UpdatedAt, Seen: seen,
	})
	if err != nil || n > 0 {
		return interpret("comment", c.ID, err)
	}
	if _, err := t.Comment(ctx, c.ID); err != nil {
		return err
	}
	return canon.Stale("comment", c.ID)
}

// CommentsOf implements store.Comments.
func (t *tx) CommentsOf(ctx context.Context, ticketID string) ([]ticket.Comment, error) {
	rows, err := t.q.CommentsOf(ctx, ticketID)
	return each(rows, func(r sqlcgen.Comment) ticket.Comment { return ticket.Comment(r) }),
		interpret("comments of ticket", ticketID, err)
}

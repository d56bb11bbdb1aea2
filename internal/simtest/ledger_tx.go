package simtest

import (
	"context"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// commit books what the transaction that has just ended changed here, unless it failed.
func (w *world) commit(err error) {
	if w.ledger == nil {
		return
	}
	done := w.ledger.pending
	if w.ledger.pending = nil; err != nil {
		return
	}
	for _, book := range done {
		book()
	}
}

// InsertTicket books that one is made.
func (t *txPort) InsertTicket(ctx context.Context, tk ticket.Ticket) error {
	if t.w.ledger != nil {
		t.w.bookMade(slot{kind: external.KindTicket, item: tk.ID}, tk.Fields)
	}
	return t.Tx.InsertTicket(ctx, tk)
}

// InsertComment books that one is made.
func (t *txPort) InsertComment(ctx context.Context, c ticket.Comment) error {
	if t.w.ledger != nil {
		t.w.bookMade(slot{kind: external.KindComment, item: c.ID}, ticket.Fields{ticket.Body: c.Body})
	}
	return t.Tx.InsertComment(ctx, c)
}

// UpdateTicket books what changes.
func (t *txPort) UpdateTicket(ctx context.Context, tk ticket.Ticket, seen int64) error {
	if t.w.ledger == nil {
		return t.Tx.UpdateTicket(ctx, tk, seen)
	}
	old, err := t.Ticket(ctx, tk.ID)
	if err != nil {
		return err
	}
	if err := t.Tx.UpdateTicket(ctx, tk, seen); err != nil {
		return err
	}
	t.w.bookTicket(old, tk)
	return nil
}

// UpdateComment books what changes.
func (t *txPort) UpdateComment(ctx context.Context, c ticket.Comment, seen int64) error {
	if t.w.ledger == nil {
		return t.Tx.UpdateComment(ctx, c, seen)
	}
	old, err := t.Comment(ctx, c.ID)
	if err != nil {
		return err
	}
	if err := t.Tx.UpdateComment(ctx, c, seen); err != nil {
		return err
	}
	t.w.bookComment(old, c)
	return nil
}

// UpdateConflict books that a person decides.
func (t *txPort) UpdateConflict(ctx context.Context, c store.Conflict) error {
	if t.w.ledger != nil {
		t.w.bookDecision(c)
	}
	return t.Tx.UpdateConflict(ctx, c)
}

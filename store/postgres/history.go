package postgres

// ticket_changes: what was written here, only ever added to. The journals of sessions
// are found by ticket here, too.

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// AppendChanges implements store.Histories.
func (t *tx) AppendChanges(ctx context.Context, changes ...store.TicketChange) error {
	if len(changes) == 0 {
		return nil
	}
	rows := make([]sqlcgen.InsertChangesParams, len(changes))
	for n, c := range changes {
		c, err := canon.Change(c)
		if err != nil {
			return err
		}
		rows[n] = sqlcgen.InsertChangesParams{
			TicketID: c.TicketID, CommentID: c.CommentID, Field: c.Field, Before: c.Before, After: c.After,
			WrittenBy: c.By, At: c.At, Revision: c.Revision, SessionID: c.SessionID,
		}
	}
	_, err := t.q.InsertChanges(ctx, rows)
	return interpret("history of ticket", changes[0].TicketID, err)
}

// TicketChanges implements store.Histories.
func (t *tx) TicketChanges(ctx context.Context, ticketID string, before int64, limit int) ([]store.TicketChange, error) {
	rows, err := t.q.TicketChanges(ctx, sqlcgen.TicketChangesParams{TicketID: ticketID, Before: before, MaxRows: maxRows(limit)})
	return each(rows, func(r sqlcgen.TicketChange) store.TicketChange {
		return store.TicketChange{
			Seq: r.Seq, TicketID: r.TicketID, CommentID: r.CommentID, Field: r.Field, Before: r.Before, After: r.After,
			By: r.WrittenBy, At: r.At, Revision: r.Revision, SessionID: r.SessionID,
		}
	}), interpret("history of ticket", ticketID, err)
}

// TicketSteps implements store.Histories.
func (t *tx) TicketSteps(ctx context.Context, ticketID string, limit int) ([]store.Step, error) {
	rows, err := t.q.TicketSteps(ctx, sqlcgen.TicketStepsParams{TicketID: ticketID, MaxRows: maxRows(limit)})
	return each(rows, func(r sqlcgen.SessionStep) store.Step { return store.Step(r) }),
		interpret("steps of ticket", ticketID, err)
}

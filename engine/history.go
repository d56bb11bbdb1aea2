package engine

import (
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// inSession tells the ledger for which session a transaction writes.
func inSession(tx store.Tx, sessionID string) {
	if b, ok := tx.(*ledgerTx); ok {
		b.session = sessionID
	}
}

// actAs tells the ledger who makes a change that no stamp of the row names.
func actAs(tx store.Tx, by string) {
	if b, ok := tx.(*ledgerTx); ok {
		b.actor = by
	}
}

// TicketForUpdate remembers the row: whoever locks it goes on to change it.
func (t *ledgerTx) TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error) {
	row, err := t.Tx.TicketForUpdate(ctx, id)
	if t.locked = nil; err == nil {
		t.locked = &row
	}
	return row, err
}

// InsertTicket writes a ticket and the first chapter of its history.
func (t *ledgerTx) InsertTicket(ctx context.Context, next ticket.Ticket) error {
	if err := t.Tx.InsertTicket(ctx, next); err != nil {
		return err
	}
	return t.AppendChanges(ctx, t.ticketChanges(ticket.Ticket{}, next)...)
}

// UpdateTicket changes a ticket and notes what it held.
func (t *ledgerTx) UpdateTicket(ctx context.Context, next ticket.Ticket, seen int64) error {
	was := t.locked
	if was == nil || was.ID != next.ID || was.Revision != seen {
		row, err := t.Ticket(ctx, next.ID)
		if err != nil {
			return err
		}
		was = &row
	}
	if err := t.Tx.UpdateTicket(ctx, next, seen); err != nil {
		return err
	}
	t.locked = nil
	return t.AppendChanges(ctx, t.ticketChanges(*was, next)...)
}

// InsertComment writes a comment and the first chapter of its history.
func (t *ledgerTx) InsertComment(ctx context.Context, next ticket.Comment) error {
	if err := t.Tx.InsertComment(ctx, next); err != nil {
		return err
	}
	return t.AppendChanges(ctx, t.commentChanges(ticket.Comment{}, next)...)
}

// UpdateComment changes a comment and notes what it held.
func (t *ledgerTx) UpdateComment(ctx context.Context, next ticket.Comment, seen int64) error {
	was, err := t.Comment(ctx, next.ID)
	if err != nil {
		return err
	}
	if err := t.Tx.UpdateComment(ctx, next, seen); err != nil {
		return err
	}
	return t.AppendChanges(ctx, t.commentChanges(was, next)...)
}

// ticketChanges returns what differs, in ascending order of field, then the rest.
func (t *ledgerTx) ticketChanges(was, next ticket.Ticket) []store.TicketChange {
	names := slices.Concat(next.Fields.Names(), was.Fields.Names())
	slices.Sort(names)
	c := store.TicketChange{TicketID: next.ID, Revision: next.Revision, SessionID: t.session}
	var out []store.TicketChange
	for _, f := range slices.Compact(names) {
		stamp := next.Stamps[f]
		if stamp.Revision != next.Revision { // nobody stamped it: the row's own time and actor
			stamp = ticket.Stamp{By: t.actor, At: next.UpdatedAt}
		}
		out = differs(out, c, f, was.Fields[f], next.Fields[f], stamp.By, stamp.At)
	}
	out = differs(out, c, store.ChangedPrivacy, ticket.Text(string(was.Privacy)), ticket.Text(string(next.Privacy)), t.by(next), next.UpdatedAt)
	return differs(out, c, store.ChangedDeleted, truth(was.Deleted), truth(next.Deleted), t.by(next), next.UpdatedAt)
}

// by is who changes what of a ticket has no stamp: whoever said so, else whoever wrote
// its fields in the same breath.
func (t *ledgerTx) by(next ticket.Ticket) string {
	if t.actor != "" {
		return t.actor
	}
	for _, f := range next.Fields.Names() {
		if s := next.Stamps[f]; s.Revision == next.Revision {
			return s.By
		}
	}
	return ""
}

func (t *ledgerTx) commentChanges(was, next ticket.Comment) []store.TicketChange {
	c := store.TicketChange{TicketID: next.TicketID, CommentID: next.ID, Revision: next.Revision, SessionID: t.session}
	by, at := next.Stamp.By, next.Stamp.At
	out := differs(nil, c, ticket.Body, was.Body, next.Body, by, at)
	out = differs(out, c, store.ChangedPrivacy, ticket.Text(string(was.Privacy)), ticket.Text(string(next.Privacy)), by, at)
	return differs(out, c, store.ChangedDeleted, truth(was.Deleted), truth(next.Deleted), by, at)
}

// differs adds a change where there is one.
func differs(out []store.TicketChange, c store.TicketChange, f ticket.Field, before, after ticket.Value, by string, at time.Time) []store.TicketChange {
	if before.Equal(after) {
		return out
	}
	c.Field, c.Before, c.After, c.By, c.At = f, before, after, by, at
	return append(out, c)
}

// truth writes a mark that is set or not.
func truth(set bool) ticket.Value {
	if set {
		return ticket.Text("true")
	}
	return ticket.Value{}
}

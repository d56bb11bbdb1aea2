package postgres

// tickets: the local side; revision is compared and set by every writer, and rows are
// never deleted. grants: one row per ticket and external project that it may leave for.

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
	"github.com/extsync/extsync/ticket"
)

// InsertTicket implements store.Tickets.
func (t *tx) InsertTicket(ctx context.Context, tk ticket.Ticket) error {
	tk, err := canon.Ticket(tk)
	if err != nil {
		return err
	}
	n, err := t.q.InsertTicket(ctx, sqlcgen.InsertTicketParams{
		ID: tk.ID, Revision: tk.Revision, Fields: tk.Fields, Stamps: tk.Stamps, Privacy: tk.Privacy,
		Origin: tk.Origin, Deleted: tk.Deleted, CreatedAt: tk.CreatedAt, UpdatedAt: tk.UpdatedAt,
		TitleKey: titleKey(tk),
	})
	return inserted("ticket", tk.ID, n, err)
}

// Ticket implements store.Tickets.
func (t *tx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	r, err := t.q.GetTicket(ctx, id)
	return ticketOf(r), interpret("ticket", id, err)
}

// TicketForUpdate implements store.Tickets.
func (t *tx) TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error) {
	r, err := t.q.TicketForUpdate(ctx, id)
	return ticketOf(r), interpret("ticket", id, err)
}

// UpdateTicket implements store.Tickets.
func (t *tx) UpdateTicket(ctx context.Context, tk ticket.Ticket, seen int64) error {
	tk, err := canon.Ticket(tk)
	if err != nil {
		return err
	}
	if tk.Revision <= seen {
		return fmt.Errorf("ticket %s: revision %d must be greater than %d, the one seen", tk.ID, tk.Revision, seen)
	}
	n, err := t.q.UpdateTicket(ctx, sqlcgen.UpdateTicketParams{
		ID: tk.ID, Revision: tk.Revision, Fields: tk.Fields, Stamps: tk.Stamps, Privacy: tk.Privacy,
		Origin: tk.Origin, Deleted: tk.Deleted, CreatedAt: tk.CreatedAt, UpdatedAt: tk.UpdatedAt,
		TitleKey: titleKey(tk), Seen: seen,
	})
	if err != nil || n > 0 {
		return interpret("ticket", tk.ID, err)
	}
	if _, err := t.Ticket(ctx, tk.ID); err != nil {
		return err
	}
	return canon.Stale("ticket", tk.ID)
}

// ListTickets implements store.Tickets.
func (t *tx) ListTickets(ctx context.Context, after string, limit int) ([]ticket.Ticket, error) {
	rows, err := t.q.ListTickets(ctx, sqlcgen.ListTicketsParams{After: after, MaxRows: maxRows(limit)})
	return each(rows, ticketOf), interpret("tickets after", after, err)
}

func ticketOf(r sqlcgen.Ticket) ticket.Ticket {
	return ticket.Ticket{
		ID: r.ID, Revision: r.Revision, Fields: r.Fields, Stamps: r.Stamps, Privacy: r.Privacy,
		Origin: r.Origin, Deleted: r.Deleted, CreatedAt: r.CreatedAt, UpdatedAt: r.UpdatedAt,
	}
}

// titleKey is what a ticket is found by among those that bear its title.
func titleKey(tk ticket.Ticket) string { return ticket.TitleKey(tk.Fields[ticket.Title].Text()) }

// CountTickets implements store.Tickets.
func (t *tx) CountTickets(ctx context.Context) (int, error) {
	n, err := t.q.CountTickets(ctx)
	return int(n), interpret("number of", "tickets", err)
}

// Grants implements store.Tickets.
func (t *tx) Grants(ctx context.Context, ticketID string) ([]ticket.Grant, error) {
	rows, err := t.q.Grants(ctx, ticketID)
	return each(rows, func(r sqlcgen.Grant) ticket.Grant {
		return ticket.Grant{TicketID: r.TicketID, ProjectID: r.ProjectID, By: r.GrantedBy}
	}), interpret("grants of ticket", ticketID, err)
}

// PutGrant implements store.Tickets.
func (t *tx) PutGrant(ctx context.Context, g ticket.Grant) error {
	err := t.q.PutGrant(ctx, sqlcgen.PutGrantParams{TicketID: g.TicketID, ProjectID: g.ProjectID, GrantedBy: g.By})
	return interpret("grant of ticket", g.TicketID, err)
}

// DeleteGrant implements store.Tickets.
func (t *tx) DeleteGrant(ctx context.Context, ticketID, projectID string) error {
	err := t.q.DeleteGrant(ctx, sqlcgen.DeleteGrantParams{TicketID: ticketID, ProjectID: projectID})
	return interpret("grant of ticket", ticketID, err)
}

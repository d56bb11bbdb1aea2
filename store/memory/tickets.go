package memory

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/ticket"
)

type tickets struct {
	rows   table[string, *ticket.Ticket]
	ids    *sorted
	grants table[grantKey, ticket.Grant]
	// granted holds the projects that a ticket is granted to.
	granted groups[string, sorted]
	titled  groups[string, sorted] // by the key of the title
}

type grantKey struct{ ticket, project string }

func newTickets() tickets {
	return tickets{
		table[string, *ticket.Ticket]{}, &sorted{},
		table[grantKey, ticket.Grant]{}, groups[string, sorted]{}, groups[string, sorted]{},
	}
}

// InsertTicket implements store.Tickets.
func (t *tx) InsertTicket(_ context.Context, tk ticket.Ticket) error {
	tk, err := canon.Ticket(tk)
	if err != nil {
		return err
	}
	if t.tickets.rows[tk.ID] != nil {
		return canon.Exists("ticket", tk.ID)
	}
	t.told(tk.UpdatedAt)
	t.tickets.rows.put(t.Store, tk.ID, &tk)
	t.tickets.ids.add(t.Store, tk.ID)
	t.title(&tk, ticket.Value{})
	return nil
}

// Ticket implements store.Tickets.
func (t *tx) Ticket(_ context.Context, id string) (ticket.Ticket, error) {
	tk := t.tickets.rows[id]
	if tk == nil {
		return ticket.Ticket{}, canon.NotFound("ticket", id)
	}
	return *tk, nil
}

// TicketForUpdate implements store.Tickets.
func (t *tx) TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error) {
	return t.Ticket(ctx, id)
}

// UpdateTicket implements store.Tickets.
func (t *tx) UpdateTicket(_ context.Context, tk ticket.Ticket, seen int64) error {
	tk, err := canon.Ticket(tk)
	if err != nil {
		return err
	}
	if tk.Revision <= seen {
		return fmt.Errorf("ticket %s: revision %d must be greater than %d, the one seen", tk.ID, tk.Revision, seen)
	}
	old := t.tickets.rows[tk.ID]
	if old == nil {
		return canon.NotFound("ticket", tk.ID)
	}
	if old.Revision != seen {
		return canon.Stale("ticket", tk.ID)
	}
	t.told(tk.UpdatedAt)
	t.tickets.rows.put(t.Store, tk.ID, &tk)
	t.title(&tk, old.Fields[ticket.Title])
	return nil
}

// title finds a ticket by its title from now on, and not by the one that it had.
func (t *tx) title(tk *ticket.Ticket, had ticket.Value) {
	is := tk.Fields[ticket.Title]
	if is.Equal(had) {
		return
	}
	if key := ticket.TitleKey(had.Text()); key != "" {
		t.tickets.titled.of(key).remove(t.Store, tk.ID)
	}
	if key := ticket.TitleKey(is.Text()); key != "" {
		t.tickets.titled.of(key).add(t.Store, tk.ID)
	}
}

// ListTickets implements store.Tickets.
func (t *tx) ListTickets(_ context.Context, after string, limit int) ([]ticket.Ticket, error) {
	var out []ticket.Ticket
	for _, id := range t.tickets.ids.after(after) {
		if len(out) >= limit {
			break
		}
		if tk := t.tickets.rows[id]; !tk.Deleted {
			out = append(out, *tk)
		}
	}
	return out, nil
}

// CountTickets implements store.Tickets.
func (t *tx) CountTickets(context.Context) (int, error) {
	n := 0
	for _, tk := range t.tickets.rows {
		if !tk.Deleted {
			n++
		}
	}
	return n, nil
}

// Grants implements store.Tickets.
func (t *tx) Grants(_ context.Context, ticketID string) ([]ticket.Grant, error) {
	var out []ticket.Grant
	if g := t.tickets.granted[ticketID]; g != nil {
		for _, projectID := range g.ids {
			out = append(out, t.tickets.grants[grantKey{ticketID, projectID}])
		}
	}
	return out, nil
}

// PutGrant implements store.Tickets.
func (t *tx) PutGrant(_ context.Context, g ticket.Grant) error {
	if t.tickets.rows[g.TicketID] == nil {
		return canon.NotFound("ticket", g.TicketID)
	}
	if t.projects.rows[g.ProjectID] == nil {
		return canon.NotFound("project", g.ProjectID)
	}
	t.tickets.grants.put(t.Store, grantKey{g.TicketID, g.ProjectID}, g)
	t.tickets.granted.of(g.TicketID).add(t.Store, g.ProjectID)
	return nil
}

// DeleteGrant implements store.Tickets.
func (t *tx) DeleteGrant(_ context.Context, ticketID, projectID string) error {
	t.tickets.grants.del(t.Store, grantKey{ticketID, projectID})
	t.tickets.granted.of(ticketID).remove(t.Store, projectID)
	return nil
}

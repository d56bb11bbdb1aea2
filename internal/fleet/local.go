package fleet

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// pageSize is how many rows one look at the store takes.
const pageSize = 1000

// Project returns the member's project.
func (f *Fleet) Project(ctx context.Context, m *Member) (p store.Project, err error) {
	err = f.Store.Tx(ctx, func(tx store.Tx) (err error) {
		p, err = tx.Project(ctx, m.ID)
		return err
	})
	if err != nil {
		return p, fmt.Errorf("project of %s: %w", m.Name, err)
	}
	return p, nil
}

// Tickets returns all local tickets in the order of their ids.
func (f *Fleet) Tickets(ctx context.Context) (all []ticket.Ticket, err error) {
	for after := ""; ; {
		var page []ticket.Ticket
		err := f.Store.Tx(ctx, func(tx store.Tx) (err error) {
			page, err = tx.ListTickets(ctx, after, pageSize)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("list tickets: %w", err)
		}
		all = append(all, page...)
		if len(page) < pageSize {
			return all, nil
		}
		after = page[len(page)-1].ID
	}
}

// Ticket returns one local ticket.
func (f *Fleet) Ticket(ctx context.Context, id string) (t ticket.Ticket, err error) {
	err = f.Store.Tx(ctx, func(tx store.Tx) (err error) {
		t, err = tx.Ticket(ctx, id)
		return err
	})
	return t, err
}

// EditLocal has a person who saw the ticket as it is change some of its fields.
func (f *Fleet) EditLocal(ctx context.Context, who, id string, set ticket.Fields) error {
	t, err := f.Ticket(ctx, id)
	if err != nil {
		return err
	}
	_, err = f.Engine.EditTicket(ctx, id, ticket.Patch{Seen: t.Revision, Set: set, By: who})
	return err
}

// Comments returns the comments of a local ticket, oldest first.
func (f *Fleet) Comments(ctx context.Context, ticketID string) (list []ticket.Comment, err error) {
	err = f.Store.Tx(ctx, func(tx store.Tx) (err error) {
		list, err = tx.CommentsOf(ctx, ticketID)
		return err
	})
	return list, err
}

// Links returns a member's links of one kind.
func (f *Fleet) Links(ctx context.Context, m *Member, kind external.Kind) (all []store.Link, err error) {
	for after := ""; ; {
		var page []store.Link
		err := f.Store.Tx(ctx, func(tx store.Tx) (err error) {
			page, err = tx.LinksOf(ctx, m.ID, kind, after, pageSize)
			return err
		})
		if err != nil {
			return nil, fmt.Errorf("links of %s: %w", m.Name, err)
		}
		all = append(all, page...)
		if len(page) < pageSize {
			return all, nil
		}
		after = page[len(page)-1].ID
	}
}

// LinkOf returns the link of a local ticket in a member.
func (f *Fleet) LinkOf(ctx context.Context, m *Member, ticketID string) (l store.Link, err error) {
	err = f.Store.Tx(ctx, func(tx store.Tx) (err error) {
		l, err = tx.LinkByLocal(ctx, m.ID, external.KindTicket, ticketID)
		return err
	})
	if err != nil {
		return l, fmt.Errorf("link of ticket %s in %s: %w", ticketID, m.Name, err)
	}
	return l, nil
}

// TicketOf returns the local ticket of an item of a member.
func (f *Fleet) TicketOf(ctx context.Context, m *Member, id string) (t ticket.Ticket, err error) {
	err = f.Store.Tx(ctx, func(tx store.Tx) error {
		l, err := tx.LinkByExternal(ctx, m.ID, external.KindTicket, id)
		if err != nil {
			return err
		}
		t, err = tx.Ticket(ctx, l.LocalID)
		return err
	})
	if err != nil {
		return t, fmt.Errorf("ticket of item %s in %s: %w", id, m.Name, err)
	}
	return t, nil
}

// Conflicts returns the open conflicts of a member; nil: of all.
func (f *Fleet) Conflicts(ctx context.Context, m *Member) (list []store.Conflict, err error) {
	project := ""
	if m != nil {
		project = m.ID
	}
	err = f.Store.Tx(ctx, func(tx store.Tx) (err error) {
		list, err = tx.FindConflicts(ctx, store.ConflictFilter{ProjectID: project, State: store.OpenConflict}, pageSize)
		return err
	})
	return list, err
}

// Writes counts the calls that wrote, by member in the order of Members, since Reset.
func (f *Fleet) Writes() (total int, each []int) {
	for _, m := range f.members {
		n := m.Site.Counters().Writes
		total, each = total+n, append(each, n)
	}
	return total, each
}

// Reset starts counting anew everywhere and empties the logs of requests.
func (f *Fleet) Reset() {
	for _, m := range f.members {
		m.Site.Reset()
		m.Site.Wire().Forget()
	}
}

package why

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Rows are what is recorded of one ticket, newest first where the order matters.
type Rows struct {
	Ticket    ticket.Ticket
	Comments  []ticket.Comment
	Changes   []store.TicketChange
	Steps     []store.Step
	Conflicts []store.Conflict
	Links     []store.Link // of the ticket and of its comments
	Sessions  map[string]store.Session
	Cut       bool
}

// How much of each kind is read: far more than a person reads, and bounded.
const (
	maxChanges   = 1000
	maxSteps     = 2000
	maxConflicts = 500
)

// Load reads the rows of a ticket. It fails with store.ErrNotFound when there is none.
func Load(ctx context.Context, tx store.Tx, ticketID string) (Rows, error) {
	r := Rows{Sessions: map[string]store.Session{}}
	var err error
	if r.Ticket, err = tx.Ticket(ctx, ticketID); err != nil {
		return r, err
	}
	if r.Comments, err = tx.CommentsOf(ctx, ticketID); err != nil {
		return r, err
	}
	if r.Changes, err = tx.TicketChanges(ctx, ticketID, 0, maxChanges); err != nil {
		return r, err
	}
	if r.Steps, err = tx.TicketSteps(ctx, ticketID, maxSteps); err != nil {
		return r, err
	}
	if r.Conflicts, err = tx.FindConflicts(ctx, store.ConflictFilter{TicketID: ticketID}, maxConflicts); err != nil {
		return r, err
	}
	r.Cut = len(r.Changes) == maxChanges || len(r.Steps) == maxSteps || len(r.Conflicts) == maxConflicts
	if r.Links, err = tx.LinksOfLocal(ctx, external.KindTicket, ticketID); err != nil {
		return r, err
	}
	for _, c := range r.Comments {
		links, err := tx.LinksOfLocal(ctx, external.KindComment, c.ID)
		if err != nil {
			return r, err
		}
		r.Links = append(r.Links, links...)
	}
	return r, r.loadSessions(ctx, tx)
}

func (r *Rows) loadSessions(ctx context.Context, tx store.Tx) error {
	need := func(id string) error {
		if _, have := r.Sessions[id]; have || id == "" {
			return nil
		}
		s, err := tx.Session(ctx, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		r.Sessions[id] = s
		return err
	}
	for _, c := range r.Changes {
		if err := need(c.SessionID); err != nil {
			return err
		}
	}
	for _, s := range r.Steps {
		if err := need(s.SessionID); err != nil {
			return err
		}
	}
	return nil
}

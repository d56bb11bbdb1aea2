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
	Former    []store.Link // those that they had before they got other items outside, as they were then
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
	if err := r.loadFormer(ctx, tx); err != nil {
		return r, err
	}
	return r, r.loadSessions(ctx, tx)
}

// loadFormer reads the links by which something was done that left their ticket or comment to another one.
func (r *Rows) loadFormer(ctx context.Context, tx store.Tx) error {
	stoodFor := map[string]string{}
	for _, l := range r.Links {
		stoodFor[l.ID] = l.LocalID
	}
	var left []store.Link
	for _, s := range r.Steps {
		if _, known := stoodFor[s.LinkID]; known {
			continue
		}
		stoodFor[s.LinkID] = ""
		l, err := tx.Link(ctx, s.LinkID)
		switch {
		case errors.Is(err, store.ErrNotFound):
		case err != nil:
			return err
		case l.LocalID == "":
			left = append(left, l)
		}
	}
	r.tellFormer(left, stoodFor)
	return nil
}

// tellFormer takes in what those links stood for: of a ticket their steps say so, of a comment the link that it was left to,
// which may have left it to a third.
func (r *Rows) tellFormer(left []store.Link, stoodFor map[string]string) {
	for range left {
		for n, l := range left {
			if l.LocalID == "" && l.Kind == external.KindTicket {
				left[n].LocalID = r.Ticket.ID
			} else if l.LocalID == "" {
				left[n].LocalID = stoodFor[l.Onward]
			}
			stoodFor[l.ID] = left[n].LocalID
		}
	}
	for _, l := range left {
		if l.LocalID != "" {
			r.Former = append(r.Former, l)
		}
	}
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

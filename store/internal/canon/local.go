package canon

import (
	"fmt"

	"github.com/extsync/extsync/ticket"
)

// Ticket returns t as it is stored.
func Ticket(t ticket.Ticket) (ticket.Ticket, error) {
	if t.Revision < 1 {
		return t, fmt.Errorf("ticket %s: revision %d: want 1 or more", t.ID, t.Revision)
	}
	if err := privacy(t.Privacy); err != nil {
		return t, fmt.Errorf("ticket %s: %w", t.ID, err)
	}
	var err error
	if t.Fields, err = fields(t.Fields); err != nil {
		return t, fmt.Errorf("ticket %s: %w", t.ID, err)
	}
	t.Stamps = stamps(t.Stamps)
	t.CreatedAt, t.UpdatedAt = Time(t.CreatedAt), Time(t.UpdatedAt)
	return t, nil
}

// CloneTicket returns a copy that shares no map with t.
func CloneTicket(t ticket.Ticket) ticket.Ticket {
	t.Fields, t.Stamps = cloneMap(t.Fields), cloneMap(t.Stamps)
	return t
}

// Comment returns c as it is stored.
func Comment(c ticket.Comment) (ticket.Comment, error) {
	if c.Revision < 1 {
		return c, fmt.Errorf("comment %s: revision %d: want 1 or more", c.ID, c.Revision)
	}
	if c.Privacy != "" {
		if err := privacy(c.Privacy); err != nil {
			return c, fmt.Errorf("comment %s: %w", c.ID, err)
		}
	}
	if err := storable("body", c.Body); err != nil {
		return c, fmt.Errorf("comment %s: %w", c.ID, err)
	}
	c.Stamp.At = Time(c.Stamp.At)
	c.CreatedAt, c.UpdatedAt = Time(c.CreatedAt), Time(c.UpdatedAt)
	return c, nil
}

func privacy(p ticket.Privacy) error {
	return oneOf("privacy", p, ticket.LocalOnly, ticket.Shareable, ticket.Public)
}

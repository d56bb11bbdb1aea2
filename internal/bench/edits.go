package main

import (
	"context"
	"fmt"
	"maps"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// edits counts what local edits of many tickets cost on their way out, in one
// session: each is looked at, written, and all are audited together.
func edits(s system, title string, n int, perTicket float64, change func(ticket.Ticket) ticket.Fields) scenario {
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		w, _, err := pulled(ctx, s, max(10, 3*n), 0)
		if err != nil {
			return nil, err
		}
		if err := w.editSome(ctx, n, change); err != nil {
			return nil, err
		}
		c, err := w.drain(ctx, store.Incremental, false)
		if err != nil {
			return nil, err
		}
		if c.writes < n { // cheap does not mean undone
			return nil, fmt.Errorf("%d writes were made for %d edits", c.writes, n)
		}
		return []Figure{s.judged(title+": calls each", float64(c.total)/float64(n), "calls", perTicket)}, w.settled(ctx)
	}}
}

// editSome changes n local tickets, of those to which the change makes a difference.
func (w *world) editSome(ctx context.Context, n int, change func(ticket.Ticket) ticket.Fields) error {
	tickets, err := w.Tickets(ctx)
	if err != nil {
		return err
	}
	for _, t := range tickets {
		set := change(t)
		if n == 0 || !differs(t, set) {
			continue
		}
		if err := w.EditLocal(ctx, "ada", t.ID, set); err != nil {
			return err
		}
		n--
	}
	if n > 0 {
		return fmt.Errorf("%d tickets too few can be edited like that", n)
	}
	return nil
}

func differs(t ticket.Ticket, set ticket.Fields) bool {
	for name, v := range set {
		if !v.Equal(t.Fields[name]) {
			return true
		}
	}
	return false
}

func retitled(t ticket.Ticket) ticket.Fields {
	return ticket.Fields{ticket.Title: ticket.Text(t.Fields[ticket.Title].Text() + ", edited here")}
}

func labelled(t ticket.Ticket) ticket.Fields {
	labels := append(t.Fields[ticket.Labels].Elements(), "added-here")
	return ticket.Fields{ticket.Labels: ticket.Set(labels...)}
}

func unlabelled(t ticket.Ticket) ticket.Fields {
	labels := t.Fields[ticket.Labels].Elements()
	return ticket.Fields{ticket.Labels: ticket.Set(labels[:max(0, len(labels)-1)]...)}
}

func both(t ticket.Ticket) ticket.Fields {
	f := retitled(t)
	maps.Copy(f, labelled(t))
	return f
}

// turned closes what is open and opens what is closed.
func turned(t ticket.Ticket) ticket.Fields {
	if ticket.IsClosed(t.Fields[ticket.State].Text()) {
		return ticket.Fields{ticket.State: ticket.Text(ticket.StateOpen)}
	}
	return ticket.Fields{ticket.State: ticket.Text(ticket.StateDone)}
}

package simtest

import (
	"context"
	"slices"

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
	t.w.keepsTicket(tk)
	if t.w.ledger != nil {
		t.w.bookMade(slot{kind: external.KindTicket, item: tk.ID}, tk.Fields)
	}
	return t.Tx.InsertTicket(ctx, tk)
}

// InsertComment books that one is made.
func (t *txPort) InsertComment(ctx context.Context, c ticket.Comment) error {
	t.w.keeps("comment "+c.ID, c.Body)
	if t.w.ledger != nil {
		t.w.bookMade(slot{kind: external.KindComment, item: c.ID}, ticket.Fields{ticket.Body: c.Body})
	}
	return t.Tx.InsertComment(ctx, c)
}

// UpdateTicket books what changes.
func (t *txPort) UpdateTicket(ctx context.Context, tk ticket.Ticket, seen int64) error {
	t.w.keepsTicket(tk)
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
	t.w.bookUndoneLabels(old.Fields[ticket.Labels], tk.Fields[ticket.Labels])
	return nil
}

// UpdateComment books what changes.
func (t *txPort) UpdateComment(ctx context.Context, c ticket.Comment, seen int64) error {
	t.w.keeps("comment "+c.ID, c.Body)
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
	t.mustHold("conflict", c.ID)
	t.w.keepsConflict(c)
	if t.w.ledger != nil {
		t.w.bookDecision(c)
	}
	return t.Tx.UpdateConflict(ctx, c)
}

// bookMet books what a call was to do and did not, for it never got there, where somebody has
// done it by the time the engine looks: who it was no item tells, see asTold.
func (t *txPort) bookMet(ctx context.Context, i store.Intent) error {
	w := t.w
	l, err := t.Link(ctx, i.LinkID)
	if err != nil || i.Verb != "update" || l.LocalID == "" {
		return ignoreNotFound(err)
	}
	for _, c := range i.Changes {
		w.ledger.pending = append(w.ledger.pending, func() {
			q := slot{w.peerOf(l.ProjectID).n + 1, l.Kind, l.ExternalID, c.Field}
			now := w.valueAt(q)
			e := entry{by: i.SessionID, intent: i.ID, before: w.asTold(q, now, now, c), after: now, seen: c.Seen, settled: true}
			if !slices.Contains(w.ledger.calls[i.ID], q) && !e.before.Equal(now) {
				e.twin = w.valueAt(slot{kind: l.Kind, item: l.LocalID, field: c.Field})
				w.ledger.add(q, e)
			}
		})
	}
	return nil
}

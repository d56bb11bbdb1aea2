package simtest

import (
	"context"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// strategyTx decides every conflict at once and keeps no loser.
type strategyTx struct{ store.Tx }

func lastWriterWins(_ *world, tx store.Tx) store.Tx { return &strategyTx{tx} }

func (t *strategyTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.ProjectForUpdate(ctx, id)
	p.Strategies = []store.Strategy{{Strategy: "local_wins"}}
	return p, err
}

func (t *strategyTx) Project(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.Project(ctx, id)
	p.Strategies = []store.Strategy{{Strategy: "local_wins"}}
	return p, err
}

func (t *strategyTx) InsertConflict(ctx context.Context, c store.Conflict) error {
	if c.State == store.Resolved && c.DecidedBy == "strategy" {
		return nil
	}
	return t.Tx.InsertConflict(ctx, c)
}

// retryTx forgets that a create was sent.
type retryTx struct{ store.Tx }

func retryCreates(_ *world, tx store.Tx) store.Tx { return &retryTx{tx} }

func (t *retryTx) OpenIntents(ctx context.Context, projectID string) ([]store.Intent, error) {
	open, err := t.Tx.OpenIntents(ctx, projectID)
	return t.forget(ctx, open, err)
}

func (t *retryTx) LinkIntents(ctx context.Context, linkID string) ([]store.Intent, error) {
	open, err := t.Tx.LinkIntents(ctx, linkID)
	return t.forget(ctx, open, err)
}

func (t *retryTx) forget(ctx context.Context, open []store.Intent, err error) ([]store.Intent, error) {
	kept := open[:0]
	for _, i := range open {
		if i.State != store.Sent || i.Verb != "create" {
			kept = append(kept, i)
			continue
		}
		i.State = store.Refused
		if err := t.UpdateIntent(ctx, i, store.Sent); err != nil {
			return nil, err
		}
	}
	return kept, err
}

// publicTx takes every ticket that has an external side for public.
type publicTx struct {
	store.Tx
	w *world
}

func publicOnceLinked(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &publicTx{tx, w}
}

func (t *publicTx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	tk, err := t.Tx.Ticket(ctx, id)
	return t.dress(ctx, tk, err)
}

func (t *publicTx) TicketForUpdate(ctx context.Context, id string) (ticket.Ticket, error) {
	tk, err := t.Tx.TicketForUpdate(ctx, id)
	return t.dress(ctx, tk, err)
}

func (t *publicTx) dress(ctx context.Context, tk ticket.Ticket, err error) (ticket.Ticket, error) {
	if err != nil {
		return tk, err
	}
	links, err := t.LinksOfLocal(ctx, external.KindTicket, tk.ID)
	for _, l := range links {
		if l.ExternalID != "" {
			tk.Privacy = "public"
		}
	}
	return tk, err
}

func (t *publicTx) UpdateTicket(ctx context.Context, tk ticket.Ticket, seen int64) error {
	was, err := t.Tx.Ticket(ctx, tk.ID)
	if err != nil {
		return err
	}
	tk.Privacy = was.Privacy
	return t.Tx.UpdateTicket(ctx, tk, seen)
}

// deletingTx shows a comment whose twin is gone as if nobody had edited it.
type deletingTx struct {
	store.Tx
	w *world
}

func deleteBeatsEdit(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &deletingTx{tx, w}
}

func (t *deletingTx) Comment(ctx context.Context, id string) (ticket.Comment, error) {
	c, err := t.Tx.Comment(ctx, id)
	if err != nil {
		return c, err
	}
	links, err := t.LinksOfLocal(ctx, external.KindComment, id)
	for _, l := range links {
		for _, p := range t.w.peers {
			if it, ok := p.site.Peek(l.Kind, l.ExternalID); ok && l.ProjectID == p.id && it.Gone {
				c.Body = l.Bases["body"].Local
			}
		}
	}
	return c, err
}

// clockTx moves the watermark to our own time.
type clockTx struct {
	store.Tx
	w *world
}

func ownClock(w *world, tx store.Tx) store.Tx { return &clockTx{tx, w} }

func (t *clockTx) PutCursor(ctx context.Context, projectID string, c external.Cursor) error {
	if c.Page == "" && !c.Watermark.IsZero() {
		c.Watermark = t.w.now
		if c.Watermark.Before(c.Seen) {
			c.Watermark = c.Seen
		}
		for _, p := range t.w.peers {
			if caps := p.site.caps(); p.id == projectID {
				c.Window.Lo = c.Watermark.Add(-caps.Lag - caps.Precision)
			}
		}
	}
	return t.Tx.PutCursor(ctx, projectID, c)
}

// behindTx keeps the mark "sent" in the process's memory until the answer is there.
type behindTx struct {
	store.Tx
	w *world
}

func writeBehind(w *world, tx store.Tx) store.Tx { return &behindTx{tx, w} }

func (t *behindTx) UpdateIntent(ctx context.Context, i store.Intent, from store.IntentState) error {
	if from == store.Planned && i.State == store.Sent {
		t.w.unsent[i.ID] = true
		return nil
	}
	if from == store.Sent && t.w.unsent[i.ID] {
		delete(t.w.unsent, i.ID)
		from = store.Planned
	}
	return t.Tx.UpdateIntent(ctx, i, from)
}

// forgetfulTx settles writes of unknown outcome without taking them as the bases.
type forgetfulTx struct {
	store.Tx
	bases map[string]store.Link
}

func landedForgotten(_ *world, tx store.Tx) store.Tx { return &forgetfulTx{Tx: tx} }

func (t *forgetfulTx) UpdateLink(ctx context.Context, l store.Link) error {
	old, err := t.Link(ctx, l.ID)
	if err != nil {
		return err
	}
	if t.bases == nil {
		t.bases = map[string]store.Link{}
	}
	t.bases[l.ID] = old
	return t.Tx.UpdateLink(ctx, l)
}

// UpdateIntent follows UpdateLink in a repair, and goes before it where an answer
// came in time.
func (t *forgetfulTx) UpdateIntent(ctx context.Context, i store.Intent, from store.IntentState) error {
	if old, late := t.bases[i.LinkID]; late && from == store.Sent && i.State == store.Landed && i.Verb == "update" {
		if err := t.Tx.UpdateLink(ctx, old); err != nil {
			return err
		}
	}
	return t.Tx.UpdateIntent(ctx, i, from)
}

// cursorFirst commits a moved cursor in a transaction of its own, before the page
// that it stands behind. Between the two a process may die.
func cursorFirst(w *world, fn func(store.Tx) error) {
	moved := w.rehearse(fn)
	if len(moved) == 0 {
		return
	}
	w.must(w.raw.Tx(w.ctx, func(tx store.Tx) error {
		for _, m := range moved {
			if err := tx.PutCursor(w.ctx, m.project, m.cursor); err != nil {
				return err
			}
		}
		return nil
	}))
	w.crashAt(faultCrashAfterTx)
}

// unlockedTx reads a link where it was to lock it.
type unlockedTx struct{ store.Tx }

func readsUnlocked(_ *world, tx store.Tx) store.Tx { return &unlockedTx{tx} }

func (t *unlockedTx) LinkForUpdate(ctx context.Context, id string) (store.Link, error) {
	return t.Link(ctx, id)
}

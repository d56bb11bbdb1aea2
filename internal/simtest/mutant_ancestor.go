package simtest

import (
	"context"
	"maps"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// ancestorTx merges texts that were edited on both sides by what both had once, and not by
// what they had last.
type ancestorTx struct {
	store.Tx
	w *world
}

func staleAncestor(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &ancestorTx{tx, w}
}

// UpdateLink keeps the base that is replaced.
func (t *ancestorTx) UpdateLink(ctx context.Context, l store.Link) error {
	old, err := t.Tx.Link(ctx, l.ID)
	if err != nil {
		return err
	}
	was, is := old.Bases[ticket.Body], l.Bases[ticket.Body]
	if !was.External.Equal(is.External) && !was.External.IsEmpty() {
		t.w.stale[l.ID] = was
	}
	return t.Tx.UpdateLink(ctx, l)
}

// Link shows the older base where both sides have moved on from the newer one.
func (t *ancestorTx) Link(ctx context.Context, id string) (store.Link, error) {
	l, err := t.Tx.Link(ctx, id)
	old, has := t.w.stale[id]
	if err != nil || !has || l.LocalID == "" {
		return l, err
	}
	o, err := t.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if err != nil {
		return l, ignoreNotFound(err)
	}
	here, err := t.Ticket(ctx, l.LocalID)
	if err != nil {
		return l, ignoreNotFound(err)
	}
	b := l.Bases[ticket.Body]
	if !here.Fields[ticket.Body].Equal(b.Local) && !o.Item.Fields["body"].Equal(b.External) {
		l.Bases = maps.Clone(l.Bases)
		l.Bases[ticket.Body] = plan.Base{Local: old.Local, External: old.External}
	}
	return l, nil
}

package simtest

import (
	"context"

	"github.com/extsync/extsync/store"
)

// twinMutants are bugs about tickets that exist on both sides.
func twinMutants() []Mutant {
	return []Mutant{
		{Name: "twins linked without asking", Caught: []string{"I6"}, tx: linkedUnasked},
		{Name: "separate forgotten", Caught: []string{"I4", "I1", "I9"}, tx: forgetApart},
		{Name: "looks only for what was linked", Caught: []string{"I6"}, tx: blindToStubs},
	}
}

// unaskedTx answers the question itself.
type unaskedTx struct{ store.Tx }

func linkedUnasked(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &unaskedTx{tx}
}

func (t *unaskedTx) LinkConflicts(ctx context.Context, linkID string) ([]store.Conflict, error) {
	list, err := t.Tx.LinkConflicts(ctx, linkID)
	for n := range list {
		list[n] = answered(list[n])
	}
	return list, err
}

func (t *unaskedTx) ConflictForUpdate(ctx context.Context, id string) (store.Conflict, error) {
	c, err := t.Tx.ConflictForUpdate(ctx, id)
	return answered(c), err
}

func answered(c store.Conflict) store.Conflict {
	if c.Kind == store.TwinCreated && !c.Closed() {
		c.State, c.Choice = store.Decided, store.ChooseLink
	}
	return c
}

// UpdateConflict keeps what nobody chose out of the record, as such a bug would.
func (t *unaskedTx) UpdateConflict(ctx context.Context, c store.Conflict) error {
	if c.Kind == store.TwinCreated && c.DecidedBy == "" {
		c.Choice = ""
	}
	return t.Tx.UpdateConflict(ctx, c)
}

// forgetfulTwinsTx knows nothing of what was told apart.
type forgetfulTwinsTx struct{ store.Tx }

func forgetApart(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &forgetfulTwinsTx{tx}
}

func (t *forgetfulTwinsTx) TwinConflicts(ctx context.Context, projectID, externalID string) ([]store.Conflict, error) {
	list, err := t.Tx.TwinConflicts(ctx, projectID, externalID)
	var open []store.Conflict
	for _, c := range list {
		if !c.Closed() {
			open = append(open, c)
		}
	}
	return open, err
}

// linkedOnlyTx finds nobody who has no other side yet.
type linkedOnlyTx struct{ store.Tx }

func blindToStubs(_ *world, tx store.Tx) store.Tx { return &linkedOnlyTx{tx} }

func (t *linkedOnlyTx) LinksAlike(ctx context.Context, projectID, titleKey string, limit int) ([]store.Link, error) {
	list, err := t.Tx.LinksAlike(ctx, projectID, titleKey, limit)
	var linked []store.Link
	for _, l := range list {
		if l.LocalID != "" && l.ExternalID != "" {
			linked = append(linked, l)
		}
	}
	return linked, err
}

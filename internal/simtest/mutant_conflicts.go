package simtest

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// conflictMutants are bugs of the conflict queue.
func conflictMutants() []Mutant {
	return []Mutant{
		{Name: "losing value dropped from the record", Rare: true, Caught: []string{"I2"}, tx: loserDropped},
		{Name: "conflict opened anew each round", Caught: []string{"I1", "I9"}, tx: openedAnew},
		{Name: "decision applied to values not shown", Rare: true, Caught: []string{"I2"}, tx: decidedUnseen},
	}
}

// droppingTx keeps what was decided, and nothing else.
type droppingTx struct{ store.Tx }

func loserDropped(_ *world, tx store.Tx) store.Tx { return &droppingTx{tx} }

func (t *droppingTx) UpdateConflict(ctx context.Context, c store.Conflict) error {
	if c.Closed() {
		c.Local, c.External = ticket.Value{}, ticket.Value{}
	}
	return t.Tx.UpdateConflict(ctx, c)
}

// unboundTx takes a decision for one about what stands there now, whatever was shown.
type unboundTx struct {
	store.Tx
	w *world
}

func decidedUnseen(w *world, tx store.Tx) store.Tx { return &unboundTx{tx, w} }

func (t *unboundTx) UpdateConflict(ctx context.Context, c store.Conflict) error {
	d := t.w.deciding
	if d == nil || c.State != store.OpenConflict {
		return t.Tx.UpdateConflict(ctx, c)
	}
	c.State, c.Choice, c.DecidedBy, c.DecidedAt = store.Decided, d.Choice, d.By, t.w.now
	switch d.Choice {
	case store.ChooseLocal:
		c.Value = c.Local
	case store.ChooseExternal:
		c.Value = c.External
	default:
		c.Choice, c.Value = store.ChooseValue, d.Value
	}
	if err := t.MarkDirty(ctx, c.LinkID); err != nil {
		return err
	}
	return t.Tx.UpdateConflict(ctx, c)
}

// amnesicTx forgets that a conflict is open, and makes room for the next.
type amnesicTx struct{ store.Tx }

func openedAnew(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &amnesicTx{tx}
}

func (t *amnesicTx) LinkConflicts(ctx context.Context, linkID string) ([]store.Conflict, error) {
	list, err := t.Tx.LinkConflicts(ctx, linkID)
	var decided []store.Conflict
	for _, c := range list {
		if c.State == store.Decided {
			decided = append(decided, c)
		}
	}
	return decided, err
}

func (t *amnesicTx) InsertConflict(ctx context.Context, c store.Conflict) error {
	list, err := t.Tx.LinkConflicts(ctx, c.LinkID)
	if err != nil {
		return err
	}
	for _, old := range list {
		if old.Field != c.Field {
			continue
		}
		if old, err = t.ConflictForUpdate(ctx, old.ID); err != nil {
			return err
		}
		old.State = store.Resolved
		if err := t.UpdateConflict(ctx, old); err != nil {
			return err
		}
	}
	return t.Tx.InsertConflict(ctx, c)
}

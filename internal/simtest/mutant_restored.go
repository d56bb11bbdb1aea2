package simtest

import (
	"context"

	"github.com/extsync/extsync/store"
)

// restoredMutants are bugs of a database that was restored from a backup.
func restoredMutants() []Mutant {
	return []Mutant{
		{Name: "restored database not noticed", Profile: Restored, Caught: []string{"I7", "I9"}, tx: notNoticed},
		{Name: "restored database replayed as edits", Profile: Restored, Caught: []string{"I6", "I7"}, tx: replayed},
		{Name: "restored projects released one by one", Profile: Restored, Caught: []string{"I6", "I7", "I1", "I9"}, tx: oneByOne},
	}
}

// deafTx shows a project's epoch as it was known outside, whatever the database says.
type deafTx struct {
	store.Tx
	w *world
}

func notNoticed(w *world, tx store.Tx) store.Tx { return &deafTx{tx, w} }

func (t *deafTx) Project(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.Project(ctx, id)
	for q, known := range t.w.past.known {
		if q.id == id {
			p.WriterEpoch = max(p.WriterEpoch, known)
		}
	}
	return p, err
}

// replayingTx shows no project as one that is read anew.
type replayingTx struct{ store.Tx }

func replayed(_ *world, tx store.Tx) store.Tx { return &replayingTx{tx} }

func (t *replayingTx) Project(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.Project(ctx, id)
	p.Restored = store.Restored{}
	return p, err
}

func (t *replayingTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.ProjectForUpdate(ctx, id)
	p.Restored = store.Restored{}
	return p, err
}

// hastyReleaseTx takes a project for released as soon as it was read.
type hastyReleaseTx struct{ store.Tx }

func oneByOne(_ *world, tx store.Tx) store.Tx { return &hastyReleaseTx{tx} }

func (t *hastyReleaseTx) UpdateProject(ctx context.Context, p store.Project) error {
	if p.Restored.Read {
		p.Restored = store.Restored{}
	}
	return t.Tx.UpdateProject(ctx, p)
}

package simtest

import (
	"context"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// settingsMutants take people who change the settings of projects at work to be found.
func settingsMutants() []Mutant {
	return []Mutant{
		{Name: "direction ignored", Caught: []string{"I3", "I5"}, tx: bothWays},
		{Name: "wider filter read from where the list stood", Caught: []string{"I9"}, tx: notRewound},
	}
}

// bothWaysTx has sessions take every project for one whose changes flow both ways.
type bothWaysTx struct{ store.Tx }

func bothWays(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &bothWaysTx{tx}
}

func (t *bothWaysTx) Project(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.Project(ctx, id)
	p.Direction = external.Bidirectional
	return p, err
}

func (t *bothWaysTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	p, err := t.Tx.ProjectForUpdate(ctx, id)
	p.Direction = external.Bidirectional
	return p, err
}

// UpdateProject keeps the direction as it is.
func (t *bothWaysTx) UpdateProject(ctx context.Context, p store.Project) error {
	was, err := t.Tx.Project(ctx, p.ID)
	if err != nil {
		return err
	}
	p.Direction = was.Direction
	return t.Tx.UpdateProject(ctx, p)
}

// notRewoundTx leaves the cursors of a project where they are when somebody changes what it shows.
type notRewoundTx struct{ store.Tx }

func notRewound(w *world, tx store.Tx) store.Tx {
	if w.acting == 0 {
		return tx
	}
	return &notRewoundTx{tx}
}

func (t *notRewoundTx) PutCursor(ctx context.Context, projectID string, c external.Cursor) error {
	if c.Watermark.IsZero() && c.Page == "" {
		return nil
	}
	return t.Tx.PutCursor(ctx, projectID, c)
}

package simtest

import (
	"context"
	"time"

	"github.com/extsync/extsync/store"
)

// unplannedTx puts a mapping in force and leaves the links as they were planned under the one before.
type unplannedTx struct {
	store.Tx
	maps bool
}

func mapsUnplanned(_ *world, tx store.Tx) store.Tx { return &unplannedTx{Tx: tx} }

func (t *unplannedTx) ActivateMapping(ctx context.Context, projectID string, version int, by string, at time.Time) error {
	t.maps = true
	return t.Tx.ActivateMapping(ctx, projectID, version, by, at)
}

func (t *unplannedTx) MarkDirty(ctx context.Context, linkIDs ...string) error {
	if t.maps {
		return nil
	}
	return t.Tx.MarkDirty(ctx, linkIDs...)
}

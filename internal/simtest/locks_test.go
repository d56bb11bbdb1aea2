package simtest

import (
	"context"
	"errors"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// TestARowIsLockedBeforeItIsWritten: a link may be written as it was read once it was locked, and no
// other way.
func TestARowIsLockedBeforeItIsWritten(t *testing.T) {
	ctx := context.Background()
	for _, tt := range []struct {
		reason string
		read   func(tx store.Tx, id string) (store.Link, error)
		fails  bool
	}{
		{"read alone", func(tx store.Tx, id string) (store.Link, error) { return tx.Link(ctx, id) }, true},
		{"locked after it was read", func(tx store.Tx, id string) (store.Link, error) {
			l, err := tx.Link(ctx, id)
			_, err2 := tx.LinkForUpdate(ctx, id)
			return l, errors.Join(err, err2)
		}, true},
		{"locked", func(tx store.Tx, id string) (store.Link, error) { return tx.LinkForUpdate(ctx, id) }, false},
		{"read after it was locked", func(tx store.Tx, id string) (store.Link, error) {
			_, err := tx.LinkForUpdate(ctx, id)
			l, err2 := tx.Link(ctx, id)
			return l, errors.Join(err, err2)
		}, false},
	} {
		w := newWorld(Options{Seed: 1})
		s := &storePort{w: w}
		var id string
		w.must(s.Tx(ctx, func(tx store.Tx) error { // what is new nobody else sees
			l := store.Link{ID: w.newID(), ProjectID: w.peers[0].id, Kind: external.KindTicket, ExternalID: "t1", ExternalKey: "1", State: store.Backlog, DirtyRev: 1, DirtyAt: w.now, CreatedAt: w.now}
			id = l.ID
			return errors.Join(tx.InsertLink(ctx, l), tx.UpdateLink(ctx, l))
		}))
		if w.failed != nil {
			t.Fatalf("a new link: %v", w.failed)
		}
		w.must(s.Tx(ctx, func(tx store.Tx) error {
			l, err := tt.read(tx, id)
			l.Reason = "changed"
			return errors.Join(err, tx.UpdateLink(ctx, l))
		}))
		if failed := w.failed != nil && w.failed.Invariant == "I2"; failed != tt.fails {
			t.Errorf("%s: got %v", tt.reason, w.failed)
		}
	}
}

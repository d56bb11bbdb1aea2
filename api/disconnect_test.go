package api_test

import (
	"context"
	"errors"
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// dying is a store whose process dies after so many transactions.
type dying struct {
	store.Store
	left int
}

func (d *dying) Tx(ctx context.Context, fn func(store.Tx) error) error {
	if d.left == 0 {
		return errors.New("the process has died")
	}
	d.left--
	return d.Store.Tx(ctx, fn)
}

// TestADisconnectedProjectHasNoCredential: also where the process dies in the middle of it, or somebody
// connects the project again in the same moment.
func TestADisconnectedProjectHasNoCredential(t *testing.T) {
	s := newService(t)
	p := s.connect()
	whole := s.Engine.Store
	s.Engine.Store = &dying{whole, 1}
	_, err := s.Engine.Disconnect(t.Context(), p.ID, "ann")
	s.Engine.Store = whole
	txErr := whole.Tx(t.Context(), func(tx store.Tx) error {
		row, err := tx.Project(t.Context(), p.ID)
		if err != nil || row.Status != external.Disconnected {
			return err
		}
		_, err = tx.Secret(t.Context(), p.ID, engine.CredentialName)
		return err
	})
	if err != nil || !errors.Is(txErr, store.ErrNotFound) {
		t.Errorf("disconnected: %v; its credential: %v", err, txErr)
	}
}

package vault

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/store"
)

// The row of the server's own secret.
const (
	serverOwner   = "server"
	createKeyName = "create-key"
	createKeySize = 32 // bytes
)

// CreateKey returns the secret that binds create keys to us, the same for every
// process over one database. The first caller makes it.
func (v *Vault) CreateKey(ctx context.Context, s store.Store) ([]byte, error) {
	fresh := make([]byte, createKeySize)
	if _, err := rand.Read(fresh); err != nil {
		return nil, fmt.Errorf("make the create key: %w", err)
	}
	proposal, err := v.Seal(serverOwner, createKeyName, fresh)
	if err != nil {
		return nil, err
	}
	var sealed []byte
	err = s.Tx(ctx, func(tx store.Tx) error {
		if sealed, err = tx.Secret(ctx, serverOwner, createKeyName); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		// Secrets are replaced, not made once. The inbox lets one process of several
		// through, and makes the others wait until it has committed.
		first, err := tx.RecordDelivery(ctx, serverOwner, createKeyName, time.Now())
		if err != nil {
			return err
		}
		if !first {
			sealed, err = tx.Secret(ctx, serverOwner, createKeyName)
			return err
		}
		sealed = proposal
		return tx.PutSecret(ctx, serverOwner, createKeyName, sealed)
	})
	if err != nil {
		return nil, fmt.Errorf("load the create key: %w", err)
	}
	key, err := v.Open(serverOwner, createKeyName, sealed)
	if err != nil {
		return nil, fmt.Errorf("load the create key: %w", err)
	}
	return key, nil
}

package vault

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/store"
)

// The rows of the server's own secrets.
const (
	serverOwner    = store.ServerSource
	createKeyName  = "create-key"
	createKeySize  = 32 // bytes
	signingKeyName = "audit-key"
)

// CreateKey returns the secret that binds create keys to us, the same for every
// process over one database. The first caller makes it.
func (v *Vault) CreateKey(ctx context.Context, s store.Store) ([]byte, error) {
	key, err := v.serverSecret(ctx, s, createKeyName, createKeySize)
	if err != nil {
		return nil, fmt.Errorf("load the create key: %w", err)
	}
	return key, nil
}

// SigningKey returns the key that signs audit heads, the same for every process over one
// database. The first caller makes it. It is sealed like a credential: whoever has the
// database alone cannot sign.
func (v *Vault) SigningKey(ctx context.Context, s store.Store) (ed25519.PrivateKey, error) {
	seed, err := v.serverSecret(ctx, s, signingKeyName, ed25519.SeedSize)
	if err != nil {
		return nil, fmt.Errorf("load the key of audit heads: %w", err)
	}
	if len(seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("load the key of audit heads: it has %d bytes, want %d; restore the database's credentials", len(seed), ed25519.SeedSize)
	}
	return ed25519.NewKeyFromSeed(seed), nil
}

// serverSecret returns a random secret of the server's own, and makes it where there is
// none yet.
func (v *Vault) serverSecret(ctx context.Context, s store.Store, name string, size int) ([]byte, error) {
	fresh := make([]byte, size)
	if _, err := rand.Read(fresh); err != nil {
		return nil, err
	}
	proposal, err := v.Seal(serverOwner, name, fresh)
	if err != nil {
		return nil, err
	}
	var sealed []byte
	err = s.Tx(ctx, func(tx store.Tx) error {
		if sealed, err = tx.Secret(ctx, serverOwner, name); !errors.Is(err, store.ErrNotFound) {
			return err
		}
		// Secrets are replaced, not made once. The inbox lets one process of several
		// through, and makes the others wait until it has committed.
		first, err := tx.RecordDelivery(ctx, serverOwner, name, time.Now())
		if err != nil {
			return err
		}
		if !first {
			sealed, err = tx.Secret(ctx, serverOwner, name)
			return err
		}
		sealed = proposal
		return tx.PutSecret(ctx, serverOwner, name, sealed)
	})
	if err != nil {
		return nil, err
	}
	return v.Open(serverOwner, name, sealed)
}

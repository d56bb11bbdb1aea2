package memory

import (
	"bytes"
	"context"

	"github.com/extsync/extsync/store/internal/canon"
)

type secretKey struct{ owner, name string }

// PutSecret implements store.Secrets.
func (t *tx) PutSecret(_ context.Context, owner, name string, sealed []byte) error {
	t.secrets.put(t.Store, secretKey{owner, name}, bytes.Clone(sealed))
	return nil
}

// Secret implements store.Secrets.
func (t *tx) Secret(_ context.Context, owner, name string) ([]byte, error) {
	sealed, ok := t.secrets[secretKey{owner, name}]
	if !ok {
		return nil, canon.NotFound("secret", owner+"/"+name)
	}
	return bytes.Clone(sealed), nil
}

// DeleteSecrets implements store.Secrets.
func (t *tx) DeleteSecrets(_ context.Context, owner string) error {
	for key := range t.secrets {
		if key.owner == owner {
			t.secrets.del(t.Store, key)
		}
	}
	return nil
}

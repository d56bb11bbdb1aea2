package memory

import (
	"bytes"
	"cmp"
	"context"
	"slices"

	"github.com/extsync/extsync/store"
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

// ListSecrets implements store.Secrets.
func (t *tx) ListSecrets(context.Context) ([]store.Secret, error) {
	var all []store.Secret
	for key, sealed := range t.secrets {
		all = append(all, store.Secret{Owner: key.owner, Name: key.name, Sealed: bytes.Clone(sealed)})
	}
	slices.SortFunc(all, func(a, b store.Secret) int {
		return cmp.Or(cmp.Compare(a.Owner, b.Owner), cmp.Compare(a.Name, b.Name))
	})
	return all, nil
}

// SwapSecret implements store.Secrets.
func (t *tx) SwapSecret(ctx context.Context, owner, name string, was, sealed []byte) error {
	now, err := t.Secret(ctx, owner, name)
	switch {
	case err != nil:
		return err
	case !bytes.Equal(now, was):
		return canon.Stale("secret", owner+"/"+name)
	}
	return t.PutSecret(ctx, owner, name, sealed)
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

package postgres

// credentials: sealed blobs by owner and name. Nothing here can open them.

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// PutSecret implements store.Secrets.
func (t *tx) PutSecret(ctx context.Context, owner, name string, sealed []byte) error {
	err := t.q.PutSecret(ctx, sqlcgen.PutSecretParams{Owner: owner, Name: name, Sealed: list(sealed)})
	return interpret("secret", owner+"/"+name, err)
}

// Secret implements store.Secrets.
func (t *tx) Secret(ctx context.Context, owner, name string) ([]byte, error) {
	sealed, err := t.q.GetSecret(ctx, sqlcgen.GetSecretParams{Owner: owner, Name: name})
	return sealed, interpret("secret", owner+"/"+name, err)
}

// ListSecrets implements store.Secrets.
func (t *tx) ListSecrets(ctx context.Context) ([]store.Secret, error) {
	rows, err := t.q.ListSecrets(ctx)
	return each(rows, func(r sqlcgen.Credential) store.Secret {
		return store.Secret{Owner: r.Owner, Name: r.Name, Sealed: r.Sealed}
	}), interpret("list of", "secrets", err)
}

// SwapSecret implements store.Secrets.
func (t *tx) SwapSecret(ctx context.Context, owner, name string, was, sealed []byte) error {
	n, err := t.q.SwapSecret(ctx, sqlcgen.SwapSecretParams{Owner: owner, Name: name, Was: list(was), Fresh: list(sealed)})
	if err != nil || n > 0 {
		return interpret("secret", owner+"/"+name, err)
	}
	if _, err := t.Secret(ctx, owner, name); err != nil {
		return err
	}
	return canon.Stale("secret", owner+"/"+name)
}

// DeleteSecrets implements store.Secrets.
func (t *tx) DeleteSecrets(ctx context.Context, owner string) error {
	return interpret("secrets of", owner, t.q.DeleteSecrets(ctx, owner))
}

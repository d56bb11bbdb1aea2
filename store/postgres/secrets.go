package postgres

// credentials: sealed blobs by owner and name. Nothing here can open them.

import (
	"context"

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

// DeleteSecrets implements store.Secrets.
func (t *tx) DeleteSecrets(ctx context.Context, owner string) error {
	return interpret("secrets of", owner, t.q.DeleteSecrets(ctx, owner))
}

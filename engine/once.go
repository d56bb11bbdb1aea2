package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/store"
)

// Once is a request that may come again because its answer was lost. Who asks again with the
// same key gets what the first one made. The zero Once is a request without a key.
type Once struct {
	Caller string // keys of others are other keys
	Key    string
	Digest string // of all that was asked for
}

// ErrOtherRequest refuses a key that was given with another request before.
var ErrOtherRequest = errors.New("the key was given with another request before; take a new key for a new request")

// once has create run in tx unless the request was carried out before. Then again is told the id
// of what it made. That it was is written in the same transaction: no crash can come between.
func (e *Engine) once(ctx context.Context, tx store.Tx, o Once, again func(id string) error, create func() (id string, err error)) error {
	if o.Key == "" {
		_, err := create()
		return err
	}
	before, err := tx.ClaimRequest(ctx, o.Caller, o.Key)
	if err == nil && before.Digest != o.Digest {
		return ErrOtherRequest
	}
	if err == nil {
		return again(before.Made)
	}
	if !errors.Is(err, store.ErrNotFound) {
		return fmt.Errorf("whether it was carried out before: %w", err)
	}
	id, err := create()
	if err != nil {
		return err
	}
	return tx.PutRequest(ctx, store.Request{Caller: o.Caller, Key: o.Key, Digest: o.Digest, Made: id, At: e.Clock.Now()})
}

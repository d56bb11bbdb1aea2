package postgres

// requests: what was made by which key, held by an advisory lock of the transaction: whoever
// repeats a request while the first one runs is told so, and waits for nothing.

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// ClaimRequest implements store.Requests.
func (t *tx) ClaimRequest(ctx context.Context, caller, key string) (store.Request, error) {
	held, err := t.q.HoldRequest(ctx, sqlcgen.HoldRequestParams{Caller: caller, Key: key})
	if err != nil {
		return store.Request{}, interpret("request", key, err)
	}
	if !held {
		return store.Request{}, canon.Busy("request", key)
	}
	r, err := t.q.GetRequest(ctx, sqlcgen.GetRequestParams{Caller: caller, Key: key})
	return store.Request(r), interpret("request", key, err)
}

// PutRequest implements store.Requests.
func (t *tx) PutRequest(ctx context.Context, r store.Request) error {
	r.At = canon.Time(r.At)
	n, err := t.q.PutRequest(ctx, sqlcgen.PutRequestParams(r))
	return inserted("request", r.Key, n, err)
}

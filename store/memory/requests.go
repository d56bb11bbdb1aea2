package memory

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

type requestKey struct{ caller, key string }

// ClaimRequest implements store.Requests. Transactions run one by one: nobody else has it.
func (t *tx) ClaimRequest(_ context.Context, caller, key string) (store.Request, error) {
	r, known := t.requests[requestKey{caller, key}]
	if !known {
		return r, canon.NotFound("request", key)
	}
	return r, nil
}

// PutRequest implements store.Requests.
func (t *tx) PutRequest(_ context.Context, r store.Request) error {
	at := requestKey{r.Caller, r.Key}
	if _, taken := t.requests[at]; taken {
		return canon.Exists("request", r.Key)
	}
	r.At = canon.Time(r.At)
	t.requests.put(t.Store, at, r)
	return nil
}

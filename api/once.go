package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
)

// IdempotencyKey lets a client repeat a request whose answer was lost.
type IdempotencyKey struct {
	IdempotencyKey string `header:"Idempotency-Key" maxLength:"257" doc:"makes the request safe to repeat: sent again with the same key and body it makes nothing, and answers with what the first one made, as it is now (header Idempotent-Replayed: true). At most 255 visible characters, best a UUID, quoted or not; each Extsync-Actor has keys of its own; kept for a day" example:"8e03978e-40d5-43e8-bc93-6894a57f9324"`
}

// Replayed says that an answer is about what an earlier request made.
type Replayed struct {
	Replayed string `header:"Idempotent-Replayed" doc:"true: an earlier request with this key made it"`
}

func replayed(again bool) Replayed {
	if again {
		return Replayed{"true"}
	}
	return Replayed{}
}

// maxKey bounds a key, as others do whose clients know such keys.
const maxKey = 255

// once tells what is asked for, and by whom. There is one token, so callers are told apart by
// whom they act for; of what a person sends, what it means counts, and not how it is spelled.
func (k IdempotencyKey) once(ctx context.Context, by Actor, what string, body any) (engine.Once, error) {
	if k.IdempotencyKey == "" {
		return engine.Once{}, nil
	}
	key, given := k.IdempotencyKey, len(k.IdempotencyKey)
	if given > 1 && key[0] == '"' && key[given-1] == '"' {
		key = key[1 : given-1] // a string, as draft-ietf-httpapi-idempotency-key-header spells it
	}
	odd := func(r rune) bool { return r <= ' ' || r > '~' || r == '"' || r == '\\' }
	if key == "" || len(key) > maxKey || strings.ContainsFunc(key, odd) {
		return engine.Once{}, refuse(ctx, v1.InvalidRequest, fmt.Sprintf("header.Idempotency-Key: want 1 to %d visible ASCII characters, such as a UUID", maxKey))
	}
	asked, err := json.Marshal([]any{what, body})
	if err != nil {
		return engine.Once{}, err
	}
	sum := sha256.Sum256(asked)
	return engine.Once{Caller: by.Actor, Key: key, Digest: hex.EncodeToString(sum[:])}, nil
}

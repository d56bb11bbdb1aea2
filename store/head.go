package store

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"
)

// ErrForged says that a head was not signed by the key that it was held against.
var ErrForged = errors.New("the signature is not that of the key")

// SignedHead is a head with the service's word for it, as it is published: one line of
// JSON.
type SignedHead struct {
	Project   string    `json:"project"`
	Seq       int64     `json:"seq"`
	Hash      string    `json:"hash"`
	At        time.Time `json:"at"`
	Signature string    `json:"signature"` // Ed25519 over the statement, in base64
}

// Head returns what the signature is about.
func (s SignedHead) Head() AuditHead {
	return AuditHead{ProjectID: s.Project, Seq: s.Seq, Hash: s.Hash, At: s.At}
}

// Sign returns a head with the signature of a key, its time at the microsecond in UTC.
func Sign(h AuditHead, key ed25519.PrivateKey) SignedHead {
	h.At = h.At.UTC().Truncate(time.Microsecond)
	return SignedHead{
		Project: h.ProjectID, Seq: h.Seq, Hash: h.Hash, At: h.At,
		Signature: base64.StdEncoding.EncodeToString(ed25519.Sign(key, h.statement())),
	}
}

// Verify fails with ErrForged unless the key signed this very head.
func (s SignedHead) Verify(key ed25519.PublicKey) error {
	sig, err := base64.StdEncoding.DecodeString(s.Signature)
	if err != nil || len(key) != ed25519.PublicKeySize || !ed25519.Verify(key, s.Head().statement(), sig) {
		return fmt.Errorf("head %d of project %s: %w", s.Seq, s.Project, ErrForged)
	}
	return nil
}

// statement is what is signed: it says what it is, so that a signature means nothing else.
func (h AuditHead) statement() []byte {
	b, err := json.Marshal([]string{
		"extsync audit head 1", h.ProjectID, strconv.FormatInt(h.Seq, 10), h.Hash, h.At.UTC().Format(time.RFC3339Nano),
	})
	if err != nil {
		panic(err) // unreachable: strings always marshal
	}
	return b
}

// PublicKey writes a public key as one word; see ParsePublicKey.
func PublicKey(key ed25519.PublicKey) string {
	return publicKeyMark + base64.StdEncoding.EncodeToString(key)
}

const publicKeyMark = "ed25519:"

// ParsePublicKey reads what PublicKey wrote.
func ParsePublicKey(word string) (ed25519.PublicKey, error) {
	if len(word) > len(publicKeyMark) && word[:len(publicKeyMark)] == publicKeyMark {
		b, err := base64.StdEncoding.DecodeString(word[len(publicKeyMark):])
		if err == nil && len(b) == ed25519.PublicKeySize {
			return b, nil
		}
	}
	return nil, fmt.Errorf("public key %.60q: want what `extsync audit head` prints: %s and 44 characters of base64", word, publicKeyMark)
}

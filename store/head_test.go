package store_test

import (
	"crypto/ed25519"
	"encoding/json"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/store"
)

// TestSignedHead: a published line verifies under its key after a trip through JSON, and
// no other head, key or signature does.
func TestSignedHead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		seed := func(label string) ed25519.PrivateKey {
			return ed25519.NewKeyFromSeed(rapid.SliceOfN(rapid.Byte(), ed25519.SeedSize, ed25519.SeedSize).Draw(t, label))
		}
		ours, other := seed("key"), seed("other key")
		public := func(key ed25519.PrivateKey) ed25519.PublicKey { return ed25519.PublicKey(key[ed25519.SeedSize:]) }
		head := store.AuditHead{
			ProjectID: rapid.StringMatching(`[a-z0-9-]{1,36}`).Draw(t, "project"), Seq: rapid.Int64Min(1).Draw(t, "seq"),
			Hash: rapid.StringMatching(`[0-9a-f]{64}`).Draw(t, "hash"),
			At:   time.Unix(rapid.Int64Range(0, 1<<33).Draw(t, "s"), rapid.Int64Range(0, 999999999).Draw(t, "ns")),
		}
		line, err := json.Marshal(store.Sign(head, ours))
		if err != nil {
			t.Fatal(err)
		}
		var back store.SignedHead
		if err := json.Unmarshal(line, &back); err != nil {
			t.Fatal(err)
		}
		key, err := store.ParsePublicKey(store.PublicKey(public(ours)))
		if err != nil {
			t.Fatal(err)
		}
		if err := back.Verify(key); err != nil {
			t.Fatalf("our own head: %v", err)
		}
		forged := []store.SignedHead{back, back, back, back, back}
		forged[0].Seq++
		forged[1].Project += "x"
		forged[2].Hash = forged[2].Hash[1:]
		forged[3].At = forged[3].At.Add(time.Microsecond)
		forged[4].Signature = "AAAA" + forged[4].Signature[4:]
		for n, f := range forged {
			if err := f.Verify(key); f != back && !errors.Is(err, store.ErrForged) {
				t.Fatalf("forgery %d: got %v, want ErrForged", n, err)
			}
		}
		if err := back.Verify(public(other)); !ours.Equal(other) && !errors.Is(err, store.ErrForged) {
			t.Fatalf("another key: got %v", err)
		}
	})
}

// TestParsePublicKey: what is not a key is refused with what to do.
func TestParsePublicKey(t *testing.T) {
	for _, word := range []string{"", "ed25519:", "ed25519:AAAA", "rsa:AAAA", "ed25519:!!"} {
		if _, err := store.ParsePublicKey(word); err == nil {
			t.Errorf("%q was taken for a key", word)
		}
	}
}

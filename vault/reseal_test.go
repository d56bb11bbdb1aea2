package vault_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/vault"
)

// copyOf copies a keyset file to another one, which it names.
func copyOf(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	kept := filepath.Join(t.TempDir(), "kept.json")
	if err := os.WriteFile(kept, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return kept
}

// TestResealing: after a rotation all secrets are sealed by the new key, as the old keyset, which opens
// none of them, shows. What no key opens is named, and stays as it is.
func TestResealing(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "keys.json"), memory.New()
	v := load(t, path)
	if _, err := v.CreateKey(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	token, err := v.Seal("p1", "token", []byte("ghp_secret"))
	if err != nil {
		t.Fatal(err)
	}
	put := func(owner, name string, sealed []byte) {
		t.Helper()
		if err := s.Tx(t.Context(), func(tx store.Tx) error { return tx.PutSecret(t.Context(), owner, name, sealed) }); err != nil {
			t.Fatal(err)
		}
	}
	put("p1", "token", token)
	put("p2", "token", []byte("sealed by keys that are lost"))
	put(store.ServerSource, store.AdminToken, make([]byte, 32)) // a hash, which nothing seals
	kept := copyOf(t, path)
	keys, err := v.Rotate()
	if err != nil || keys.Keys != 2 || keys.Primary == 0 {
		t.Fatalf("rotated: %+v, %v", keys, err)
	}
	for n, want := range []int{2, 0} {
		got, err := v.Reseal(t.Context(), s)
		if err != nil || got.Sealed != want || got.Already != 2-want || len(got.Refused) != 1 || got.Refused[0] != "p2/token" {
			t.Errorf("time %d: %+v, %v", n+1, got, err)
		}
	}
	old := load(t, kept)
	err = s.Tx(t.Context(), func(tx store.Tx) error {
		sealed, err := tx.Secret(t.Context(), "p1", "token")
		if err != nil {
			return err
		}
		if _, err := old.Open("p1", "token", sealed); !errors.Is(err, vault.ErrRefused) {
			t.Errorf("the old key opens it still: %v", err)
		}
		plain, err := v.Open("p1", "token", sealed)
		if string(plain) != "ghp_secret" {
			t.Errorf("it reads %q", plain)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestNothingIsSealedByKeysThatNoFileHolds: what a process seals whose keyset file is lost could not be
// opened once it ends.
func TestNothingIsSealedByKeysThatNoFileHolds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	v := load(t, path)
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := v.Seal("p1", "token", []byte("x")); err == nil {
		t.Error("it was sealed")
	}
}

// TestAKeysetFileBehindALinkIsRotatedInItsPlace: others know the file by its own name.
func TestAKeysetFileBehindALinkIsRotatedInItsPlace(t *testing.T) {
	path, link := filepath.Join(t.TempDir(), "keys.json"), filepath.Join(t.TempDir(), "link.json")
	load(t, path)
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	if err := vault.Rotate(link); err != nil {
		t.Fatal(err)
	}
	sealed, err := load(t, link).Seal("p1", "token", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, path).Open("p1", "token", sealed); err != nil {
		t.Errorf("who knows the file by its own name: %v", err)
	}
}

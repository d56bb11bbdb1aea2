package vault_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"

	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/vault"
)

func load(t *testing.T, path string) *vault.Vault {
	t.Helper()
	v, err := vault.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestABlobOpensInItsOwnRowOnly(t *testing.T) {
	v := load(t, filepath.Join(t.TempDir(), "keys.json"))
	secret := []byte("ghp_secret")
	sealed, err := v.Seal("p1", "token", secret)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Contains(sealed, secret) {
		t.Error("the blob shows the secret")
	}
	torn := slices.Clone(sealed)
	torn[len(torn)-1] ^= 1
	for _, c := range []struct {
		reason      string
		owner, name string
		blob        []byte
		want        error
	}{
		{"its own row", "p1", "token", sealed, nil},
		{"moved to another project's row", "p2", "token", sealed, vault.ErrRefused},
		{"moved to another name", "p1", "webhook", sealed, vault.ErrRefused},
		{"changed by a bit", "p1", "token", torn, vault.ErrRefused},
		{"cut", "p1", "token", sealed[:3], vault.ErrRefused},
		{"empty", "p1", "token", nil, vault.ErrRefused},
	} {
		plain, err := v.Open(c.owner, c.name, c.blob)
		if !errors.Is(err, c.want) || c.want == nil && !bytes.Equal(plain, secret) {
			t.Errorf("%s: got %q, %v; want %v", c.reason, plain, err, c.want)
		}
	}
}

func TestNamesThatCouldBeMistakenAreRefused(t *testing.T) {
	v := load(t, filepath.Join(t.TempDir(), "keys.json"))
	for _, row := range [][2]string{{"a|b", "c"}, {"a", "b|c"}, {"", "c"}, {"a", ""}} {
		if _, err := v.Seal(row[0], row[1], nil); err == nil {
			t.Errorf("sealed for %q", row)
		}
	}
}

func TestAnotherKeysetIsRefused(t *testing.T) {
	dir := t.TempDir()
	sealed, err := load(t, filepath.Join(dir, "ours.json")).Seal("p1", "token", []byte("x"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, filepath.Join(dir, "theirs.json")).Open("p1", "token", sealed); !errors.Is(err, vault.ErrRefused) {
		t.Errorf("got %v, want ErrRefused", err)
	}
}

func TestRotationKeepsTheOldKeys(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	before := load(t, path)
	old, err := before.Seal("p1", "token", []byte("old"))
	if err != nil {
		t.Fatal(err)
	}
	kept := copyOf(t, path)
	if err := vault.Rotate(path); err != nil {
		t.Fatal(err)
	}
	after := load(t, path)
	if plain, err := after.Open("p1", "token", old); err != nil || string(plain) != "old" {
		t.Errorf("after rotation: got %q, %v", plain, err)
	}
	fresh, err := after.Seal("p1", "token", []byte("new"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, kept).Open("p1", "token", fresh); !errors.Is(err, vault.ErrRefused) {
		t.Error("the new key does not seal: the old keyset opens what was sealed after rotation")
	}
	if plain, err := before.Open("p1", "token", fresh); err != nil || string(plain) != "new" {
		t.Errorf("a process that has run since before the rotation: got %q, %v", plain, err)
	}
}

// TestRotationsAtOnceKeepEachKey: who rotates restarts the processes next, and each of them
// has sealed by the key that stood in the file then.
func TestRotationsAtOnceKeepEachKey(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	load(t, path)
	sealed := make([][]byte, 8)
	var group sync.WaitGroup
	for n := range sealed {
		group.Go(func() {
			if err := vault.Rotate(path); err != nil {
				t.Error(err)
				return
			}
			v, err := vault.Load(path)
			if err != nil {
				t.Error(err)
				return
			}
			if sealed[n], err = v.Seal("p1", "token", []byte("x")); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	v := load(t, path)
	for n, blob := range sealed {
		if _, err := v.Open("p1", "token", blob); err != nil {
			t.Errorf("what rotation %d sealed: %v", n, err)
		}
	}
}

func TestTheKeysetFileIsItsOwnersAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "keys.json")
	load(t, path)
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode %04o, want 0600", info.Mode().Perm())
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 1 {
		t.Errorf("files left beside it: %v, %v", left, err)
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Load(path); err == nil {
		t.Error("a file that a group may read was accepted")
	}
}

func TestAMangledFileIsAnErrorNotANewKeyset(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.json")
	if err := os.WriteFile(path, []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := vault.Load(path); err == nil {
		t.Error("a mangled keyset was accepted")
	}
}

func TestProcessesThatStartAtOnceShareOneKeysetAndOneKey(t *testing.T) {
	path, s := filepath.Join(t.TempDir(), "keys.json"), memory.New()
	keys := make([][]byte, 8)
	var group sync.WaitGroup
	for n := range keys {
		group.Go(func() {
			v, err := vault.Load(path)
			if err != nil {
				t.Error(err)
				return
			}
			if keys[n], err = v.CreateKey(context.WithoutCancel(t.Context()), s); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	for _, k := range keys {
		if len(k) != 32 || !bytes.Equal(k, keys[0]) {
			t.Errorf("key of %d bytes, want the same 32 for all", len(k))
		}
	}
}

func TestTheCreateKeyOfAnotherKeysetIsAnError(t *testing.T) {
	dir, s := t.TempDir(), memory.New()
	if _, err := load(t, filepath.Join(dir, "ours.json")).CreateKey(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	if _, err := load(t, filepath.Join(dir, "theirs.json")).CreateKey(t.Context(), s); !errors.Is(err, vault.ErrRefused) {
		t.Errorf("got %v, want ErrRefused: a second key would make doubles of everything", err)
	}
}

package vault

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
)

// ownerOnly is the mode of the keyset file.
const ownerOnly fs.FileMode = 0o600

func loadOrCreate(path string) (*keyset.Handle, error) {
	handle, err := load(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return handle, err
	}
	if handle, err = keyset.NewHandle(aead.AES256GCMKeyTemplate()); err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	// Of several processes that start at once one makes the file, all use it.
	if err := write(path, handle, nil, os.Link); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	return load(path)
}

func load(path string) (*keyset.Handle, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("keyset file: %w", err)
	}
	if mode := info.Mode().Perm(); mode&^ownerOnly != 0 {
		return nil, fmt.Errorf("keyset file %s has mode %04o: others may read the keys of every credential; run chmod 600 on it", path, mode)
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("keyset file: %w", err)
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(b)))
	if err != nil {
		return nil, fmt.Errorf("keyset file %s: want a Tink keyset in JSON; restore it from your backup: %w", path, err)
	}
	return handle, nil
}

// Rotate adds a new key to the file, which seals from now on; the older keys still
// open what they sealed. Processes that run read the file again when they need it; those on
// other machines, which have a copy of it, want the new one before anything is sealed by it.
// Of several that rotate at once each adds its key after the other.
func Rotate(path string) (err error) {
	if path, err = filepath.EvalSymlinks(path); err != nil { // others may know it by another name
		return fmt.Errorf("keyset file: %w", err)
	}
	release, err := hold(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	handle, err := load(path)
	if err != nil {
		return err
	}
	manager := keyset.NewManagerFromHandle(handle)
	id, err := manager.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return fmt.Errorf("make a key: %w", err)
	}
	if err := manager.SetPrimary(id); err != nil {
		return fmt.Errorf("use the new key: %w", err)
	}
	if handle, err = manager.Handle(); err != nil {
		return fmt.Errorf("use the new key: %w", err)
	}
	before, err := os.Stat(path)
	if err != nil {
		return fmt.Errorf("keyset file: %w", err)
	}
	return write(path, handle, before, os.Rename)
}

// write puts the keyset into a file beside path, and there by place (os.Link fails
// where a file stands already, os.Rename replaces it): nobody ever reads half a file. before is the
// file that it replaces, if there is one.
func write(path string, handle *keyset.Handle, before fs.FileInfo, place func(from, to string) error) (err error) {
	var b bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&b)); err != nil {
		return fmt.Errorf("write the keyset: %w", err)
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return fmt.Errorf("folder of the keyset file: %w", err)
	}
	f, err := os.CreateTemp(dir, ".keyset-*") // of mode 0600
	if err != nil {
		return fmt.Errorf("write the keyset: %w", err)
	}
	// After a rename there is nothing left under this name, and that is no error.
	defer func() {
		if rerr := os.Remove(f.Name()); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
	}()
	_, werr := f.Write(b.Bytes())
	if err := errors.Join(werr, sameOwner(f, before), f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write the keyset: %w", err)
	}
	if err := place(f.Name(), path); err != nil {
		return fmt.Errorf("place the keyset file: %w", err)
	}
	// Before anything is sealed by it: a machine that loses its power might forget the name.
	if err := syncFolder(dir); err != nil {
		return fmt.Errorf("place the keyset file: %w", err)
	}
	return nil
}

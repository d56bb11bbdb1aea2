//go:build unix

package vault

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
)

// hold keeps every other process from replacing the keyset file until release is called: the
// key that the slower one of two adds would not be in the file of the other, and what was
// sealed by it could not be opened any more. The system ends the hold of a process that dies.
func hold(path string) (release func() error, err error) {
	for {
		f, err := os.OpenFile(path, os.O_RDWR, 0) // to write: a lock over NFS wants that
		if err != nil {
			return nil, fmt.Errorf("keyset file: %w", err)
		}
		if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
			return nil, errors.Join(fmt.Errorf("keyset file: wait for others that change it: %w", err), f.Close())
		}
		current, err := stands(f, path)
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if current {
			return f.Close, nil
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("keyset file: %w", err)
		}
	}
}

// stands reports whether f is still the file at path: who held it before us has put another
// one there, and whoever comes now locks that one.
func stands(f *os.File, path string) (bool, error) {
	ours, err := f.Stat()
	if err != nil {
		return false, fmt.Errorf("keyset file: %w", err)
	}
	now, err := os.Stat(path)
	if err != nil {
		return false, fmt.Errorf("keyset file: %w", err)
	}
	return os.SameFile(ours, now), nil
}

// sameOwner gives a file to whom the one belongs that it replaces; nil: there is none. An operator
// may rotate the keys as another user than the service runs as.
func sameOwner(f *os.File, before fs.FileInfo) error {
	if before == nil {
		return nil
	}
	was, known := before.Sys().(*syscall.Stat_t)
	if !known || int(was.Uid) == os.Geteuid() {
		return nil
	}
	return f.Chown(int(was.Uid), int(was.Gid))
}

// syncFolder has a folder's names on the disk.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

package devstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// dataDir is the directory one stack keeps its data in, locked for this process:
//
//	lock                 held by flock as long as the stack runs; holds our process id
//	postgres/            Postgres's data (as root, where nobody may not enter: elsewhere)
//	postgres-elsewhere   then: the path where it is instead
//	postgres.password    the database password, readable by the owner alone
//	postgres.log, temporal.log
//	temporal.db          Temporal's data (SQLite), temporal.pid beside it
type dataDir struct {
	path      string
	lock      *os.File
	temporary bool
	elsewhere string // Postgres's directory outside path, for a temporary stack to remove
}

// temporaryPrefix starts the names of the directories of stacks without Dir.
const temporaryPrefix = "extsync-stack-"

// openDir makes and locks the directory, a temporary one for "".
func openDir(path string) (*dataDir, error) {
	d := &dataDir{path: path}
	var err error
	if path == "" {
		sweepTemporary()
		d.temporary = true
		if d.path, err = os.MkdirTemp("", temporaryPrefix); err != nil {
			return nil, fmt.Errorf("make a temporary directory: %w", err)
		}
	}
	if d.path, err = filepath.Abs(d.path); err != nil {
		return nil, fmt.Errorf("find the data directory %s: %w", path, err)
	}
	if err := os.MkdirAll(d.path, 0o711); err != nil {
		return nil, fmt.Errorf("make the data directory: %w", err)
	}
	if d.temporary {
		// Others may pass through, not list: as root, Postgres runs as nobody.
		if err := os.Chmod(d.path, 0o711); err != nil { //nolint:gosec // what is inside has modes of its own
			return nil, fmt.Errorf("open the temporary directory: %w", err)
		}
	}
	if d.lock, err = lockFile(d.file("lock")); err != nil {
		var taken *takenError
		if errors.As(err, &taken) {
			return nil, fmt.Errorf("%s is in use by process %s: stop that one first, or choose another directory", d.path, taken.pid)
		}
		return nil, fmt.Errorf("lock the data directory: %w", err)
	}
	return d, nil
}

func (d *dataDir) file(name string) string { return filepath.Join(d.path, name) }

// close frees the directory, and removes it where it is temporary.
func (d *dataDir) close() error {
	var errs []error
	if d.temporary {
		errs = append(errs, os.RemoveAll(d.path))
		if d.elsewhere != "" {
			errs = append(errs, os.RemoveAll(d.elsewhere))
		}
	}
	// Closing ends the flock; the file stays, since removing it would let two
	// processes hold locks on two files of the same name.
	errs = append(errs, d.lock.Close())
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("free the data directory: %w", err)
	}
	return nil
}

// takenError says which process holds a lock.
type takenError struct{ pid string }

func (e *takenError) Error() string { return "locked by process " + e.pid }

// lockFile takes an exclusive lock on path without waiting and writes our
// process id into it. The system drops the lock when the process ends, however
// it ends.
func lockFile(path string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Clean(path), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	if err := flock(f); err != nil {
		pid, _ := os.ReadFile(filepath.Clean(path)) // only for the message; empty when unreadable
		return nil, errors.Join(&takenError{pid: strings.TrimSpace(string(pid))}, f.Close())
	}
	if err := f.Truncate(0); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	if _, err := fmt.Fprintln(f, os.Getpid()); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}

// flock locks an open file without waiting.
func flock(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// sweepTemporary removes temporary stacks whose process was killed before it
// could. A directory younger than a minute may be one that is just being made.
func sweepTemporary() {
	locks, _ := filepath.Glob(filepath.Join(os.TempDir(), temporaryPrefix+"*", "lock")) // fails for a bad pattern only
	for _, l := range locks {
		if info, err := os.Lstat(l); err != nil || time.Since(info.ModTime()) < time.Minute {
			continue
		}
		f, err := os.OpenFile(filepath.Clean(l), os.O_RDWR, 0)
		if err != nil {
			continue // gone meanwhile, or another user's
		}
		if flock(f) == nil {
			dir := filepath.Dir(l)
			if p, err := os.ReadFile(filepath.Join(dir, elsewhereFile)); err == nil {
				removeElsewhere(strings.TrimSpace(string(p)))
			}
			_ = os.RemoveAll(dir) // tidying after another process: what cannot be removed now, the next sweep tries again
		}
		_ = f.Close() // read nothing, wrote nothing
	}
}

// exists says whether there is a file or directory at path.
func exists(path string) bool {
	_, err := os.Lstat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

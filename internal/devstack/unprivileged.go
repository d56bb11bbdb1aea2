package devstack

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
)

// nobody is the user and group that exist everywhere and own nothing. Postgres
// refuses to run as root, so a root process runs it as this one.
const nobody = 65534

// elsewhereFile names, inside the data directory, where Postgres's data is when
// it cannot be inside.
const elsewhereFile = "postgres-elsewhere"

// elsewherePrefix starts the names of those directories.
const elsewherePrefix = "extsync-postgres-"

// postgresUser is who runs Postgres: nil for ourselves.
func postgresUser() *syscall.Credential {
	if !asRoot() {
		return nil
	}
	return &syscall.Credential{Uid: nobody, Gid: nobody}
}

// postgresHome returns the directory to hold Postgres's data: usually the data
// directory itself. As root, Postgres runs as nobody, who may not pass through a
// parent such as /root; then the data lives in a directory of its own under
// /var/tmp (or the temporary directory), and a pointer to it in the data
// directory makes the next start find it again.
func postgresHome(d *dataDir, bin binaries, progress func(string, ...any)) (string, error) {
	if !asRoot() {
		return d.path, nil
	}
	if err := canRunIn("/", bin); err != nil {
		return "", fmt.Errorf("run Postgres as an unprivileged user (root may not run it): %w; start extsync as an ordinary user instead", err)
	}
	if canRunIn(d.path, bin) == nil {
		return d.path, nil
	}
	if home, err := knownElsewhere(d); home != "" || err != nil {
		return home, err
	}
	home, err := newElsewhere(d, bin)
	if err != nil {
		return "", err
	}
	progress("Postgres may not enter %s as the user nobody: its data goes to %s, noted in %s", d.path, home, d.file(elsewhereFile))
	return home, nil
}

// canRunIn tries whether Postgres's user may enter dir and run the binaries.
// Trying beats reading permission bits: it also knows of access lists and mounts.
func canRunIn(dir string, bin binaries) error {
	cmd := exec.Command(bin.path("postgres"), "--version")
	cmd.Dir, cmd.Env = dir, cleanEnv()
	return runToEnd(cmd, postgresUser())
}

// knownElsewhere returns the directory an earlier start chose, "" if none did or
// it is gone. Since it is under a directory everyone may write to, it counts
// only when it is a real directory of the right owner.
func knownElsewhere(d *dataDir) (string, error) {
	b, err := os.ReadFile(d.file(elsewhereFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find Postgres's data: %w", err)
	}
	home := strings.TrimSpace(string(b))
	info, err := os.Lstat(home)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("find Postgres's data: %w", err)
	}
	owner, ok := info.Sys().(*syscall.Stat_t)
	if !info.IsDir() || !ok || owner.Uid != nobody {
		return "", fmt.Errorf("%s, named in %s, is not a directory owned by the user %d: remove that file to start with a new one", home, d.file(elsewhereFile), nobody)
	}
	d.noteElsewhere(home)
	return home, nil
}

// newElsewhere makes such a directory and notes it.
func newElsewhere(d *dataDir, bin binaries) (string, error) {
	var errs []error
	for _, parent := range []string{"/var/tmp", os.TempDir()} { // the first outlives a reboot
		if err := canRunIn(parent, bin); err != nil {
			errs = append(errs, err)
			continue
		}
		home, err := os.MkdirTemp(parent, elsewherePrefix)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		if err := os.Chown(home, nobody, nobody); err != nil {
			return "", fmt.Errorf("hand Postgres's directory to its user: %w", err)
		}
		if err := os.WriteFile(d.file(elsewhereFile), []byte(home+"\n"), 0o600); err != nil {
			return "", fmt.Errorf("note where Postgres's data is: %w", err)
		}
		d.noteElsewhere(home)
		return home, nil
	}
	return "", fmt.Errorf("find a directory that Postgres may enter as the user nobody: %w", errors.Join(errs...))
}

// noteElsewhere has a temporary stack remove the directory in the end.
func (d *dataDir) noteElsewhere(home string) { d.elsewhere = home }

// removeElsewhere removes the Postgres directory of a temporary stack that was
// killed. Only a directory of ours: the path was read from a file.
func removeElsewhere(home string) {
	if strings.HasPrefix(filepath.Base(home), elsewherePrefix) {
		_ = os.RemoveAll(home) // tidying after another process; the next sweep does not know it, and /var/tmp is cleaned by the system
	}
}

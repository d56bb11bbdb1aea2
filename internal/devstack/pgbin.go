package devstack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"

	embeddedpostgres "github.com/fergusstrange/embedded-postgres"
)

// oldestPostgres is the first major version we run on: the tests' databases are
// made with STRATEGY file_copy, which it brought.
const oldestPostgres = 15

// fetchedVersion is what an ordinary user without Postgres gets.
const fetchedVersion = embeddedpostgres.V15

// binaries is one installation of Postgres's server programs.
type binaries struct {
	dir   string
	major int
}

func (b binaries) path(program string) string { return filepath.Join(b.dir, program) }

// packageFolders are where packages put the server programs, which Debian keeps
// off PATH.
func packageFolders() []string {
	return []string{
		"/usr/lib/postgresql/*/bin",         // Debian, Ubuntu
		"/usr/pgsql-*/bin",                  // postgresql.org's RPMs
		"/usr/libexec/postgresql*",          // Alpine
		"/usr/local/pgsql/bin",              // built from source
		"/usr/local/bin",                    // BSD
		"/usr/local/opt/postgresql*/bin",    // Homebrew, Intel
		"/opt/homebrew/opt/postgresql*/bin", // Homebrew, Apple silicon
		"/Applications/Postgres.app/Contents/Versions/*/bin",
	}
}

// findPostgres looks on PATH, then in the package folders (newest first), then
// among what an earlier start fetched. want restricts it to one major version,
// that of existing data; 0 takes any from oldestPostgres on.
func findPostgres(want int, folders []string, cache string) (binaries, bool) {
	var dirs []string
	for _, program := range []string{"postgres", "initdb"} {
		if p, err := exec.LookPath(program); err == nil {
			dirs = append(dirs, filepath.Dir(p))
			if target, err := filepath.EvalSymlinks(p); err == nil {
				dirs = append(dirs, filepath.Dir(target))
			}
		}
	}
	fits := func(b binaries, ok bool) bool {
		return ok && b.major >= oldestPostgres && (want == 0 || b.major == want)
	}
	for _, d := range dirs {
		if b, ok := inspect(d); fits(b, ok) {
			return b, true
		}
	}
	var found []binaries
	for _, pattern := range folders {
		matches, _ := filepath.Glob(pattern) // fails for a bad pattern only
		for _, d := range matches {
			if b, ok := inspect(d); fits(b, ok) {
				found = append(found, b)
			}
		}
	}
	if len(found) > 0 {
		return slices.MaxFunc(found, func(a, b binaries) int { return cmp.Compare(a.major, b.major) }), true
	}
	if cache == "" {
		return binaries{}, false
	}
	b, ok := inspect(filepath.Join(cache, "bin"))
	return b, fits(b, ok)
}

var versionLine = regexp.MustCompile(`\(PostgreSQL\) (\d+)`)

// inspect says whether dir holds both programs we need, and their version.
func inspect(dir string) (binaries, bool) {
	if !exists(filepath.Join(dir, "initdb")) {
		return binaries{}, false
	}
	cmd := exec.Command(filepath.Join(dir, "postgres"), "--version")
	out, err := cmd.Output()
	if err != nil {
		return binaries{}, false // not there or not for this machine: the same to us
	}
	m := versionLine.FindSubmatch(out)
	if m == nil {
		return binaries{}, false // older than 10, which had a third number and no use here
	}
	major, err := strconv.Atoi(string(m[1]))
	return binaries{dir: dir, major: major}, err == nil
}

// ensurePostgres finds Postgres or fetches it.
func ensurePostgres(ctx context.Context, want int, progress func(string, ...any)) (binaries, error) {
	cache := postgresCache()
	if b, ok := findPostgres(want, packageFolders(), cache); ok {
		return b, nil
	}
	if want != 0 {
		return binaries{}, fmt.Errorf("the data here was written by Postgres %d, which is not installed: install that version (on Debian or Ubuntu: apt-get install postgresql-%d) or choose another directory", want, want)
	}
	missing := fmt.Errorf("no Postgres %d or newer on PATH or in the usual folders: install it (Debian, Ubuntu: apt-get install postgresql; Fedora: dnf install postgresql-server; Alpine: apk add postgresql; macOS: brew install postgresql@17)", oldestPostgres)
	if asRoot() {
		return binaries{}, fmt.Errorf("%w; or run extsync as an ordinary user, for whom it is fetched", missing)
	}
	if cache == "" {
		return binaries{}, fmt.Errorf("%w; it cannot be fetched without a home directory to keep it in", missing)
	}
	progress("no Postgres here: fetching version %s (once, about 30 MB, to %s)", fetchedVersion, cache)
	var b binaries
	err := withElapsed(progress, "fetching Postgres", func() (err error) {
		b, err = fetchOnce(ctx, cache, "", progress)
		return err
	})
	if err != nil {
		return binaries{}, errors.Join(missing, fmt.Errorf("fetching it failed: %w", err))
	}
	return b, nil
}

// fetchOnce fetches unless another process did while we waited for it: the tests
// of several packages start at once.
func fetchOnce(ctx context.Context, cache, repository string, progress func(string, ...any)) (binaries, error) {
	if err := os.MkdirAll(cache, 0o755); err != nil {
		return binaries{}, fmt.Errorf("make a place for Postgres: %w", err)
	}
	lock, err := awaitLock(ctx, cache+".lock", progress)
	if err != nil {
		return binaries{}, fmt.Errorf("wait for another fetch: %w", err)
	}
	defer lock.Close()
	if b, ok := inspect(filepath.Join(cache, "bin")); ok {
		return b, nil
	}
	if err := fetchPostgres(ctx, cache, repository); err != nil {
		return binaries{}, err
	}
	b, ok := inspect(filepath.Join(cache, "bin"))
	if !ok {
		return binaries{}, fmt.Errorf("what was fetched to %s does not run on this machine", cache)
	}
	return b, nil
}

// postgresCache is where fetched programs are kept for all stacks of this user,
// "" for one without a home. A place under /tmp would not do: anyone could put
// programs there for us to run.
func postgresCache() string {
	base, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	return filepath.Join(base, "extsync", "postgres-"+string(fetchedVersion))
}

// fetchPostgres downloads the programs into cache. The library fetches as a part
// of starting, so it starts a throw-away server and stops it again. repository
// is the Maven repository to ask, "" for the public one.
func fetchPostgres(ctx context.Context, cache, repository string) error {
	scratch, err := os.MkdirTemp("", "extsync-fetch-")
	if err != nil {
		return fmt.Errorf("make a temporary directory: %w", err)
	}
	defer os.RemoveAll(scratch)
	port, err := freePort()
	if err != nil {
		return err
	}
	config := embeddedpostgres.DefaultConfig().
		Version(fetchedVersion).Port(uint32(port)).
		CachePath(filepath.Join(cache, "archive")).BinariesPath(cache).
		RuntimePath(filepath.Join(scratch, "run")).Logger(nil).
		StartParameters(map[string]string{"unix_socket_directories": ""})
	if repository != "" {
		config = config.BinaryRepositoryURL(repository)
	}
	done := make(chan error, 1)
	go func() { // the library takes no context; given up on, it ends with its own download
		server := embeddedpostgres.NewDatabase(config)
		err := server.Start()
		if err == nil {
			err = server.Stop()
		}
		done <- err
	}()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("fetch Postgres: %w", context.Cause(ctx))
	}
}

package devstack

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
)

// The superuser and the database the product uses.
const (
	postgresRole     = "extsync"
	postgresDatabase = "extsync"
)

// startPostgres makes a database cluster where there is none, starts a server
// on it and returns once it answers. It returns how to start it again, too.
func startPostgres(ctx context.Context, d *dataDir, o Options) (c *child, again func(context.Context) (*child, error), address string, err error) {
	bin, data, err := locatePostgres(ctx, d, o)
	if err != nil {
		return nil, nil, "", err
	}
	password, err := postgresPassword(d)
	if err != nil {
		return nil, nil, "", err
	}
	if !exists(data) {
		o.Progress("making a database in %s", data)
		if err := initialise(ctx, bin, data, password); err != nil {
			return nil, nil, "", err
		}
	}
	if err := endOrphan(filepath.Join(data, "postmaster.pid"), data, o.Progress); err != nil {
		return nil, nil, "", err
	}
	usual := 0
	if !d.temporary {
		usual = usualPostgresPort
	}
	err = tryPorts([]int{usual}, func(ports []int) error {
		address = postgresURL(password, ports[0])
		again = func(ctx context.Context) (*child, error) {
			return runPostgres(ctx, bin, data, d.file("postgres.log"), ports[0], address, o)
		}
		c, err = again(ctx)
		return err
	})
	if err != nil {
		return nil, nil, "", fmt.Errorf("start Postgres: %w", err)
	}
	o.Progress("Postgres %d answers on %s", bin.major, strings.SplitAfter(address, "@")[1])
	return c, again, address, nil
}

// locatePostgres finds the programs and the data directory that go together.
func locatePostgres(ctx context.Context, d *dataDir, o Options) (binaries, string, error) {
	bin, err := ensurePostgres(ctx, 0, o.Progress)
	if err != nil {
		return binaries{}, "", err
	}
	home, err := postgresHome(d, bin, o.Progress)
	if err != nil {
		return binaries{}, "", err
	}
	data := filepath.Join(home, "postgres")
	b, err := os.ReadFile(filepath.Join(data, "PG_VERSION"))
	if errors.Is(err, fs.ErrNotExist) {
		return bin, data, nil
	}
	if err != nil {
		return binaries{}, "", fmt.Errorf("read the version of the data: %w", err)
	}
	major, err := strconv.Atoi(strings.TrimSpace(string(b)))
	if err != nil {
		return binaries{}, "", fmt.Errorf("read the version of the data: %w", err)
	}
	if major != bin.major {
		bin, err = ensurePostgres(ctx, major, o.Progress)
	}
	return bin, data, err
}

// postgresPassword returns the password of this data directory, made at its
// first start. Loopback alone would let every user of the machine in.
func postgresPassword(d *dataDir) (string, error) {
	file := d.file("postgres.password")
	b, err := os.ReadFile(file)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the database password: %w", err)
	}
	password := rand.Text()
	if err := os.WriteFile(file, []byte(password+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the database password: %w", err)
	}
	return password, nil
}

func postgresURL(password string, port int) string {
	u := url.URL{
		Scheme: "postgres", User: url.UserPassword(postgresRole, password),
		Host: loopback(port), Path: "/" + postgresDatabase, RawQuery: "sslmode=disable",
	}
	return u.String()
}

// initialise makes the cluster beside its place and then moves it there: what
// is at that place is always complete, even when we are killed in between.
func initialise(ctx context.Context, bin binaries, data, password string) error {
	fresh := data + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("remove an unfinished database: %w", err)
	}
	if err := os.Mkdir(fresh, 0o700); err != nil {
		return fmt.Errorf("make the database directory: %w", err)
	}
	pwfile := filepath.Join(fresh, "password")
	if err := os.WriteFile(pwfile, []byte(password+"\n"), 0o600); err != nil {
		return fmt.Errorf("hand the password to initdb: %w", err)
	}
	if as := postgresUser(); as != nil {
		for _, p := range []string{fresh, pwfile} {
			if err := os.Chown(p, int(as.Uid), int(as.Gid)); err != nil {
				return fmt.Errorf("hand the database directory to its user: %w", err)
			}
		}
	}
	// initdb wants an empty directory: one below, which it makes itself.
	cluster := filepath.Join(fresh, "data")
	cmd := exec.CommandContext(ctx, bin.path("initdb"), "-D", cluster,
		"-U", postgresRole, "-A", "scram-sha-256", "--pwfile", pwfile,
		"-E", "UTF8", "--locale", databaseLocale(), "--no-sync")
	cmd.Dir, cmd.Env = fresh, cleanEnv()
	if err := runToEnd(cmd, postgresUser()); err != nil {
		return fmt.Errorf("make a database: %w", err)
	}
	if err := os.Rename(cluster, data); err != nil {
		return fmt.Errorf("put the database in its place: %w", err)
	}
	if err := os.RemoveAll(fresh); err != nil {
		return fmt.Errorf("remove initdb's scratch directory: %w", err)
	}
	return nil
}

// databaseLocale sorts by code point and knows Unicode's letters, where the
// system has such a locale.
func databaseLocale() string {
	if runtime.GOOS == "linux" {
		return "C.UTF-8"
	}
	return "C"
}

// runPostgres starts the server on one port and waits until it answers. Processes of a server
// that was killed outlive it for as long as they need to notice, and it refuses to start
// beside them: then it is started again until they are gone, or until startTimeout.
func runPostgres(ctx context.Context, bin binaries, data, log string, port int, address string, o Options) (*child, error) {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	pause := time.NewTicker(250 * time.Millisecond)
	defer pause.Stop()
	for {
		c, err := attemptPostgres(ctx, bin, data, log, port, address, o)
		if err == nil || !strings.Contains(err.Error(), "shared memory block") {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-pause.C:
		}
	}
}

// attemptPostgres starts the server once. It stops politely by SIGINT: SIGTERM would wait
// for open connections.
func attemptPostgres(ctx context.Context, bin binaries, data, log string, port int, address string, o Options) (*child, error) {
	cmd := exec.Command(bin.path("postgres"), postgresArgs(data, port, o)...)
	cmd.Dir, cmd.Env = data, cleanEnv()
	c, err := startChild("Postgres", cmd, log, postgresUser(), syscall.SIGINT, syscall.SIGQUIT)
	if err != nil {
		return nil, err
	}
	err = c.awaitReady(ctx, func(ctx context.Context) error { return ensureDatabase(ctx, address) })
	if err != nil {
		return nil, errors.Join(err, c.stop(ctx))
	}
	return c, nil
}

// postgresArgs are the server's settings. No Unix socket: its path is limited to
// 107 bytes, and a data directory may be deep. Its log holds neither statements
// nor the details of errors, which would quote the content of tickets.
func postgresArgs(data string, port int, o Options) []string {
	settings := []string{
		"listen_addresses=127.0.0.1", "unix_socket_directories=", "max_connections=200", "timezone=UTC", "jit=off",
		"log_error_verbosity=terse", "log_min_error_statement=panic",
	}
	if o.FastUnsafe {
		settings = append(settings, "fsync=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off")
	}
	if o.FastUnsafe && !o.KillSafe {
		settings = append(settings, "synchronous_commit=off", "full_page_writes=off")
	}
	args := []string{"-D", data, "-p", strconv.Itoa(port)}
	for _, s := range settings {
		args = append(args, "-c", s)
	}
	return args
}

// ensureDatabase connects to the product's database and makes it when it is not
// there yet. Success means the server is ready.
func ensureDatabase(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	maintenance, err := pgx.ParseConfig(strings.Replace(address, "/"+postgresDatabase+"?", "/postgres?", 1))
	if err != nil {
		return err
	}
	conn, err := pgx.ConnectConfig(ctx, maintenance)
	if err != nil {
		return err
	}
	defer conn.Close(ctx)
	var there bool
	err = conn.QueryRow(ctx, "SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", postgresDatabase).Scan(&there)
	if err != nil || there {
		return err
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+postgresDatabase)
	return err
}

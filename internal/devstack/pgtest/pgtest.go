// Package pgtest gives each test a Postgres database of its own.
//
// [Database] is the entry point. The first call in a test binary starts a
// private server (see devstack) and migrates a template; every call then copies
// the template in about 15 milliseconds and drops the copy when the test ends.
// Call [Main], or [Wrap] where another tool wants to run the tests, from
// TestMain to stop the server at the end:
//
//	func TestMain(m *testing.M) { pgtest.Main(m) }
//
// Without either the server still ends with the test binary, only its temporary
// directory stays until a later run sweeps it.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/internal/devstack"
)

// server is the one Postgres of a test binary.
type server struct {
	mu        sync.Mutex
	stack     *devstack.Stack
	admin     *pgx.Conn
	startErr  error
	templates map[uintptr]template // by the code address of their migrate function
	databases int                  // made so far: numbers the next
}

// template is a migrated database, or why there is none.
type template struct {
	name string
	err  error
}

// shared is package state because the tests of one binary have nothing else in
// common through which to hand a server around.
//
//nolint:gochecknoglobals // see above
var shared server

// Database returns the URL of a new database, owned by this test and dropped at
// its end. migrate, called once for all tests that pass the same function,
// prepares the template at the given URL and must close its connections; nil
// gives an empty database. Two closures made by the same line of code count as
// the same function.
//
// Sessions a test leaves open do not hold up the drop: they are ended.
func Database(t testing.TB, migrate func(url string) error) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	name, address, err := shared.create(ctx, migrate)
	if err != nil {
		t.Fatalf("database for this test: %v", err)
	}
	t.Cleanup(func() {
		// The test's own context has ended by now.
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		if err := shared.drop(ctx, name); err != nil {
			t.Errorf("drop the database of this test: %v", err)
		}
	})
	return address
}

// Runner runs tests, as testing.M and goleak.VerifyTestMain understand it.
type Runner interface{ Run() int }

// Main runs the tests, stops the server and exits.
func Main(m *testing.M) { os.Exit(Wrap(m).Run()) }

// Wrap returns the tests with the server's stop after their run:
//
//	goleak.VerifyTestMain(pgtest.Wrap(m))
func Wrap(tests Runner) Runner { return wrapped{tests} }

type wrapped struct{ tests Runner }

func (w wrapped) Run() int {
	code := w.tests.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the test database:", err)
		return max(code, 1)
	}
	return code
}

// create makes a database from the template of migrate.
func (s *server) create(ctx context.Context, migrate func(string) error) (name, address string, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.start(ctx); err != nil {
		return "", "", err
	}
	from, err := s.template(ctx, migrate)
	if err != nil {
		return "", "", err
	}
	s.databases++
	name = fmt.Sprintf("test_%d", s.databases)
	if err := s.exec(ctx, "CREATE DATABASE "+name+" TEMPLATE "+from+" STRATEGY file_copy"); err != nil {
		return "", "", err
	}
	return name, s.url(name), nil
}

// start starts the server at the first call. A failure is kept: the next test
// would wait as long only to fail alike.
func (s *server) start(ctx context.Context) error {
	if s.stack != nil || s.startErr != nil {
		return s.startErr
	}
	stack, err := devstack.Start(ctx, devstack.Options{FastUnsafe: true})
	if err != nil {
		s.startErr = err
		return err
	}
	admin, err := pgx.Connect(ctx, stack.PostgresURL)
	if err != nil {
		s.startErr = errors.Join(fmt.Errorf("connect to the test server: %w", err), stack.Stop(ctx))
		return s.startErr
	}
	s.stack, s.admin, s.templates = stack, admin, map[uintptr]template{}
	return nil
}

// template returns the name of the database migrate prepared.
func (s *server) template(ctx context.Context, migrate func(string) error) (string, error) {
	if migrate == nil {
		return "template0", nil
	}
	key := reflect.ValueOf(migrate).Pointer()
	if known, ok := s.templates[key]; ok {
		return known.name, known.err
	}
	made := template{name: fmt.Sprintf("template_%d", len(s.templates))}
	made.err = s.migrateInto(ctx, made.name, migrate)
	s.templates[key] = made
	return made.name, made.err
}

func (s *server) migrateInto(ctx context.Context, name string, migrate func(string) error) error {
	if err := s.exec(ctx, "CREATE DATABASE "+name); err != nil {
		return err
	}
	if err := migrate(s.url(name)); err != nil {
		return fmt.Errorf("migrate the template: %w", err)
	}
	// A database with sessions cannot be copied: close the door, and end those
	// whose disconnect the server has not noticed yet.
	if err := s.exec(ctx, "ALTER DATABASE "+name+" WITH ALLOW_CONNECTIONS false"); err != nil {
		return err
	}
	return s.exec(ctx, "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity WHERE datname = '"+name+"'")
}

func (s *server) drop(ctx context.Context, name string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.admin == nil {
		return nil // stopped already, and its data with it
	}
	return s.exec(ctx, "DROP DATABASE IF EXISTS "+name+" WITH (FORCE)")
}

// exec runs one administrative statement. A statement cut off by its context
// takes the connection with it, so a broken one is made anew.
func (s *server) exec(ctx context.Context, sql string) error {
	if s.admin.IsClosed() {
		admin, err := pgx.Connect(ctx, s.stack.PostgresURL)
		if err != nil {
			return fmt.Errorf("connect to the test server: %w", err)
		}
		s.admin = admin
	}
	if _, err := s.admin.Exec(ctx, sql); err != nil {
		return fmt.Errorf("%s: %w", strings.SplitN(sql, " TEMPLATE ", 2)[0], err)
	}
	return nil
}

// url returns the URL of a database on the server.
func (s *server) url(database string) string {
	u, err := url.Parse(s.stack.PostgresURL)
	if err != nil {
		panic(err) // devstack built it by url.URL
	}
	u.Path = "/" + database
	return u.String()
}

// stop ends the server. A later Database call in the same binary starts another.
func (s *server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stack == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	closeErr := s.admin.Close(ctx)
	err := s.stack.Stop(ctx)
	s.stack, s.admin = nil, nil
	if err == nil && closeErr != nil {
		return fmt.Errorf("close the connection to the test server: %w", closeErr)
	}
	return err
}

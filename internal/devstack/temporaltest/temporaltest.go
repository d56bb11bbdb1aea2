// Package temporaltest gives the tests of a binary one Temporal development
// server to share.
//
// [Server] is the entry point. The first call starts the server (about two
// seconds; minutes once, where Temporal's command line must be built first). The
// tests tell their workflows apart by ids and task queues of their own. Call
// [Main], or [Wrap] where another tool wants to run the tests, from TestMain to
// stop the server at the end.
package temporaltest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"github.com/extsync/extsync/internal/devstack"
)

// RequireVariable names the environment variable that, set to anything, turns
// the skip of a machine without Temporal into a failure: for CI, where a skipped
// test would pass for a green one.
const RequireVariable = "EXTSYNC_REQUIRE_TEMPORAL"

// server is the one development server of a test binary.
type server struct {
	mu    sync.Mutex
	stack *devstack.Stack
	err   error // why it could not be started
}

// shared is package state because the tests of one binary have nothing else in
// common through which to hand a server around.
//
//nolint:gochecknoglobals // see above
var shared server

// Server returns the host:port and the namespace of the shared server, which
// knows the given search attributes (name to type, such as "Keyword"). The test
// is skipped, with the reason, only where Temporal's command line is neither
// installed nor can be built; see RequireVariable.
func Server(t testing.TB, attributes map[string]string) (address, namespace string) {
	t.Helper()
	stack, err := shared.start(t.Context(), attributes, t.Logf)
	switch {
	case errors.Is(err, devstack.ErrNoTemporal) && os.Getenv(RequireVariable) == "":
		t.Skipf("SKIPPED, this test needs Temporal: %v", err)
	case err != nil:
		t.Fatalf("Temporal for this test: %v", err)
	}
	return stack.TemporalAddress, stack.Namespace
}

// Runner runs tests, as testing.M and goleak.VerifyTestMain understand it.
type Runner interface{ Run() int }

// Main runs the tests, stops the server and exits.
func Main(m *testing.M) { os.Exit(Wrap(m).Run()) }

// Wrap returns the tests with the server's stop after their run. It nests with
// pgtest.Wrap, for tests that need both.
func Wrap(tests Runner) Runner { return wrapped{tests} }

type wrapped struct{ tests Runner }

func (w wrapped) Run() int {
	code := w.tests.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop the Temporal server of the tests:", err)
		return max(code, 1)
	}
	return code
}

// start starts the server at the first call and keeps a failure, since the next
// test would wait as long only to fail alike.
func (s *server) start(ctx context.Context, attributes map[string]string, progress func(string, ...any)) (*devstack.Stack, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return nil, s.err
	}
	if s.stack != nil {
		return s.stack, s.stack.AddSearchAttributes(ctx, attributes)
	}
	s.stack, s.err = devstack.Start(ctx, devstack.Options{
		Temporal: true, NoPostgres: true, SearchAttributes: attributes, FastUnsafe: true, Progress: progress,
	})
	return s.stack, s.err
}

// stop ends the server.
func (s *server) stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stack == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	err := s.stack.Stop(ctx)
	s.stack = nil
	return err
}

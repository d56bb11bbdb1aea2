// Package devstack runs a private Postgres and, where asked, a Temporal
// development server for `extsync dev`, `extsync demo` and the tests.
//
// [Start] brings both up and [Stack.Stop] takes them down. Both listen on
// loopback only and keep what they hold under one directory, so that the next
// Start there continues where the last one ended. Nothing needs to be installed
// beforehand but Postgres itself, and an ordinary user does not even need that:
// it is fetched. It is not for production: one Postgres superuser, no backups,
// and Temporal on SQLite.
//
// Subpackages pgtest and temporaltest share one stack among the tests of a
// test binary.
package devstack

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// Ports used when they are free and Options.Dir is set: one above Postgres's
// own, so that an installed server is left in peace, and Temporal's own.
const (
	usualPostgresPort = 5433
	usualTemporalPort = 7233
	usualUIPort       = 8233
)

// startTimeout bounds one server's way from fork to answering. Generous, since
// a Postgres that was killed replays its log first.
const startTimeout = 90 * time.Second

// Options says what to start and where its data lives.
type Options struct {
	// Dir is the data directory, for example ".extsync". It is made when
	// missing and continued when not. Empty means a temporary directory, which
	// Stop removes, and free ports instead of the usual ones.
	Dir string
	// Temporal also starts Temporal.
	Temporal bool
	// NoPostgres leaves Postgres out: for tests that need Temporal alone.
	NoPostgres bool
	// SearchAttributes are registered with Temporal: name to type, for example
	// "ExternalSystem": "Keyword".
	SearchAttributes map[string]string
	// Progress receives one line at a time, without line break, written for
	// people. Nil is silent. It may be called from several goroutines, one
	// call at a time.
	Progress func(format string, args ...any)
	// FastUnsafe trades durability for speed (fsync off): for tests, whose data
	// need not survive the machine. A stop or kill of the process still keeps
	// everything.
	FastUnsafe bool
	// KillSafe, with FastUnsafe, keeps everything that was committed also when the server
	// itself is killed, as [Stack.Crash] does; still not when the machine is.
	KillSafe bool
}

// Stack is a running Postgres and, where asked, Temporal.
type Stack struct {
	// PostgresURL opens the database "extsync" as its owner and superuser. It
	// holds a password: never log it.
	PostgresURL string
	// TemporalAddress is the host:port of Temporal's gRPC endpoint, empty when
	// Temporal was not asked for.
	TemporalAddress string
	// TemporalUI is the http URL of Temporal's web pages, empty likewise.
	TemporalUI string
	// Namespace is the Temporal namespace to use.
	Namespace string

	dir      *dataDir
	servers  [2]*held // by Server; nil: not started
	died     chan error
	stopping chan struct{}
	watchers sync.WaitGroup
	stopOnce sync.Once
	stopErr  error
}

// held is one running server.
type held struct {
	child    *child
	expected atomic.Bool // its end is: it was crashed on purpose
	// again starts it anew at the same address.
	again func(context.Context) (*child, error)
}

// Start starts the servers and returns once they answer. It takes as long as
// they need: about three seconds usually, minutes where Temporal's command line
// must be built first. Ending ctx gives up and leaves nothing running; once
// Start has returned, ctx no longer matters and only Stop ends the servers.
//
// A second Start on a directory in use fails and names the process using it.
func Start(ctx context.Context, o Options) (*Stack, error) {
	o.SearchAttributes = maps.Clone(o.SearchAttributes)
	o.Progress = oneAtATime(o.Progress)
	dir, err := openDir(o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Stack{dir: dir, died: make(chan error, 2), stopping: make(chan struct{})}
	if err := s.start(ctx, o); err != nil {
		// The error that stopped the start is the one to report; what Stop finds
		// on its way out only follows from it.
		stopErr := s.Stop(context.WithoutCancel(ctx))
		return nil, errors.Join(err, stopErr)
	}
	return s, nil
}

func (s *Stack) start(ctx context.Context, o Options) error {
	if !o.NoPostgres {
		pg, again, url, err := startPostgres(ctx, s.dir, o)
		if err != nil {
			return err
		}
		s.watch(Postgres, pg, again)
		s.PostgresURL = url
	}
	if !o.Temporal {
		return nil
	}
	t, err := startTemporal(ctx, s.dir, o)
	if err != nil {
		return err
	}
	s.watch(Temporal, t.child, t.again)
	s.TemporalAddress, s.TemporalUI, s.Namespace = t.address, t.ui, temporalNamespace
	return nil
}

// watch holds a server, and reports when it ends before Stop.
func (s *Stack) watch(which Server, c *child, again func(context.Context) (*child, error)) {
	h := &held{child: c, again: again}
	s.servers[which] = h
	s.watchers.Go(func() {
		select {
		case <-c.exited:
			select {
			case <-s.stopping:
			default:
				if !h.expected.Load() {
					s.died <- c.failure()
				}
			}
		case <-s.stopping:
		}
	})
}

// AddSearchAttributes registers those of the given search attributes (name to
// type, such as "Keyword") that Temporal does not know yet.
func (s *Stack) AddSearchAttributes(ctx context.Context, attributes map[string]string) error {
	c, err := temporalClient(s.TemporalAddress)
	if err != nil {
		return err
	}
	defer c.Close()
	if err := addAttributes(ctx, c, attributes); err != nil {
		return fmt.Errorf("register search attributes: %w", err)
	}
	return nil
}

// Died delivers an error, with the last lines of its log, for each server that
// ended without Stop or Crash. The servers are not restarted: stop, and start again.
func (s *Stack) Died() <-chan error { return s.died }

// Stop ends the servers in reverse order, waits until they are gone and frees
// the directory. Open connections do not hold it up. When ctx ends it stops
// asking and kills. Later calls return what the first one did.
func (s *Stack) Stop(ctx context.Context) error {
	s.stopOnce.Do(func() {
		close(s.stopping)
		var errs []error
		for i := len(s.servers) - 1; i >= 0; i-- {
			if h := s.servers[i]; h != nil {
				errs = append(errs, h.child.stop(ctx))
			}
		}
		s.watchers.Wait()
		errs = append(errs, s.dir.close())
		s.stopErr = errors.Join(errs...)
	})
	return s.stopErr
}

// PIDs returns the process ids of the servers, Postgres first.
func (s *Stack) PIDs() []int {
	var pids []int
	for _, h := range s.servers {
		if h != nil {
			pids = append(pids, h.child.cmd.Process.Pid)
		}
	}
	return pids
}

// oneAtATime makes a progress function that is safe to call from several
// goroutines, and does nothing for nil.
func oneAtATime(f func(string, ...any)) func(string, ...any) {
	if f == nil {
		return func(string, ...any) {}
	}
	var mu sync.Mutex
	return func(format string, args ...any) {
		mu.Lock()
		defer mu.Unlock()
		f(format, args...)
	}
}

// withElapsed runs f and reports, each ten seconds, for how long it has been at
// it, so that nobody takes a long build for a hang.
func withElapsed(progress func(string, ...any), what string, f func() error) error {
	start := time.Now()
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		tick := time.NewTicker(10 * time.Second)
		defer tick.Stop()
		for {
			select {
			case <-done:
				return
			case <-tick.C:
				progress("%s: %d s so far", what, int(time.Since(start).Seconds()))
			}
		}
	})
	err := f()
	close(done)
	wg.Wait()
	return err
}

// asRoot says whether this process runs as root, which Postgres refuses to.
func asRoot() bool { return os.Geteuid() == 0 }

// tryPorts calls start with the usual ports first, where given and free, then
// with free ones, as long as it fails because another process took a port
// between our look and the server's bind.
func tryPorts(usual []int, start func(ports []int) error) error {
	var err error
	for attempt := range 5 {
		ports := make([]int, len(usual))
		for i, u := range usual {
			if attempt == 0 && u != 0 && isFree(u) {
				ports[i] = u
				continue
			}
			if ports[i], err = freePort(); err != nil {
				return err
			}
		}
		if err = start(ports); !errors.Is(err, errPortTaken) {
			return err
		}
	}
	return fmt.Errorf("no free port in five tries: %w", err)
}

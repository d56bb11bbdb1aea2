package worker_test

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"os/signal"
	"syscall"
	"testing"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/worker"
)

// childVariable makes TestChild a worker process: it holds its configuration.
const childVariable = "EXTSYNC_TEST_WORKER"

type childConfig struct{ Postgres, Temporal, Namespace, Keyset string }

// TestChild is not a test but the process that TestAKilledWorkerIsSucceededAtOnce
// kills.
func TestChild(t *testing.T) {
	raw := os.Getenv(childVariable)
	if raw == "" {
		return
	}
	var c childConfig
	if err := json.Unmarshal([]byte(raw), &c); err != nil {
		t.Fatal(err)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	err := worker.Run(ctx, worker.Config{
		PostgresURL: c.Postgres, TemporalAddress: c.Temporal, Namespace: c.Namespace, KeysetFile: c.Keyset,
		AllowAddresses: worker.Loopback(),
	})
	if err != nil {
		t.Fatal(err)
	}
}

// child starts another worker process.
func (s *stack) child() *exec.Cmd {
	s.t.Helper()
	raw, err := json.Marshal(childConfig{s.cfg.PostgresURL, s.cfg.TemporalAddress, s.cfg.Namespace, s.cfg.KeysetFile})
	s.must(err)
	cmd := exec.Command(os.Args[0], "-test.run=^TestChild$", "-test.count=1")
	cmd.Env = append(os.Environ(), childVariable+"="+string(raw))
	s.must(cmd.Start())
	return cmd
}

// TestAKilledWorkerIsSucceededAtOnce kills a worker in the middle of a session. The
// next one does not wait for Temporal to give the activity up, and nothing is written
// twice.
func TestAKilledWorkerIsSucceededAtOnce(t *testing.T) {
	s := newStack(t)
	s.connect(0)
	s.quiet()
	s.slow(100 * time.Millisecond)
	const tickets = 25
	for range tickets {
		s.local("work")
	}
	s.stop() // before or while they are written; the child goes on
	cmd := s.child()
	at := s.issues() + 3
	s.eventually("the child writes", func() bool { return s.issues() >= at })
	s.must(cmd.Process.Kill())
	_ = cmd.Wait() // it was killed
	written := s.issues()
	if written >= tickets {
		t.Fatalf("%d issues: the kill came too late to show anything", written)
	}
	began := time.Now()
	s.start()
	s.eventually("another is written", func() bool { return s.issues() > written })
	if took := time.Since(began); took > time.Minute {
		t.Errorf("the next worker went on after %s; it waited for Temporal", took)
	}
	// The one that was under way is looked up once its call has certainly ended, which
	// takes a minute; the others do not wait for it.
	s.eventually("all others are linked", func() bool { return s.linked() >= tickets-1 })
	for _, tk := range s.tickets() {
		if issues, _ := s.repo.Marked(s.issueOf(tk.ID).ID + "."); issues > 1 {
			t.Errorf("ticket %s has %d issues", tk.ID, issues)
		}
	}
}

// linked counts the tickets with an external side.
func (s *stack) linked() (n int) {
	s.t.Helper()
	s.view(func(tx store.Tx) error {
		c, err := tx.CountLinks(s.ctx, s.project, time.Now())
		n = c.Tickets
		return err
	})
	return n
}

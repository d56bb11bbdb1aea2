package starter_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/internal/devstack/pgtest"
	"github.com/extsync/extsync/internal/devstack/temporaltest"
	simulator "github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/starter"
	"github.com/extsync/extsync/workflows"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Wrap(temporaltest.Wrap(m)).Run()) }

// stack is the service as an operator runs it: the worker and the API, each a command,
// over a real Postgres and Temporal, and GitHub simulated on loopback.
type stack struct {
	t   *testing.T
	dir string
	env map[string]string
	sim *simulator.Sim
	url string // of GitHub's API
	err buffer // what the commands said
	log buffer // what the service said
}

const stackToken = "ghp_stack"

func newStack(t *testing.T) *stack {
	t.Helper()
	address, namespace := temporaltest.Server(t, workflows.SearchAttributes())
	s := &stack{t: t, dir: t.TempDir(), env: map[string]string{
		"EXTSYNC_POSTGRES_URL": pgtest.Database(t, nil), "EXTSYNC_TEMPORAL": address, "EXTSYNC_NAMESPACE": namespace,
		"GITHUB_TOKEN": stackToken,
	}}
	s.sim = simulator.New(simulator.Options{Seed: 1})
	s.sim.AddToken(stackToken, simulator.Token{Login: "extsync-bot", Push: true})
	s.sim.AddRepo("octo", "hello")
	github := httptest.NewServer(s.sim.Handler())
	t.Cleanup(github.Close)
	s.url = github.URL + "/api/v3"
	s.sim.SetBaseURL(github.URL)
	s.serve("worker", "--allow-address", "127.0.0.0/8", "--log-level", "debug")
	s.serve("api", "--listen", "127.0.0.1:0", "--allow-address", "127.0.0.0/8", "--log-level", "debug")
	s.until("the API listens", func() bool {
		_, err := os.Stat(filepath.Join(s.dir, "api"))
		return err == nil
	})
	return s
}

// serve runs a command until the test ends, and then expects it to stop by itself.
func (s *stack) serve(args ...string) {
	s.t.Helper()
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan int, 1)
	go func() { done <- starter.Run(ctx, s.environment(&buffer{}, &s.log), args) }()
	s.t.Cleanup(func() {
		stop()
		select {
		case code := <-done:
			if code != 0 {
				s.t.Errorf("extsync %s ended with %d:\n%s", args[0], code, s.log.String())
			}
		case <-time.After(time.Minute):
			s.t.Errorf("extsync %s does not stop", args[0])
		}
	})
}

func (s *stack) environment(out, errs *buffer) *starter.Env {
	return &starter.Env{
		In: strings.NewReader(""), Out: out, Err: errs, Dir: s.dir, Getenv: func(name string) string { return s.env[name] },
	}
}

// run runs a command with --json and decodes what it printed.
func run[T any](s *stack, want int, args ...string) T {
	s.t.Helper()
	var out buffer
	ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Minute)
	defer cancel()
	if code := starter.Run(ctx, s.environment(&out, &s.err), append(args, "--json")); code != want {
		s.t.Fatalf("extsync %s: exit %d, want %d; it said\n%s", strings.Join(args, " "), code, want, s.err.String())
	}
	var v T
	if want == 0 {
		if err := json.Unmarshal([]byte(out.String()), &v); err != nil {
			s.t.Fatalf("extsync %s: %v in %s", strings.Join(args, " "), err, out.String())
		}
	}
	return v
}

// until waits for a state.
func (s *stack) until(what string, reached func() bool) {
	s.t.Helper()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(time.Minute); !reached(); <-tick.C {
		if time.Now().After(end) {
			s.t.Fatalf("not in time: %s; the commands said\n%s\nand the service\n%s", what, s.err.String(), s.log.String())
		}
	}
}

func (s *stack) outside(a simulator.Act) simulator.Acted {
	s.t.Helper()
	a.Repo, a.Login = "octo/hello", "bob"
	out, err := s.sim.Act(a)
	if err != nil {
		s.t.Fatal(err)
	}
	return out
}

// TestOnTheRealStack plays the main job through the command line.
func TestOnTheRealStack(t *testing.T) {
	s := newStack(t)
	there := "Login fails"
	issue := s.outside(simulator.Act{Do: "open", Title: &there}).Issue
	mine := run[v1.Ticket](s, 0, "tickets", "create", "--title", "Write the manual", "--privacy", "public")

	p := run[v1.Project](s, 0, "connect", "github", "octo/hello", "--api-url", s.url, "--no-pacing", "--poll-every", "0")
	if p.Status != "active" || p.Links == nil || p.Links.Tickets != 2 {
		t.Fatalf("connected: %+v %+v", p, p.Links)
	}
	if out := run[v1.Ticket](s, 0, "tickets", "show", mine.ID); len(out.Links) != 1 || out.Links[0].Key == "" {
		t.Fatalf("pushed: %+v", out)
	}

	here := s.pulled(there)
	run[v1.Ticket](s, 0, "tickets", "edit", here.ID, "--revision", "1", "--title", "Login fails on Mondays")
	sign := "Sign-in fails"
	s.outside(simulator.Act{Do: "edit", Issue: issue, Title: &sign})
	var list v1.Conflicts
	s.until("the conflict is found", func() bool {
		run[v1.Session](s, 0, "sync", "octo/hello")
		list = run[v1.Conflicts](s, 0, "conflicts", "list")
		return len(list.Conflicts) == 1
	})
	c := list.Conflicts[0]
	run[v1.Conflict](s, 5, "conflicts", "decide", c.ID, "--take", "local", "--digest", "of-other-values")
	decided := run[v1.Conflict](s, 0, "conflicts", "decide", c.ID, "--take", "local", "--digest", c.Digest, "--as", "ann", "--wait", "30")
	if decided.State != "resolved" || decided.DecidedBy != "ann" {
		t.Fatalf("decided: %+v", decided)
	}
	s.until("nothing is left to write", func() bool {
		last := run[v1.Session](s, 0, "sync", "octo/hello")
		return last.State == "succeeded" && last.Report.Writes == 0
	})

	if got := run[v1.Project](s, 0, "pause", "octo/hello", "--as", "ann"); got.Status != "paused" {
		t.Errorf("paused: %+v", got)
	}
	run[v1.Session](s, 5, "sync", "octo/hello")
	run[v1.Project](s, 0, "resume", "octo/hello")
	if got := run[v1.Session](s, 0, "sync", "octo/hello"); got.State != "succeeded" {
		t.Errorf("after the pause: %+v", got)
	}
	if got := run[v1.Project](s, 0, "disconnect", "octo/hello", "--yes"); got.Status != "disconnected" {
		t.Errorf("disconnected: %+v", got)
	}
	if token, err := os.ReadFile(filepath.Join(s.dir, "token")); err != nil || strings.Count(s.log.String(), strings.TrimSpace(string(token))) != 1 {
		t.Errorf("the admin token must be shown once, at the first start: %v", err)
	}
	if strings.Contains(s.log.String()+s.err.String(), stackToken) || strings.Contains(s.log.String(), "Mondays") {
		t.Error("a secret or content was logged")
	}
}

// pulled finds the ticket that came in under a title.
func (s *stack) pulled(title string) v1.Ticket {
	s.t.Helper()
	for _, tk := range run[v1.Tickets](s, 0, "tickets", "list").Tickets {
		if tk.Title == title {
			return tk
		}
	}
	s.t.Fatalf("no ticket %q came in", title)
	return v1.Ticket{}
}

// buffer may be written by several goroutines.
type buffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

package github_test

import (
	"context"
	"net/http"
	"net/url"
	"sync"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
)

// clock is a virtual clock, safe for concurrent use.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// world is one simulator with the repository octo/hello, a bot that may push, and a client for it.
type world struct {
	*testing.T
	clock *clock
	sim   *github.Sim
	repo  *github.Repo
	bot   *gh.Client
}

func newWorld(t *testing.T, adjust ...func(*github.Options)) *world {
	t.Helper()
	w := &world{T: t, clock: newClock()}
	o := github.Options{Now: w.clock.Now, Seed: 1, Limits: github.NoLimits(),
		Sleep: func(_ context.Context, d time.Duration) { w.clock.advance(d) }}
	for _, a := range adjust {
		a(&o)
	}
	w.sim = github.New(o)
	w.repo = w.sim.AddRepo("octo", "hello")
	w.bot = w.client("tok", github.Token{Login: "extsync-bot", Push: true})
	return w
}

// client adds a token and returns the real client library on it, in process.
func (w *world) client(token string, t github.Token) *gh.Client {
	w.sim.AddToken(token, t)
	c := gh.NewClient(&http.Client{Transport: w.sim.Transport()}).WithAuthToken(token)
	c.BaseURL = &url.URL{Scheme: "https", Host: "api.github.com", Path: "/"}
	return c
}

func (w *world) open(title string) *gh.Issue {
	w.Helper()
	i, _, err := w.bot.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String(title), Body: gh.String("body")})
	if err != nil {
		w.Fatalf("create %q: %v", title, err)
	}
	return i
}

func TestCreateAndRead(t *testing.T) {
	w := newWorld(t)
	i, _, err := w.bot.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{
		Title: gh.String("  One  "), Body: gh.String("a\r\nb"), Labels: &[]string{"BUG", "new one"}, Assignees: &[]string{"extsync-bot"},
	})
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", i.GetNumber())
	if err != nil {
		t.Fatal(err)
	}
	if got.GetTitle() != "One" || got.GetBody() != "a\r\nb" {
		t.Errorf("title %q body %q: titles are trimmed, bodies kept as given", got.GetTitle(), got.GetBody())
	}
	if len(got.Labels) != 2 || got.Labels[0].GetName() != "bug" || got.Labels[1].GetName() != "new one" {
		t.Errorf("labels %v: names match without case, unknown ones are made", got.Labels)
	}
	if len(got.Assignees) != 1 {
		t.Errorf("assignees %v", got.Assignees)
	}
	unknown := &[]string{"extsync-bot", "nobody"}
	if _, _, err = w.bot.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String("x"), Assignees: unknown}); status(err) != 422 {
		t.Errorf("made with somebody who cannot be assigned: %v, want 422", err)
	}
	if _, _, err = w.bot.Issues.Edit(w.Context(), "octo", "hello", i.GetNumber(), &gh.IssueRequest{Assignees: unknown}); status(err) != 422 {
		t.Errorf("edited: %v, want 422", err)
	}
	if got, _, err = w.bot.Issues.AddAssignees(w.Context(), "octo", "hello", i.GetNumber(), *unknown); err != nil || len(got.Assignees) != 1 {
		t.Errorf("assigned: %v, %v; the call on assignees drops them", got.Assignees, err)
	}
}

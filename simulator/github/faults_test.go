package github_test

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
)

// onSocket gives a client that reaches the simulator through a listener, at the address of a GitHub Enterprise server.
func (w *world) onSocket() *gh.Client {
	w.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		w.Fatal(err)
	}
	ctx, stop := context.WithCancel(w.Context())
	done := make(chan error, 1)
	go func() { done <- w.sim.Serve(ctx, l) }()
	transport := &http.Transport{DisableKeepAlives: true}
	w.Cleanup(func() {
		stop()
		if err := <-done; err != nil {
			w.Error(err)
		}
	})
	c := gh.NewClient(&http.Client{Transport: transport}).WithAuthToken("tok")
	c.BaseURL = &url.URL{Scheme: "http", Host: l.Addr().String(), Path: "/api/v3/"}
	return c
}

func (w *world) stored() (n int) {
	w.repo.View(func(r *model.Repo) { n = len(r.All(true)) })
	return n
}

// TestFaultsOfCalls injects each fault into a create, in process and over a socket: the client must see the same, and the issue
// must exist exactly if the fault says so.
func TestFaultsOfCalls(t *testing.T) {
	for _, way := range []string{"in process", "socket"} {
		w := newWorld(t)
		client := w.bot
		if way == "socket" {
			client = w.onSocket()
		}
		for _, c := range []struct {
			fault   github.Fault
			status  int // 0: no answer at all, or none that can be read
			applied bool
		}{
			{github.Fault{Kind: github.ReplyLost}, 0, true},
			{github.Fault{Kind: github.RequestLost}, 0, false},
			{github.Fault{Kind: github.ResetMidBody}, 0, true},
			{github.Fault{Kind: github.ServerError}, 502, false},
			{github.Fault{Kind: github.ServerError, Status: 500}, 500, false},
			{github.Fault{Kind: github.ServerError, Status: 503, Applied: true}, 503, true},
			{github.Fault{Kind: github.HTMLPage}, 0, false},
			{github.Fault{Kind: github.SecondaryLimit, RetryAfter: "7"}, 403, false},
			{github.Fault{Kind: github.BadCredentials}, 401, false},
			{github.Fault{Kind: github.PermissionLost}, 403, false},
		} {
			before := w.stored()
			c.fault.Next = 1
			c.fault.Calls = []string{"issues.create"}
			w.sim.Faults().Set(c.fault)
			fresh := gh.NewClient(client.Client()) // the library remembers limits
			fresh.BaseURL = client.BaseURL
			_, _, err := fresh.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String("x")})
			if err == nil || status(err) != c.status || (w.stored() > before) != c.applied {
				t.Errorf("%s, %s: %v, applied %v; want status %d, applied %v", way, c.fault.Kind, err, w.stored() > before, c.status, c.applied)
			}
			if left := w.sim.Faults().Active(); len(left) != 0 {
				t.Errorf("%s: still on after its one call: %v", c.fault.Kind, left)
			}
			if _, _, err := client.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String("x")}); err != nil {
				t.Errorf("%s: the next call: %v", way, err)
			}
		}
	}
}

func TestHalfABody(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	w.sim.Faults().Set(github.Fault{Kind: github.ResetMidBody, Next: 1})
	resp, err := w.bot.Client().Get("https://api.github.com/repos/octo/hello/issues/1")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if !errors.Is(err, io.ErrUnexpectedEOF) || len(b) == 0 {
		t.Errorf("%d bytes, then %v; want half and an unexpected end", len(b), err)
	}
}

func TestFaultsAreAimed(t *testing.T) {
	w := newWorld(t)
	w.open("one")
	w.sim.Faults().Set(
		github.Fault{Kind: github.Latency, Delay: 3 * time.Second, Calls: []string{"read"}},
		github.Fault{Kind: github.ServerError, Skip: 1, Next: 1, Calls: []string{"issues.*"}},
	)
	start := w.clock.Now()
	var seen []int
	for range 3 {
		_, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 1)
		seen = append(seen, status(err))
	}
	if !same(seen, []int{0, 502, 0}) {
		t.Errorf("statuses %v; want the second call hit", seen)
	}
	if d := w.clock.Now().Sub(start); d != 9*time.Second {
		t.Errorf("three reads waited %v; want 3 s each", d)
	}
	w.open("a write is not slowed")
	if d := w.clock.Now().Sub(start); d != 9*time.Second {
		t.Errorf("a write waited")
	}
}

func TestChanceIsSeeded(t *testing.T) {
	run := func(seed uint64) (out string) {
		w := newWorld(t, func(o *github.Options) { o.Seed = seed })
		w.sim.Faults().Set(github.Fault{Kind: github.RequestLost, Probability: 0.5})
		for range 40 {
			if _, _, err := w.bot.Users.Get(w.Context(), ""); err != nil {
				out += "x"
			} else {
				out += "."
			}
		}
		return out
	}
	if a, b := run(7), run(7); a != b {
		t.Errorf("same seed, different faults:\n%s\n%s", a, b)
	}
	if a, b := run(7), run(8); a == b {
		t.Errorf("different seeds, same faults: %s", a)
	}
}

func TestListsMayLag(t *testing.T) {
	w := newWorld(t)
	w.open("old")
	w.clock.advance(time.Minute)
	w.sim.SetLag(10 * time.Second)
	w.open("new")
	w.act(github.Act{Login: "eve", Do: "edit", Issue: 1, Title: gh.String("edited")})
	c := w.act(github.Act{Login: "eve", Do: "comment", Issue: 1, Body: gh.String("hello")})
	state := func() string {
		out := ""
		for _, i := range w.list(gh.IssueListByRepoOptions{Sort: "updated", Direction: "asc"}) {
			out += i.GetTitle() + "|"
		}
		comments, _, err := w.bot.Issues.ListComments(w.Context(), "octo", "hello", 0, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range comments {
			out += c.GetBody()
		}
		return out
	}
	if got := state(); got != "old|" {
		t.Errorf("lists show %q at once; want the old state", got)
	}
	i, _, err := w.bot.Issues.Get(w.Context(), "octo", "hello", 1)
	if _, _, err2 := w.bot.Issues.GetComment(w.Context(), "octo", "hello", c.Comment); err != nil || err2 != nil || i.GetTitle() != "edited" {
		t.Errorf("direct reads are never late: %v %v %v", i.GetTitle(), err, err2)
	}
	w.clock.advance(9 * time.Second)
	if got := state(); got != "old|" {
		t.Errorf("after 9 s %q", got)
	}
	w.clock.advance(time.Second)
	if got := state(); got != "edited|new|hello" && got != "new|edited|hello" {
		t.Errorf("after 10 s %q", got)
	}
	w.act(github.Act{Login: "eve", Do: "delete", Issue: 2})
	if got := state(); got != "edited|new|hello" && got != "new|edited|hello" {
		t.Errorf("a deletion is late too: %q", got)
	}
	w.clock.advance(10 * time.Second)
	if got := state(); got != "edited|hello" {
		t.Errorf("after the deletion %q", got)
	}
}

// TestConcurrencyLimit makes a call while another one is in flight, from inside its latency.
func TestConcurrencyLimit(t *testing.T) {
	var w *world
	var nested error
	w = newWorld(t, func(o *github.Options) {
		o.Limits = &github.Limits{Concurrent: 1}
		o.Sleep = func(context.Context, time.Duration) { nested = w.tryRead() }
	})
	w.sim.Faults().Set(github.Fault{Kind: github.Latency, Next: 1, Delay: time.Second})
	if err := w.tryRead(); err != nil || status(nested) != 403 {
		t.Errorf("first %v, second %v; want the second refused", err, nested)
	}
}

func TestTransportHonoursTheContext(t *testing.T) {
	w := newWorld(t)
	ctx, cancel := context.WithCancel(w.Context())
	cancel()
	if _, _, err := w.bot.Users.Get(ctx, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

package github_test

import (
	"errors"
	"net/http"
	"strconv"
	"testing"
	"time"

	gh "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/simulator/github"
)

func TestConditionalRequestsAreFree(t *testing.T) {
	w := newWorld(t, func(o *github.Options) { o.Limits = &github.Limits{PerHour: 100} })
	w.open("one")
	poll := func(token, tag string) *http.Response {
		req, _ := http.NewRequest(http.MethodGet, "https://api.github.com/repos/octo/hello/issues?since=2026-01-01T00:00:00Z", nil)
		req.Header.Set("Authorization", "Bearer "+token)
		req.Header.Set("If-None-Match", tag)
		resp, err := (&http.Client{Transport: w.sim.Transport()}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		return resp
	}
	first := poll("tok", "")
	second := poll("tok", first.Header.Get("ETag"))
	if second.StatusCode != http.StatusNotModified || second.Header.Get("X-RateLimit-Remaining") != first.Header.Get("X-RateLimit-Remaining") {
		t.Errorf("unchanged: %d, remaining %s after %s; want a 304 that costs nothing", second.StatusCode,
			second.Header.Get("X-RateLimit-Remaining"), first.Header.Get("X-RateLimit-Remaining"))
	}
	w.sim.AddToken("rotated", github.Token{Login: "extsync-bot", Push: true})
	if r := poll("rotated", first.Header.Get("ETag")); r.StatusCode != http.StatusOK {
		t.Errorf("with a rotated token: %d; the tag depends on the credential, want one 200", r.StatusCode)
	}
	w.act(github.Act{Login: "eve", Do: "label", Issue: 1, Names: []string{"bug"}})
	if r := poll("tok", first.Header.Get("ETag")); r.StatusCode != http.StatusOK {
		t.Errorf("after a change: %d; want 200", r.StatusCode)
	}
	n := w.sim.Counters()
	if n.NotModified != 1 || n.Kinds["issues.list"] != (github.Count{Calls: 4, NotModified: 1}) || n.Writes != 1 {
		t.Errorf("counters %+v", n)
	}
}

func TestPrimaryLimit(t *testing.T) {
	for _, answer := range []int{403, 429} {
		w := newWorld(t, func(o *github.Options) { o.Limits = &github.Limits{PerHour: 3, Status: answer, Speed: 60} })
		for range 3 {
			w.open("x")
		}
		fresh := w.client("tok", github.Token{Login: "extsync-bot", Push: true}) // the library remembers the limit per client
		_, resp, err := fresh.Issues.Get(w.Context(), "octo", "hello", 1)
		var typed *gh.RateLimitError
		if status(err) != answer || errors.As(err, &typed) != (answer == 403) {
			t.Errorf("%d: got %v; the library types a 403 only", answer, err)
		}
		reset, _ := strconv.ParseInt(resp.Header.Get("X-RateLimit-Reset"), 10, 64)
		if wait := time.Unix(reset, 0).Sub(w.clock.Now()); wait != time.Minute || resp.Header.Get("X-RateLimit-Remaining") != "0" {
			t.Errorf("reset in %v, remaining %s; an hour at speed 60 is a minute", wait, resp.Header.Get("X-RateLimit-Remaining"))
		}
		limits, _, err := fresh.RateLimit.Get(w.Context())
		if err != nil || limits.GetCore().Remaining != 0 {
			t.Errorf("GET /rate_limit is always answered: %v %v", limits, err)
		}
		w.clock.advance(time.Minute)
		again := w.client("tok", github.Token{Login: "extsync-bot", Push: true})
		if _, _, err := again.Issues.Get(w.Context(), "octo", "hello", 1); err != nil {
			t.Errorf("after the reset: %v", err)
		}
	}
}

func TestSecondaryLimits(t *testing.T) {
	for _, c := range []struct {
		fact    string
		limits  github.Limits
		calls   func(*world) error
		allowed int
		wait    time.Duration
	}{
		{"80 creations a minute", github.Limits{CreatesPerMin: 80}, (*world).tryCreate, 80, time.Minute},
		{"500 creations an hour", github.Limits{CreatesPerHour: 500}, (*world).tryCreate, 500, time.Hour},
		{"900 points a minute, a write is 5", github.Limits{PointsPerMinute: 900}, (*world).tryCreate, 180, time.Minute},
		{"900 points a minute, a read is 1", github.Limits{PointsPerMinute: 900}, (*world).tryRead, 900, time.Minute},
		{"twice the speed, half the wait", github.Limits{CreatesPerMin: 80, Speed: 2}, (*world).tryCreate, 80, 30 * time.Second},
	} {
		w := newWorld(t, func(o *github.Options) { o.Limits = &c.limits })
		n := 0
		var err error
		for ; err == nil && n < 2000; n++ {
			err = c.calls(w)
		}
		var abuse *gh.AbuseRateLimitError
		if n-1 != c.allowed || !errors.As(err, &abuse) || abuse.GetRetryAfter() != c.wait {
			t.Errorf("%s: refused after %d with %v, retry after %v; want %d, %v", c.fact, n-1, err, abuse.GetRetryAfter(), c.allowed, c.wait)
		}
		w.clock.advance(c.wait)
		if err := c.calls(w); err != nil {
			t.Errorf("%s: after the wait: %v", c.fact, err)
		}
	}
}

// tryCreate uses a new client each time, since the library remembers limits.
func (w *world) tryCreate() error {
	c := w.client("tok", github.Token{Login: "extsync-bot", Push: true})
	_, _, err := c.Issues.Create(w.Context(), "octo", "hello", &gh.IssueRequest{Title: gh.String("x")})
	return err
}

func (w *world) tryRead() error {
	c := w.client("tok", github.Token{Login: "extsync-bot", Push: true})
	_, _, err := c.Issues.ListMilestones(w.Context(), "octo", "hello", nil)
	return err
}

package linear_test

import (
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/linear"
)

// TestScore prices queries: a property 0.1, an object 1, a connection its inside times first.
func TestScore(t *testing.T) {
	w := newWorld(t)
	for _, c := range []struct {
		reason, query string
		v             vars
		want          string
	}{
		{"an object with two properties", `{ viewer { id name } }`, nil, "2"},
		{"a connection without first counts 50", `{ issues { nodes { id } } }`, nil, "55"},
		{"first from a variable", `query($n: Int) { issues(first: $n) { nodes { id } } }`, vars{"n": 10}, "11"},
		{"connections multiply", `{ issues(first: 10) { nodes { id labels(first: 5) { nodes { name } } } } }`, nil, "66"},
		{"pageInfo counts too", `{ issues(first: 10) { nodes { id } pageInfo { endCursor } } }`, nil, "22"},
		{"a fragment counts where it is used", `{ issues(first: 10) { ...F } } fragment F on IssueConnection { nodes { id } }`, nil, "11"},
		{"what is skipped is free", `{ issues(first: 10) { nodes { id } } viewer @skip(if: true) { id } }`, nil, "11"},
		{"a field asked for twice counts once", `{ viewer { id } viewer { id name } }`, nil, "2"},
	} {
		if got := w.do(c.query, c.v).header.Get("X-Complexity"); got != c.want {
			t.Errorf("%s: %s, want %s", c.reason, got, c.want)
		}
	}
}

func TestLimits(t *testing.T) {
	w := newWorld(t, func(o *linear.Options) {
		o.Limits = &linear.Limits{RequestsPerHour: 3, PointsPerHour: 10_000, QueryPoints: 5_000}
	})
	const heavy = `{ issues(first: 250) { nodes { comments(first: 50) { nodes { id } } } } }`
	if a := w.ask(heavy, nil); a.status != http.StatusBadRequest || a.code() != "INPUT_ERROR" {
		t.Errorf("too complex: %d %s", a.status, a.raw)
	}
	const small = `{ viewer { id } }`
	a := w.do(small, nil)
	if a.header.Get("X-RateLimit-Requests-Limit") != "3" || a.header.Get("X-RateLimit-Requests-Remaining") != "2" ||
		a.header.Get("X-RateLimit-Complexity-Remaining") != "9998" {
		t.Errorf("headers: %v", a.header)
	}
	reset, err := strconv.ParseInt(a.header.Get("X-RateLimit-Requests-Reset"), 10, 64)
	if want := w.clock.Now().Add(20 * time.Minute).UnixMilli(); err != nil || reset != want {
		t.Errorf("reset %d, want %d: milliseconds until all of it is free again", reset, want)
	}
	w.do(small, nil)
	w.do(small, nil)
	a = w.ask(small, nil)
	if a.status != http.StatusBadRequest || a.code() != "RATELIMITED" || a.header.Get("Retry-After") != "" {
		t.Errorf("used up: %d %v %s", a.status, a.header, a.raw)
	}
	w.sim.SetLimits(linear.Limits{RequestsPerHour: 3, RetryAfter: true})
	if a = w.ask(small, nil); a.header.Get("Retry-After") != "1200" {
		t.Errorf("Retry-After %q", a.header.Get("Retry-After"))
	}
	w.clock.advance(20 * time.Minute)
	w.do(small, nil)
	if a = w.ask(small, nil); a.code() != "RATELIMITED" {
		t.Errorf("the bucket leaks one call in 20 minutes: %s", a.raw)
	}
	w.sim.AddToken("oauth", linear.Token{Login: "o", Kind: linear.OAuth})
	w.auth = "Bearer oauth"
	if a := w.do(small, nil); a.header.Get("X-RateLimit-Requests-Limit") != "6" {
		t.Errorf("OAuth has twice the requests: %v", a.header)
	}
}

func TestRateLimitStatus(t *testing.T) {
	w := newWorld(t, func(o *linear.Options) { o.Limits = nil })
	a := w.do(`{ rateLimitStatus { kind limits { type allowedAmount remainingAmount } } }`, nil)
	if a.get("rateLimitStatus.limits.0.allowedAmount") != 2500.0 || a.get("rateLimitStatus.limits.1.allowedAmount") != 3e6 {
		t.Errorf("got %s", a.raw)
	}
}

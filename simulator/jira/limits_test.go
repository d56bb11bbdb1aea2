package jira_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/jira"
)

func contains(s, part string) bool { return strings.Contains(s, part) }

func noLimits() jira.Limits { return *jira.NoLimits() }

func TestWritesPerIssue(t *testing.T) {
	w := newWorld(t)
	one, other := w.create(nil), w.create(nil)
	edit := func(id string, k int) answer {
		return w.do("PUT", "issue/"+id, object{"fields": object{"summary": strings.Repeat("x", k%200+1)}})
	}
	for k := range 20 {
		if a := edit(one, k); a.status != 204 {
			t.Fatalf("write %d: %d", k, a.status)
		}
	}
	a := edit(one, 20)
	if a.status != 429 || a.header.Get("RateLimit-Reason") != "jira-per-issue-on-write" || a.header.Get("Retry-After") != "2" {
		t.Fatalf("write 21: %d %v", a.status, a.header)
	}
	if a := edit(other, 0); a.status != 204 {
		t.Errorf("another issue waits too: %d", a.status)
	}
	done := 20
	for range 4 {
		w.clock.advance(2 * time.Second)
		for range 20 {
			if edit(one, done).status == 204 {
				done++
			}
		}
	}
	w.clock.advance(2 * time.Second)
	a = edit(one, 0)
	if done != 100 || a.status != 429 || a.header.Get("Retry-After") != "20" {
		t.Errorf("after %d writes in 10 s: %d, wait %s", done, a.status, a.header.Get("Retry-After"))
	}
	w.clock.advance(20 * time.Second)
	if a := edit(one, 0); a.status != 204 {
		t.Errorf("after the wait: %d", a.status)
	}
}

func TestBurstsPerEndpoint(t *testing.T) {
	w := newWorld(t, func(o *jira.Options) { o.Limits = &jira.Limits{Get: 5, Post: 5} })
	var a answer
	for range 6 {
		a = w.do("GET", "myself", nil)
	}
	if a.status != 429 || a.header.Get("RateLimit-Reason") != "jira-burst-based" || a.header.Get("Retry-After") != "1" || a.header.Get("X-RateLimit-Remaining") != "0" {
		t.Fatalf("call 6: %d %v", a.status, a.header)
	}
	w.must(200, "GET", "serverInfo", nil)
	w.clock.advance(time.Second / 5)
	if a := w.must(200, "GET", "myself", nil); a.header.Get("X-RateLimit-NearLimit") != "true" || a.header.Get("X-RateLimit-Limit") != "5" {
		t.Errorf("near the limit: %v", a.header)
	}
}

func TestPointsOfOAuthTokens(t *testing.T) {
	w := newWorld(t, func(o *jira.Options) { o.Limits = &jira.Limits{Points: 10} })
	w.sim.AddToken("oauth", jira.Token{Login: "bot", OAuth: true})
	for range 5 {
		w.create(nil)
	}
	w.as("oauth", func() {
		w.must(200, "POST", "search/jql", object{"jql": "project = ABC"}) // 1 + 5 objects
		a := w.must(200, "GET", "issue/ABC-1", nil)                       // 1 + 1
		if a.header.Get("X-RateLimit-Remaining") != "2" || a.header.Get("X-RateLimit-Reset") != "2026-11-25T13:00Z" {
			t.Errorf("after two reads: %v", a.header)
		}
		w.must(200, "GET", "issue/ABC-1", nil)
		if a := w.do("GET", "issue/ABC-1", nil); a.status != 429 || a.header.Get("RateLimit-Reason") != "jira-quota-global-based" || a.header.Get("Retry-After") != "3600" {
			t.Errorf("used up: %d %v", a.status, a.header)
		}
		w.clock.advance(time.Hour)
		w.must(200, "GET", "issue/ABC-1", nil)
	})
	for range 20 {
		w.must(200, "GET", "issue/ABC-1", nil) // API tokens have no points
	}
}

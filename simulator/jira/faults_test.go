package jira_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/jira"
)

func TestFaults(t *testing.T) {
	for _, c := range []struct {
		fault   jira.Fault
		status  int // 0: no answer
		applied bool
		shows   string // in the answer
	}{
		{jira.Fault{Kind: jira.ReplyLost}, 0, true, "reset"},
		{jira.Fault{Kind: jira.RequestLost}, 0, false, "reset"},
		{jira.Fault{Kind: jira.ServerError}, 503, false, "errorMessages"},
		{jira.Fault{Kind: jira.ServerError, Status: 502, Applied: true}, 502, true, "<html>"},
		{jira.Fault{Kind: jira.ResetMidBody}, 0, true, "unexpected EOF"},
		{jira.Fault{Kind: jira.HTMLPage}, 200, false, "Log in"},
		{jira.Fault{Kind: jira.Conflict}, 409, false, "another request"},
		{jira.Fault{Kind: jira.QuotaLimit, RetryAfter: "77"}, 429, false, "jira-quota-tenant-based"},
		{jira.Fault{Kind: jira.BurstLimit}, 429, false, "jira-burst-based"},
		{jira.Fault{Kind: jira.IssueLimit, RetryAfter: "-"}, 429, false, "jira-per-issue-on-write"},
		{jira.Fault{Kind: jira.BadCredentials}, 401, false, "authenticated"},
		{jira.Fault{Kind: jira.PermissionLost}, 400, false, "valid project is required"},
		{jira.Fault{Kind: jira.Latency, Delay: time.Second}, 201, true, ""},
	} {
		w := newWorld(t, func(o *jira.Options) { o.Sleep = nil })
		c.fault.Calls, c.fault.Next = []string{"issues.*"}, 1
		if c.fault.Kind == jira.Latency {
			c.fault.Delay = time.Nanosecond
		}
		w.sim.Faults().Set(c.fault)
		a := w.do("POST", "issue", task(nil))
		if a.status != c.status || !contains(a.raw, c.shows) {
			t.Errorf("%s: %d %.200s", c.fault.Kind, a.status, a.raw)
		}
		if got := w.find("project = ABC") != ""; got != c.applied {
			t.Errorf("%s: applied %v, want %v", c.fault.Kind, got, c.applied)
		}
		if a.status == 429 && (a.header.Get("Retry-After") == "") != (c.fault.RetryAfter == "-") {
			t.Errorf("%s: Retry-After %q", c.fault.Kind, a.header.Get("Retry-After"))
		}
		w.must(201, "POST", "issue", task(nil))
		n := w.sim.Counters()
		if k := n.Kinds["issues.create"]; k.Calls != 2 || k.Faulted != 1 || n.Writes != 2 || n.Reads != 1 {
			t.Errorf("%s: counters %+v", c.fault.Kind, n)
		}
	}
}

func TestFaultsAreAimed(t *testing.T) {
	w := newWorld(t)
	w.sim.Faults().Set(jira.Fault{Kind: jira.ServerError, Calls: []string{"read"}, Skip: 1, Next: 2}, jira.Fault{Kind: jira.TokenExpired, Calls: []string{"search.jql"}})
	var got []int
	for range 4 {
		got = append(got, w.do("GET", "myself", nil).status)
	}
	if want := []int{200, 503, 503, 200}; !equal(got, want) {
		t.Errorf("statuses %v, want %v", got, want)
	}
	w.create(nil)
	w.create(nil)
	a := w.must(200, "POST", "search/jql", object{"jql": "project = ABC", "maxResults": 1})
	w.must(400, "POST", "search/jql", object{"jql": "project = ABC", "maxResults": 1, "nextPageToken": a.str("nextPageToken")})
	if n := len(w.sim.Faults().Active()); n != 1 {
		t.Errorf("%d faults are left, want 1", n)
	}
	w.sim.Faults().Clear()
	w.sim.Faults().Add(jira.Fault{Kind: jira.PermissionLost})
	w.must(404, "GET", "issue/ABC-1", nil)
	if a := w.must(200, "GET", "project", nil); strings.TrimSpace(a.raw) != "[]" {
		t.Errorf("projects without any right: %s", a.raw)
	}
}

func equal(a, b []int) bool {
	for k := range a {
		if k >= len(b) || a[k] != b[k] {
			return false
		}
	}
	return len(a) == len(b)
}

func TestRequestsAreLoggedAndBounded(t *testing.T) {
	w := newWorld(t, func(o *jira.Options) { o.LogSize = 3 })
	w.create(object{"summary": "secret"})
	if r := w.sim.Requests("issues.create"); len(r) != 1 || !contains(r[0].Body, "secret") || r[0].Method != http.MethodPost {
		t.Errorf("the log: %+v", r)
	}
	for range 20 {
		w.must(200, "GET", "myself", nil)
	}
	if n := len(w.sim.Requests()); n != 3 {
		t.Errorf("%d requests are kept, want 3", n)
	}
	w.sim.ResetCounters()
	if n := w.sim.Counters(); n.Total != 0 || len(w.sim.Requests()) != 0 {
		t.Errorf("after the reset: %+v", n)
	}
}

func TestMarkedCountsDuplicates(t *testing.T) {
	w := newWorld(t)
	in := task(nil)
	in["properties"] = []any{object{"key": "extsync", "value": object{"key": "mark-1"}}}
	w.must(201, "POST", "issue", in)
	w.must(201, "POST", "issue", in)
	w.must(201, "POST", "issue/ABC-1/comment", object{"body": doc("c"), "properties": []any{object{"key": "p", "value": "mark-2"}}})
	issues, _ := w.abc.Marked("mark-1")
	_, comments := w.abc.Marked("mark-2")
	if issues != 2 || comments != 1 {
		t.Errorf("marked: %d issues, %d comments", issues, comments)
	}
}

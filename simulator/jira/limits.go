package jira

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Limits are what may be called. A zero number switches that limit off.
type Limits struct {
	IssueWrites2s  int `json:"issue_writes_2s"`  // writes to one issue within 2 s; Jira: 20
	IssueWrites30s int `json:"issue_writes_30s"` // within 30 s; Jira: 100
	// Burst buckets, one per endpoint and method, in calls a second; Jira: 100, 100, 50, 50, and 150 for GET issue.
	Get      int `json:"get"`
	Post     int `json:"post"`
	Put      int `json:"put"`
	Delete   int `json:"delete"`
	GetIssue int `json:"get_issue"`
	// Points of OAuth tokens an hour, from full hour to full hour: a read 1 + 1 per object, a write 1; Jira: 65,000. API tokens have none.
	Points int `json:"points"`
}

// JiraLimits are those of Jira Cloud (developer documentation, rate limiting, as of August 2026).
func JiraLimits() Limits {
	return Limits{IssueWrites2s: 20, IssueWrites30s: 100, Get: 100, Post: 100, Put: 50, Delete: 50, GetIssue: 150, Points: 65_000}
}

// NoLimits never refuses.
func NoLimits() *Limits { return &Limits{} }

// limiter applies Limits.
type limiter struct {
	Limits
	buckets map[string]*bucket
	issues  map[int64][]time.Time // writes of the last 30 s
	points  map[string]int        // of the current hour, by login: one app
	hour    time.Time
}

func (l *limiter) set(limits Limits) {
	l.Limits = limits
	if l.buckets == nil {
		l.buckets, l.issues, l.points = map[string]*bucket{}, map[int64][]time.Time{}, map[string]int{}
	}
}

// bucket holds the calls that can still be made at once; it fills at its size per second.
type bucket struct {
	left float64
	at   time.Time
}

func (b *bucket) fill(size int, now time.Time) {
	b.left = min(float64(size), b.left+now.Sub(b.at).Seconds()*float64(size))
	b.at = now
}

// burst finds the bucket of a call.
func (l *limiter) burst(c *call, now time.Time) (*bucket, int) {
	size := map[string]int{http.MethodGet: l.Get, http.MethodPost: l.Post, http.MethodPut: l.Put, http.MethodDelete: l.Delete}[c.method]
	if c.route.kind == "issues.get" {
		size = l.GetIssue
	}
	key := c.method + " " + c.route.service + " " + strings.Join(c.route.path, "/")
	b := l.buckets[key]
	if b == nil {
		b = &bucket{left: float64(size), at: now}
		l.buckets[key] = b
	}
	b.fill(size, now)
	return b, size
}

// check refuses a call that is over a limit, before it does anything.
func (l *limiter) check(c *call, now time.Time) (reply, bool) {
	if f := c.plan.Main; f != nil {
		if reason := map[FaultKind]string{QuotaLimit: "jira-quota-tenant-based", BurstLimit: "jira-burst-based", IssueLimit: "jira-per-issue-on-write"}[f.Kind]; reason != "" {
			return tooMany(reason, 30*time.Second, 0, now, f.RetryAfter), true
		}
	}
	l.roll(now)
	if c.token.OAuth && l.Points > 0 && l.points[c.token.Login] >= l.Points {
		return tooMany("jira-quota-global-based", l.hour.Add(time.Hour).Sub(now), l.Points, now, ""), true
	}
	b, size := l.burst(c, now)
	if size > 0 && b.left < 1 {
		return tooMany("jira-burst-based", time.Second, size, now, ""), true
	}
	if wait := l.issueWait(c, now); wait > 0 {
		return tooMany("jira-per-issue-on-write", wait, l.IssueWrites2s, now, ""), true
	}
	b.left--
	return reply{}, false
}

// issueWait counts a write to an issue, or says how long it must wait.
func (l *limiter) issueWait(c *call, now time.Time) time.Duration {
	if !c.route.onIssue || (l.IssueWrites2s == 0 && l.IssueWrites30s == 0) {
		return 0
	}
	i := c.world.Issue(c.values[0])
	if i == nil {
		return 0
	}
	marks := l.issues[i.ID]
	for len(marks) > 0 && !marks[0].After(now.Add(-30*time.Second)) {
		marks = marks[1:]
	}
	l.issues[i.ID] = marks
	wait := max(over(marks, now, 2*time.Second, l.IssueWrites2s), over(marks, now, 30*time.Second, l.IssueWrites30s))
	if wait == 0 {
		l.issues[i.ID] = append(marks, now)
	}
	return wait
}

// over says how long until fewer than most writes lie within the span; 0 is now.
func over(marks []time.Time, now time.Time, span time.Duration, most int) time.Duration {
	if most == 0 || len(marks) < most {
		return 0
	}
	return max(0, marks[len(marks)-most].Add(span).Sub(now))
}

func (l *limiter) roll(now time.Time) {
	if hour := now.UTC().Truncate(time.Hour); !hour.Equal(l.hour) {
		l.hour, l.points = hour, map[string]int{}
	}
}

// tooMany is a 429.
func tooMany(reason string, wait time.Duration, limit int, now time.Time, retryAfter string) reply {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	h := http.Header{"Ratelimit-Reason": {reason}, "X-Ratelimit-Remaining": {"0"},
		"X-Ratelimit-Reset": {now.UTC().Add(time.Duration(seconds) * time.Second).Format("2006-01-02T15:04Z")}}
	if limit > 0 {
		h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	}
	switch retryAfter {
	case "-":
	case "":
		h.Set("Retry-After", strconv.Itoa(seconds))
	default:
		h.Set("Retry-After", retryAfter)
	}
	return reply{status: http.StatusTooManyRequests, header: h,
		body: errorJSON{Messages: []string{fmt.Sprintf("Rate limit exceeded (%s).", reason)}, Errors: map[string]string{}}}
}

// charge counts an answered call against the hourly points and writes the headers.
func (l *limiter) charge(c *call, status int, now time.Time, h http.Header) {
	if status == http.StatusTooManyRequests {
		return
	}
	limit, left := 0, 0
	if c.token.OAuth && l.Points > 0 {
		cost := 1
		if !c.route.write {
			cost += c.objects
		}
		l.points[c.token.Login] += cost
		limit, left = l.Points, l.Points-l.points[c.token.Login]
		h.Set("X-RateLimit-Reset", l.hour.Add(time.Hour).Format("2006-01-02T15:04Z"))
	} else if b, size := l.burst(c, now); size > 0 {
		limit, left = size, int(b.left)
	}
	if limit == 0 {
		return
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(max(0, left)))
	if left*5 < limit {
		h.Set("X-RateLimit-NearLimit", "true")
	}
}

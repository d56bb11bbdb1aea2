package jira

import (
	"net/http"
	"strconv"
	"time"
)

// Waits where Jira says nothing, and bounds where it does: its hourly limits return with
// the hour.
const (
	unknownWait = time.Minute
	shortWait   = time.Second
	longWait    = time.Hour
)

// retryAfter reads how long to wait: Retry-After first, then the reset of the limit,
// against the server's clock where it tells it.
func retryAfter(h http.Header) time.Duration {
	now := time.Now()
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	wait := unknownWait
	after := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil {
		wait = time.Duration(min(seconds, int(longWait.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		wait = at.Sub(now)
	} else if reset, err := isoTime(h.Get("X-RateLimit-Reset")); err == nil {
		wait = reset.Sub(now)
	}
	return max(shortWait, min(wait, longWait))
}

// limitHeader names the limit that was met; limitOfIssue is that of writes to one issue,
// its comments included, and holds up no other.
const (
	limitHeader  = "RateLimit-Reason"
	limitOfIssue = "jira-per-issue-on-write"
)

// limitReason says which of Jira's limits was met, and so what must wait.
// Source: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
func limitReason(h http.Header) string {
	switch h.Get(limitHeader) {
	case "jira-quota-global-based", "jira-quota-tenant-based":
		return "the app's hourly quota is used up (" + h.Get(limitHeader) + "); everything waits for its reset, nothing was done"
	case "jira-burst-based":
		return "too many calls of this kind in a second (jira-burst-based); nothing was done"
	case limitOfIssue:
		return "too many writes to this one issue (" + limitOfIssue + "); others may go on, nothing was done"
	}
	return "Jira's rate limit is used up; nothing was done"
}

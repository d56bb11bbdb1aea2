package linear

import (
	"fmt"
	"math"
	"net/http"
	"strconv"
	"time"

	"github.com/extsync/extsync/simulator/linear/model"
)

// limiter applies Limits. It counts in its own time, which runs Speed times as fast as the clock.
type limiter struct {
	Limits
	anchor time.Time     // on the clock
	ran    time.Duration // limit time at the anchor
}

func (l *limiter) set(limits Limits, now time.Time) {
	if !l.anchor.IsZero() {
		l.ran = l.time(now)
	}
	if limits.Speed <= 0 {
		limits.Speed = 1
	}
	l.Limits, l.anchor = limits, now
}

func (l *limiter) time(now time.Time) time.Duration {
	return l.ran + time.Duration(float64(now.Sub(l.anchor))*l.Speed)
}

// usage is what one credential used.
type usage struct{ requests, points bucket }

// bucket leaks: what was used becomes free again evenly, all of it within an hour.
type bucket struct {
	level float64
	at    time.Duration
}

// leak brings the level up to date.
func (b *bucket) leak(now time.Duration, limit float64) {
	b.level = max(0, b.level-limit*(now-b.at).Hours())
	b.at = now
}

// until is how long before n more fit.
func (b *bucket) until(n, limit float64) time.Duration {
	return time.Duration(max(0, b.level+n-limit) / limit * float64(time.Hour))
}

// budgets are the limits of a credential: OAuth has twice the requests and two thirds of the points of an API key.
func (l *limiter) budgets(t *tokenState) (requests, points float64) {
	requests, points = float64(l.RequestsPerHour), float64(l.PointsPerHour)
	if t.Kind != APIKey {
		requests, points = 2*requests, math.Floor(points*2/3)
	}
	return requests, points
}

// check refuses a call that is over a limit.
func (l *limiter) check(c *call, now time.Time) (reply, bool) {
	if k := c.plan.Kind(); k == RequestLimit || k == ComplexityLimit {
		return limited(string(k), c.plan.Main.RetryAfter), true
	}
	if l.QueryPoints > 0 && c.score > l.QueryPoints {
		return refusal(http.StatusBadRequest, model.Refuse("Query too complex: its complexity is %d, the maximum %d", c.score, l.QueryPoints)), true
	}
	requests, points := l.budgets(c.token)
	t, u := l.time(now), &c.token.used
	var wait time.Duration
	if requests > 0 {
		u.requests.leak(t, requests)
		wait = u.requests.until(1, requests)
	}
	if points > 0 {
		u.points.leak(t, points)
		wait = max(wait, u.points.until(float64(c.score), points))
	}
	if wait == 0 {
		return reply{}, false
	}
	after := ""
	if l.RetryAfter {
		after = strconv.Itoa(int(math.Ceil(l.onClock(wait).Seconds())))
	}
	return limited("hourly", after), true
}

func (l *limiter) onClock(d time.Duration) time.Duration { return time.Duration(float64(d) / l.Speed) }

// limited is Linear's refusal: 400, and a code to tell it from other mistakes.
// Source: linear.app/developers/rate-limiting.
func limited(which, retryAfter string) reply {
	r := refusal(http.StatusBadRequest, &model.Error{Code: "RATELIMITED", Type: "ratelimited", Status: http.StatusTooManyRequests,
		Message: fmt.Sprintf("Rate limit exceeded (%s). Please wait before trying again.", which), User: "Rate limit exceeded."})
	r.header = http.Header{}
	if retryAfter != "" {
		r.header.Set("Retry-After", retryAfter)
	}
	return r
}

// charge counts a call that reached the tracker, and writes the headers. Reset is in milliseconds since 1970.
func (l *limiter) charge(c *call, now time.Time, h http.Header) {
	requests, points := l.budgets(c.token)
	t, u := l.time(now), &c.token.used
	if c.finished {
		u.requests.level++
		u.points.level += float64(c.score)
		h.Set("X-Complexity", strconv.Itoa(c.score))
	}
	used := func(kind FaultKind, limit float64) bool { return c.plan.Kind() == kind && limit > 0 }
	l.show(h, "X-RateLimit-Requests-", &u.requests, requests, t, now, used(RequestLimit, requests))
	l.show(h, "X-RateLimit-Complexity-", &u.points, points, t, now, used(ComplexityLimit, points))
}

// show writes one budget. One that is switched off looks like the documented one, never used.
func (l *limiter) show(h http.Header, prefix string, b *bucket, limit float64, t time.Duration, now time.Time, empty bool) {
	full := bucket{}
	if limit <= 0 {
		b, limit = &full, 2500
	} else {
		b.leak(t, limit)
	}
	remaining, reset := math.Floor(max(0, limit-b.level)), now.Add(l.onClock(time.Duration(b.level/limit*float64(time.Hour))))
	if empty {
		remaining, reset = 0, now.Add(time.Minute)
	}
	h.Set(prefix+"Limit", strconv.FormatInt(int64(limit), 10))
	h.Set(prefix+"Remaining", strconv.FormatInt(int64(remaining), 10))
	h.Set(prefix+"Reset", strconv.FormatInt(reset.UnixMilli(), 10))
}

func (v *viewer) rateLimitStatus() record {
	l := &v.s.limits
	requests, points := l.budgets(v.token)
	now := v.s.opts.Now()
	one := func(name string, b bucket, limit float64) any {
		if limit > 0 {
			b.leak(l.time(now), limit)
		}
		reset := now.Add(time.Duration(b.level / max(1, limit) * float64(time.Hour)))
		return record{v, "RateLimitResultPayload", map[string]any{"type": name, "allowedAmount": limit, "requestedAmount": 1.0,
			"remainingAmount": max(0, limit-b.level), "period": float64(time.Hour.Milliseconds()), "reset": float64(reset.UnixMilli())}}
	}
	return record{v, "RateLimitPayload", map[string]any{"identifier": v.user.ID, "kind": string(v.token.Kind),
		"limits": []any{one("requests", v.token.used.requests, requests), one("complexity", v.token.used.points, points)}}}
}

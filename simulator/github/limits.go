package github

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// Limits are what a token may use. A zero number switches that limit off.
type Limits struct {
	PerHour         int `json:"per_hour"`          // REST calls; GitHub: 5,000
	GraphQLPerHour  int `json:"graphql_per_hour"`  // GraphQL points, here one a query; GitHub: 5,000
	PointsPerMinute int `json:"points_per_minute"` // REST, a read 1 and a write 5; GitHub: 900
	GraphQLPoints   int `json:"graphql_points"`    // GraphQL points a minute; GitHub: 2,000
	CreatesPerMin   int `json:"creates_per_min"`   // content created; GitHub: 80
	CreatesPerHour  int `json:"creates_per_hour"`  // GitHub: 500
	Concurrent      int `json:"concurrent"`        // calls in flight; GitHub: 100
	Status          int `json:"status"`            // of refusals: 403 (default) or 429; GitHub uses both
	// Speed makes the limits' time run faster than the clock: 60 turns an hour into a minute, in the headers too. Default 1.
	Speed float64 `json:"speed"`
}

// GitHubLimits are those of a personal access token on github.com.
func GitHubLimits() Limits {
	return Limits{PerHour: 5000, GraphQLPerHour: 5000, PointsPerMinute: 900, GraphQLPoints: 2000, CreatesPerMin: 80,
		CreatesPerHour: 500, Concurrent: 100, Status: http.StatusForbidden, Speed: 1}
}

// NoLimits never refuses; replies still carry the headers of a 5,000 an hour limit that is never used up.
func NoLimits() *Limits { return &Limits{} }

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
	if limits.Status == 0 {
		limits.Status = http.StatusForbidden
	}
	l.Limits, l.anchor = limits, now
}

func (l *limiter) time(now time.Time) time.Duration {
	return l.ran + time.Duration(float64(now.Sub(l.anchor))*l.Speed)
}

// onClock turns a span of limit time into one of the clock.
func (l *limiter) onClock(d time.Duration) time.Duration { return time.Duration(float64(d) / l.Speed) }

// usage is what one token used.
type usage struct {
	rest, graphql           budget
	points, graphqlPoints   window
	createsMinute, creatsHr window
}

// budget is the primary limit: so many calls from the first one until an hour later.
type budget struct {
	used  int
	until time.Duration
}

func (b *budget) roll(now time.Duration) {
	if now >= b.until {
		b.used, b.until = 0, now+time.Hour
	}
}

// window counts what happened within a sliding span.
type window struct {
	marks []mark
	sum   int
}

type mark struct {
	at time.Duration
	n  int
}

func (w *window) add(now time.Duration, n int) {
	w.marks = append(w.marks, mark{now, n})
	w.sum += n
}

// wait forgets what is older than the span and says how long until n more fit below the limit; 0 is now.
func (w *window) wait(now, span time.Duration, n, limit int) time.Duration {
	old := 0
	for old < len(w.marks) && w.marks[old].at <= now-span {
		w.sum -= w.marks[old].n
		old++
	}
	w.marks = w.marks[old:]
	if limit == 0 || w.sum+n <= limit {
		return 0
	}
	left := w.sum + n - limit
	for _, m := range w.marks {
		if left -= m.n; left <= 0 {
			return m.at + span - now
		}
	}
	return span
}

// check refuses a call that is over a limit.
func (l *limiter) check(c *call, now time.Time, inFlight int) (reply, bool) {
	if c.route.free {
		return reply{}, false
	}
	if c.plan.Kind() == PrimaryLimit {
		return l.primaryRefusal(c.plan.Main.Status), true
	}
	if c.plan.Kind() == SecondaryLimit {
		return l.secondaryRefusal(c.plan.Main.Status, orElse(c.plan.Main.RetryAfter, "60")), true
	}
	t := l.time(now)
	if b, limit := l.budget(c); limit > 0 {
		if b.roll(t); b.used >= limit {
			return l.primaryRefusal(0), true
		}
	}
	if wait := l.secondary(c, t, inFlight); wait > 0 {
		seconds := math.Ceil(l.onClock(wait).Seconds())
		return l.secondaryRefusal(0, strconv.Itoa(max(1, int(seconds)))), true
	}
	return reply{}, false
}

// budget picks the primary limit a call counts against.
func (l *limiter) budget(c *call) (*budget, int) {
	switch {
	case c.route.kind == "graphql":
		return &c.token.used.graphql, l.GraphQLPerHour
	case c.token.anonymous && l.PerHour > 0:
		return &c.token.used.rest, min(60, l.PerHour)
	}
	return &c.token.used.rest, l.PerHour
}

// secondary counts the call against the limits on speed, or says how long it must wait.
func (l *limiter) secondary(c *call, t time.Duration, inFlight int) time.Duration {
	u, points := &c.token.used, 1
	if c.route.write {
		points = 5
	}
	speed, limit := &u.points, l.PointsPerMinute
	if c.route.kind == "graphql" {
		speed, limit = &u.graphqlPoints, l.GraphQLPoints
	}
	wait := speed.wait(t, time.Minute, points, limit)
	if c.route.creates {
		wait = max(wait, u.createsMinute.wait(t, time.Minute, 1, l.CreatesPerMin), u.creatsHr.wait(t, time.Hour, 1, l.CreatesPerHour))
	}
	if l.Concurrent > 0 && inFlight > l.Concurrent {
		wait = max(wait, time.Second)
	}
	if wait > 0 {
		return wait
	}
	speed.add(t, points)
	if c.route.creates {
		u.createsMinute.add(t, 1)
		u.creatsHr.add(t, 1)
	}
	return 0
}

const limitDocs = "https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api"

func (l *limiter) status(asked int) int {
	if asked != 0 {
		return asked
	}
	return l.Status
}

func (l *limiter) primaryRefusal(status int) reply {
	return reply{status: l.status(status), body: errorJSON{
		Message: "API rate limit exceeded for user. If you reach out to GitHub Support for help, please include the request ID.",
		Doc:     limitDocs + "#about-primary-rate-limits", Status: strconv.Itoa(l.status(status))}}
}

func (l *limiter) secondaryRefusal(status int, retryAfter string) reply {
	r := reply{status: l.status(status), header: http.Header{}, body: errorJSON{
		Message: "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.",
		Doc:     limitDocs + "#about-secondary-rate-limits", Status: strconv.Itoa(l.status(status))}}
	if retryAfter != "-" {
		r.header.Set("Retry-After", retryAfter)
	}
	return r
}

// charge counts an answered call against the primary limit, except a 304 and a refusal, and writes the headers.
func (l *limiter) charge(c *call, status int, now time.Time, h http.Header) {
	t := l.time(now)
	b, limit := l.budget(c)
	b.roll(t)
	if !c.route.free && status != http.StatusNotModified && !c.refused {
		b.used++
	}
	shown, resource := b.view(limit), "core"
	if c.route.kind == "graphql" {
		resource = "graphql"
	}
	reset := l.reset(b, now)
	if c.plan.Kind() == PrimaryLimit {
		shown.Used, shown.Remaining = shown.Limit, 0
		seconds, err := strconv.Atoi(c.plan.Main.RetryAfter)
		if err != nil {
			seconds = 60
		}
		reset = now.Unix() + int64(seconds)
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(shown.Limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(shown.Remaining))
	h.Set("X-RateLimit-Used", strconv.Itoa(shown.Used))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(reset, 10))
	h.Set("X-RateLimit-Resource", resource)
}

// reset is the second on the clock when the budget is full again.
func (l *limiter) reset(b *budget, now time.Time) int64 {
	at := now.Add(l.onClock(b.until - l.time(now)))
	return int64(math.Ceil(float64(at.UnixMilli()) / 1000))
}

// rateJSON is one budget as GitHub shows it.
type rateJSON struct {
	Limit     int   `json:"limit"`
	Used      int   `json:"used"`
	Remaining int   `json:"remaining"`
	Reset     int64 `json:"reset"`
}

// view shows a budget; one that is switched off looks like a fresh 5,000, because
// client libraries take a remainder of 0 for the end.
func (b *budget) view(limit int) rateJSON {
	if limit == 0 {
		return rateJSON{Limit: 5000, Used: 0, Remaining: 5000}
	}
	used := min(b.used, limit)
	return rateJSON{Limit: limit, Used: used, Remaining: limit - used}
}

func getRateLimit(c *call) (reply, error) {
	l, now, u := &c.sim.limits, c.sim.opts.Now(), &c.token.used
	u.rest.roll(l.time(now))
	u.graphql.roll(l.time(now))
	rest, graphql := u.rest.view(l.PerHour), u.graphql.view(l.GraphQLPerHour)
	rest.Reset, graphql.Reset = l.reset(&u.rest, now), l.reset(&u.graphql, now)
	search := rateJSON{Limit: 30, Remaining: 30, Reset: rest.Reset}
	return ok(map[string]any{"resources": map[string]any{"core": rest, "graphql": graphql, "search": search}, "rate": rest})
}

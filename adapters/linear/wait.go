package linear

import (
	"net/http"
	"strconv"
	"time"
)

// The allowances return within an hour. Where Linear says nothing a minute is asked for:
// the bucket leaks all the time.
const (
	unknownWait = time.Minute
	shortWait   = time.Second
	longWait    = time.Hour
)

// retryAfter reads how long to wait: Retry-After where it is there, else the reset of a
// limit that is used up. Times are taken against the server's clock where it tells it.
func retryAfter(h http.Header) time.Duration {
	now := time.Now()
	if date := serverTime(h); !date.IsZero() {
		now = date
	}
	return max(shortWait, min(wait(h, now), longWait))
}

func wait(h http.Header, now time.Time) time.Duration {
	after := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil {
		return time.Duration(min(seconds, int(longWait.Seconds()))) * time.Second
	}
	if at, err := http.ParseTime(after); err == nil {
		return at.Sub(now)
	}
	var out time.Duration
	for _, name := range []string{requestsLimit, complexityLimit, endpointLimit} {
		if remaining, reset, ok := allowance(h, name); ok && remaining < 1 {
			out = max(out, reset.Sub(now))
		}
	}
	if out <= 0 {
		return unknownWait
	}
	return out
}

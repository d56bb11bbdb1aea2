package store

import (
	"time"

	"github.com/extsync/extsync/external"
)

// Over returns the vendor's limits with those of p in their place where p has any.
func (p Pace) Over(l external.Limits) external.Limits {
	if p.WritesPerMinute > 0 {
		l.WritesPerMinute = p.WritesPerMinute
	}
	if p.WritesPerHour > 0 {
		l.WritesPerHour = p.WritesPerHour
	}
	if p.WriteGap > 0 {
		l.WriteGap = p.WriteGap
	}
	return l
}

// Use says what a call counts as.
type Use int

// The uses. Vendors bound how much content is created, not how often what exists is
// changed; changes are spaced all the same.
const (
	UseRead   Use = iota // changes nothing
	UseWrite             // changes something that exists: spaced
	UseCreate            // creates content: spaced, and counted in the buckets
)

// Wait returns how long the next call must wait, and why; zero when it may go.
func (b Budget) Wait(now time.Time, l external.Limits, use Use) (time.Duration, string) {
	if d := b.BlockedTill.Sub(now); d > 0 {
		return d, "the external system's limit is reached: waiting"
	}
	if b.Known && b.Remaining <= 0 && b.Reset.After(now) {
		return b.Reset.Sub(now), "the hourly allowance is used up: waiting"
	}
	if use == UseRead {
		return 0, ""
	}
	if l.WriteGap > 0 && !b.LastWrite.IsZero() {
		if d := b.LastWrite.Add(l.WriteGap).Sub(now); d > 0 {
			return d, "writes are spaced: waiting"
		}
	}
	if use != UseCreate {
		return 0, ""
	}
	if d := b.bucket(now, time.Minute, l.WritesPerMinute); d > 0 {
		return d, "the writes of this minute are used up: waiting"
	}
	return b.bucket(now, time.Hour, l.WritesPerHour), "the writes of this hour are used up: waiting"
}

// bucket returns how long until a span holds fewer than n writes.
func (b Budget) bucket(now time.Time, span time.Duration, n int) time.Duration {
	if n <= 0 || len(b.Writes) < n {
		return 0
	}
	return b.Writes[len(b.Writes)-n].Add(span).Sub(now)
}

// Spend returns the budget after one call.
func (b Budget) Spend(now time.Time, use Use) Budget {
	if b.Known && b.Remaining > 0 {
		b.Remaining--
	}
	if use == UseRead {
		return b
	}
	b.LastWrite = now
	if use != UseCreate {
		return b
	}
	old := 0
	for old < len(b.Writes) && now.Sub(b.Writes[old]) >= time.Hour {
		old++
	}
	b.Writes = append(append([]time.Time(nil), b.Writes[old:]...), now)
	return b
}

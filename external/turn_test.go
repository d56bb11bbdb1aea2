package external_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/external"
)

// TestAWalkThatASlowClockEnded: a walk goes on with another worker, whose clock is behind. What
// the next one looks back by is never less than the lag of the lists.
func TestAWalkThatASlowClockEnded(t *testing.T) {
	seen, began := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), time.Date(2026, 11, 1, 9, 10, 0, 0, time.UTC)
	caps := external.Capabilities{Lag: 30 * time.Second, Precision: time.Second}
	cur := external.Cursor{Stream: external.StreamTickets, ReadAt: began, Page: "2"}
	page := external.Page{Items: []external.Item{{UpdatedAt: seen}}}
	for behind, want := range map[time.Duration]time.Duration{-time.Minute: 91 * time.Second, 5 * time.Minute: 31 * time.Second} {
		if got := cur.Turn(page, caps, began.Add(-behind)).Window.Lo; !got.Equal(seen.Add(-want)) {
			t.Errorf("%s behind: the next walk begins at %s, want %s before %s", behind, got, want, seen)
		}
	}
}

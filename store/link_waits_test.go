package store_test

import (
	"testing"

	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
)

// TestNothingWaitsOfALinkThatIsOver: an edit of its ticket marks every link, and no session plans those that are over,
// unless what still stands outside is to be taken back.
func TestNothingWaitsOfALinkThatIsOver(t *testing.T) {
	for _, c := range []struct {
		link store.Link
		want bool
	}{
		{store.Link{State: store.Live}, true},
		{store.Link{State: store.Quarantined}, true},
		{store.Link{State: store.Withdrawn}, false},
		{store.Link{State: store.Withdrawn, TakeBack: outbound.Remove}, true},
		{store.Link{State: store.Tombstone}, false},
	} {
		if c.link.Waits() {
			t.Errorf("%s: nothing was marked", c.link.State)
		}
		if c.link.DirtyRev = 1; c.link.Waits() != c.want {
			t.Errorf("%s, to be taken back %q: it waits: %t", c.link.State, c.link.TakeBack, !c.want)
		}
	}
}

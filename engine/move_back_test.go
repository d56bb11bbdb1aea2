package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestBackFromFarAway: an item of ours was moved to where nothing is connected, and back, where it has another id. No other project
// is connected. Its ticket goes on with it, and nobody is asked any more; one that was taken back meanwhile is overwritten.
func TestBackFromFarAway(t *testing.T) {
	for _, hidden := range []bool{false, true} {
		w := newWorld(t)
		o := memory.Options{}
		p := w.connect("octo/hello", o)
		o.Key, o.Now, o.Beside = "octo/far", w.clock.Now, w.trackers[p.ID]
		far := memory.NewTracker(o)
		id := w.create("TITLE", ticket.Public).ID
		w.syncs(p.ID, 2)
		moved, err := w.trackers[p.ID].Transfer("bob", w.outside(p.ID, id).ID, far)
		w.must(err)
		_, err = w.session(p.ID, store.Reconcile)
		w.must(err)
		w.syncs(p.ID, 2)
		if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Kind != store.GoneOutside {
			t.Fatalf("moved away, a person is asked %+v", open)
		}
		if hidden {
			w.hide(id, outbound.Redact)
			w.syncs(p.ID, 2)
		}
		back, err := far.Transfer("bob", moved.ID, w.trackers[p.ID])
		w.must(err)
		w.syncs(p.ID, 6)
		l, got := w.link(p.ID, external.KindTicket, id), w.shown(p.ID)
		want := store.Live
		if hidden {
			want = store.Withdrawn
		}
		if l.State != want || l.ExternalID != back.ID || strings.Contains(got, "TITLE") == hidden || len(w.conflicts(store.OpenConflict)) > 0 || len(w.tickets()) != 1 {
			t.Errorf("hidden %t: the link is %s (%s) with %q, want it %s with %q; outside shows %q, and a person is asked %+v", hidden, l.State, l.Reason, l.ExternalID, want, back.ID, got, w.conflicts(store.OpenConflict))
		}
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// TestAnotherAccount: the credential is replaced by another account's. From the next sweep on what
// that one makes is known for ours: a create whose answer is lost is not made twice.
func TestAnotherAccount(t *testing.T) {
	w, p, _ := pairOf(t, memory.Options{})
	w.trackers[p.ID].SpeakAs("another-bot")
	w.reconcile(p.ID)
	w.create("made by another account", ticket.Public)
	w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
	for range 4 {
		_, err := w.session(p.ID, "incremental")
		w.must(err)
		w.clock.now = w.clock.now.Add(10 * time.Minute)
	}
	if here, there := len(w.tickets()), w.standing(p.ID); here != 2 || there != 2 {
		t.Errorf("%d tickets are here and %d items outside, want two of each", here, there)
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAnExpiryBeginsWithTheRelease: what a restored database parks expires in favour of what is here. Nobody
// could decide on it in effect before the release, and nobody was reminded: what an edit since the backup
// put outside is not gone over at once then, for want of an answer, nor before.
func TestAnExpiryBeginsWithTheRelease(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	policy := store.ConflictPolicy{ExpireAfter: 24 * time.Hour, OnExpiry: store.ChooseLocal}
	_, err := w.engine.SetConflictPolicy(t.Context(), p.ID, "op", policy, true)
	w.must(err)
	w.edit(tk.ID, text(ticket.Title, "old"))
	w.store.Backup()
	w.sync(p.ID)
	w.edit(tk.ID, text(ticket.Title, "newer"))
	w.sync(p.ID)
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	attend := func(after time.Duration, what, want string) {
		w.clock.now = w.clock.now.Add(after)
		for _, c := range w.conflicts(store.OpenConflict) {
			w.must(w.engine.Attend(t.Context(), c.ID))
		}
		w.syncs(p.ID, 2)
		if got := w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text(); got != want {
			t.Errorf("%s it reads %q outside, want %q", what, got, want)
		}
	}
	w.clock.now = w.clock.now.Add(72 * time.Hour)
	w.release(p)
	attend(0, "released", "newer")
	attend(20*time.Hour, "the same day", "newer")
	attend(4*time.Hour, "in time", "old")
}

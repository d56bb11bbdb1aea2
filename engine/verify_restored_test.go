package engine_test

import (
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestVerifyOfARestoredDatabase: a person decides while a restored database waits for its release. The
// decision waits, too, and a verification says so: nothing of that is drift.
func TestVerifyOfARestoredDatabase(t *testing.T) {
	w, p, _ := disputed(t, 1)
	w.store.Backup()
	w.sync(p.ID)
	w.restored(p.ID)
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 {
		t.Fatalf("asked: %+v", open)
	}
	w.decideOn(open[0], store.ChooseExternal, ticket.Value{})
	w.syncs(p.ID, 1)
	if v := w.verify(p.ID); v.Score() != 0 || v.Standings[engine.Parked] != 1 {
		t.Errorf("drift %.2f: %+v", v.Score(), v.Differences)
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
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

// TestVerifyOfWhatWasMovedSinceTheBackup: what was made since the backup was moved to another project, and
// somebody had it made again where it had stood. What lies aside where it is now has been told, and with it
// what is said there.
func TestVerifyOfWhatWasMovedSinceTheBackup(t *testing.T) {
	m := twoProjects(t, memory.Options{Precision: time.Second})
	id := m.createWith(ticket.Fields{ticket.Title: ticket.Text("ours")}, ticket.Public)
	_, err := m.engine.AddComment(t.Context(), id, "our words", "", "ann")
	m.must(err)
	m.store.Backup()
	m.syncs(m.a.ID, 2)
	m.move(m.a, m.b, m.stands(m.a.ID, external.KindTicket)[0].ID)
	m.clock.now = m.clock.now.Add(time.Hour)
	m.restored(m.a.ID)
	m.release(m.a, m.b)
	m.retry(m.link(m.a.ID, external.KindTicket, id))
	m.settle(m.b)
	v := m.verify(m.b.ID)
	if n := m.standing(m.a.ID); n != 1 || v.Score() != 0 {
		t.Errorf("it stands %d times where it was made again, drift %.2f: %+v", n, v.Score(), v.Differences)
	}
}

package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestNoStrategyDecidesForARestoredDatabase: as the backup was made an edit waited to go out. It did, and
// somebody who had seen it wrote over it outside. The restored database takes both for rivals: no strategy
// writes over him, a person is asked. One that takes what is outside does once the project is released, and
// is not told as done before.
func TestNoStrategyDecidesForARestoredDatabase(t *testing.T) {
	const theirs = "theirs, who saw ours"
	for s, want := range map[plan.Strategy]struct {
		here  string
		asked int
	}{plan.LocalWins: {"ours", 1}, plan.ExternalWins: {theirs, 0}} {
		t.Run(string(s), func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{})
			_, err := w.engine.Strategise(t.Context(), p.ID, "ann", store.Strategy{Strategy: s}, true)
			w.must(err)
			w.edit(tk.ID, text(ticket.Title, "ours"))
			w.store.Backup()
			w.sync(p.ID)
			w.must(w.trackers[p.ID].EditField("eve", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text(theirs)))
			w.must(w.trackers[p.ID].AddLabel("eve", w.outside(p.ID, tk.ID).ID, "bug"))
			w.restored(p.ID)
			w.release(p)
			if done := w.conflicts(store.Resolved); len(done) != 0 {
				t.Errorf("told as decided: %+v", done)
			}
			w.syncs(p.ID, 2)
			here, there := w.ticket(tk.ID).Fields[ticket.Title].Text(), w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text()
			if open := w.conflicts(store.OpenConflict); here != want.here || there != theirs || len(open) != want.asked || len(w.conflicts("")) != 1 {
				t.Errorf("here it reads %q, outside %q, and a person is asked %+v", here, there, open)
			}
		})
	}
}

// TestWhatStayedHereAsTheBackupWasMadeIsHeld: a ticket was public for a while after the backup, went out, and somebody
// wrote over it there. Released, it stays here as the database has it. Once a person lets it out again, that is
// still a database which forgot: no strategy writes over him.
func TestWhatStayedHereAsTheBackupWasMadeIsHeld(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	_, err := w.engine.Strategise(t.Context(), p.ID, "ann", store.Strategy{Strategy: plan.LocalWins}, true)
	w.must(err)
	tk := w.create("ours", ticket.LocalOnly)
	w.store.Backup()
	_, err = w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Public, "ann")
	w.must(err)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].EditField("eve", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("theirs, who saw ours")))
	w.restored(p.ID)
	w.release(p)
	w.syncs(p.ID, 1)
	_, err = w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Public, "ann")
	w.must(err)
	w.syncs(p.ID, 3)
	if there := w.outside(p.ID, tk.ID).Fields[memory.FieldTitle].Text(); there != "theirs, who saw ours" || len(w.conflicts(store.OpenConflict)) != 1 {
		t.Errorf("outside it reads %q, and %d are asked about", there, len(w.conflicts(store.OpenConflict)))
	}
}

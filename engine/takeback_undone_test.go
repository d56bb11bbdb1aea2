package engine_test

import (
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatIsSaidComesBackWithItsTicket: a ticket was taken back with what is said below it, and the session that did so is
// undone once it may leave again. The ticket was taken back first, and what is said below it is to come back all the same,
// but for what was deleted there.
func TestWhatIsSaidComesBackWithItsTicket(t *testing.T) {
	for how, cannot := range map[outbound.TakeBack]int{outbound.Redact: 0, outbound.Remove: 1} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		tk := w.create("ours", ticket.Public)
		_, err := w.engine.AddComment(t.Context(), tk.ID, "ours below it", "", "ann")
		w.must(err)
		w.syncs(p.ID, 2)
		theirs, err := w.trackers[p.ID].AddComment("bob", w.link(p.ID, external.KindTicket, tk.ID).ExternalKey, "bob's below it")
		w.must(err)
		w.syncs(p.ID, 2)
		_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, how, "ann")
		w.must(err)
		taken := w.sync(p.ID)
		_, err = w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Public, "ann")
		w.must(err)
		w.syncs(p.ID, 2)
		pv, err := w.engine.PreviewRollback(t.Context(), taken.ID)
		w.must(err)
		if pv.Counts.Cannot != cannot {
			t.Errorf("%s: the preview says %+v", how, pv.Counts)
		}
		w.rollBack(taken.ID)
		w.must(w.trackers[p.ID].EditField("bob", theirs.ID, memory.FieldBody, ticket.Text("bob's edit")))
		w.syncs(p.ID, 3)
		said := []string{}
		for _, it := range w.stands(p.ID, external.KindComment) {
			said = append(said, it.Fields[memory.FieldBody].Text())
		}
		if want := []string{"ours below it", "bob's edit"}[cannot:]; !slices.Equal(said, want) {
			t.Errorf("%s: below it stands %q, want %q", how, said, want)
		}
		var here []ticket.Comment
		w.view(func(tx store.Tx) (err error) { here, err = tx.CommentsOf(t.Context(), tk.ID); return err })
		if len(here) != 2 || here[1].Body.Text() != "bob's edit" {
			t.Errorf("%s: here stands %+v", how, here)
		}
	}
}

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
// undone once it may leave again. The ticket was taken back first, and what is said below it is to come back all the same;
// what was deleted there is made again.
func TestWhatIsSaidComesBackWithItsTicket(t *testing.T) {
	for how, want := range map[outbound.TakeBack][]string{
		outbound.Redact: {"ours below it", "bob's edit"}, outbound.Remove: {"bob's edit", "ours below it"},
	} {
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
		if pv.Counts.Cannot != 0 {
			t.Errorf("%s: the preview says %+v", how, pv.Counts)
		}
		w.rollBack(taken.ID)
		w.must(w.trackers[p.ID].EditField("bob", theirs.ID, memory.FieldBody, ticket.Text("bob's edit")))
		w.syncs(p.ID, 3)
		said := []string{}
		for _, it := range w.stands(p.ID, external.KindComment) {
			said = append(said, it.Fields[memory.FieldBody].Text())
		}
		if !slices.Equal(said, want) {
			t.Errorf("%s: below it stands %q, want %q", how, said, want)
		}
		var here []ticket.Comment
		w.view(func(tx store.Tx) (err error) { here, err = tx.CommentsOf(t.Context(), tk.ID); return err })
		if len(here) != 2 || here[1].Body.Text() != "bob's edit" {
			t.Errorf("%s: here stands %+v", how, here)
		}
	}
}

// TestWhatOthersMadeOutlivesTwoUndos: what we wrote in items that others made was taken back, and that was undone. Whoever
// undoes the undo in turn has their items neither closed nor deleted: nobody here made them.
func TestWhatOthersMadeOutlivesTwoUndos(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull, TicketDel: deletes})
		ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text("bob's")})
		w.must(err)
		_, err = w.trackers[p.ID].AddComment("bob", ref.Key, "bob's below it")
		w.must(err)
		w.syncs(p.ID, 2)
		tk := w.tickets()[0]
		_, err = w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Public, "ann")
		w.must(err)
		w.edit(tk.ID, text(ticket.Title, "ours"))
		w.syncs(p.ID, 2)
		_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
		w.must(err)
		taken := w.sync(p.ID)
		_, err = w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Public, "ann")
		w.must(err)
		w.rollBack(w.rollBack(taken.ID).ID)
		w.syncs(p.ID, 2)
		if it := w.outside(p.ID, tk.ID); it.Gone || it.Fields[memory.FieldState].Text() != "open" {
			t.Errorf("deletes %t: bob's ticket is gone: %t, %s", deletes, it.Gone, it.Fields[memory.FieldState].Text())
		}
		if said := w.stands(p.ID, external.KindComment); len(said) != 1 || said[0].Fields[memory.FieldBody].Text() != "bob's below it" {
			t.Errorf("deletes %t: below it stands %v", deletes, said)
		}
		w.stays(p.ID)
	}
}

// TestWhatWasRemovedIsMadeAgain: a ticket of ours was deleted outside as it was taken back. Letting it leave again does not
// make it once more by itself, and an undo of the session that deleted it does, once.
func TestWhatWasRemovedIsMadeAgain(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull, TicketDel: true})
	tk := w.create("ours", ticket.Public)
	_, err := w.engine.AddComment(t.Context(), tk.ID, "below it", "", "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
	w.must(err)
	taken := w.sync(p.ID)
	if pv, err := w.engine.PreviewRollback(t.Context(), taken.ID); err != nil || pv.Counts.Revived != 0 {
		t.Errorf("while it may not leave, the preview says %+v, %v", pv.Counts, err)
	}
	_, err = w.engine.SetPrivacy(t.Context(), tk.ID, ticket.Public, "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	if all := w.stands(p.ID, external.KindTicket); len(all) != 0 {
		t.Errorf("it came back by itself: %v", all)
	}
	w.rollBack(taken.ID)
	w.syncs(p.ID, 3)
	tickets, said := w.stands(p.ID, external.KindTicket), w.stands(p.ID, external.KindComment)
	if len(tickets) != 1 || tickets[0].Fields[memory.FieldTitle].Text() != "ours" || len(said) != 1 || said[0].Fields[memory.FieldBody].Text() != "below it" {
		t.Errorf("outside stand %v and %v", tickets, said)
	}
	w.stays(p.ID)
}

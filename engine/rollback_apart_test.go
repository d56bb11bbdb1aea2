package engine_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestUndoWhileItsItemIsWithdrawn: what an undo restores here while the item outside is
// withdrawn is nobody's edit. Once the item is brought back, it is neither pushed there, over
// what somebody had written, nor done again: a person is asked.
func TestUndoWhileItsItemIsWithdrawn(t *testing.T) {
	for _, tt := range []struct {
		field        ticket.Field
		start, bobs  ticket.Value
		anns, undone ticket.Value // what is made of it here: by ann, and by the undo
	}{
		{ticket.Labels, ticket.Set("a"), ticket.Set("a", "bobs"), ticket.Set("a", "anns", "bobs"), ticket.Set("a", "anns")},
		{ticket.Body, ticket.Text("old"), ticket.Text("bob's"), ticket.Text("bob's"), ticket.Text("old")},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write the manual"), tt.field: tt.start}, ticket.Public)
		w.sync(p.ID)
		item := w.outside(p.ID, id).ID
		w.outsideEdit(item, string(tt.field), tt.bobs)
		applied := w.sync(p.ID)
		w.edit(id, ticket.Fields{tt.field: ticket.Text("")})
		w.edit(id, ticket.Fields{tt.field: tt.anns}) // the field is ann's now
		w.putLink(w.link(p.ID, external.KindTicket, id), func(l store.Link) store.Link {
			l.State, l.Reason = store.Withdrawn, "a test says so"
			return l
		})
		w.rollBack(applied.ID)
		if tt.field == ticket.Body { // ann typed it since, so that it is hers and stays
			tt.undone = tt.anns
		}
		if got := w.ticket(id).Fields[tt.field]; !got.Equal(tt.undone) {
			t.Errorf("%s: undone it is %q here, want %q", tt.field, got, tt.undone)
		}
		w.putLink(w.link(p.ID, external.KindTicket, id), store.Link.AtWork)
		w.syncs(p.ID, 3)
		if got := w.outside(p.ID, id).Fields[string(tt.field)]; !slices.Equal(got.Elements(), tt.bobs.Elements()) {
			t.Errorf("%s: what bob wrote outside is %q, want %q", tt.field, got, tt.bobs)
		}
		if got := w.ticket(id).Fields[tt.field]; !got.Equal(tt.undone) {
			t.Errorf("%s: what was undone is %q here again", tt.field, got)
		}
	}
}

// TestUndoOutsideWhileItsItemIsWithdrawn: what an undo restores outside, on an item that is
// withdrawn, it does not do again once the item is brought back: a person is asked.
func TestUndoOutsideWhileItsItemIsWithdrawn(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	id := w.create("old", ticket.Public).ID
	w.sync(p.ID)
	w.edit(id, text(ticket.Title, "new"))
	pushed := w.sync(p.ID)
	w.putLink(w.link(p.ID, external.KindTicket, id), func(l store.Link) store.Link {
		l.State, l.Reason = store.Withdrawn, "a test says so"
		return l
	})
	w.rollBack(pushed.ID)
	w.putLink(w.link(p.ID, external.KindTicket, id), store.Link.AtWork)
	w.syncs(p.ID, 3)
	if got := w.outside(p.ID, id).Fields[memory.FieldTitle].Text(); got != "old" {
		t.Errorf("outside it is %q again, which was undone", got)
	}
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Kind != store.Undone {
		t.Errorf("nobody is asked about it: %v", open)
	}
}

// putLink changes a link as it stands in the database, and has it planned again.
func (w *world) putLink(l store.Link, change func(store.Link) store.Link) {
	w.t.Helper()
	w.must(w.store.Tx(w.t.Context(), func(tx store.Tx) error {
		l, err := tx.LinkForUpdate(w.t.Context(), l.ID)
		return errors.Join(err, tx.UpdateLink(w.t.Context(), change(l)), tx.MarkDirty(w.t.Context(), l.ID))
	}))
}

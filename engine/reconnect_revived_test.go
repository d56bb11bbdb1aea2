package engine_test

import (
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestATicketThatComesBackGoesWhereItNeverWas: a project is connected while a ticket is deleted here. Once the
// ticket is brought back as it is outside, it goes there too, with what is said below it.
func TestATicketThatComesBackGoesWhereItNeverWas(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	tk := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	_, err := w.engine.AddComment(t.Context(), tk.ID, "in two parts", ticket.Public, "ann")
	w.must(err)
	w.sync(p.ID)
	w.dropHere(tk.ID)
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("Write the book")))
	w.sync(p.ID)
	q := w.connect("octo/there", memory.Options{})
	w.decide(w.asked(store.EditedAndDeleted), store.ChooseExternal)
	w.syncs(p.ID, 2)
	w.syncs(q.ID, 2)
	if got := w.stands(q.ID, external.KindTicket); len(got) != 1 || got[0].Fields[memory.FieldTitle].Text() != "Write the book" {
		t.Errorf("in the other project: %+v; want the ticket", got)
	}
	if got := w.stands(q.ID, external.KindComment); len(got) != 1 {
		t.Errorf("in the other project are %d comments; want the one", len(got))
	}
}

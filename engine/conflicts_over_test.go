package engine_test

import (
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestNoConflictOutlivesItsLink: both sides edited a title, and before anybody decides on that the
// ticket comes to its end in the project. Nothing is left in the queue that nobody can close, a
// decision that waited is carried out here, and what is not here comes back from the record.
func TestNoConflictOutlivesItsLink(t *testing.T) {
	whole := func(w *world, choice store.Choice) {
		for _, c := range w.conflicts(store.OpenConflict) {
			if c.Field == "" {
				w.decide(c, choice)
			}
		}
	}
	for name, end := range map[string]func(w *world, p store.Project, id string){
		"deleted outside, ours goes too":    func(w *world, p store.Project, id string) { w.goes(p, id); whole(w, store.ChooseExternal) },
		"deleted outside, and made again":   func(w *world, p store.Project, id string) { w.goes(p, id); whole(w, store.ChooseLocal) },
		"deleted outside, and unlinked":     func(w *world, p store.Project, id string) { w.goes(p, id); whole(w, store.ChooseUnlink) },
		"deleted here, theirs goes too":     func(w *world, p store.Project, id string) { w.dropHere(id); w.sync(p.ID); whole(w, store.ChooseLocal) },
		"deleted here, and unlinked":        func(w *world, p store.Project, id string) { w.dropHere(id); w.sync(p.ID); whole(w, store.ChooseUnlink) },
		"taken back, by overwriting it":     func(w *world, _ store.Project, id string) { w.hide(id, outbound.Redact) },
		"taken back, by closing it as well": func(w *world, _ store.Project, id string) { w.hide(id, outbound.Remove) },
	} {
		for _, first := range []bool{false, true} { // a person has decided on the title before
			w, p, all := disputed(t, 1)
			id := all[0].ID
			title := w.conflicts(store.OpenConflict)[0]
			end(w, p, id)
			if first {
				w.decideOn(title, store.ChooseExternal, ticket.Value{})
			}
			w.syncs(p.ID, 3)
			var seen int64
			for _, c := range w.conflicts(store.OpenConflict) { // what was overwritten unseen still waits for him
				w.decideOn(c, store.ChooseExternal, ticket.Value{})
				seen = w.ticket(id).Revision
			}
			w.syncs(p.ID, 1)
			for _, c := range w.conflicts("") {
				if !c.Closed() {
					t.Errorf("%s: the conflict about %q is %s, and stays so", name, c.Field, c.State)
				}
			}
			if w.ticket(id).Deleted {
				continue
			}
			_, err := w.engine.Restore(t.Context(), title.ID, engine.Restoration{Side: engine.SideExternal, Revision: seen, By: "ann"})
			w.must(err)
			if got := w.ticket(id).Fields[ticket.Title].Text(); got != "theirs 0" {
				t.Errorf("%s: here it reads %q, once their value was restored", name, got)
			}
		}
	}
}

// goes has a ticket deleted outside, and a session find that out.
func (w *world) goes(p store.Project, ticketID string) {
	w.t.Helper()
	w.dropOutside(p, ticketID)
	w.reconcile(p.ID)
}

// hide makes a ticket private, and has it taken back.
func (w *world) hide(ticketID string, how outbound.TakeBack) {
	w.t.Helper()
	_, _, err := w.engine.SetPrivacyAndTakeBack(w.t.Context(), ticketID, ticket.LocalOnly, how, "ann")
	w.must(err)
}

// TestWhatWasOverwrittenComesBackByADecision: somebody edited a title outside that was then taken
// back. Nobody here had seen it: it waits in the queue, and who decides for it has it here, under
// his name.
func TestWhatWasOverwrittenComesBackByADecision(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("hers")))
	w.hide(tk.ID, outbound.Redact)
	w.syncs(p.ID, 2)
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Kind != store.Overwritten {
		t.Fatalf("in the queue: %+v", open)
	}
	w.decideOn(open[0], store.ChooseExternal, ticket.Value{})
	now := w.ticket(tk.ID)
	if got := now.Fields[ticket.Title].Text(); got != "hers" || now.Stamps[ticket.Title].By != "ann" {
		t.Errorf("here it reads %q, by %s", got, now.Stamps[ticket.Title].By)
	}
	if c := w.conflicts("")[0]; c.State != store.Resolved || c.ClosedRevision != now.Revision {
		t.Errorf("the conflict: %+v", c)
	}
}

// TestARemarkInDisputeThatIsGone: both sides edited a comment, and then somebody deleted it
// outside. Ours stays, and its conflict can be closed.
func TestARemarkInDisputeThatIsGone(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	com, err := w.engine.AddComment(t.Context(), tk.ID, "first", "", "ann")
	w.must(err)
	w.sync(p.ID)
	l := w.link(p.ID, external.KindComment, com.ID)
	_, err = w.engine.EditComment(t.Context(), com.ID, "mine", com.Revision, "ann")
	w.must(err)
	w.must(w.trackers[p.ID].EditField("bob", l.ExternalID, memory.FieldBody, ticket.Text("theirs")))
	w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("bob", l.ExternalID))
	w.reconcile(p.ID)
	w.syncs(p.ID, 2)
	for _, c := range w.conflicts("") {
		if !c.Closed() {
			t.Errorf("%s of the comment is %s", c.Kind, c.State)
		}
	}
	var now ticket.Comment
	w.view(func(tx store.Tx) (err error) { now, err = tx.Comment(t.Context(), com.ID); return err })
	if now.Deleted || now.Body.Text() != "mine" {
		t.Errorf("ours: %+v", now)
	}
}

// TestNoConflictOutlivesItsMapping: people disagree about a title, and another mapping does not
// synchronise titles. Nobody waits for an answer about one any more, and one that was given is
// carried out. Under the old mapping both are compared anew.
func TestNoConflictOutlivesItsMapping(t *testing.T) {
	for _, first := range []bool{false, true} { // a person has decided before
		w, p, all := disputed(t, 1)
		title := w.conflicts(store.OpenConflict)[0]
		want := "mine 0"
		if first {
			w.decideOn(title, store.ChooseExternal, ticket.Value{})
			want = "theirs 0"
		}
		w.activate(p.ID, func(m *mapping.Mapping) {
			m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Title })
		})
		w.syncs(p.ID, 2)
		if c := w.conflicts(""); len(c) != 1 || !c[0].Closed() {
			t.Errorf("in the queue: %+v", c)
		}
		if got := w.ticket(all[0].ID).Fields[ticket.Title].Text(); got != want {
			t.Errorf("here it reads %q, want %q", got, want)
		}
		w.activate(p.ID, func(*mapping.Mapping) {})
		w.syncs(p.ID, 2)
		if open := w.conflicts(store.OpenConflict); (len(open) == 1) == first {
			t.Errorf("under the old mapping: %+v", open)
		}
	}
}

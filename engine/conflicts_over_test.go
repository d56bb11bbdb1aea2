package engine_test

import (
	"errors"
	"fmt"
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

// remarkInDispute makes a comment of a ticket, and has both sides edit it before they are synchronised.
func (w *world) remarkInDispute(p store.Project, ticketID string) (ticket.Comment, store.Link) {
	w.t.Helper()
	com, err := w.engine.AddComment(w.t.Context(), ticketID, "first", "", "ann")
	w.must(err)
	w.sync(p.ID)
	l := w.link(p.ID, external.KindComment, com.ID)
	_, err = w.engine.EditComment(w.t.Context(), com.ID, "mine", com.Revision, "ann")
	w.must(err)
	w.must(w.trackers[p.ID].EditField("bob", l.ExternalID, memory.FieldBody, ticket.Text("theirs")))
	w.sync(p.ID)
	return com, l
}

// TestARemarkInDisputeThatIsGone: both sides edited a comment, and then somebody deleted it
// outside. Ours stays, and its conflict can be closed; where a person had taken the text outside
// before it was gone there, his word is carried out here.
func TestARemarkInDisputeThatIsGone(t *testing.T) {
	for want, decided := range map[string]bool{"mine": false, "theirs": true} {
		w, p, tk := pairOf(t, memory.Options{})
		com, l := w.remarkInDispute(p, tk.ID)
		if open := w.conflicts(store.OpenConflict); len(open) != 1 {
			t.Fatalf("decided %t: conflicts: %+v", decided, open)
		} else if decided {
			w.decide(open[0], store.ChooseExternal)
		}
		w.must(w.trackers[p.ID].Delete("bob", l.ExternalID))
		w.reconcile(p.ID)
		w.syncs(p.ID, 2)
		for _, c := range w.conflicts("") {
			if !c.Closed() {
				t.Errorf("decided %t: %s of the comment is %s", decided, c.Kind, c.State)
			}
		}
		var now ticket.Comment
		w.view(func(tx store.Tx) (err error) { now, err = tx.Comment(t.Context(), com.ID); return err })
		if now.Deleted || now.Body.Text() != want {
			t.Errorf("decided %t: ours: %+v", decided, now)
		}
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

// TestADecisionWaitsForNoRelease: both sides edited a text, and the ticket, or the text alone, may
// not flow any more. Whoever decides has that here, and nothing of it leaves before it may; then it
// does, and nobody is asked once more.
func TestADecisionWaitsForNoRelease(t *testing.T) {
	for name, keep := range map[string]func(w *world, p store.Project, id string, is bool){
		"the ticket": (*world).keepTicket, "the text": (*world).keepText,
	} {
		for choice, want := range map[store.Choice]string{store.ChooseLocal: "mine", store.ChooseExternal: "theirs", store.ChooseValue: "ours"} {
			for _, first := range []bool{false, true} { // he decides before that
				w, p, tk := pairOf(t, memory.Options{})
				item := w.outside(p.ID, tk.ID)
				w.edit(tk.ID, text(ticket.Body, "mine"))
				w.must(w.trackers[p.ID].EditField("bob", item.ID, memory.FieldBody, ticket.Text("theirs")))
				w.sync(p.ID)
				c := w.conflicts(store.OpenConflict)[0]
				if first {
					w.decideOn(c, choice, ticket.Text("ours"))
				}
				keep(w, p, tk.ID, true)
				if !first {
					w.decideOn(c, choice, ticket.Text("ours"))
				}
				w.syncs(p.ID, 2)
				now, here, there := w.conflicts("")[0], w.ticket(tk.ID).Fields[ticket.Body].Text(), w.outside(p.ID, tk.ID).Fields["body"].Text()
				if now.State != store.Resolved || here != want || there != "theirs" {
					t.Errorf("%s, %s: the conflict is %s, here it reads %q and outside %q", name, choice, now.State, here, there)
				}
				keep(w, p, tk.ID, false)
				w.syncs(p.ID, 2)
				if got, open := w.outside(p.ID, tk.ID).Fields["body"].Text(), w.conflicts(store.OpenConflict); got != want || len(open) > 0 {
					t.Errorf("%s, %s: once it may leave, outside reads %q, and in the queue are %+v", name, choice, got, open)
				}
			}
		}
	}
}

// keepTicket has a ticket flow nowhere, or everywhere.
func (w *world) keepTicket(_ store.Project, id string, is bool) {
	w.t.Helper()
	level := ticket.Public
	if is {
		level = ticket.LocalOnly
	}
	_, err := w.engine.SetPrivacy(w.t.Context(), id, level, "ann")
	w.must(err)
}

// keepText has the texts of tickets flow nowhere, or everywhere.
func (w *world) keepText(p store.Project, _ string, is bool) {
	w.t.Helper()
	_, err := w.engine.ChangeRules(w.t.Context(), p.ID, "op", func(r *outbound.Rules) {
		if r.Keep = nil; is {
			r.Keep = []ticket.Field{ticket.Body}
		}
	})
	w.must(err)
}

// TestWhatAnUndoKeptOutlivesItsMapping: an undo restored a title outside and asks which one is to
// stand, and another mapping does not synchronise titles. The question stays in the queue, for
// nobody has seen what it keeps, and whoever answers has it here.
func TestWhatAnUndoKeptOutlivesItsMapping(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull})
	w.edit(tk.ID, text(ticket.Title, "new"))
	w.rollBack(w.sync(p.ID).ID)
	w.activate(p.ID, func(m *mapping.Mapping) {
		m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Title })
	})
	w.syncs(p.ID, 2)
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Kind != store.Undone {
		t.Fatalf("in the queue: %+v", open)
	}
	w.decideOn(open[0], store.ChooseExternal, ticket.Value{})
	w.syncs(p.ID, 1)
	if got, c := w.ticket(tk.ID).Fields[ticket.Title].Text(), w.conflicts("")[0]; got != "a ticket" || c.State != store.Resolved {
		t.Errorf("here it reads %q, and the conflict is %s", got, c.State)
	}
}

// TestMoreConflictsThanAPage: what is parked of a field is closed with its rule, however much of it
// there is, and though all of it was found out at one moment.
func TestMoreConflictsThanAPage(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	const many = 1300
	w.view(func(tx store.Tx) error {
		for n := range many {
			c := store.Conflict{
				ID: fmt.Sprintf("conflict-%d", n), ProjectID: p.ID, LinkID: fmt.Sprintf("link-%d", n), TicketID: tk.ID, Field: ticket.Body,
				Kind: store.BothEdited, State: store.OpenConflict, DetectedAt: w.clock.now,
			}
			if n%100 == 0 {
				c.Field = ticket.Title // which stays
			}
			if err := tx.InsertConflict(t.Context(), c); err != nil {
				return err
			}
		}
		return nil
	})
	w.activate(p.ID, func(m *mapping.Mapping) {
		m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Body })
	})
	w.view(func(tx store.Tx) error {
		open, err := tx.FindConflicts(t.Context(), store.ConflictFilter{ProjectID: p.ID, State: store.OpenConflict}, many)
		if len(open) != many/100 {
			t.Errorf("%d are open, want %d", len(open), many/100)
		}
		return err
	})
}

// TestWhoDecidesHasSeenAThirdValue: somebody decided with a value of his own, and that came to nothing, since the
// values moved. They are as before by now: whoever decides upon what he saw then is shown that value first.
func TestWhoDecidesHasSeenAThirdValue(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	ref := w.outside(p.ID, tk.ID).ID
	outside := func(s string) {
		w.must(w.trackers[p.ID].EditField("bob", ref, memory.FieldTitle, ticket.Text(s)))
		w.sync(p.ID)
	}
	w.edit(tk.ID, text(ticket.Title, "here"))
	outside("there")
	seen := w.conflicts(store.OpenConflict)[0]
	_, err := w.engine.Decide(t.Context(), seen.ID, engine.Decision{Choice: store.ChooseValue, Value: ticket.Text("a third"), Digest: seen.Digest, By: "ann"})
	w.must(err)
	outside("elsewhere")
	outside("there")
	late := engine.Decision{Choice: store.ChooseLocal, Digest: seen.Digest, By: "carl"}
	if _, err := w.engine.Decide(t.Context(), seen.ID, late); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("decided upon what was shown before: %v", err)
	}
	now := w.conflicts(store.OpenConflict)[0]
	if late.Digest = now.Digest; now.Value.Text() != "a third" {
		t.Errorf("the conflict shows %q as what was decided before", now.Value.Text())
	}
	_, err = w.engine.Decide(t.Context(), now.ID, late)
	w.must(err)
}

// TestWhoDecidesOverWhatIsOverwritten: an item is locked while it is to be overwritten, and holds what somebody typed there. A
// person decided with a text of his own; as nothing can be written, that waits once more. Whoever saw the conflict before is
// shown that text first.
func TestWhoDecidesOverWhatIsOverwritten(t *testing.T) {
	s := newAside(t, memory.Options{})
	s.stood()
	s.must(s.at.EditField("mallory", s.ref.ID, memory.FieldTitle, ticket.Text("hers")))
	s.locked = true
	s.hide(s.id, outbound.Redact)
	s.goOn(store.Incremental)
	seen := s.conflicts(store.OpenConflict)[0]
	if seen.Kind != store.Overwritten {
		t.Fatalf("in the queue: %+v", seen)
	}
	_, err := s.engine.Decide(t.Context(), seen.ID, engine.Decision{Choice: store.ChooseValue, Value: ticket.Text("a third"), Digest: seen.Digest, By: "ann"})
	s.must(err)
	s.goOn(store.Incremental)
	now := s.conflicts(store.OpenConflict)[0]
	if now.Value.Text() != "a third" {
		t.Fatalf("the conflict shows %q as what was decided before", now.Value.Text())
	}
	late := engine.Decision{Choice: store.ChooseLocal, Digest: seen.Digest, By: "carl"}
	if _, err := s.engine.Decide(t.Context(), seen.ID, late); !errors.Is(err, engine.ErrMoved) {
		t.Errorf("decided upon what was shown before: %v", err)
	}
	late.Digest = now.Digest
	_, err = s.engine.Decide(t.Context(), now.ID, late)
	s.must(err)
}

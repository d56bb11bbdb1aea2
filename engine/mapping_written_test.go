package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestALostCreateUnderAnotherMapping: a create went out under one mapping, and its item is met under another one. What
// both sides agreed on is what the one that wrote it says.
func TestALostCreateUnderAnotherMapping(t *testing.T) {
	t.Run("what had no room has it by then", func(t *testing.T) {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		w.activate(p.ID, func(m *mapping.Mapping) { rule(m, ticket.Labels).Max = 1 })
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("It smokes"), ticket.Labels: ticket.Set("docs", "urgent")}, ticket.Public)
		w.lose(p, true)
		w.sync(p.ID)
		w.activate(p.ID, func(*mapping.Mapping) {})
		w.syncs(p.ID, 3)
		both := ticket.Set("docs", "urgent")
		if here, there := w.ticket(id).Fields[ticket.Labels], w.outside(p.ID, id).Fields[memory.FieldLabels]; !here.Equal(both) || !there.Equal(both) {
			t.Errorf("here %v, outside %v; want both on both sides", here.Elements(), there.Elements())
		}
	})
	t.Run("a text that is left out meanwhile", func(t *testing.T) {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("It smokes"), ticket.Body: ticket.Text("since Monday\r\nor Tuesday\r\n\r\n")}, ticket.Public)
		w.lose(p, true)
		w.sync(p.ID)
		w.activate(p.ID, without(ticket.Body))
		w.syncs(p.ID, 2)
		if w.link(p.ID, external.KindTicket, id).State != store.Live {
			t.Fatal("the item was not met")
		}
		w.edit(id, text(ticket.Body, "typed since"))
		w.activate(p.ID, func(*mapping.Mapping) {})
		w.syncs(p.ID, 2)
		w.undisputed()
		if there := w.outside(p.ID, id).Fields[memory.FieldBody].Text(); there != "typed since" {
			t.Errorf("outside it reads %q", there)
		}
	})
}

// TestAStateThatNobodyHoldsHere: a rule keeps the state of a ticket in the project that it came from, so that it has
// none here. The one that another project gives it is news, however late the answer to its create is known, and
// also where the mapping by then takes no state for an open one.
func TestAStateThatNobodyHoldsHere(t *testing.T) {
	for name, late := range map[string]bool{"answered": false, "known late": true} {
		for why, meanwhile := range map[string]func(*mapping.Mapping){"as it was": func(*mapping.Mapping) {}, "in other words": done(ticket.StateNotPlanned)} {
			t.Run(name+", "+why, func(t *testing.T) {
				w, from, to := relay(t)
				w.restrict(from.ID, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.State} })
				_, err := w.trackers[from.ID].CreateTicket("mallory", external.Fields{memory.FieldTitle: ticket.Text("It smokes")})
				w.must(err)
				w.sync(from.ID)
				id := w.titled("It smokes").ID
				if held := w.ticket(id).Fields[ticket.State]; !held.IsEmpty() {
					t.Fatalf("it is %q here", held.Text())
				}
				if late {
					w.lose(to, true)
				}
				w.sync(to.ID)
				w.activate(to.ID, meanwhile)
				w.syncs(to.ID, 2)
				w.activate(to.ID, func(*mapping.Mapping) {})
				w.syncs(to.ID, 2)
				w.undisputed()
				here, there := w.ticket(id).Fields[ticket.State].Text(), w.outside(to.ID, id).Fields[memory.FieldState].Text()
				if here != ticket.StateOpen || there != ticket.StateOpen {
					t.Errorf("it is %q here and %q outside", here, there)
				}
			})
		}
	}
}

// TestALostEditUnderAnotherMapping: an edit went out under one mapping, and its outcome is looked up under another one.
func TestALostEditUnderAnotherMapping(t *testing.T) {
	for _, c := range []struct {
		why       string
		meanwhile func(*mapping.Mapping)
	}{
		{"the same as before", func(*mapping.Mapping) {}},
		{"its field is left out", without(ticket.Body)},
		{"its field comes in alone", func(m *mapping.Mapping) { rule(m, ticket.Body).Direction = mapping.In }},
		{"its field goes out alone", func(m *mapping.Mapping) { rule(m, ticket.Body).Direction = mapping.Out }},
	} {
		t.Run(c.why, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{})
			const typed = "since Monday\r\nor Tuesday\r\n\r\n"
			w.edit(tk.ID, text(ticket.Body, typed))
			w.lose(p, true)
			w.sync(p.ID)
			w.activate(p.ID, c.meanwhile)
			w.syncs(p.ID, 2)
			w.activate(p.ID, func(*mapping.Mapping) {})
			w.syncs(p.ID, 2)
			w.undisputed()
			if got := w.ticket(tk.ID).Fields[ticket.Body].Text(); got != typed {
				t.Errorf("here: %q; want what was typed", got)
			}
			w.edit(tk.ID, text(ticket.Body, "typed since"))
			w.syncs(p.ID, 2)
			w.undisputed()
			if there := w.outside(p.ID, tk.ID).Fields[memory.FieldBody].Text(); there != "typed since" {
				t.Errorf("outside it reads %q", there)
			}
		})
	}
}

// undisputed fails while anything waits for a person.
func (w *world) undisputed() {
	w.t.Helper()
	if open := w.conflicts(store.OpenConflict); len(open) > 0 {
		w.t.Errorf("a person is asked: %+v", open)
	}
}

// TestWhatWasOverwrittenUnderAnotherMapping: somebody edits a text between our look and our write. Its history tells
// so when another mapping is in force: what was lost is kept, and nobody is asked about a field that is left out.
func TestWhatWasOverwrittenUnderAnotherMapping(t *testing.T) {
	for _, c := range []struct {
		why       string
		meanwhile func(*mapping.Mapping)
		state     store.ConflictState
	}{
		{"the same as before", func(*mapping.Mapping) {}, store.OpenConflict},
		{"its field is left out", without(ticket.Body), store.Resolved},
		{"its field stands for another one", inField(memory.FieldAssignees), store.OpenConflict},
	} {
		t.Run(c.why, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull})
			w.edit(tk.ID, text(ticket.Body, "ours"))
			rival := once(func() {
				w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, memory.FieldBody, ticket.Text("theirs, replaced unseen")))
			})
			w.wrap = func(a *memory.Adapter) adapters.Adapter {
				return asked{meddler{a, rival}, func() { w.trackers[p.ID].FailNextRead(memory.Fault{Kind: external.Temporary}) }}
			}
			w.sync(p.ID)
			if all := w.conflicts(""); len(all) > 0 {
				t.Fatalf("its history was read: %+v", all)
			}
			w.wrap = nil
			w.activate(p.ID, c.meanwhile)
			w.syncs(p.ID, 2)
			kept := w.conflicts(c.state)
			if len(kept) != 1 || kept[0].Kind != store.Overwritten || kept[0].External.Text() != "theirs, replaced unseen" {
				t.Fatalf("kept: %+v", w.conflicts(""))
			}
		})
	}
}

// TestAnUndoInDoubtUnderAnotherMapping: an undo was to restore a title outside, and nobody knows whether it did; by
// now a mapping is in force that reads the title in another place. What stands there nobody wrote for a title, and it
// does not replace ours unasked.
func TestAnUndoInDoubtUnderAnotherMapping(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	ref := w.outside(p.ID, tk.ID).ID
	w.must(w.trackers[p.ID].EditField("bob", ref, memory.FieldBody, ticket.Text("a text")))
	w.edit(tk.ID, text(ticket.Title, "another title"))
	made := w.sync(p.ID)
	w.lose(p, false)
	r, err := w.undo(w.order(made.ID))
	if err != nil || len(w.open(p.ID)) == 0 {
		t.Fatalf("the undo has %s: %v", r.State, err)
	}
	w.must(w.trackers[p.ID].EditField("bob", ref, memory.FieldTitle, ticket.Text("theirs")))
	w.edit(tk.ID, text(ticket.Title, "a ticket"))
	w.activate(p.ID, func(m *mapping.Mapping) {
		rule(m, ticket.Title).External, rule(m, ticket.Body).External = []string{memory.FieldBody}, []string{memory.FieldTitle}
	})
	w.syncs(p.ID, 3)
	if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != "a ticket" {
		t.Errorf("here the title reads %q", got)
	}
}

// TestWhatWasTypedInAFieldThatIsLeftOut: somebody outside wrote into an item of ours, in a field that the mapping does not
// carry by then. Neither an undo nor a take-back deletes it with what he wrote, nor a deletion that follows ours.
func TestWhatWasTypedInAFieldThatIsLeftOut(t *testing.T) {
	for _, c := range []struct {
		why    string
		remove func(w *world, made store.Session, id string)
	}{
		{"an undo of the session that made it", func(w *world, made store.Session, _ string) { w.rollBack(made.ID) }},
		{"a take-back of the whole", func(w *world, made store.Session, id string) { w.hide(id, outbound.Remove); w.syncs(made.ProjectID, 2) }},
		{"a deletion here that a person has follow", func(w *world, made store.Session, id string) {
			w.dropHere(id)
			w.sync(made.ProjectID)
			w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
			w.syncs(made.ProjectID, 2)
		}},
	} {
		for _, typed := range []string{memory.FieldBody, memory.FieldLabels, ""} {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{TicketDel: true})
			id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("It smokes"), ticket.Body: ticket.Text("since Monday")}, ticket.Public)
			made := w.sync(p.ID)
			w.activate(p.ID, without(ticket.Body, ticket.Labels))
			w.sync(p.ID)
			ref := w.outside(p.ID, id).ID
			switch typed {
			case memory.FieldBody:
				w.must(w.trackers[p.ID].EditField("bob", ref, memory.FieldBody, ticket.Text("since Monday; I fixed the left one")))
			case memory.FieldLabels:
				w.must(w.trackers[p.ID].AddLabel("bob", ref, "left one fixed"))
			}
			w.sync(p.ID)
			c.remove(w, made, id)
			if stands := w.standing(p.ID) == 1; stands != (typed != "") {
				t.Errorf("%s, typed: %q: it stands: %v (%s)", c.why, typed, stands, w.link(p.ID, external.KindTicket, id).Reason)
			}
		}
	}
}

// TestARemarkThatIsKnownLateAndNotMappedAnyMore: the answer to a remark's creation was lost, and no remarks are mapped
// by the time its ticket is taken back. That it stays there is told: its steps are known, those of its ticket.
func TestARemarkThatIsKnownLateAndNotMappedAnyMore(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "bob")
	w.must(err)
	w.lose(p, true)
	w.syncs(p.ID, 3)
	w.activate(p.ID, func(m *mapping.Mapping) { m.Comments = nil })
	w.hide(tk.ID, outbound.Redact)
	w.syncs(p.ID, 2)
	if l := w.link(p.ID, external.KindComment, c.ID); l.State != store.Withdrawn || !strings.Contains(l.Reason, "left: body") {
		t.Errorf("the remark's link is %s (%s), and outside it reads %q", l.State, l.Reason, w.shown(p.ID))
	}
}

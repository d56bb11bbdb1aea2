package engine_test

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestADecidedValueIsHeldOutside: who decides on a value that the other side cannot hold is told so at once, with
// what is too much for whom, and everything stays as it was. Nothing would come of it but another conflict.
func TestADecidedValueIsHeldOutside(t *testing.T) {
	long := strings.Repeat("x", memory.MaxBody+1)
	for name, c := range map[string]struct {
		field  ticket.Field
		local  string // what is edited here against an edit there
		choice store.Choice
		value  string
		why    string // empty: it is accepted
	}{
		"a text that is too long":         {ticket.Body, "mine", store.ChooseValue, long, "memory octo/hello cannot hold that value: it has 65537 characters and body holds at most 65536"},
		"a text that has room":            {ticket.Body, "mine", store.ChooseValue, long[200:], ""},
		"what is too long here":           {ticket.Body, long, store.ChooseLocal, "", "65537 characters"},
		"theirs in its place":             {ticket.Body, long, store.ChooseExternal, "", ""},
		"a title that is too long for us": {ticket.Title, "mine", store.ChooseValue, strings.Repeat("x", ticket.MaxTitle+1), "title"},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{})
			w.edit(tk.ID, text(c.field, c.local))
			w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, string(c.field), ticket.Text("theirs")))
			w.sync(p.ID)
			open := w.conflicts(store.OpenConflict)
			if len(open) != 1 || open[0].Kind != store.BothEdited {
				t.Fatalf("in the queue: %+v", open)
			}
			_, err := w.engine.Decide(t.Context(), open[0].ID, engine.Decision{Choice: c.choice, Value: ticket.Text(c.value), Digest: open[0].Digest, By: "ann"})
			if c.why == "" {
				w.must(err)
				w.syncs(p.ID, 2)
				if left := w.conflicts(store.OpenConflict); len(left) != 0 {
					t.Errorf("in the queue: %+v", left)
				}
				return
			}
			if !errors.Is(err, ticket.ErrInvalid) || !strings.Contains(err.Error(), c.why) {
				t.Errorf("decided: %v; want it refused with %q", err, c.why)
			}
			if now := w.conflicts(""); !reflect.DeepEqual(now, open) || w.ticket(tk.ID).Fields[c.field].Text() != c.local {
				t.Errorf("something changed: %+v, was %+v", now, open)
			}
		})
	}
}

// TestADecidedStateHasAWordOutside is the same for a field whose values the mapping spells.
func TestADecidedStateHasAWordOutside(t *testing.T) {
	w, p, mine := unmappable(t)
	open := w.rests(p.ID, mine.ID, ticket.State, store.Unmappable, "duplicate")
	d := engine.Decision{Choice: store.ChooseValue, Value: ticket.Text(ticket.StateDuplicate), Digest: open.Digest, By: "ann"}
	if _, err := w.engine.Decide(t.Context(), open.ID, d); !errors.Is(err, engine.ErrCannotHold) || !strings.Contains(err.Error(), "not in the table of state") {
		t.Errorf("decided: %v; want it refused", err)
	}
	w.rests(p.ID, mine.ID, ticket.State, store.Unmappable, "duplicate")
}

// TestADecidedCommentIsHeldOutside is the same for what is said below a ticket.
func TestADecidedCommentIsHeldOutside(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.remarkInDispute(p, tk.ID)
	open := w.conflicts(store.OpenConflict)
	d := engine.Decision{Choice: store.ChooseValue, Value: ticket.Text(strings.Repeat("x", memory.MaxBody+1)), Digest: open[0].Digest, By: "ann"}
	if _, err := w.engine.Decide(t.Context(), open[0].ID, d); !errors.Is(err, engine.ErrCannotHold) {
		t.Errorf("decided: %v; want it refused", err)
	}
	d.Value = ticket.Text("ours")
	_, err := w.engine.Decide(t.Context(), open[0].ID, d)
	w.must(err)
}

// TestADecisionThatStaysHereNeedsNoRoomOutside: of a ticket that may not leave, and where the connection cannot be
// opened, nobody is asked what the other side can hold.
func TestADecisionThatStaysHereNeedsNoRoomOutside(t *testing.T) {
	for name, part := range map[string]func(w *world, p store.Project, id string){
		"it may not leave":     func(w *world, _ store.Project, id string) { w.hide(id, outbound.Stop) },
		"it cannot be reached": func(w *world, p store.Project, _ string) { delete(w.trackers, p.ID) },
	} {
		w, p, tk := pairOf(t, memory.Options{})
		w.edit(tk.ID, text(ticket.Body, "mine"))
		w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, memory.FieldBody, ticket.Text("theirs")))
		w.sync(p.ID)
		c := w.conflicts(store.OpenConflict)[0]
		part(w, p, tk.ID)
		d := engine.Decision{Choice: store.ChooseValue, Value: ticket.Text(strings.Repeat("x", memory.MaxBody+1)), Digest: c.Digest, By: "ann"}
		if _, err := w.engine.Decide(t.Context(), c.ID, d); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

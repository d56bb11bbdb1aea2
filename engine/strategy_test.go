package engine_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// contested is a ticket that is the same on both sides, under a strategy.
func contested(t *testing.T, o memory.Options, s plan.Strategy, confirm bool, text ticket.Fields) (*world, store.Project, ticket.Ticket, string) {
	t.Helper()
	w := newWorld(t)
	p := w.connect("octo/hello", o)
	_, err := w.engine.Strategise(t.Context(), p.ID, "ann", store.Strategy{Strategy: s}, confirm)
	w.must(err)
	tk, err := w.engine.CreateTicket(t.Context(), text, ticket.Public, "ann")
	w.must(err)
	w.sync(p.ID)
	return w, p, tk, w.outside(p.ID, tk.ID).ID
}

// both returns what a field holds here and outside.
func (w *world) both(projectID, ticketID string, f ticket.Field) (here, outside string) {
	w.t.Helper()
	w.view(func(tx store.Tx) error {
		tk, err := tx.Ticket(w.t.Context(), ticketID)
		here = tk.Fields[f].Text()
		return err
	})
	return here, w.outside(projectID, ticketID).Fields[string(f)].Text()
}

var steps = ticket.Fields{ticket.Title: ticket.Text("Login fails"), ticket.Body: ticket.Text("Steps.\n\nWhat happens.\n\nWhat should happen.\n")}

// TestMergedTextReachesBothSides: two paragraphs, edited on one side each, are one text
// on both after one session; the record keeps both edits, and the next session rests.
func TestMergedTextReachesBothSides(t *testing.T) {
	w, p, tk, ref := contested(t, memory.Options{}, plan.Merge, true, steps)
	mine, theirs := "My steps.\n\nWhat happens.\n\nWhat should happen.\n", "Steps.\n\nWhat happens.\n\nWhat they want."
	w.edit(tk.ID, text(ticket.Body, mine))
	w.must(w.trackers[p.ID].EditField("bob", ref, "body", ticket.Text(theirs)))
	s := w.sync(p.ID)
	here, outside := w.both(p.ID, tk.ID, ticket.Body)
	want := "My steps.\n\nWhat happens.\n\nWhat they want."
	if strings.TrimRight(here, "\n") != want || strings.TrimRight(outside, "\n") != want {
		t.Fatalf("here %q, outside %q, want %q", here, outside, want)
	}
	if s.Counts.Writes != 1 || s.Counts.AppliedHere != 1 {
		t.Errorf("one write and one change here: %+v", s.Counts)
	}
	kept := w.conflicts(store.Resolved)
	if len(kept) != 1 || kept[0].Local.Text() != mine || kept[0].External.Text() != theirs || kept[0].DecidedBy != "strategy" ||
		kept[0].Choice != store.ChooseValue || kept[0].Value.Text() != here || len(w.conflicts(store.OpenConflict)) != 0 {
		t.Errorf("the record must hold both edits and what came of them: %+v", kept)
	}
	if s = w.sync(p.ID); s.Counts.Writes+s.Counts.AppliedHere != 0 {
		t.Errorf("the next session must rest: %+v", s.Counts)
	}
}

// TestMergeActsAsManual: where nobody confirmed it, where the same paragraph was edited,
// and for what is no prose.
func TestMergeActsAsManual(t *testing.T) {
	tests := []struct {
		reason       string
		confirm      bool
		field        ticket.Field
		mine, theirs string
	}{
		{"not confirmed", false, ticket.Body, "My steps.\n\nWhat happens.\n\nWhat should happen.\n", "Steps.\n\nWhat happens.\n\nTheir end.\n"},
		{"one paragraph", true, ticket.Body, "My steps.\n\nWhat happens.\n\nWhat should happen.\n", "Their steps.\n\nWhat happens.\n\nWhat should happen.\n"},
		{"a title", true, ticket.Title, "Login fails today", "The login fails"},
	}
	for _, tt := range tests {
		w, p, tk, ref := contested(t, memory.Options{}, plan.Merge, tt.confirm, steps)
		w.edit(tk.ID, text(tt.field, tt.mine))
		w.must(w.trackers[p.ID].EditField("bob", ref, string(tt.field), ticket.Text(tt.theirs)))
		s := w.sync(p.ID)
		if here, _ := w.both(p.ID, tk.ID, tt.field); here != tt.mine || s.Counts.Writes != 0 || len(w.conflicts(store.OpenConflict)) != 1 {
			t.Errorf("%s: %q here, %+v", tt.reason, here, s.Counts)
		}
	}
}

// TestNewestWins: the newer edit stands on both sides, by the times that the sides give it
// themselves; when the session runs and what it sees first say nothing.
func TestNewestWins(t *testing.T) {
	const mine, theirs = "Login fails today", "The login fails"
	tests := []struct {
		reason  string
		history external.HistoryKind
		confirm bool
		apart   time.Duration // from the local edit to the external one
		want    string        // "": a person must decide
		reads   int           // calls of the history
	}{
		{"the external one is newer", external.HistoryFull, true, 6 * time.Minute, theirs, 1},
		{"the local one is newer", external.HistoryFull, true, -6 * time.Minute, mine, 1},
		{"times are enough", external.HistoryTimes, true, -6 * time.Minute, mine, 1},
		{"too near to tell", external.HistoryFull, true, 5 * time.Minute, "", 1},
		{"too near to tell, the other way round", external.HistoryFull, true, -5 * time.Minute, "", 1},
		{"no history, no call", external.HistoryNone, true, time.Hour, "", 0},
		{"not confirmed, no call", external.HistoryFull, false, time.Hour, "", 0},
	}
	for _, tt := range tests {
		w, p, tk, ref := contested(t, memory.Options{History: tt.history}, plan.NewestWins, tt.confirm, steps)
		w.clock.now = w.clock.now.Add(time.Hour)
		here := func() { w.edit(tk.ID, text(ticket.Title, mine)) }
		outside := func() { w.must(w.trackers[p.ID].EditField("bob", ref, "title", ticket.Text(theirs))) }
		first, second := here, outside
		if tt.apart < 0 {
			first, second = outside, here
		}
		first()
		w.clock.now = w.clock.now.Add(tt.apart.Abs())
		second()
		w.clock.now = w.clock.now.Add(time.Hour)
		before := w.trackers[p.ID].Calls().History
		w.sync(p.ID)
		calls := w.trackers[p.ID].Calls().History - before
		a, b := w.both(p.ID, tk.ID, ticket.Title)
		open := len(w.conflicts(store.OpenConflict))
		switch {
		case tt.want == "" && (open != 1 || a != mine || b != theirs):
			t.Errorf("%s: %q here, %q outside, %d open; want a conflict", tt.reason, a, b, open)
		case tt.want != "" && (open != 0 || a != tt.want || b != tt.want || len(w.conflicts(store.Resolved)) != 1):
			t.Errorf("%s: %q here, %q outside, %d open; want %q", tt.reason, a, b, open, tt.want)
		}
		if tt.want == mine {
			calls-- // the write is audited
		}
		if tt.history != external.HistoryFull && tt.want == mine {
			calls++ // but not where no values are kept
		}
		if calls != tt.reads {
			t.Errorf("%s: %d calls of the history, want %d", tt.reason, calls, tt.reads)
		}
	}
}

// TestNewestWinsKnowsWhoWrote: a value that another project's synchronisation brought has
// no time of its own: when it came says nothing of when it was written.
func TestNewestWinsKnowsWhoWrote(t *testing.T) {
	w, p, tk, ref := contested(t, memory.Options{History: external.HistoryFull}, plan.NewestWins, true, steps)
	other := w.connect("octo/other", memory.Options{History: external.HistoryFull})
	w.sync(other.ID)
	w.must(w.trackers[other.ID].EditField("eve", w.outside(other.ID, tk.ID).ID, "title", ticket.Text("from the other")))
	w.clock.now = w.clock.now.Add(time.Hour)
	w.must(w.trackers[p.ID].EditField("bob", ref, "title", ticket.Text("newer")))
	w.clock.now = w.clock.now.Add(time.Hour)
	w.sync(other.ID) // brings the older edit, an hour after the newer one was made
	w.sync(p.ID)
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Field != ticket.Title {
		t.Fatalf("an edit without a time of its own was weighed: %+v", open)
	}
}

// asked lets somebody act just before the history of an item is read.
type asked struct {
	adapters.Adapter
	before func()
}

func (a asked) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	a.before()
	return a.Adapter.History(ctx, q)
}

// TestDecidedWhileItIsPlanned: a person decides about a value that a rival's edit replaced,
// while a session that has found another disagreement weighs the two. His word is not lost
// with the plan that did not know it.
func TestDecidedWhileItIsPlanned(t *testing.T) {
	w, p, tk, ref := contested(t, memory.Options{History: external.HistoryFull}, plan.NewestWins, true, steps)
	theirs := func(s string) { w.must(w.trackers[p.ID].EditField("bob", ref, "title", ticket.Text(s))) }
	w.edit(tk.ID, text(ticket.Title, "ours"))
	rival := once(func() { theirs("theirs, replaced unseen") })
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{a, rival} }
	w.sync(p.ID)
	kept := w.conflicts(store.OpenConflict)
	if len(kept) != 1 || kept[0].Kind != store.Overwritten {
		t.Fatalf("%+v, want the replaced value kept", kept)
	}
	w.edit(tk.ID, text(ticket.Title, "ours again"))
	theirs("theirs again")
	decide := once(func() { w.decideOn(w.conflicts(store.OpenConflict)[0], store.ChooseValue, ticket.Text("both")) })
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return asked{a, decide} }
	w.sync(p.ID)
	w.standsRecorded(ticket.Text("both"))
}

// standsRecorded: what a person decided stands in the record of a conflict, whatever became of it.
func (w *world) standsRecorded(v ticket.Value) {
	w.t.Helper()
	all := w.conflicts("")
	if !slices.ContainsFunc(all, func(c store.Conflict) bool { return c.Value.Equal(v) }) {
		w.t.Errorf("what he decided, %q, stands nowhere: %+v", v.Text(), all)
	}
}

// TestDecidedWhileItConverges: both sides of a field that waits for a person agree by now, and
// the plan that closes its conflict waits for a history. A person who looks at it meanwhile wants
// another value still: that plan does not close it over his word, which stays in its record.
func TestDecidedWhileItConverges(t *testing.T) {
	w, p, tk, ref := contested(t, memory.Options{History: external.HistoryFull}, plan.NewestWins, true, steps)
	_, err := w.engine.Strategise(t.Context(), p.ID, "ann", store.Strategy{Field: ticket.Body, Strategy: plan.Manual}, false)
	w.must(err)
	w.edit(tk.ID, text(ticket.Body, "ours"))
	w.outsideEdit(ref, memory.FieldBody, ticket.Text("theirs"))
	w.sync(p.ID)
	c := w.conflicts(store.OpenConflict)[0]
	w.outsideEdit(ref, memory.FieldBody, ticket.Text("ours"))
	w.outsideEdit(ref, memory.FieldTitle, ticket.Text("their title"))
	w.edit(tk.ID, text(ticket.Title, "our title"))
	decide := once(func() {
		now, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseLocal, Digest: c.Digest, By: "ann"})
		if !errors.Is(err, engine.ErrMoved) {
			t.Fatalf("he decides on what he was shown before it moved: %v", err)
		}
		w.decideOn(now, store.ChooseValue, ticket.Text("both"))
	})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return asked{a, decide} }
	w.sync(p.ID)
	w.standsRecorded(ticket.Text("both"))
}

// TestNewestWinsAmongWhatWasRead: a history that tells times alone is asked about a value that
// somebody writes over at this moment. The time of his edit is not that of the value which was
// read: that one is older than the edit here, and does not win over it. Nor does it where the
// item was edited elsewhere just before, in the second before that one.
func TestNewestWinsAmongWhatWasRead(t *testing.T) {
	for _, coarse := range []time.Duration{0, time.Second} {
		w, p, tk, ref := contested(t, memory.Options{History: external.HistoryTimes, Precision: coarse}, plan.NewestWins, true, steps)
		theirs := func(s string) { w.must(w.trackers[p.ID].EditField("bob", ref, "title", ticket.Text(s))) }
		w.clock.now = w.clock.now.Add(time.Hour)
		theirs("theirs")
		w.clock.now = w.clock.now.Add(time.Hour)
		w.edit(tk.ID, text(ticket.Title, "ours"))
		w.clock.now = w.clock.now.Add(time.Hour)
		label := once(func() { w.must(w.trackers[p.ID].EditField("bob", ref, memory.FieldLabels, ticket.Set("bug"))) })
		listed := func(string) error { label(); return nil }
		again := once(func() {
			w.clock.now = w.clock.now.Add(max(coarse, time.Millisecond))
			theirs("theirs again")
		})
		w.wrap = func(a *memory.Adapter) adapters.Adapter { return asked{watched{Adapter: a, before: listed}, again} }
		w.sync(p.ID)
		if here, _ := w.both(p.ID, tk.ID, ticket.Title); here != "ours" {
			t.Errorf("stamps of %v: here it is %q, an older edit than ours", coarse, here)
		}
	}
}

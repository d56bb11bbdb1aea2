package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// expireAll has each conflict of a project expire in favour of one side.
func (w *world) expireAll(p store.Project, on store.Choice) {
	w.t.Helper()
	policy := store.ConflictPolicy{ExpireAfter: 24 * time.Hour, OnExpiry: on}
	_, err := w.engine.SetConflictPolicy(w.t.Context(), p.ID, "op", policy, true)
	w.must(err)
	for range 2 { // the first time values may have moved since they were shown
		w.clock.now = w.clock.now.Add(48 * time.Hour)
		for _, c := range w.conflicts(store.OpenConflict) {
			w.must(w.engine.Attend(w.t.Context(), c.ID))
		}
		w.syncs(p.ID, 2)
	}
}

// TestWhatIsKeptDoesNotComeBackByItself: conflicts expire in favour of what is outside. What an undo kept
// since somebody had edited the field, and what a write of ours went over, stand nowhere outside: they
// do not go over what everybody agrees on today, for want of an answer.
func TestWhatIsKeptDoesNotComeBackByItself(t *testing.T) {
	for name, keep := range map[string]func(w *world, p store.Project, tk ticket.Ticket){
		"an undo": func(w *world, p store.Project, tk ticket.Ticket) {
			w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("theirs")))
			s := w.sync(p.ID)
			w.edit(tk.ID, text(ticket.Title, "the newest"))
			w.sync(p.ID)
			w.rollBack(s.ID)
		},
		"a rival": func(w *world, p store.Project, tk ticket.Ticket) {
			w.edit(tk.ID, text(ticket.Title, "ours"))
			ref := w.outside(p.ID, tk.ID).ID
			rival := once(func() { w.must(w.trackers[p.ID].EditField("bob", ref, memory.FieldTitle, ticket.Text("theirs"))) })
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{a, rival} }
			w.syncs(p.ID, 2)
			w.must(w.trackers[p.ID].EditField("bob", ref, memory.FieldTitle, ticket.Text("the newest")))
			w.sync(p.ID)
		},
	} {
		t.Run(name, func(t *testing.T) {
			w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull})
			keep(w, p, tk)
			open := w.conflicts(store.OpenConflict)
			if len(open) != 1 || !open[0].Sticky() {
				t.Fatalf("in the queue: %+v", open)
			}
			w.expireAll(p, store.ChooseExternal)
			if here, outside := w.both(p.ID, tk.ID, ticket.Title); here != "the newest" || outside != here {
				t.Errorf("here %q, outside %q", here, outside)
			}
			if now := w.conflicts(store.OpenConflict); len(now) != 1 || now[0].ID != open[0].ID {
				t.Errorf("in the queue: %+v", now)
			}
		})
	}
}

// TestNoRefusalExpiresIntoAnother: conflicts expire in favour of what is here. What the system refuses it would
// refuse again, and that would expire again, day by day: it stays in the queue.
func TestNoRefusalExpiresIntoAnother(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return picky{a, "forbidden"} }
	w.edit(tk.ID, text(ticket.Title, "a forbidden word"))
	w.sync(p.ID)
	w.later(p.ID, time.Hour)
	c := w.rests(p.ID, tk.ID, ticket.Title, store.RefusedOutside, "")
	w.expireAll(p, store.ChooseLocal)
	w.later(p.ID, time.Hour)
	if all := w.conflicts(""); len(all) != 1 || all[0].ID != c.ID || all[0].State != store.OpenConflict {
		t.Errorf("in the queue: %+v", all)
	}
}

// TestWhatSomebodyTypedDoesNotExpire: somebody typed a value, and before it was carried out the values moved: he is
// asked once more, and what he typed stays for whoever decides next. No expiry drops it.
func TestWhatSomebodyTypedDoesNotExpire(t *testing.T) {
	for _, choice := range []store.Choice{store.ChooseLocal, store.ChooseExternal} {
		w, p, all := disputed(t, 1)
		c := w.conflicts(store.OpenConflict)[0]
		w.decideOn(c, store.ChooseValue, ticket.Text("typed"))
		w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, all[0].ID).ID, memory.FieldTitle, ticket.Text("theirs once more")))
		w.syncs(p.ID, 2)
		w.expireAll(p, choice)
		if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Value.Text() != "typed" {
			t.Errorf("%s: what was typed is lost: %+v", choice, w.conflicts(""))
		}
	}
}

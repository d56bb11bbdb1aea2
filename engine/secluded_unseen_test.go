package engine_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestACommentWhoseTicketCannotBeRead: a ticket was restricted, somebody says there what only some may
// read, and the project is out of sight just as the ticket is read for it. That it cannot be seen does not
// say that everybody may.
func TestACommentWhoseTicketCannotBeRead(t *testing.T) {
	for _, tt := range []struct {
		name, why string
		lists     bool
	}{
		{"listed", "a webhook had told of the ticket, so that it was to be read, and the list was not believed", true},
		{"told of", "a webhook told of the comment, and nothing has shown the ticket since", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w, from, to := relay(t)
			outside := w.trackers[from.ID]
			ref, err := outside.CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("login fails")})
			w.must(err)
			w.round(from, to)
			w.must(outside.Restrict("eve", ref.ID, forStaff))
			said, err := outside.AddComment("eve", ref.Key, "the key is 42")
			w.must(err)
			reads := 0
			w.watch(func(call string) error {
				if call == "read" {
					reads++
				}
				outside.Hide(call == "read" && (tt.lists || reads > 1))
				return nil
			}, nil)
			if tt.lists {
				w.must(w.engine.Hint(t.Context(), from.ID, []external.Ref{ref}))
				w.sync(from.ID)
			} else {
				w.must(w.engine.Hint(t.Context(), from.ID, []external.Ref{said}))
				w.wake(from.ID)
			}
			w.wrap = nil
			outside.Hide(false)
			for _, c := range w.remarksHere() {
				t.Errorf("%s: it came in: %q", tt.why, c.Body.Text())
			}
			w.round(from, to)
			for _, c := range w.look(to.ID, external.KindComment) {
				if strings.Contains(c.Fields[memory.FieldBody].Text(), "42") {
					t.Errorf("it was passed on: %v", c.Fields)
				}
			}
			w.must(outside.Restrict("eve", ref.ID, ""))
			w.round(from, to)
			if got := len(w.remarksHere()); got != 1 {
				t.Errorf("once all may see it, %d comments are here", got)
			}
		})
	}
}

// TestACommentWhoseTicketWasDeletedUnseen: nobody saw that the ticket was restricted before it was deleted,
// so that what was said there comes in once that is proved.
func TestACommentWhoseTicketWasDeletedUnseen(t *testing.T) {
	w, from, to := relay(t)
	outside := w.trackers[from.ID]
	ref, err := outside.CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("login fails")})
	w.must(err)
	w.round(from, to)
	said, err := outside.AddComment("eve", ref.Key, "since noon")
	w.must(err)
	first, reads := once(func() { w.must(outside.Delete("eve", ref.ID)) }), 0
	w.watch(nil, func(call string) {
		if reads++; call == "read" && reads == 1 {
			first()
		}
	})
	w.must(w.engine.Hint(t.Context(), from.ID, []external.Ref{said}))
	w.wake(from.ID)
	w.wrap = nil
	w.round(from, to)
	if got := len(w.remarksHere()); got != 1 {
		t.Errorf("%d comments are here", got)
	}
}

// TestAListThatLagsVouchesForNobody: a ticket was restricted, and somebody says there what only some may
// read. A list that is behind shows the ticket as it was, later than a webhook's session read the comment.
func TestAListThatLagsVouchesForNobody(t *testing.T) {
	w := newWorld(t)
	p := w.connect("team", memory.Options{Lag: 2 * time.Hour})
	outside := w.trackers[p.ID]
	ref, err := outside.CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("login fails")})
	w.must(err)
	w.clock.now = w.clock.now.Add(3 * time.Hour)
	w.sync(p.ID)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.must(outside.Restrict("eve", ref.ID, forStaff))
	said, err := outside.AddComment("eve", ref.Key, "the key is 42")
	w.must(err)
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{said}))
	listed, reads := once(func() { w.sync(p.ID) }), 0
	w.watch(nil, func(call string) {
		if call == "read" {
			if reads++; reads == 2 { // of the ticket, for the comment
				listed()
			}
		}
	})
	r, err := w.engine.Begin(t.Context(), "told", p.ID, store.Incremental)
	w.must(err)
	_, _ = w.engine.Sync(t.Context(), r, 1000) // the newer session took its place
	w.wrap = nil
	if w.sync(p.ID); reads < 2 {
		t.Errorf("%d reads: no list came between", reads)
	}
	for _, c := range w.remarksHere() {
		t.Errorf("it came in: %q", c.Body.Text())
	}
}

// TestWhatWasTakenBackIsOpenedAgain: a take-back wrote over what somebody had typed in a ticket that few may see, and
// all may see it soon afterwards, under the same stamp. Nobody plans it any more, but what was lost is told.
func TestWhatWasTakenBackIsOpenedAgain(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull, Precision: 24 * time.Hour})
	w.edit(tk.ID, text(ticket.Body, "ours"))
	w.sync(p.ID)
	outside, id := w.trackers[p.ID], w.outside(p.ID, tk.ID).ID
	w.must(outside.Restrict("eve", id, forStaff))
	w.sync(p.ID)
	w.hide(tk.ID, outbound.Redact)
	rival := once(func() { w.must(outside.EditField("bob", id, memory.FieldBody, ticket.Text("theirs, replaced unseen"))) })
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{a, rival} }
	w.syncs(p.ID, 2)
	if all := w.conflicts(""); len(all) > 0 {
		t.Fatalf("told while few may see it: %+v", all)
	}
	w.must(outside.Restrict("eve", id, ""))
	w.syncs(p.ID, 2)
	if all := w.conflicts(store.OpenConflict); len(all) != 1 || all[0].External.Text() != "theirs, replaced unseen" {
		t.Errorf("once all may see it: %+v", w.conflicts(""))
	}
}

// TestWhatWasTakenBackIsDeleted: a take-back wrote over a remark below a ticket that few may see, and then the two are deleted
// outside. What the first write replaced is never told, for nobody opens them to all any more; the log says so.
func TestWhatWasTakenBackIsDeleted(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull, TicketDel: true})
	_, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "ann")
	w.must(err)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].Restrict("eve", w.outside(p.ID, tk.ID).ID, forStaff))
	w.hide(tk.ID, outbound.Redact)
	w.syncs(p.ID, 2)
	w.hide(tk.ID, outbound.Remove)
	w.syncs(p.ID, 3)
	w.view(func(tx store.Tx) error {
		open, err := tx.OpenIntents(t.Context(), p.ID)
		for _, i := range open {
			t.Errorf("%s of link %s is %s, its audit %s", i.Op, i.LinkID, i.State, i.Audit)
		}
		return err
	})
}

// oneUnread is a tracker in which one ticket cannot be read, nor whatever is read with it.
type oneUnread struct {
	adapters.Adapter
	id string
}

func (a oneUnread) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	for _, r := range refs {
		if r.ID == a.id {
			return nil, &external.Error{Kind: external.Invalid, Op: "read", Message: "no"}
		}
	}
	return a.Adapter.Read(ctx, refs)
}

// TestWhatWasTakenBackBesideOneThatCannotBeRead: what was lost in one ticket is told, though another one, of which the
// same is to be found out, cannot be read.
func TestWhatWasTakenBackBesideOneThatCannotBeRead(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull, Precision: 24 * time.Hour, ReadBatch: 10})
	outside, ids := w.trackers[p.ID], []string{tk.ID, w.create("another", ticket.Public).ID}
	var items []string
	for _, id := range ids {
		w.edit(id, text(ticket.Body, "ours"))
		w.syncs(p.ID, 2)
		items = append(items, w.outside(p.ID, id).ID)
	}
	for n, id := range ids {
		w.must(outside.Restrict("eve", items[n], forStaff))
		w.sync(p.ID)
		w.hide(id, outbound.Redact)
		rival := once(func() {
			w.must(outside.EditField("bob", items[n], memory.FieldBody, ticket.Text("theirs, replaced unseen")))
		})
		w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{a, rival} }
		w.syncs(p.ID, 2)
	}
	for _, item := range items {
		w.must(outside.Restrict("eve", item, ""))
	}
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return oneUnread{a, items[0]} }
	w.syncs(p.ID, 3)
	if all := w.conflicts(store.OpenConflict); len(all) != 1 || all[0].TicketID != ids[1] {
		t.Errorf("told: %+v", all)
	}
	w.wrap = nil
	w.syncs(p.ID, 2)
	if all := w.conflicts(store.OpenConflict); len(all) != 2 {
		t.Errorf("told in the end: %+v", all)
	}
}

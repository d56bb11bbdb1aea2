package engine_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestACommentOnWhatWasRestrictedJustNow: the ticket was listed while everybody could see it, or a webhook
// has told of the comment alone. Then it is restricted, and somebody says there what only some may read.
func TestACommentOnWhatWasRestrictedJustNow(t *testing.T) {
	for _, how := range []string{"listed", "told of"} {
		for _, edited := range []bool{false, true} {
			t.Run(how+map[bool]string{false: ", new", true: ", edited"}[edited], func(t *testing.T) {
				w, from, to := relay(t)
				outside := w.trackers[from.ID]
				ref, err := outside.CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("login fails")})
				w.must(err)
				said, err := outside.AddComment("eve", ref.Key, "since noon")
				w.must(err)
				w.round(from, to)
				hides := once(func() {
					w.must(outside.Restrict("eve", ref.ID, forStaff))
					if edited {
						w.must(outside.EditField("eve", said.ID, memory.FieldBody, ticket.Text("the key is 42")))
					} else {
						said, err = outside.AddComment("eve", ref.Key, "the key is 42")
						w.must(err)
					}
				})
				if how == "listed" {
					w.meanwhile("list", hides)
					w.sync(from.ID)
				} else {
					hides()
					w.must(w.engine.Hint(t.Context(), from.ID, []external.Ref{said}))
					w.wake(from.ID)
				}
				w.wrap = nil
				for _, c := range w.remarksHere() {
					if strings.Contains(c.Body.Text(), "42") {
						t.Errorf("it came in: %q", c.Body.Text())
					}
				}
				w.round(from, to)
				for _, c := range w.look(to.ID, external.KindComment) {
					if strings.Contains(c.Fields[memory.FieldBody].Text(), "42") {
						t.Errorf("it was passed on: %v", c.Fields)
					}
				}
				w.must(outside.Restrict("eve", ref.ID, ""))
				w.round(from, to)
				last := w.look(to.ID, external.KindComment)
				if got := last[len(last)-1].Fields[memory.FieldBody].Text(); got != "the key is 42" {
					t.Errorf("once all may see it, the last comment reads %q", got)
				}
			})
		}
	}
}

// wake runs a session that lists nothing, as one does that a webhook woke.
func (w *world) wake(projectID string) {
	w.t.Helper()
	w.sessions++
	r, err := w.engine.Begin(w.t.Context(), fmt.Sprintf("session-%d", w.sessions), projectID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(w.t.Context(), r, 1000)
	w.must(err)
}

// remarksHere are all comments of the first ticket here.
func (w *world) remarksHere() (all []ticket.Comment) {
	w.t.Helper()
	id := w.tickets()[0].ID
	w.view(func(tx store.Tx) (err error) { all, err = tx.CommentsOf(w.t.Context(), id); return err })
	return all
}

// TestWhatOursReplacedWhereFewSee: somebody restricts an item and writes into it between our look and our write.
// What ours replaced stands in the history there, and is not kept in a record that everybody here reads,
// until everybody may see the item.
func TestWhatOursReplacedWhereFewSee(t *testing.T) {
	w := newWorld(t)
	p := w.connect("team", memory.Options{History: external.HistoryFull})
	tk := w.create("one", ticket.Public)
	w.sync(p.ID)
	outside, id := w.trackers[p.ID], w.outside(p.ID, tk.ID).ID
	w.edit(tk.ID, text(ticket.Title, "two"))
	w.beforeAWrite(func() {
		w.must(outside.Restrict("eve", id, forStaff))
		w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("a secret")))
	})
	w.round(p)
	w.wrap = nil
	for _, c := range w.conflicts("") {
		t.Errorf("kept for all to read: %q", c.External.Text())
	}
	w.noStepTells(p.ID, "a secret")
	if pending, err := w.engine.Pending(t.Context(), p.ID); err != nil || pending {
		t.Errorf("each poll begins a session for what waits: %t, %v", pending, err)
	}
	w.must(outside.Restrict("eve", id, ""))
	w.round(p)
	if all := w.conflicts(""); len(all) != 1 || all[0].External.Text() != "a secret" {
		t.Errorf("once all may see it: %+v", all)
	}
}

// noStepTells fails where the journal of a session, or the history of a ticket, holds such a value.
func (w *world) noStepTells(projectID, secret string) {
	w.t.Helper()
	w.view(func(tx store.Tx) error {
		all, err := tx.ListSessions(w.t.Context(), projectID, "", 100)
		if err != nil {
			return err
		}
		for _, s := range all {
			steps, err := tx.Steps(w.t.Context(), s.ID, 0, 1000)
			if err != nil {
				return err
			}
			for _, st := range steps {
				if strings.Contains(fmt.Sprint(st), secret) {
					w.t.Errorf("the journal of %s tells it: %+v", s.ID, st)
				}
			}
		}
		return nil
	})
	for _, c := range w.history(projectID) {
		if strings.Contains(c.Before.Text()+c.After.Text(), secret) {
			w.t.Errorf("the history tells it: %+v", c)
		}
	}
}

// TestWhatOnlySomeMaySeeIsDeleted: what was written there goes with it. A person is asked what becomes of
// ours, and is not told what stood there at the end; nor does a field that he was asked about tell.
func TestWhatOnlySomeMaySeeIsDeleted(t *testing.T) {
	for _, asked := range []bool{false, true} {
		w, p, tk := pairOf(t, memory.Options{})
		outside, id := w.trackers[p.ID], w.outside(p.ID, tk.ID).ID
		if asked {
			w.edit(tk.ID, text(ticket.Title, "ours"))
			w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("theirs")))
			w.sync(p.ID)
		}
		w.must(outside.Restrict("eve", id, forStaff))
		w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("a secret")))
		w.sync(p.ID)
		w.must(outside.Delete("eve", id))
		w.reconcile(p.ID)
		w.syncs(p.ID, 2)
		w.edit(tk.ID, text(ticket.Title, "ours, again"))
		w.syncs(p.ID, 2)
		for _, c := range w.conflicts("") {
			if strings.Contains(c.External.Text()+c.Reason+c.Base.External.Text(), "secret") {
				t.Errorf("a question tells it: %+v", c)
			}
		}
		w.noStepTells(p.ID, "a secret")
		list, _, err := w.engine.OutboundPreview(t.Context(), p.ID, "", "", 10, engine.WhatIf{})
		w.must(err)
		for _, l := range list {
			if strings.Contains(l.Reason, "secret") {
				t.Errorf("the preview tells it: %+v", l)
			}
		}
		open := w.conflicts(store.OpenConflict)
		if len(open) == 0 {
			t.Fatal("nobody is asked")
		}
		for _, c := range open {
			c2, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseExternal, By: "ann"})
			if strings.Contains(c2.External.Text(), "secret") {
				t.Errorf("%v: deciding tells it: %+v", err, c2)
			}
		}
		w.syncs(p.ID, 2)
		if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); strings.Contains(got, "secret") {
			t.Errorf("it came in: %q", got)
		}
		w.noStepTells(p.ID, "a secret")
	}
}

// TestWhatWasSaidWhereFewSeeGoesUnsaid: the ticket is deleted, and the comments that nobody here has read
// go with it.
func TestWhatWasSaidWhereFewSeeGoesUnsaid(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	outside, it := w.trackers[p.ID], w.outside(p.ID, tk.ID)
	w.must(outside.Restrict("eve", it.ID, forStaff))
	_, err := outside.AddComment("eve", it.Key, "the key is 42")
	w.must(err)
	w.sync(p.ID)
	w.must(outside.Delete("eve", it.ID))
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{it.Ref})) // of the comment nothing is told, as with Jira's
	w.wake(p.ID)
	_, err = w.engine.ChangeRules(t.Context(), p.ID, "op", func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Labels} }) // plans all anew
	w.must(err)
	w.wake(p.ID)
	for _, c := range w.remarksHere() {
		t.Errorf("it came in: %q", c.Body.Text())
	}
	w.decideOn(w.conflicts(store.OpenConflict)[0], store.ChooseLocal, ticket.Value{})
	w.syncs(p.ID, 2)
	for _, c := range w.remarksHere() {
		t.Errorf("it came in with the ticket's next item: %q", c.Body.Text())
	}
	w.noStepTells(p.ID, "42")
}

// TestWhatIsReadBackWhereFewSee: between a write and the reading that answers it, somebody restricts the item
// and writes into the same field. Neither the journal nor a question tells what.
func TestWhatIsReadBackWhereFewSee(t *testing.T) {
	for _, undone := range []bool{false, true} {
		w, p, tk := pairOf(t, memory.Options{})
		outside, id := w.trackers[p.ID], w.outside(p.ID, tk.ID).ID
		hides := once(func() {
			w.must(outside.Restrict("eve", id, forStaff))
			w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("a secret")))
		})
		between := func() {
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return readsBack{a, func(string) { hides() }} }
		}
		w.edit(tk.ID, text(ticket.Title, "two"))
		if !undone {
			between()
		}
		s := w.sync(p.ID)
		if undone {
			between()
			w.rollBack(s.ID)
		}
		w.syncs(p.ID, 2)
		w.noStepTells(p.ID, "a secret")
		for _, c := range w.conflicts("") {
			if strings.Contains(c.External.Text()+c.Base.External.Text(), "secret") {
				t.Errorf("undone %t: a question tells it: %+v", undone, c)
			}
		}
		w.must(outside.Restrict("eve", id, ""))
		w.syncs(p.ID, 2)
		if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); !undone && got != "a secret" {
			t.Errorf("once all may see it, ours reads %q", got)
		}
		if it := w.outside(p.ID, tk.ID); it.Fields[memory.FieldTitle].Text() != "a secret" {
			t.Errorf("undone %t: theirs was overwritten: %v", undone, it.Fields)
		}
	}
}

// TestAnUndoSparesWhatFewWrote: a session made an item outside. Somebody restricts it and writes into it; the
// session is undone, and what stands there, which nobody here may read, stays.
func TestAnUndoSparesWhatFewWrote(t *testing.T) {
	for _, known := range []bool{true, false} {
		for _, del := range []bool{true, false} {
			w := newWorld(t)
			p := w.connect("team", memory.Options{TicketDel: del})
			tk := w.create("one", ticket.Public)
			s := w.sync(p.ID)
			id, outside := w.outside(p.ID, tk.ID).ID, w.trackers[p.ID]
			w.must(outside.Restrict("eve", id, forStaff))
			w.must(outside.EditField("eve", id, memory.FieldBody, ticket.Text("with the password hunter2")))
			if known {
				w.sync(p.ID)
			}
			w.rollBack(s.ID)
			w.syncs(p.ID, 2)
			it := w.look(p.ID, external.KindTicket)[0]
			if it.Gone || it.Fields[memory.FieldState].Text() != ticket.StateOpen || it.Fields[memory.FieldBody].Text() != "with the password hunter2" {
				t.Errorf("known %t, deletes %t: it reads %v, gone %t", known, del, it.Fields, it.Gone)
			}
			w.noStepTells(p.ID, "hunter2")
		}
	}
}

// TestAnUndoSparesTheCommentThatFewEdited, which the session had made outside.
func TestAnUndoSparesTheCommentThatFewEdited(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	_, err := w.engine.AddComment(t.Context(), tk.ID, "ours", "", "ann")
	w.must(err)
	s := w.sync(p.ID)
	said, outside := w.look(p.ID, external.KindComment)[0], w.trackers[p.ID]
	w.must(outside.Restrict("eve", w.outside(p.ID, tk.ID).ID, forStaff))
	w.must(outside.EditField("eve", said.ID, memory.FieldBody, ticket.Text("ours, and hunter2")))
	w.sync(p.ID)
	w.rollBack(s.ID)
	w.syncs(p.ID, 2)
	if it := w.look(p.ID, external.KindComment)[0]; it.Gone || it.Fields[memory.FieldBody].Text() != "ours, and hunter2" {
		t.Errorf("it reads %v, gone %t", it.Fields, it.Gone)
	}
	w.noStepTells(p.ID, "hunter2")
}

// TestAnUndoTellsNothingOfWhereItWasMovedTo, if only some may see it there.
func TestAnUndoTellsNothingOfWhereItWasMovedTo(t *testing.T) {
	for habit, o := range habits() {
		m := newMovers(t, o)
		m.must(m.trackers[m.a.ID].EditField("bob", m.ref.ID, memory.FieldTitle, ticket.Text("bob's")))
		m.clock.now = m.clock.now.Add(10 * time.Minute)
		applied := m.sync(m.a.ID)
		at := m.move(m.a, m.b, m.ref.ID)
		m.clock.now = m.clock.now.Add(10 * time.Minute)
		m.settle(m.b)
		m.must(m.trackers[m.b.ID].Restrict("eve", at.ID, forStaff))
		m.must(m.trackers[m.b.ID].EditField("eve", at.ID, memory.FieldTitle, ticket.Text("a secret")))
		m.clock.now = m.clock.now.Add(10 * time.Minute)
		m.settle(m.b)
		m.rollBack(applied.ID)
		m.settle(m.b)
		if open := m.conflicts(store.OpenConflict); len(open) != 1 || open[0].External.Text() != "bob's" {
			t.Errorf("%s: a person is asked %+v, and not about what was last known of it here", habit, open)
		}
		for _, c := range m.conflicts("") {
			if strings.Contains(fmt.Sprint(c), "a secret") {
				t.Errorf("%s: a person is told %+v", habit, c)
			}
		}
	}
}

// TestTakingBackTellsNoLabels that others gave an item which only some may see.
func TestTakingBackTellsNoLabels(t *testing.T) {
	for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
		w := newWorld(t)
		p := w.connect("team", memory.Options{TicketDel: true})
		tk, err := w.engine.CreateTicket(t.Context(), ticket.Fields{ticket.Title: ticket.Text("one"), ticket.Labels: ticket.Set("ours")}, ticket.Public, "ann")
		w.must(err)
		w.sync(p.ID)
		id, outside := w.outside(p.ID, tk.ID).ID, w.trackers[p.ID]
		w.must(outside.Restrict("eve", id, forStaff))
		w.must(outside.AddLabel("eve", id, "fraud-of-bob"))
		w.sync(p.ID)
		_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, how, "ann")
		w.must(err)
		w.syncs(p.ID, 2)
		if it := w.look(p.ID, external.KindTicket)[0]; !slices.Equal(it.Fields[memory.FieldLabels].Elements(), []string{"fraud-of-bob"}) {
			t.Errorf("%s: it reads %v", how, it.Fields)
		}
		w.noStepTells(p.ID, "fraud")
	}
}

// TestAnUndoGoesOnWhereFewSee: an undo closes through another state what the session had made, and somebody
// restricts the item in between. Nobody has written there, so the undo goes on.
func TestAnUndoGoesOnWhereFewSee(t *testing.T) {
	for _, edited := range []bool{false, true} {
		w, p, tk, r := undoneHalfway(t)
		it, outside := w.outside(p.ID, tk.ID), w.trackers[p.ID]
		w.must(outside.Restrict("eve", it.ID, forStaff))
		want := ticket.StateNotPlanned
		if edited {
			want = it.Fields[memory.FieldState].Text()
			w.must(outside.EditField("eve", it.ID, memory.FieldTitle, ticket.Text("a secret")))
		}
		w.clock.now = w.clock.now.Add(time.Hour)
		if r, err := w.undo(r); err != nil || r.State != store.Succeeded {
			t.Fatalf("the rollback is %s: %s (%v)", r.State, r.Reason, err)
		}
		now := w.look(p.ID, external.KindTicket)[0]
		if got := now.Fields[memory.FieldState].Text(); got != want {
			t.Errorf("edited %t: it is %q outside, want %q", edited, got, want)
		}
		w.must(outside.Restrict("eve", it.ID, ""))
		w.syncs(p.ID, 2)
		if got := w.ticket(tk.ID).Fields[ticket.State].Text(); got != ticket.StateOpen {
			t.Errorf("edited %t: where our own undo had left it came in as %q", edited, got)
		}
	}
}

// TestAnUndoThatIsKnownLateTellsNothing: the answer to an undo's write is lost, and before anybody looks what became
// of it, somebody restricts the item and writes into the same field.
func TestAnUndoThatIsKnownLateTellsNothing(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{History: external.HistoryFull})
	w.clock.now = w.clock.now.Add(time.Hour)
	outside, id := w.trackers[p.ID], w.outside(p.ID, tk.ID).ID
	w.edit(tk.ID, text(ticket.Title, "two"))
	s := w.sync(p.ID)
	r := w.order(s.ID)
	w.lose(p, true)
	r, err := w.undo(r)
	w.must(err)
	if r.State == store.Succeeded {
		t.Fatal("the answer was not lost")
	}
	w.must(outside.Restrict("eve", id, forStaff))
	w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("a secret")))
	w.attempts(r, 4)
	w.syncs(p.ID, 2)
	w.noStepTells(p.ID, "a secret")
	for _, c := range w.conflicts("") {
		if strings.Contains(fmt.Sprint(c), "secret") {
			t.Errorf("a question tells it: %+v", c)
		}
	}
	w.must(outside.Restrict("eve", id, ""))
	w.syncs(p.ID, 2)
	if it := w.outside(p.ID, tk.ID); it.Fields[memory.FieldTitle].Text() != "a secret" {
		t.Errorf("theirs was overwritten: %v", it.Fields)
	}
}

// TestAnUndoBeforeARestrictedItemIsTakenBack: a rule keeps a field here, what it holds outside is to be taken back, and
// only some may see the item. An undo that comes first ends, and tells nothing of what stands there.
func TestAnUndoBeforeARestrictedItemIsTakenBack(t *testing.T) {
	for n := range 4 {
		pulled, there := n%2 == 0, map[bool]string{true: "a secret", false: "two"}[n < 2]
		w, p, tk := pairOf(t, memory.Options{})
		outside, id := w.trackers[p.ID], w.outside(p.ID, tk.ID).ID
		w.clock.now = w.clock.now.Add(time.Hour)
		if pulled {
			w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text("two")))
		} else {
			w.edit(tk.ID, text(ticket.Title, "two"))
		}
		s := w.sync(p.ID)
		w.must(outside.Restrict("eve", id, forStaff))
		w.must(outside.EditField("eve", id, memory.FieldTitle, ticket.Text(there)))
		w.sync(p.ID)
		_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
		w.must(err)
		pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
		w.must(err)
		if strings.Contains(fmt.Sprint(pv), "secret") {
			t.Errorf("pulled %t: the preview of the undo tells it: %+v", pulled, pv.Rows)
		}
		w.rollBack(s.ID)
		w.syncs(p.ID, 2)
		w.noStepTells(p.ID, "a secret")
		for _, c := range w.conflicts("") {
			if strings.Contains(fmt.Sprint(c), "secret") {
				t.Errorf("pulled %t: a question tells it: %+v", pulled, c)
			}
		}
		if it := w.outside(p.ID, tk.ID); it.Fields[memory.FieldTitle].Text() != there {
			t.Errorf("pulled %t: what stands there was overwritten: %v", pulled, it.Fields)
		}
	}
}

// TestAnUndoWithdrawsWhatIsToBeTakenBackWhereFewSee: what the undone session had made is closed or deleted outside,
// though what a rule keeps here was asked to be taken back from it and only some may see it there.
func TestAnUndoWithdrawsWhatIsToBeTakenBackWhereFewSee(t *testing.T) {
	for _, del := range []bool{true, false} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{TicketDel: del})
		tk := w.create("one", ticket.Public)
		w.edit(tk.ID, text(ticket.Body, "what only we know"))
		s := w.sync(p.ID)
		w.must(w.trackers[p.ID].Restrict("eve", w.outside(p.ID, tk.ID).ID, forStaff))
		w.sync(p.ID)
		_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", outbound.Redact, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
		w.must(err)
		w.rollBack(s.ID)
		it := w.look(p.ID, external.KindTicket)[0]
		if !it.Gone && !ticket.IsClosed(it.Fields[memory.FieldState].Text()) {
			t.Errorf("deletes %t: it stands as it was: %v", del, it.Fields)
		}
		if body := it.Fields[memory.FieldBody].Text(); !it.Gone && body != outbound.Notice {
			t.Errorf("deletes %t: its text is not taken back: %q", del, body)
		}
	}
}

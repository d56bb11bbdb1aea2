package engine_test

import (
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

// TestBroughtBackWhileItIsDeletedOutside: a deletion here is followed outside, and while that call is on its
// way somebody restores the ticket, or answers that it is to come back. It is here, and is compared with what
// is left outside as any ticket is that was restored.
func TestBroughtBackWhileItIsDeletedOutside(t *testing.T) {
	for what, back := range map[string]func(w *world, id string){
		"restored": func(w *world, id string) {
			_, err := w.engine.RestoreTicket(t.Context(), id, "ann")
			w.must(err)
		},
		"answered": func(w *world, _ string) { w.decide(w.asked(store.GoneOutside), store.ChooseExternal) },
	} {
		for how, lost := range map[string]bool{"": false, ", and the answer of the call was lost": true, ", for good": false} {
			t.Run(what+how, func(t *testing.T) {
				w, p, tk := pairOf(t, memory.Options{TicketDel: how == ", for good"})
				_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, 0)
				w.must(err)
				w.dropHere(tk.ID)
				w.syncs(p.ID, 1)
				w.clock.now = w.clock.now.Add(48 * time.Hour)
				w.actsInCall(p, func() { back(w, tk.ID) }, lost)
				if got := w.ticket(tk.ID); got.Deleted {
					t.Error("ours is deleted")
				}
				l := w.link(p.ID, external.KindTicket, tk.ID)
				if out := w.outside(p.ID, tk.ID); !out.Gone && out.Fields[memory.FieldState].Text() != ticket.StateOpen || out.Gone && len(w.conflicts(store.OpenConflict)) != 1 {
					t.Errorf("outside it is %s (gone: %v); its link is %s (%s), and in the queue is %+v", out.Fields[memory.FieldState].Text(), out.Gone, l.State, l.Reason, w.conflicts(""))
				}
			})
		}
	}
}

// actsInCall has somebody act while a call of the next session is on its way, whose reply is lost or not, and
// lets that settle.
func (w *world) actsInCall(p store.Project, act func(), lost bool) {
	w.t.Helper()
	acts := once(func() {
		if act(); lost {
			w.lose(p, true)
		}
	})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{a, acts} }
	w.syncs(p.ID, 1)
	w.wrap = nil
	w.syncs(p.ID, 3)
}

// TestAnsweredWhileItIsTakenBack: a ticket was deleted here, and what is outside is to be taken back. While that
// call is on its way somebody answers that the ticket is to come back. It does.
func TestAnsweredWhileItIsTakenBack(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w, p, tk := pairOf(t, memory.Options{TicketDel: true})
		w.dropHere(tk.ID)
		w.syncs(p.ID, 1)
		_, back, err := w.engine.SetPrivacyAndTakeBack(t.Context(), tk.ID, ticket.LocalOnly, outbound.Remove, "ann")
		if w.must(err); back.Items != 1 {
			t.Fatalf("%d items are to be taken back", back.Items)
		}
		w.actsInCall(p, func() { w.decide(w.asked(store.GoneOutside), store.ChooseExternal) }, lost)
		if l := w.link(p.ID, external.KindTicket, tk.ID); w.ticket(tk.ID).Deleted || w.standing(p.ID) != 0 {
			t.Errorf("lost: %v: ours is deleted, or its link, %s (%s), not over: %+v", lost, l.State, l.Reason, w.conflicts(""))
		}
	}
}

// TestUnlinkedTooLate: a deletion here is followed outside, and while that call is on its way somebody answers
// that both sides are to stay as they are. He is not told that this was done.
func TestUnlinkedTooLate(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w, p, tk := pairOf(t, memory.Options{})
		_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, 0)
		w.must(err)
		w.dropHere(tk.ID)
		w.syncs(p.ID, 1)
		w.clock.now = w.clock.now.Add(48 * time.Hour)
		w.actsInCall(p, func() { w.decide(w.asked(store.GoneOutside), store.ChooseUnlink) }, lost)
		if all := w.conflicts(""); len(all) != 1 || all[0].State != store.Converged || all[0].DecidedBy != "ann" {
			t.Errorf("lost: %v: the record is %+v", lost, all)
		}
	}
}

// TestTakenBackWhileItsDeletionGoesOut: a deletion here is followed outside, where a ticket is deleted or closed and a
// remark is deleted. While that call is on its way somebody has all of it taken back: what is closed does not say it
// any more, what is deleted does not once it is out of the bin, and neither is to be taken back for ever.
func TestTakenBackWhileItsDeletionGoesOut(t *testing.T) {
	for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
		for _, lost := range []bool{false, true} {
			for _, del := range []bool{false, true} {
				w := newWorld(t)
				p, id := w.secretPair(memory.Options{TicketDel: del})
				_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, 0)
				w.must(err)
				w.dropHere(id)
				w.syncs(p.ID, 1)
				w.clock.now = w.clock.now.Add(48 * time.Hour)
				w.actsInCall(p, func() { w.hide(id, how) }, lost)
				l := w.link(p.ID, external.KindTicket, id)
				if strings.Contains(w.shown(p.ID), secret) || l.TakeBack != "" || del != (l.Unseen != "") {
					t.Errorf("%s, lost %t, deleted %t: the link is %s (%s), to be taken back %q, unseen %q, and outside shows %q",
						how, lost, del, l.State, l.Reason, l.TakeBack, l.Unseen, w.shown(p.ID))
				}
			}
			w := newWorld(t)
			p, id := w.secretPair(memory.Options{})
			c, err := w.engine.AddComment(t.Context(), id, secret, "", "ann")
			w.must(err)
			w.sync(p.ID)
			_, err = w.engine.DeleteComment(t.Context(), c.ID, c.Revision, "ann")
			w.must(err)
			w.actsInCall(p, func() { w.hide(id, how) }, lost)
			if l := w.link(p.ID, external.KindComment, c.ID); strings.Contains(w.shown(p.ID), secret) || l.TakeBack != "" || l.Unseen == "" {
				t.Errorf("%s, lost %t: the remark's link is %s (%s), to be taken back %q, unseen %q", how, lost, l.State, l.Reason, l.TakeBack, l.Unseen)
			}
		}
	}
}

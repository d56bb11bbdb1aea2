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
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// secretPair is a ticket that stands outside with a secret in it.
func (w *world) secretPair(o memory.Options) (store.Project, string) {
	w.t.Helper()
	p := w.connect("octo/hello", o)
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text(secret), ticket.Body: ticket.Text(secret)}, ticket.Public)
	w.sync(p.ID)
	return p, id
}

// TestTakeBackWhereDeletingIsRefused: a system that can delete refuses to delete this
// ticket, for want of a permission. Its texts are overwritten then, and it is closed.
func TestTakeBackWhereDeletingIsRefused(t *testing.T) {
	w := newWorld(t)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return refusesDelete{a} }
	p, id := w.secretPair(memory.Options{TicketDel: true})
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Remove, "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	if got, want := w.shown(p.ID), "title="+outbound.Notice+";body="+outbound.Notice+";state=not_planned;"; got != want {
		t.Errorf("outside shows %q, want %q", got, want)
	}
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || l.TakeBack != "" {
		t.Errorf("the link is %s (%s), to be taken back %q", l.State, l.Reason, l.TakeBack)
	}
}

// TestWithdrawWhereDeletingIsRefused: what an undo takes back is closed then.
func TestWithdrawWhereDeletingIsRefused(t *testing.T) {
	w := newWorld(t)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return refusesDelete{a} }
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	mine := w.create("a ticket", ticket.Public)
	w.rollBack(w.sync(p.ID).ID)
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
		t.Errorf("outside it is %q, want not_planned", got)
	}
	if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Withdrawn {
		t.Errorf("the link is %s (%s)", l.State, l.Reason)
	}
}

// TestTakeBackWaitsForTheRelease: what a restored database wants taken back may have been
// let out again since the backup. It keeps nobody from releasing the project, and is taken
// back then.
func TestTakeBackWaitsForTheRelease(t *testing.T) {
	for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
		w := newWorld(t)
		p, id := w.secretPair(memory.Options{TicketDel: true})
		_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
		w.must(err)
		w.must(w.engine.Restored(t.Context(), p.ID, 0, "a test says so"))
		before := w.shown(p.ID)
		for n := 0; n < 5 && w.project(p.ID).Status != external.Paused; n++ {
			w.reconcile(p.ID)
		}
		if got := w.project(p.ID); got.Status != external.Paused || !got.Restored.Done {
			t.Fatalf("%s: the restored project is %s: %+v", how, got.Status, got.Restored)
		}
		if got := w.shown(p.ID); got != before {
			t.Errorf("%s: written before the release: %q", how, got)
		}
		_, err = w.engine.Resume(t.Context(), p.ID, "ann", true)
		w.must(err)
		w.syncs(p.ID, 2)
		if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || l.TakeBack != "" {
			t.Errorf("%s: released, the link is %s (%s), to be taken back %q", how, l.State, l.Reason, l.TakeBack)
		}
	}
}

// TestTakeBackLeavesOthersLabels: what somebody put into a set of ours outside, and nobody
// here has seen, is theirs, however often the link is looked at again.
func TestTakeBackLeavesOthersLabels(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, id).ID, "labels", ticket.Set("acme", "theirs")))
	_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "ann", outbound.Redact, keepLabels)
	w.must(err)
	w.syncs(p.ID, 3)
	if got, want := w.shown(p.ID), "title=a;labels=theirs;state=open;"; got != want {
		t.Errorf("outside shows %q, want %q", got, want)
	}
}

// TestUndoOfATakeBack: undoing the session that took fields back does not put them back, says
// why, asks nobody, and ends.
func TestUndoOfATakeBack(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text(secret), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	w.sync(p.ID)
	_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "ann", outbound.Redact, func(r *outbound.Rules) {
		r.Keep = []ticket.Field{ticket.Body, ticket.Labels}
	})
	w.must(err)
	s := w.sync(p.ID)
	want := "title=a;body=" + outbound.Notice + ";state=open;"
	if got := w.shown(p.ID); got != want {
		t.Fatalf("outside shows %q", got)
	}
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	for _, r := range pv.Rows {
		if r.Action != plan.Cannot || !strings.Contains(r.Reason, "may not leave any more") {
			t.Errorf("the preview says of %q: %s, %s", r.Field, r.Action, r.Reason)
		}
	}
	if len(pv.Rows) != 2 {
		t.Errorf("the preview has %d rows, want one for each field", len(pv.Rows))
	}
	w.rollBack(s.ID)
	if got := w.shown(p.ID); got != want || !w.ticket(id).Fields[ticket.Labels].Equal(ticket.Set("acme")) {
		t.Errorf("undone: outside shows %q, here %v", got, w.ticket(id).Fields[ticket.Labels].Elements())
	}
	if list := w.conflicts(""); len(list) > 0 {
		t.Errorf("undone: a person is asked: %+v", list)
	}
}

// TestTakeBackThatLapsed: what may leave again before anything was taken back is left alone,
// and the journal does not say otherwise.
func TestTakeBackThatLapsed(t *testing.T) {
	w := newWorld(t)
	p, id := w.secretPair(memory.Options{})
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
	w.must(err)
	_, err = w.engine.SetPrivacy(t.Context(), id, ticket.Public, "ann")
	w.must(err)
	before := w.shown(p.ID)
	s := w.sync(p.ID)
	w.view(func(tx store.Tx) error {
		steps, err := tx.Steps(t.Context(), s.ID, 0, 10)
		for _, st := range steps {
			if st.Action != plan.Nothing {
				t.Errorf("the journal says %s: %s", st.Action, st.Reason)
			}
		}
		return err
	})
	if got := w.shown(p.ID); got != before {
		t.Errorf("outside shows %q", got)
	}
}

// stubborn keeps a title that is to be overwritten, and says so.
type stubborn struct {
	adapters.Adapter
	tracker func() *memory.Tracker
}

func (a stubborn) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	item, err := a.Adapter.Write(ctx, op)
	c, opened := op.Open()
	if err != nil || opened != nil || c.Set["title"].Text() != outbound.Notice {
		return item, err
	}
	if err := a.tracker().EditField("robot", item.ID, "title", ticket.Text(secret)); err != nil {
		return item, err
	}
	items, err := a.Read(ctx, []external.Ref{item.Ref})
	if err != nil {
		return item, err
	}
	return items[0], nil
}

// TestTakeBackFromAStubbornSystem: what a system keeps although it was overwritten is
// written once, and the link says that it stayed.
func TestTakeBackFromAStubbornSystem(t *testing.T) {
	w := newWorld(t)
	p, id := w.secretPair(memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return stubborn{a, func() *memory.Tracker { return w.trackers[p.ID] }}
	}
	writes := w.trackers[p.ID].Calls().Writes()
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
	w.must(err)
	w.syncs(p.ID, 3)
	if n := w.trackers[p.ID].Calls().Writes() - writes; n != 1 {
		t.Errorf("%d writes, want one", n)
	}
	if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || !strings.Contains(l.Reason, "title") {
		t.Errorf("the link is %s (%s), and does not say what was left", l.State, l.Reason)
	}
}

// TestTheJournalTellsWhatWasDone: the closed state of a ticket that was taken back is planned
// to come in, and does not, since its link is over. It is not journalled, so that an undo does
// not take it for something to be undone.
func TestTheJournalTellsWhatWasDone(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), mine.ID, ticket.Shareable, outbound.Remove, "ann")
	w.must(err)
	s := w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
		t.Fatalf("taken back it is %q", got)
	}
	w.view(func(tx store.Tx) error {
		steps, err := tx.Steps(t.Context(), s.ID, 0, 100)
		for _, one := range steps {
			if one.Action == plan.Apply {
				t.Errorf("it says that %s came in: %s", one.Field, one.Reason)
			}
		}
		return err
	})
}

// TestOverANoticeInDoubt: nobody knows whether a text was taken back, it may go out again, and
// somebody outside wrote over what stood there. He may have seen our notice alone: his text
// does not replace ours, and a person decides.
func TestOverANoticeInDoubt(t *testing.T) {
	for _, applied := range []bool{true, false} {
		w := newWorld(t)
		p, id := w.secretPair(memory.Options{History: external.HistoryNone})
		_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.Shareable, outbound.Redact, "ann")
		w.must(err)
		w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: applied})
		w.sync(p.ID)
		w.must(w.engine.Grant(t.Context(), ticket.Grant{TicketID: id, ProjectID: p.ID, By: "ann"}))
		w.outsideEdit(w.outside(p.ID, id).ID, memory.FieldBody, ticket.Text("theirs"))
		w.clock.now = w.clock.now.Add(time.Hour)
		w.sync(p.ID)
		if got := w.ticket(id).Fields[ticket.Body].Text(); got != secret {
			t.Errorf("here it reads %q", got)
		}
		if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].Field != ticket.Body || open[0].External.Text() != "theirs" {
			t.Errorf("a person is asked %+v", open)
		}
	}
}

// TestAHeldTakeBackAnswers: two items of two projects of a restored database are alike, and
// either could be the other, moved. The one of which a ticket is to be taken back waits for the
// release, and so does the other: neither holds the release up, and after it both answer.
func TestAHeldTakeBackAnswers(t *testing.T) {
	m, first := twoAlike(t, memory.Options{CreateKey: external.CreateKeyClientID, Precision: time.Second})
	m.sync(m.a.ID)
	_, _, err := m.engine.SetPrivacyAndTakeBack(t.Context(), m.tickets()[0].ID, ticket.LocalOnly, outbound.Redact, "ann")
	m.must(err)
	m.must(m.engine.Restored(t.Context(), m.a.ID, 0, "a test says so"))
	m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{first}))
	m.release(m.b, m.a)
	m.settle(m.b)
	if n := len(m.tickets()); n != 2 {
		t.Errorf("%d tickets are here, want both", n)
	}
}

// TestTakenBackThoughAPersonIsAsked: a ticket is to be taken back whose item was moved out of sight, so that
// a person is asked about it. It is taken back all the same, without another word from there; in a restored
// database once that is released.
func TestTakenBackThoughAPersonIsAsked(t *testing.T) {
	for _, restored := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		_, err := w.trackers[p.ID].CreateTicket("eve", external.Fields{memory.FieldTitle: ticket.Text("theirs")})
		w.must(err)
		w.sync(p.ID)
		id := w.tickets()[0].ID
		away := memory.NewTracker(memory.Options{Key: "octo/elsewhere", Now: w.clock.Now, Beside: w.trackers[p.ID]})
		_, err = w.trackers[p.ID].Transfer("mallory", w.outside(p.ID, id).ID, away)
		w.must(err)
		keep := func() {
			_, err = w.engine.RevokeAndTakeBack(t.Context(), id, p.ID, outbound.Redact, "ann")
			w.must(err)
		}
		if restored {
			w.must(w.engine.Restored(t.Context(), p.ID, 0, "a test says so"))
			keep()
		}
		for n := 0; n < 5 && w.link(p.ID, external.KindTicket, id).State == store.Live; n++ {
			w.clock.now = w.clock.now.Add(10 * time.Minute)
			w.reconcile(p.ID)
		}
		if l := w.link(p.ID, external.KindTicket, id); l.State != store.MaybeGone || len(w.conflicts(store.OpenConflict)) != 1 {
			t.Fatalf("restored %t: nobody is asked, its link is %s (%s)", restored, l.State, l.Reason)
		}
		if restored {
			w.release(p)
		} else {
			keep()
		}
		w.syncs(p.ID, 2)
		if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn || l.TakeBack != "" || !strings.Contains(l.Reason, "moved to") || len(w.conflicts(store.OpenConflict)) != 0 {
			t.Errorf("restored %t: its link is %s (%s), to be taken back %q, with %d questions", restored, l.State, l.Reason, l.TakeBack, len(w.conflicts(store.OpenConflict)))
		}
	}
}

// TestARuleTakesBackWhatIsAskedAbout: an item was deleted outside and somebody is asked what becomes of its
// ticket, which has no grant for the project by then; then a rule says that such items are taken back.
func TestARuleTakesBackWhatIsAskedAbout(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("ours", ticket.Public)
	w.sync(p.ID)
	_, err := w.engine.SetPrivacy(t.Context(), mine.ID, ticket.Shareable, "ann")
	w.must(err)
	w.must(w.trackers[p.ID].Delete("eve", w.outside(p.ID, mine.ID).ID))
	for range 5 {
		w.clock.now = w.clock.now.Add(10 * time.Minute)
		w.reconcile(p.ID)
	}
	if got := len(w.conflicts(store.OpenConflict)); got != 1 {
		t.Fatalf("%d questions", got)
	}
	_, err = w.engine.ChangeRules(t.Context(), p.ID, "op", func(r *outbound.Rules) { r.Withdraw = outbound.Redact })
	w.must(err)
	w.syncs(p.ID, 2)
	if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Withdrawn || len(w.conflicts(store.OpenConflict)) != 0 {
		t.Errorf("its link is %s (%s), to be taken back %q, with %d questions", l.State, l.Reason, l.TakeBack, len(w.conflicts(store.OpenConflict)))
	}
}

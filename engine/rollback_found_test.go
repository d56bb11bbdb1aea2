package engine_test

import (
	"context"
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

// watched is an adapter of which a test is told each call, before it is made and after.
type watched struct {
	*memory.Adapter
	before func(call string) error
	after  func(call string)
}

func (a watched) call(name string) error {
	if a.before == nil {
		return nil
	}
	return a.before(name)
}

func (a watched) done(name string) {
	if a.after != nil {
		a.after(name)
	}
}

func (a watched) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	if err := a.call("list"); err != nil {
		return external.Page{}, err
	}
	defer a.done("list")
	return a.Adapter.Changes(ctx, s, win, page, version)
}

func (a watched) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	if err := a.call("read"); err != nil {
		return nil, err
	}
	defer a.done("read")
	return a.Adapter.Read(ctx, refs)
}

func (a watched) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if err := a.call("write"); err != nil {
		return external.Item{}, err
	}
	defer a.done("write")
	return a.Adapter.Write(ctx, op)
}

// watch has every adapter tell its calls.
func (w *world) watch(before func(string) error, after func(string)) {
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return watched{a, before, after} }
}

// meanwhile lets something happen while the answer of the next such call is on its way.
func (w *world) meanwhile(call string, f func()) {
	first := once(f)
	w.watch(nil, func(name string) {
		if name == call {
			first()
		}
	})
}

// TestUndoSparesWhatNobodyHadSeen: a ticket that a session made, and that is to be deleted
// again, stays where somebody commented on it, although no session has seen that yet.
func TestUndoSparesWhatNobodyHadSeen(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	mine := w.create("Write the manual", ticket.Public)
	s := w.sync(p.ID)
	_, err := w.trackers[p.ID].AddComment("bob", w.link(p.ID, external.KindTicket, mine.ID).ExternalKey, "I have begun")
	w.must(err)
	w.rollBack(s.ID)
	if w.outside(p.ID, mine.ID).Gone {
		t.Error("the ticket was deleted with a comment that nobody had seen")
	}
}

// TestUndoDeletesNothingOnAnOldLook edits the ticket after each call that an undo makes. Only
// an edit after the very last call before the deletion cannot be seen.
func TestUndoDeletesNothingOnAnOldLook(t *testing.T) {
	for n := 1; ; n++ {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{TicketDel: true, History: external.HistoryFull})
		mine := w.create("Write the manual", ticket.Public)
		s := w.sync(p.ID)
		item, calls, edited, called, wrote := w.outside(p.ID, mine.ID), 0, false, false, false
		w.watch(func(call string) error {
			wrote = wrote || call == "write"
			called = called || edited && !wrote
			return nil
		}, func(string) {
			if calls++; calls == n && !wrote {
				edited = true
				w.must(w.trackers[p.ID].EditField("bob", item.ID, memory.FieldTitle, ticket.Text("a better title")))
			}
		})
		w.rollBack(s.ID)
		if called && wrote {
			t.Errorf("edited after call %d, with others to come, it was deleted", n)
		}
		if !edited { // the n-th call is the deletion
			if n < 3 {
				t.Errorf("the undo deleted after %d calls: it must list the comments, and look", n-1)
			}
			return
		}
	}
}

// TestUndoWherePassagesStay: a text of which a part never leaves is no edit made since.
func TestUndoWherePassagesStay(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	w.restrict(p.ID, func(r *outbound.Rules) { r.Cuts = []outbound.Cut{{Begin: "[[i]]", End: "[[/i]]"}} })
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Body, "ours[[i]] and only ours[[/i]]"))
	s := w.sync(p.ID)
	r := w.rollBack(s.ID)
	if got := w.outside(p.ID, mine.ID).Fields["body"].Text(); got != "" {
		t.Errorf("undone it holds %q outside", got)
	}
	w.stays(p.ID)
	w.rollBack(r.ID)
	if got := w.outside(p.ID, mine.ID).Fields["body"].Text(); got != "ours" {
		t.Errorf("redone it holds %q outside", got)
	}
	if left := w.conflicts(store.OpenConflict); len(left) != 0 {
		t.Errorf("both sides are as they were, and %d conflicts are open", len(left))
	}
	w.stays(p.ID)
}

// TestUndoWaitsForACreateInDoubt: a session whose create has no known outcome is not undone
// before that is known. What was made is taken back, too.
func TestUndoWaitsForACreateInDoubt(t *testing.T) {
	for _, applied := range []bool{true, false} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		w.create("the first", ticket.Public)
		w.sync(p.ID)
		w.create("the second", ticket.Public)
		w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: applied})
		s, err := w.session(p.ID, store.Incremental)
		w.must(err)
		pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
		w.must(err)
		r, _, err := w.engine.OrderRollback(t.Context(), s.ID, pv.Digest, "ann")
		w.must(err)
		run, err := w.engine.Begin(t.Context(), r.ID, p.ID, store.Rollback)
		w.must(err)
		pr, err := w.engine.Undo(t.Context(), run, 10)
		if err != nil || !pr.More || pr.RetryAt.IsZero() {
			t.Errorf("applied %t: with a create in doubt the undo is through: %+v (%v)", applied, pr, err)
		}
		_, err = w.engine.Record(t.Context(), run, engine.Outcome{State: store.Stopped, Reason: pr.Reason})
		w.must(err)
		for n := 0; r.State != store.Succeeded; n++ {
			if n == 5 {
				t.Fatalf("applied %t: the rollback does not end: %s", applied, r.Reason)
			}
			w.clock.now = w.clock.now.Add(time.Hour)
			r, err = w.undo(r)
			w.must(err)
		}
		open := 0
		for _, it := range w.look(p.ID, external.KindTicket) {
			if it.Fields["state"].Text() == ticket.StateOpen {
				open++
			}
		}
		if open != 1 {
			t.Errorf("applied %t: %d tickets are open outside after the undo, want the first alone", applied, open)
		}
	}
}

// TestUndoLetsInWhatItsAnswersShow: a rival's edit of another field that comes back with the
// answer to a call of the undo is news for the next session.
func TestUndoLetsInWhatItsAnswersShow(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("before", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Title, "after"))
	s := w.sync(p.ID)
	item := w.outside(p.ID, mine.ID)
	w.watch(func(call string) error {
		if call == "write" {
			w.must(w.trackers[p.ID].EditField("bob", item.ID, memory.FieldBody, ticket.Text("a text of theirs")))
		}
		return nil
	}, nil)
	w.rollBack(s.ID)
	w.wrap = nil
	w.sync(p.ID)
	if got := w.ticket(mine.ID).Fields[ticket.Body].Text(); got != "a text of theirs" {
		t.Errorf("here it holds %q", got)
	}
}

// TestUndoInDoubtThatSomebodyWroteOver: the write of an undo that nobody heard of came about,
// and a person who saw it typed something else. What stands here he has not seen.
func TestUndoInDoubtThatSomebodyWroteOver(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryNone})
	mine := w.create("before", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Title, "after"))
	s := w.sync(p.ID)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	r, _, err := w.engine.OrderRollback(t.Context(), s.ID, pv.Digest, "ann")
	w.must(err)
	w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
	r, err = w.undo(r)
	w.must(err)
	item := w.outside(p.ID, mine.ID)
	if got := item.Fields["title"].Text(); got != "before" {
		t.Fatalf("outside it is %q", got)
	}
	w.must(w.trackers[p.ID].EditField("bob", item.ID, memory.FieldTitle, ticket.Text("theirs")))
	w.clock.now = w.clock.now.Add(time.Hour)
	if r, err = w.undo(r); err != nil || r.State != store.Succeeded {
		t.Fatalf("the rollback is %s: %s (%v)", r.State, r.Reason, err)
	}
	w.syncs(p.ID, 2)
	if w.ticket(mine.ID).Fields[ticket.Title].Text() == "after" {
		return
	}
	for _, state := range []store.ConflictState{store.OpenConflict, store.Resolved} {
		for _, c := range w.conflicts(state) {
			if c.Local.Text() == "after" || c.External.Text() == "after" || c.Value.Text() == "after" {
				return
			}
		}
	}
	t.Error("the title that was typed here is nowhere any more")
}

// TestUndoOfLabelsThatIsInterrupted: labels are taken off one by one, and the process dies
// after the first.
func TestUndoOfLabelsThatIsInterrupted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("a", "b", "c")})
	s := w.sync(p.ID)
	w.failWrite(2, tooMany())
	w.rollBack(s.ID)
	if got := w.outside(p.ID, mine.ID).Fields["labels"]; !got.IsEmpty() {
		t.Errorf("undone it has the labels %v", got.Elements())
	}
	w.stays(p.ID)
}

// TestUndoSparesWhatItsSessionLetIn: a session made a ticket outside and let in, at once, what
// somebody wrote there. Nobody else holds that.
func TestUndoSparesWhatItsSessionLetIn(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{TicketDel: true, Steps: true, History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.edit(mine.ID, text(ticket.State, ticket.StateDone))
	writes := 0
	w.watch(func(call string) error {
		if call != "write" {
			return nil
		}
		if writes++; writes == 2 {
			for _, it := range w.look(p.ID, external.KindTicket) {
				w.must(w.trackers[p.ID].EditField("bob", it.ID, memory.FieldBody, ticket.Text("a text of theirs")))
			}
		}
		return nil
	}, nil)
	s := w.sync(p.ID)
	w.wrap = nil
	if got := w.ticket(mine.ID).Fields[ticket.Body].Text(); got != "a text of theirs" {
		t.Fatalf("with the session came in %q", got)
	}
	w.rollBack(s.ID)
	if w.outside(p.ID, mine.ID).Gone {
		t.Error("the ticket was deleted with a text that somebody wrote there")
	}
}

// TestUndoOfARedaction: what was overwritten with our notice is there again.
func TestUndoOfARedaction(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), mine.ID, ticket.Shareable, outbound.Redact, "ann")
	w.must(err)
	s := w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != outbound.Notice {
		t.Fatalf("taken back it reads %q", got)
	}
	w.must(w.engine.Grant(t.Context(), ticket.Grant{TicketID: mine.ID, ProjectID: p.ID, By: "ann"}))
	w.rollBack(s.ID)
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "Write the manual" {
		t.Errorf("undone it reads %q", got)
	}
	w.stays(p.ID)
}

// TestUndoOfWhatCannotBeRead: an item that the system refuses to show for good is listed as not
// undone, and hinders nothing else.
func TestUndoOfWhatCannotBeRead(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	one, two := w.create("before", ticket.Public), w.create("before", ticket.Public)
	w.sync(p.ID)
	w.edit(one.ID, text(ticket.Title, "after"))
	w.edit(two.ID, text(ticket.Title, "after"))
	s := w.sync(p.ID)
	reads := 0
	w.watch(func(call string) error {
		if call == "read" {
			reads++
		}
		if call == "read" && reads == 1 {
			return &external.Error{Kind: external.Invalid, Op: "read", Message: "the answer makes no sense"}
		}
		return nil
	}, nil)
	w.rollBack(s.ID)
	w.wrap = nil
	undone := 0
	for _, id := range []string{one.ID, two.ID} {
		if w.outside(p.ID, id).Fields["title"].Text() == "before" {
			undone++
		}
	}
	if undone != 1 {
		t.Errorf("%d of 2 titles were undone, want that of the item that can be read", undone)
	}
}

// TestUndoBesideADeletionThatWaits: that a deletion is to be followed in ten days is the other
// sessions' business, and an undo goes before them: it does not hold them up that long.
func TestUndoBesideADeletionThatWaits(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{TicketDel: true})
	_, err := w.engine.FollowDeletions(t.Context(), p.ID, "op", true, 10*24*time.Hour)
	w.must(err)
	w.edit(tk.ID, text(ticket.Title, "after"))
	s := w.sync(p.ID)
	w.dropOutside(p, tk.ID)
	w.reconcile(p.ID)
	w.syncs(p.ID, 2)
	if len(w.conflicts(store.OpenConflict)) != 1 {
		t.Fatal("nobody is asked about the deletion")
	}
	w.rollBack(s.ID)
}

// TestUndoBesideADecision: while a database is read anew a session lets a label in, somebody
// adds one here, and what he is asked about he answers with labels of his own. That session is
// undone before its answer is carried out: he is asked anew, and what he wrote is in the record.
func TestUndoBesideADecision(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	other := w.connect("octo/other", memory.Options{}) // until it is read anew too, the first one goes on
	ref := w.makeOutside(p, made("born there", "text"))
	w.store.Backup()
	w.sync(p.ID)
	w.restored(p.ID)
	w.clock.now = w.clock.now.Add(time.Hour)
	w.sync(p.ID)
	id := w.tickets()[0].ID
	w.must(w.trackers[p.ID].EditField("mallory", ref.ID, memory.FieldLabels, ticket.Set("theirs")))
	s := w.sync(p.ID)
	w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("theirs", "ours")})
	w.sync(p.ID)
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Field != ticket.Labels {
		t.Fatalf("a person is asked about %+v", open)
	}
	said := ticket.Set("said")
	_, err := w.engine.Decide(t.Context(), open[0].ID, engine.Decision{Choice: store.ChooseValue, Value: said, Digest: open[0].Digest, By: "ann"})
	w.must(err)
	w.sync(p.ID)
	w.sync(other.ID)
	_, err = w.engine.Resume(t.Context(), p.ID, "op", true)
	w.must(err)
	w.rollBack(s.ID)
	if got := w.conflicts(store.OpenConflict); len(got) != 1 || !got[0].Value.Equal(said) || got[0].Kind != store.Undone {
		t.Errorf("a person is asked about %+v", got)
	}
}

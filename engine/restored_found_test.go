package engine_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// restored restores the database to its backup, and has a project find that out, by the writer
// epoch that Temporal has heard of.
func (w *world) restored(projectID string) {
	w.t.Helper()
	known := w.project(projectID).WriterEpoch
	w.store.Restore()
	if found, err := w.engine.Witness(w.t.Context(), projectID, known); err != nil || !found {
		w.t.Fatalf("the restored database was not found out: %v", err)
	}
}

// TestOurNoticeIsNobodysEdit: a ticket was taken back after the backup. The restored database
// does not know that, and our notice does not come in over the text that is here.
func TestOurNoticeIsNobodysEdit(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write the manual"), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	w.sync(p.ID)
	w.store.Backup()
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.Shareable, outbound.Redact, "ann")
	w.must(err)
	w.sync(p.ID)
	if got := w.outside(p.ID, id).Fields["title"].Text(); got != outbound.Notice {
		t.Fatalf("taken back it reads %q", got)
	}
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	if got := w.ticket(id).Fields; got[ticket.Title].Text() != "Write the manual" || !got[ticket.Labels].Equal(ticket.Set("acme")) {
		t.Errorf("here it reads %q with the labels %v", got[ticket.Title].Text(), got[ticket.Labels].Elements())
	}
	if got := w.project(p.ID); !got.Restored.Done {
		t.Errorf("it was not read anew to the end: %+v", got.Restored)
	}
}

// TestOurNoticeIsNobodysEditWhateverIsWrittenBelowIt: the same, and somebody wrote below our notice. His
// words are for a person to read, and the text that is here stays.
func TestOurNoticeIsNobodysEditWhateverIsWrittenBelowIt(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text("Write the manual")}, ticket.Public)
	w.sync(p.ID)
	w.store.Backup()
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.Shareable, outbound.Redact, "ann")
	w.must(err)
	w.sync(p.ID)
	below := ticket.Text(outbound.Notice + "\n\nWhy?")
	w.must(w.trackers[p.ID].EditField("bob", w.outside(p.ID, id).ID, memory.FieldBody, below))
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	if got := w.ticket(id).Fields[ticket.Body].Text(); got != "Write the manual" {
		t.Errorf("here it reads %q", got)
	}
	asks := func(c store.Conflict) bool { return c.Field == ticket.Body && c.External.Equal(below) }
	if got := w.conflicts(store.OpenConflict); !slices.ContainsFunc(got, asks) {
		t.Errorf("a person is asked about %+v", got)
	}
}

// TestALabelTakenBackStaysHere: a rule of the project took the labels back after the backup.
// The restored database does not know that: that they are missing outside is no word of
// anybody's to take them off here, too, and a person is asked.
func TestALabelTakenBackStaysHere(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write the manual"), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	w.sync(p.ID)
	w.store.Backup()
	_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), p.ID, "op", outbound.Remove, func(r *outbound.Rules) {
		r.Keep = []ticket.Field{ticket.Labels}
	})
	w.must(err)
	w.sync(p.ID)
	if got := w.outside(p.ID, id).Fields["labels"].Elements(); len(got) > 0 {
		t.Fatalf("taken back it has the labels %v", got)
	}
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	if got := w.ticket(id).Fields[ticket.Labels]; !got.Equal(ticket.Set("acme")) {
		t.Errorf("here it has the labels %v", got.Elements())
	}
	if got := w.conflicts(store.OpenConflict); len(got) != 1 || got[0].Field != ticket.Labels {
		t.Errorf("a person is asked about %+v", got)
	}
}

// TestReadAnewBeyondTheLag: a list that lags does not show yet what was made right before the
// restore. Reading anew waits for it, so that it is not found once more after the release.
func TestReadAnewBeyondTheLag(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{Lag: 5 * time.Minute})
	w.sync(p.ID)
	w.must(w.engine.Restored(t.Context(), p.ID, 0, "a test says so"))
	w.clock.now = w.clock.now.Add(time.Minute)
	r, err := w.engine.Begin(t.Context(), "soon", p.ID, store.Incremental)
	w.must(err)
	var paced *engine.PacedError
	if _, err := w.engine.Observe(t.Context(), r, true); !errors.As(err, &paced) || w.project(p.ID).Restored.Read {
		t.Errorf("within the lag it is read: %v", err)
	}
	w.syncs(p.ID, 1)
	if got := w.project(p.ID).Restored; !got.Read {
		t.Errorf("beyond the lag it was not read: %+v", got)
	}
}

// TestAResumeBeforeAllWasReadAnewSaysSo: a person resumes a project before it was read anew. That
// releases nothing, and its status goes on saying that nothing is written outside, and why.
func TestAResumeBeforeAllWasReadAnewSaysSo(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{Lag: 5 * time.Minute})
	w.sync(p.ID)
	w.must(w.engine.Restored(t.Context(), p.ID, 0, "a test says so"))
	for _, allow := range []bool{false, true} {
		got, err := w.engine.Resume(t.Context(), p.ID, "op", allow)
		w.must(err)
		if !got.Restored.Open() || !strings.Contains(got.StatusReason, "nothing is written outside meanwhile") {
			t.Errorf("resumed with allow %t: %q, %+v", allow, got.StatusReason, got.Restored)
		}
		if got.Guard.All {
			t.Errorf("resumed with allow %t: no guard has asked, and none is to look at what is read anew", allow)
		}
	}
	w.syncs(p.ID, 1)
	got, err := w.engine.Resume(t.Context(), p.ID, "op", false)
	w.must(err)
	if !got.Restored.Done || !strings.Contains(got.StatusReason, "resume with the permission") {
		t.Errorf("resumed without it once all rest: %q, %+v", got.StatusReason, got.Restored)
	}
	if got, err = w.engine.Resume(t.Context(), p.ID, "op", true); err != nil || got.StatusReason != "" || got.Restored.Open() {
		t.Errorf("released: %q, %+v, %v", got.StatusReason, got.Restored, err)
	}
}

// TestAnotherMappingHidesNoRestoration: an operator puts another mapping in force, over and over, before anybody
// has looked whether the database is the one that it was. That fences, and hides nothing.
func TestAnotherMappingHidesNoRestoration(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	w.sync(p.ID)
	w.store.Backup()
	w.sync(p.ID)
	known := w.project(p.ID).WriterEpoch
	w.store.Restore()
	for range 5 {
		w.activate(p.ID, without(ticket.Labels))
	}
	if found, err := w.engine.Witness(t.Context(), p.ID, known); err != nil || !found {
		t.Fatalf("the restored database was not found out: %v", err)
	}
}

// TestNobodyMeetsHisOwnEpochAgain: one project finds out that the database was restored. A
// step of another one that has gone on since is fenced, whatever its number is.
func TestNobodyMeetsHisOwnEpochAgain(t *testing.T) {
	for ahead := range 4 { // steps of the other project since the backup
		w := newWorld(t)
		first, other := w.connect("octo/hello", memory.Options{}), w.connect("octo/other", memory.Options{})
		w.store.Backup()
		var run engine.Run
		for range ahead + 1 {
			var err error
			run, err = w.engine.Begin(t.Context(), "outlives the restore", other.ID, store.Incremental)
			w.must(err)
		}
		w.sync(first.ID)
		w.restored(first.ID)
		if err := w.engine.Repair(t.Context(), run); !errors.Is(err, engine.ErrFenced) {
			t.Errorf("%d steps ahead: it goes on (%v)", ahead+1, err)
		}
	}
}

// TestAnotherAttemptMadeIt: the backup was made while a create with labels was on its way,
// which was refused; the one after it made the item without them. In the restored database
// the item is joined with the first, and that it lacks the labels is nobody's edit.
func TestAnotherAttemptMadeIt(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	attempts := 0
	w.watch(func(call string) error {
		if call != "write" {
			return nil
		}
		if attempts++; attempts == 1 {
			w.store.Backup()
		}
		if attempts != 3 { // which leaves the labels out
			return &external.Error{Kind: external.Invalid, Message: "the value is not allowed"}
		}
		return nil
	}, nil)
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write the manual"), ticket.Labels: ticket.Set("acme")}, ticket.Public)
	for range 4 {
		w.clock.now = w.clock.now.Add(time.Hour)
		w.sync(p.ID)
	}
	if it := w.outside(p.ID, id); attempts < 3 || len(it.Fields["labels"].Elements()) > 0 {
		t.Fatalf("after %d attempts it was made with the labels %v", attempts, it.Fields["labels"].Elements())
	}
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	if got := w.ticket(id).Fields[ticket.Labels]; !got.Equal(ticket.Set("acme")) {
		t.Errorf("here it has the labels %v", got.Elements())
	}
	if c := w.outside(p.ID, id); c.ID == "" {
		t.Error("it is not joined with its item")
	}
}

// TestADecisionThatWasCarriedOutSince: a conflict was decided before the backup and the losing
// value replaced outside after it. In the restored database the values have moved, and a
// person is asked anew; what was replaced stays in the record of the first question.
func TestADecisionThatWasCarriedOutSince(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Body, "ours"))
	w.outsideEdit(w.outside(p.ID, mine.ID).ID, memory.FieldBody, ticket.Text("theirs"))
	w.sync(p.ID)
	w.decide(w.conflicts(store.OpenConflict)[0], store.ChooseLocal)
	w.store.Backup()
	w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields["body"].Text(); got != "ours" {
		t.Fatalf("decided, outside reads %q", got)
	}
	known := w.project(p.ID).WriterEpoch
	w.store.Restore()
	w.edit(mine.ID, text(ticket.Body, "ours, and newer"))
	if found, err := w.engine.Witness(t.Context(), p.ID, known); err != nil || !found {
		t.Fatalf("the restored database was not found out: %v", err)
	}
	w.syncs(p.ID, 1)
	open, closed := w.conflicts(store.OpenConflict), w.conflicts(store.Resolved)
	if len(open) != 1 || open[0].Local.Text() != "ours, and newer" || open[0].External.Text() != "ours" {
		t.Errorf("a person is asked %+v", open)
	}
	if len(closed) != 1 || closed[0].External.Text() != "theirs" {
		t.Errorf("what was replaced is in no record: %+v", closed)
	}
}

// TestAnUndoIsNobodysEdit: a session wrote an edit outside. The backup holds that; that the
// session was undone since it does not. What the undo brought back outside is no edit of
// anybody's there: it does not come in over what was written here, and a person is asked.
func TestAnUndoIsNobodysEdit(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("before"), ticket.Body: ticket.Text("text")}, ticket.Public)
	w.syncs(p.ID, 2)
	w.edit(id, ticket.Fields{ticket.Title: ticket.Text("edited here")})
	s := w.sync(p.ID)
	w.store.Backup()
	w.rollBack(s.ID)
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, id).ID, memory.FieldBody, ticket.Text("edited there")))
	if got := w.outside(p.ID, id).Fields[memory.FieldTitle].Text(); got != "before" {
		t.Fatalf("undone it reads %q outside", got)
	}
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	if got := w.ticket(id).Fields; got[ticket.Title].Text() != "edited here" || got[ticket.Body].Text() != "edited there" {
		t.Errorf("here it reads %q, %q", got[ticket.Title].Text(), got[ticket.Body].Text())
	}
	if got := w.conflicts(store.OpenConflict); len(got) != 1 || got[0].Field != ticket.Title || got[0].External.Text() != "before" {
		t.Errorf("a person is asked about %+v", got)
	}
}

// TestAnUndoIsNobodysEditHoweverMuchCameSince: the same, of a ticket on which much was done between
// the edit and its undo.
func TestAnUndoIsNobodysEditHoweverMuchCameSince(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("before")}, ticket.Public)
	w.syncs(p.ID, 2)
	w.edit(id, ticket.Fields{ticket.Title: ticket.Text("edited here")})
	s := w.sync(p.ID)
	step := store.Step{SessionID: w.sync(p.ID).ID, TicketID: id, Action: plan.Nothing, Reason: "in step", At: w.clock.now.Add(time.Minute)}
	w.must(w.store.Tx(t.Context(), func(tx store.Tx) error {
		return tx.AppendSteps(t.Context(), slices.Repeat([]store.Step{step}, 4500)...)
	}))
	w.store.Backup()
	w.rollBack(s.ID)
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	if here, asked := w.ticket(id).Fields[ticket.Title].Text(), w.conflicts(store.OpenConflict); here != "edited here" || len(asked) != 1 {
		t.Errorf("here it reads %q, and a person is asked about %+v", here, asked)
	}
}

// TestALabelThatAnUndoBroughtBackStaysAway: a label was taken off here, and so it was outside. The
// backup does not hold that this session was undone since, which brought the label back there. That is
// nobody's word to label the ticket here again: a person is asked. What somebody put in comes in.
func TestALabelThatAnUndoBroughtBackStaysAway(t *testing.T) {
	for _, label := range []string{"", "theirs"} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a ticket"), ticket.Labels: ticket.Set("kept", "off")}, ticket.Public)
		w.syncs(p.ID, 2)
		w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("kept")})
		s := w.sync(p.ID)
		w.store.Backup()
		here, asked := []string{"kept"}, 1
		if label == "" {
			w.rollBack(s.ID)
		} else {
			w.sync(p.ID)
			w.must(w.trackers[p.ID].AddLabel("mallory", w.outside(p.ID, id).ID, label))
			here, asked = append(here, label), 0
		}
		w.restored(p.ID)
		w.syncs(p.ID, 1)
		if got := w.ticket(id).Fields[ticket.Labels].Elements(); !slices.Equal(got, here) {
			t.Errorf("here it is labelled %q, want %q", got, here)
		}
		if got := w.conflicts(store.OpenConflict); len(got) != asked || asked > 0 && !got[0].External.Has("off") {
			t.Errorf("a person is asked about %+v", got)
		}
	}
}

// undoneSince restores a database to a backup of before the undo of the session that made a ticket and
// its comment outside, and reads its project anew.
func undoneSince(t *testing.T) (*world, store.Project, ticket.Ticket, ticket.Comment) {
	t.Helper()
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	tk := w.create("born here", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "ann")
	w.must(err)
	s := w.sync(p.ID)
	w.store.Backup()
	w.rollBack(s.ID)
	w.restored(p.ID)
	w.reconcile(p.ID)
	return w, p, tk, c
}

// TestWhatAnUndoTookAwayStaysHere: the session that made a ticket and a comment outside was
// undone after the backup. That the one is closed there and the other gone is nobody's word to
// close the ticket here, or to delete the comment: a person is asked, and may say so.
func TestWhatAnUndoTookAwayStaysHere(t *testing.T) {
	w, p, tk, c := undoneSince(t)
	here := func() (deleted bool) {
		w.view(func(tx store.Tx) error {
			now, err := tx.Comment(t.Context(), c.ID)
			deleted = now.Deleted
			return err
		})
		return deleted
	}
	if got := w.ticket(tk.ID).Fields[ticket.State].Text(); got != ticket.StateOpen || here() {
		t.Errorf("the ticket is %s here, the comment deleted: %t", got, here())
	}
	if got := w.conflicts(store.OpenConflict); len(got) != 1 || got[0].Field != ticket.State {
		t.Errorf("a person is asked about %+v", got)
	}
	l := w.link(p.ID, external.KindComment, c.ID)
	if l.State != store.ParkedLink || !strings.Contains(l.Reason, "to delete it here, too") || !w.project(p.ID).Restored.Done {
		t.Fatalf("the comment's link is %s (%s), and the project read anew: %+v", l.State, l.Reason, w.project(p.ID).Restored)
	}
	_, err := w.engine.Resume(t.Context(), p.ID, "op", true)
	w.must(err)
	w.must(w.store.Tx(t.Context(), func(tx store.Tx) error { return w.engine.RetryTx(t.Context(), tx, l.ID) }))
	w.syncs(p.ID, 2)
	if !here() {
		t.Error("a person tried it again, and the comment is here still")
	}
}

// TestASessionThatRanAsTheBackupWasMade: the database goes back to a moment in which a session ran.
// It is said to be cut off, and can be undone, also where its process died long before and others have
// run since; its own workflow, should it go on, takes it up again.
func TestASessionThatRanAsTheBackupWasMade(t *testing.T) {
	for _, c := range []struct {
		since  int // sessions between its beginning and the backup
		goesOn bool
	}{{0, false}, {60, false}, {0, true}} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		w.sync(p.ID)
		r, err := w.engine.Begin(t.Context(), "cut off", p.ID, store.Incremental)
		w.must(err)
		w.syncs(p.ID, c.since)
		w.store.Backup()
		w.sync(p.ID)
		w.restored(p.ID)
		state := func() (s store.Session) {
			w.view(func(tx store.Tx) (err error) {
				s, err = tx.Session(t.Context(), r.SessionID)
				return err
			})
			return s
		}
		if s := state(); s.State != store.Stopped || s.EndedAt.IsZero() || !strings.Contains(s.Reason, "backup") {
			t.Errorf("with %d sessions since it is %s (%s), ended at %v", c.since, s.State, s.Reason, s.EndedAt)
		}
		if !c.goesOn {
			_, err := w.engine.PreviewRollback(t.Context(), r.SessionID)
			w.must(err)
			continue
		}
		r, err = w.engine.Begin(t.Context(), r.SessionID, p.ID, store.Incremental)
		w.must(err)
		if s := state(); s.State != store.Running || s.Reason != "" {
			t.Errorf("taken up again it is %s (%s)", s.State, s.Reason)
		}
	}
}

// TestWhatWasMadeUnderAForgottenRule: a ticket came in and went on after the backup, without its
// text, which a rule kept here and which cannot be told there. It comes in anew, and the restored
// database knows neither its item there nor the rule. Once its text can be told it is not made a
// second time without a word.
func TestWhatWasMadeUnderAForgottenRule(t *testing.T) {
	w := newWorld(t)
	a, b := w.connect("octo/hello", memory.Options{}), w.connect("octo/other", memory.Options{})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return fragile{a} }
	w.store.Backup()
	ref, err := w.trackers[a.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("Write the manual"), "body": ticket.Text("a <video> of it")})
	w.must(err)
	publish := func() string {
		id := w.tickets()[0].ID
		_, err := w.engine.SetPrivacy(t.Context(), id, ticket.Public, "ann")
		w.must(err)
		return id
	}
	w.sync(a.ID)
	publish()
	w.restrict(b.ID, func(r *outbound.Rules) { r.Keep = []ticket.Field{ticket.Body} })
	w.sync(b.ID)
	if got := w.look(b.ID, external.KindTicket); len(got) != 1 {
		t.Fatalf("before the restore there are %d of it outside", len(got))
	}
	w.restored(a.ID)
	w.syncs(a.ID, 1)
	id := publish()
	w.release(a, b)
	w.must(w.trackers[a.ID].EditField("bob", ref.ID, memory.FieldBody, ticket.Text("a film of it")))
	w.sync(a.ID)
	w.sync(b.ID)
	if got := w.look(b.ID, external.KindTicket); len(got) != 1 {
		t.Errorf("outside there are %d of it", len(got))
	}
	if l := w.link(b.ID, external.KindTicket, id); l.State != store.ParkedLink {
		t.Errorf("its link is %s: %s", l.State, l.Reason)
	}
}

// TestWhatReplacedANoticeIsHeld: as the backup was made a ticket was to be taken back, and then it
// was. Somebody wrote over the notice, and the database was restored: he has not seen what the
// title reads here, which stays until a person says.
func TestWhatReplacedANoticeIsHeld(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("Write the manual")}, ticket.Public)
	w.sync(p.ID)
	_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.Shareable, outbound.Redact, "ann")
	w.must(err)
	w.store.Backup()
	w.sync(p.ID)
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, id).ID, "title", ticket.Text("over the notice")))
	w.restored(p.ID)
	w.syncs(p.ID, 1)
	if now := w.ticket(id).Fields[ticket.Title].Text(); now != "Write the manual" {
		t.Errorf("the title here is %q", now)
	}
	if open := w.conflicts(store.OpenConflict); len(open) != 1 || open[0].External.Text() != "over the notice" {
		t.Errorf("a person is asked %+v", open)
	}
}

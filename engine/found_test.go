package engine_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// The tests of this file are faults that random schedules found, each in the fewest
// steps that show it.

// meddler lets somebody act just before a write reaches the tracker.
type meddler struct {
	adapters.Adapter
	before func()
}

func (m meddler) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	m.before()
	return m.Adapter.Write(ctx, op)
}

// once returns a function that runs f the first time only.
func once(f func()) func() {
	done := false
	return func() {
		if !done {
			done = true
			f()
		}
	}
}

// limitsOne refuses the writes to one item for a minute, and no others.
type limitsOne struct {
	adapters.Adapter
	id string
}

func (l limitsOne) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	if c, err := op.Open(); err == nil && c.Ref.ID == l.id {
		return external.Item{}, &external.Error{Kind: external.RateLimited, Op: op.Name, Message: "this item alone", RetryAfter: time.Minute, OneItem: true}
	}
	return l.Adapter.Write(ctx, op)
}

// TestLimitOfOneItem delays that item and no other (Jira's per-issue write limit).
func TestLimitOfOneItem(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	slow, quick := w.create("slow", ticket.Public), w.create("quick", ticket.Public)
	w.sync(p.ID)
	id := w.outside(p.ID, slow.ID).ID
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return limitsOne{a, id} }
	w.edit(slow.ID, text(ticket.Title, "slow, edited"))
	w.edit(quick.ID, text(ticket.Title, "quick, edited"))
	w.sync(p.ID)
	if got := w.outside(p.ID, quick.ID).Fields[memory.FieldTitle].Text(); got != "quick, edited" {
		t.Errorf("another ticket was held up: %q", got)
	}
	if l := w.link(p.ID, external.KindTicket, slow.ID); l.Attempts != 0 || !l.NextTry.After(w.clock.now) {
		t.Errorf("the limited one: %+v", l)
	}
	w.wrap = nil
	w.syncs(p.ID, 1)
	if got := w.outside(p.ID, slow.ID).Fields[memory.FieldTitle].Text(); got != "slow, edited" {
		t.Errorf("it did not go on: %q", got)
	}
}

func (w *world) ticket(id string) ticket.Ticket {
	w.t.Helper()
	var t ticket.Ticket
	w.view(func(tx store.Tx) (err error) { t, err = tx.Ticket(w.t.Context(), id); return err })
	return t
}

func (w *world) link(projectID string, kind external.Kind, localID string) store.Link {
	w.t.Helper()
	var l store.Link
	w.view(func(tx store.Tx) (err error) {
		l, err = tx.LinkByLocal(w.t.Context(), projectID, kind, localID)
		return err
	})
	return l
}

// syncs runs sessions, an hour apart, whatever becomes of them.
func (w *world) syncs(projectID string, n int) {
	w.t.Helper()
	for range n {
		w.clock.now = w.clock.now.Add(time.Hour)
		if _, err := w.session(projectID, store.Incremental); err != nil {
			w.t.Fatal(err)
		}
	}
}

// lose makes the next write of a project answer that its outcome is unknown.
func (w *world) lose(p store.Project, applied bool) {
	w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: applied})
}

// A label that comes back with the answer to our own call was added by a rival
// meanwhile. It is not ours, and must come in.
func TestRivalsLabelBesideOurs(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{})
	tk := w.create("a ticket", ticket.Public)
	w.sync(p.ID)
	rival := once(func() { w.must(w.trackers[p.ID].AddLabel("mallory", w.outside(p.ID, tk.ID).ID, "theirs")) })
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return meddler{a, rival} }
	w.edit(tk.ID, ticket.Fields{ticket.Labels: ticket.Set("ours")})
	w.syncs(p.ID, 2)
	if got := w.ticket(tk.ID).Fields[ticket.Labels]; !got.Equal(ticket.Set("ours", "theirs")) {
		t.Errorf("got labels %q, want both", got.Text())
	}
}

// Stamps of a minute cannot tell that nobody touched an item since its creation.
func TestCreateInDoubtAndTouchedWithinItsStamp(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{Precision: time.Hour})
	tk := w.create("ours", ticket.Public)
	w.lose(p, true)
	w.sync(p.ID)
	made := w.look(p.ID, external.KindTicket)[0]
	w.must(w.trackers[p.ID].EditField("mallory", made.ID, "title", ticket.Text("theirs")))
	w.must(w.trackers[p.ID].AddLabel("mallory", made.ID, "their label"))
	w.syncs(p.ID, 3)
	got := w.ticket(tk.ID).Fields
	if got[ticket.Title].Text() != "theirs" || !got[ticket.Labels].Equal(ticket.Set("their label")) {
		t.Errorf("got %q with labels %q, want the edits made outside", got[ticket.Title].Text(), got[ticket.Labels].Text())
	}
}

// With ids of our choosing, an item that was deleted before it was seen can never be
// made again. That is no failure of the ticket.
func TestMadeAndDeletedUnseen(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{CreateKey: external.CreateKeyClientID})
	tk := w.create("a ticket", ticket.Public)
	w.lose(p, true)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("mallory", w.look(p.ID, external.KindTicket)[0].ID))
	w.syncs(p.ID, 8)
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.MaybeGone {
		t.Errorf("got state %s (%s), want gone", l.State, l.Reason)
	}
	if n := w.trackers[p.ID].Calls().Create; n > 2 {
		t.Errorf("%d calls to create it, want at most 2", n)
	}
}

// A webhook can make a stub of a ticket that we made ourselves; the comments that were
// seen under the stub belong to the ticket all the same.
func TestCommentsOfAReplacedStub(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{})
	tk := w.create("a ticket", ticket.Public)
	w.lose(p, true)
	w.sync(p.ID)
	made := w.look(p.ID, external.KindTicket)[0]
	c, err := w.trackers[p.ID].AddComment("mallory", made.Key, "a remark")
	w.must(err)
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{made.Ref, c}))
	w.syncs(p.ID, 3)
	var comments []ticket.Comment
	w.view(func(tx store.Tx) (err error) { comments, err = tx.CommentsOf(t.Context(), tk.ID); return err })
	if len(comments) != 1 || comments[0].Body.Text() != "a remark" {
		t.Errorf("got comments %v, want the remark", comments)
	}
}

// What a privacy level kept from coming in is looked at again when the level changes.
func TestWithheldCommentComesInLater(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{})
	tk := w.create("a ticket", ticket.Public)
	w.sync(p.ID)
	set := func(level ticket.Privacy) {
		_, err := w.engine.SetPrivacy(t.Context(), tk.ID, level, "ann")
		w.must(err)
		w.syncs(p.ID, 2)
	}
	_, err := w.trackers[p.ID].AddComment("mallory", w.outside(p.ID, tk.ID).Key, "a remark")
	w.must(err)
	set(ticket.LocalOnly)
	set(ticket.Public)
	var comments []ticket.Comment
	w.view(func(tx store.Tx) (err error) { comments, err = tx.CommentsOf(t.Context(), tk.ID); return err })
	if len(comments) != 1 {
		t.Errorf("got %d comments, want the one that was withheld", len(comments))
	}
}

// One call writes two fields and never arrives. That a rival writes the same value
// into one of them proves nothing about the other.
func TestWriteInDoubtFieldByField(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{History: external.HistoryFull})
	tk := w.create("old", ticket.Public)
	w.sync(p.ID)
	w.edit(tk.ID, ticket.Fields{ticket.Title: ticket.Text("new"), ticket.State: ticket.Text(ticket.StateDone)})
	w.lose(p, false)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, "state", ticket.Text(ticket.StateDone)))
	w.syncs(p.ID, 3)
	if here, there := w.ticket(tk.ID).Fields[ticket.Title].Text(), w.outside(p.ID, tk.ID).Fields["title"].Text(); here != "new" || there != "new" {
		t.Errorf("got title %q here and %q outside, want the edit on both sides", here, there)
	}
}

// A label was added by a call whose answer got lost, and a person here took it off:
// it must not come back as if somebody had added it outside.
func TestLabelInDoubtAndTakenOff(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{})
	tk := w.create("a ticket", ticket.Public)
	w.sync(p.ID)
	w.edit(tk.ID, ticket.Fields{ticket.Labels: ticket.Set("red")})
	w.lose(p, true)
	w.sync(p.ID)
	w.edit(tk.ID, ticket.Fields{ticket.Labels: ticket.Set()})
	w.syncs(p.ID, 3)
	if here, there := w.ticket(tk.ID).Fields[ticket.Labels], w.outside(p.ID, tk.ID).Fields["labels"]; !here.IsEmpty() || !there.IsEmpty() {
		t.Errorf("got labels %q here and %q outside, want none", here.Text(), there.Text())
	}
}

// A comment cannot be written on a ticket that was deleted outside. It waits with its
// ticket; it is not to blame.
func TestCommentUnderADeletedTicket(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{})
	tk := w.create("a ticket", ticket.Public)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("mallory", w.outside(p.ID, tk.ID).ID))
	c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "ann")
	w.must(err)
	w.syncs(p.ID, 8)
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.MaybeGone {
		t.Errorf("ticket: got state %s, want gone", l.State)
	}
	if l := w.link(p.ID, external.KindComment, c.ID); l.State == store.Quarantined {
		t.Errorf("comment: it was quarantined: %s", l.Reason)
	}
}

// The value that a person wrote into a decision is kept when the values move before
// the decision takes effect.
func TestVoidDecisionKeepsItsValue(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{})
	tk := w.create("old", ticket.Public)
	w.sync(p.ID)
	theirs := func(s string) {
		w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, "title", ticket.Text(s)))
	}
	w.edit(tk.ID, text(ticket.Title, "ours"))
	theirs("theirs")
	w.sync(p.ID)
	c := w.conflicts(store.OpenConflict)[0]
	_, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseValue, Value: ticket.Text("both"), Digest: c.Digest, By: "ann"})
	w.must(err)
	theirs("theirs again")
	w.sync(p.ID)
	open := w.conflicts(store.OpenConflict)
	if len(open) != 1 || open[0].Value.Text() != "both" || open[0].External.Text() != "theirs again" {
		t.Errorf("got %+v, want it open again on the new value, with the decision's text kept", open)
	}
}

// twice is a store whose every transaction is undone once and run again, as a
// database does with those that it cannot serialise.
type twice struct{ store.Store }

func (s twice) Tx(ctx context.Context, fn func(store.Tx) error) error {
	undo := errors.New("undone")
	err := s.Store.Tx(ctx, func(tx store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return undo
	})
	if !errors.Is(err, undo) {
		return err
	}
	return s.Store.Tx(ctx, fn)
}

// Every transaction may run twice.
func TestTransactionsRunTwice(t *testing.T) {
	w := newWorld(t)
	d := w.engine.Deps
	d.Store = twice{w.store}
	w.engine = engine.New(d)
	p := w.connect("a/b", memory.Options{History: external.HistoryFull})
	tk := w.create("from here", ticket.Public)
	ref, err := w.trackers[p.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("from there")})
	w.must(err)
	_, err = w.trackers[p.ID].AddComment("mallory", ref.Key, "a remark")
	w.must(err)
	w.syncs(p.ID, 2)
	w.edit(tk.ID, text(ticket.Title, "ours"))
	w.must(w.trackers[p.ID].EditField("mallory", w.outside(p.ID, tk.ID).ID, "title", ticket.Text("theirs")))
	w.syncs(p.ID, 2)
	if n := len(w.tickets()); n != 2 {
		t.Errorf("got %d tickets, want 2", n)
	}
	if n := len(w.conflicts(store.OpenConflict)); n != 1 {
		t.Errorf("got %d conflicts, want 1", n)
	}
	if s := w.sync(p.ID); s.Counts.Writes != 0 || s.State != store.Succeeded {
		t.Errorf("got %+v, want a session without a write", s)
	}
}

// A write whose answer was lost, on an item that was deleted before anybody could look
// what became of it: whether it replaced a value unseen nobody can tell any more, and
// the journal says so.
func TestWriteInDoubtOnADeletedItem(t *testing.T) {
	w := newWorld(t)
	p := w.connect("a/b", memory.Options{History: external.HistoryFull})
	tk := w.create("old", ticket.Public)
	w.sync(p.ID)
	w.edit(tk.ID, text(ticket.Title, "new"))
	w.lose(p, true)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("mallory", w.outside(p.ID, tk.ID).ID))
	w.syncs(p.ID, 2)
	if s := w.sync(p.ID); s.State != store.Succeeded {
		t.Errorf("got a session that %s: %s", s.State, s.Reason)
	}
	found := false
	for n := range w.ids {
		w.view(func(tx store.Tx) error {
			i, err := tx.Intent(t.Context(), fmt.Sprintf("id-%06d", n))
			if err == nil && i.Verb == "update" {
				found = true
				if i.State != store.Refused || i.Audit != store.AuditUnaudited {
					t.Errorf("got an intent that is %s, audit %q; want refused and unaudited", i.State, i.Audit)
				}
			}
			return nil
		})
	}
	if !found {
		t.Error("there is no intent of an update")
	}
}

// readsBack answers a write with what a later reading shows, as Jira's adapter does where
// the write itself answers nothing. Between the two somebody acts.
type readsBack struct {
	*memory.Adapter
	between func(id string)
}

func (a readsBack) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	item, err := a.Adapter.Write(ctx, op)
	if err != nil || item.Kind != external.KindTicket || op.Creates {
		return item, err
	}
	a.between(item.ID)
	item, _ = a.Peek(item.ID)
	item.ReadBack = true
	return item, nil
}

// TestRivalBetweenWriteAndReading: what a person wrote after our write, and before it was
// read back, comes in; it is not taken for what the system made of our write.
func TestRivalBetweenWriteAndReading(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("first", ticket.Public)
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("docs")})
	w.sync(p.ID)
	tracker := w.trackers[p.ID]
	rival := func(id string) {
		w.must(tracker.EditField("mallory", id, memory.FieldTitle, ticket.Text("third")))
		w.must(tracker.EditField("mallory", id, memory.FieldLabels, ticket.Set()))
	}
	seen := ""
	act := once(func() { rival(seen) })
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return readsBack{a, func(id string) { seen = id; act() }}
	}
	w.edit(mine.ID, text(ticket.Title, "second"))
	w.syncs(p.ID, 3)
	got := w.ticket(mine.ID).Fields
	if got[ticket.Title].Text() != "third" || !got[ticket.Labels].IsEmpty() {
		t.Errorf("here: %v, want what the person wrote last", got)
	}
	if n := len(w.conflicts(store.OpenConflict)); n != 0 {
		t.Errorf("%d conflicts", n)
	}
}

// TestUnauditedBesideAudited: of two fields in one call, one of which has no values in its
// history, the write is journalled as unaudited.
func TestUnauditedBesideAudited(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return dimBody{a} }
	mine := w.create("first", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, ticket.Fields{ticket.Title: ticket.Text("second"), ticket.Body: ticket.Text("a text")})
	w.sync(p.ID)
	found := 0
	for n := range w.ids {
		w.view(func(tx store.Tx) error {
			i, err := tx.Intent(t.Context(), fmt.Sprintf("id-%06d", n))
			if err == nil && i.Verb == "update" {
				found++
				if i.State != store.Landed || i.Audit != store.AuditUnaudited {
					t.Errorf("got an intent that is %s, audit %q; want landed and unaudited", i.State, i.Audit)
				}
			}
			return nil
		})
	}
	if found != 1 {
		t.Errorf("%d updates were made, want 1", found)
	}
}

// dimBody remembers when a body changed, and not what it was.
type dimBody struct{ *memory.Adapter }

func (d dimBody) Capabilities() external.Capabilities {
	c := d.Adapter.Capabilities()
	c.Fields = append([]external.FieldCapability(nil), c.Fields...)
	for n := range c.Fields {
		if c.Fields[n].Name == memory.FieldBody {
			c.Fields[n].History = external.HistoryTimes
		}
	}
	return c
}

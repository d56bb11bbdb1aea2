package engine_test

import (
	"context"
	"errors"
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

// rollBack orders the rollback of a session as a person does, runs it, and returns its end.
func (w *world) rollBack(sessionID string) store.Session {
	w.t.Helper()
	r := w.order(sessionID)
	for range 5 {
		var err error
		r, err = w.undo(r)
		w.must(err)
		if r.State == store.Succeeded {
			return r
		}
		w.clock.now = w.clock.now.Add(time.Hour)
	}
	w.t.Fatalf("the rollback of %s: %s, %s", sessionID, r.State, r.Reason)
	return r
}

// undo runs a rollback session as the workflow does, once.
func (w *world) undo(s store.Session) (store.Session, error) {
	w.clock.now = w.clock.now.Add(time.Minute)
	r, err := w.engine.Begin(w.t.Context(), s.ID, s.ProjectID, store.Rollback)
	if err != nil {
		return s, err
	}
	return w.engine.Record(w.t.Context(), r, w.undoSteps(r))
}

func (w *world) undoSteps(r engine.Run) engine.Outcome {
	err := w.engine.Repair(w.t.Context(), r)
	if err == nil {
		err = w.engine.Guard(w.t.Context(), r, 1000)
	}
	for err == nil {
		var p engine.Progress
		p, err = w.engine.Undo(w.t.Context(), r, 3)
		if err == nil && !p.More {
			return engine.Outcome{State: store.Succeeded}
		}
		if !p.RetryAt.IsZero() {
			return engine.Outcome{State: store.Stopped, Reason: p.Reason}
		}
	}
	var held *engine.HeldError
	if errors.As(err, &held) {
		return engine.Outcome{State: store.Held, Reason: held.Reason}
	}
	return engine.Outcome{State: store.Failed, Kind: external.KindOf(err), Reason: err.Error()}
}

// stays fails unless sessions have nothing more to do.
func (w *world) stays(projectID string) {
	w.t.Helper()
	for range 3 {
		if c := w.sync(projectID).Counts; c.Writes+c.AppliedHere+c.CreatedHere+c.CreatedOutside+c.DeletedHere+c.Conflicts > 0 {
			w.t.Errorf("the next session does something: %+v", c)
		}
	}
}

// undone returns the open conflicts that undos have left, by field.
func (w *world) undone() (parked, kept map[ticket.Field]store.Conflict) {
	w.t.Helper()
	parked, kept = map[ticket.Field]store.Conflict{}, map[ticket.Field]store.Conflict{}
	for _, c := range w.conflicts(store.OpenConflict) {
		switch {
		case c.Kind != store.Undone:
			w.t.Errorf("a conflict of kind %s about %s", c.Kind, c.Field)
		case c.Kept:
			kept[c.Field] = c
		default:
			parked[c.Field] = c
		}
	}
	return parked, kept
}

// TestRollback undoes one session, and then the undo.
func TestRollback(t *testing.T) {
	hist := memory.Options{History: external.HistoryFull}
	type ends struct{ here, there ticket.Fields }
	body, labels := func(s string) ticket.Fields { return text(ticket.Body, s) }, func(l ...string) ticket.Fields {
		return ticket.Fields{ticket.Labels: ticket.Set(l...)}
	}
	tests := []struct {
		reason string
		do     func(w *world, item, id string) // before the session that is undone
		since  func(w *world, item, id string) // after it
		want   ends                            // after the undo
		parked string                          // by an undone conflict: where it was restored
		kept   bool                            // edited since
		again  ends                            // after the undo of the undo
	}{
		{
			reason: "a push is taken back outside, and ours stays here",
			do:     func(w *world, _, id string) { w.edit(id, body("new")) },
			want:   ends{body("new"), body("old")}, parked: "restored outside", again: ends{body("new"), body("new")},
		},
		{
			reason: "an apply is taken back here, and theirs stays there",
			do:     func(w *world, item, _ string) { w.outsideEdit(item, memory.FieldBody, ticket.Text("new")) },
			want:   ends{body("old"), body("new")}, parked: "restored here", again: ends{body("new"), body("new")},
		},
		{
			reason: "edited here since: it stays, flows, and what was there before is kept",
			do:     func(w *world, _, id string) { w.edit(id, body("new")) },
			since:  func(w *world, _, id string) { w.edit(id, body("newer")) },
			want:   ends{body("newer"), body("new")}, kept: true, again: ends{body("newer"), body("newer")},
		},
		{
			reason: "edited outside since",
			do:     func(w *world, _, id string) { w.edit(id, body("new")) },
			since:  func(w *world, item, _ string) { w.outsideEdit(item, memory.FieldBody, ticket.Text("newer")) },
			want:   ends{body("new"), body("newer")}, kept: true, again: ends{body("newer"), body("newer")},
		},
		{
			reason: "a later session wrote it",
			do:     func(w *world, _, id string) { w.edit(id, body("new")) },
			since: func(w *world, _, id string) {
				w.edit(id, body("newer"))
				w.sync(w.only())
			},
			want: ends{body("newer"), body("newer")}, kept: true, again: ends{body("newer"), body("newer")},
		},
		{
			reason: "of a set the session's elements go, and what was added since stays",
			do:     func(w *world, _, id string) { w.edit(id, labels("a", "b")) },
			since: func(w *world, item, _ string) {
				w.must(w.trackers[w.only()].AddLabel("bob", item, "c"))
				w.sync(w.only())
			},
			want: ends{labels("a", "b", "c"), labels("a", "c")}, parked: "restored outside", again: ends{labels("a", "b", "c"), labels("a", "b", "c")},
		},
		{
			reason: "an element that was taken away comes back",
			do:     func(w *world, item, _ string) { w.must(w.trackers[w.only()].RemoveLabel("bob", item, "a")) },
			want:   ends{labels("a"), labels()}, parked: "restored here", again: ends{labels(), labels()},
		},
		{
			reason: "a set merged from both sides returns on both",
			do: func(w *world, item, id string) {
				w.must(w.trackers[w.only()].AddLabel("bob", item, "theirs"))
				w.edit(id, labels("a", "ours"))
			},
			want: ends{labels("a", "ours"), labels("a", "theirs")}, parked: "restored here and outside", again: ends{labels("a", "ours", "theirs"), labels("a", "ours", "theirs")},
		},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", hist)
			mine := w.create("Write the manual", ticket.Public)
			w.edit(mine.ID, ticket.Fields{ticket.Body: ticket.Text("old"), ticket.Labels: ticket.Set("a")})
			w.sync(p.ID)
			w.sync(p.ID)
			item := w.outside(p.ID, mine.ID).ID
			check := func(when string, want ends) {
				t.Helper()
				for f, v := range want.here {
					if got := w.ticket(mine.ID).Fields[f]; !got.Equal(v) {
						t.Errorf("%s: %s is %q here, want %q", when, f, got, v)
					}
				}
				for f, v := range want.there {
					if got := w.outside(p.ID, mine.ID).Fields[string(f)]; !got.Equal(v) {
						t.Errorf("%s: %s is %q outside, want %q", when, f, got, v)
					}
				}
			}
			tt.do(w, item, mine.ID)
			s := w.sync(p.ID)
			if tt.since != nil {
				tt.since(w, item, mine.ID)
			}
			r := w.rollBack(s.ID)
			check("undone", tt.want)
			if !tt.kept {
				w.stays(p.ID)
			} else {
				w.sync(p.ID)
			}
			parked, kept := w.undone()
			if len(parked) == 1 != (tt.parked != "") || len(kept) == 1 != tt.kept {
				t.Errorf("%d parked, %d kept", len(parked), len(kept))
			}
			for f, c := range parked {
				if c.Reason != tt.parked {
					t.Errorf("%s is parked as %q, want %q", f, c.Reason, tt.parked)
				}
			}
			w.rollBack(r.ID)
			check("undone and redone", tt.again)
			w.stays(p.ID)
			if parked, kept := w.undone(); len(parked)+len(kept) > 0 {
				t.Errorf("conflicts are left after the undo of the undo: %v %v", parked, kept)
			}
		})
	}
}

func (w *world) outsideEdit(item, field string, v ticket.Value) {
	w.t.Helper()
	w.must(w.trackers[w.only()].EditField("bob", item, field, v))
}

// only returns the one project there is.
func (w *world) only() string {
	for id := range w.trackers {
		return id
	}
	return ""
}

// TestRollbackOfADecision: what a person decided is undone on both sides, and the value that
// the decision wrote is kept in the record.
func TestRollbackOfADecision(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Title, "ours"))
	w.outsideEdit(w.outside(p.ID, mine.ID).ID, memory.FieldTitle, ticket.Text("theirs"))
	w.sync(p.ID)
	c := w.conflicts(store.OpenConflict)[0]
	_, err := w.engine.Decide(t.Context(), c.ID, engine.Decision{Choice: store.ChooseValue, Value: ticket.Text("both"), Digest: c.Digest, By: "ann"})
	w.must(err)
	s := w.sync(p.ID)
	w.rollBack(s.ID)
	here, there := w.ticket(mine.ID).Fields[ticket.Title].Text(), w.outside(p.ID, mine.ID).Fields["title"].Text()
	if here != "ours" || there != "theirs" {
		t.Errorf("undone it is %q here and %q there", here, there)
	}
	w.stays(p.ID)
	if parked, _ := w.undone(); parked[ticket.Title].Value.Text() != "both" {
		t.Errorf("the decision's value is not kept: %+v", parked)
	}
}

// TestRollbackOfCreations: what a session made is taken back on either side, stays away, and
// comes back when the undo is undone.
func TestRollbackOfCreations(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("born here", ticket.Public)
	_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("born there")})
	w.must(err)
	_, err = w.trackers[p.ID].AddComment("bob", ref.Key, "their remark")
	w.must(err)
	s := w.sync(p.ID)
	if s.Counts.CreatedHere != 2 || s.Counts.CreatedOutside != 2 {
		t.Fatalf("made %+v", s.Counts)
	}
	r := w.rollBack(s.ID)
	if n := len(w.tickets()); n != 1 {
		t.Errorf("%d tickets are here, want our own alone", n)
	}
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
		t.Errorf("what we made outside is %q", got)
	}
	w.stays(p.ID)
	again := w.rollBack(r.ID)
	if n := len(w.tickets()); n != 2 {
		t.Errorf("%d tickets are here after the undo of the undo", n)
	}
	if c := w.sync(p.ID).Counts; c.CreatedOutside != 1 {
		t.Errorf("the remark that was deleted outside is not made again: %+v", c)
	}
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateOpen {
		t.Errorf("what was withdrawn is %q", got)
	}
	w.stays(p.ID)
	w.rollBack(again.ID)
	if n := len(w.tickets()); n != 1 {
		t.Errorf("%d tickets are here after the third undo", n)
	}
	w.stays(p.ID)
}

// TestRollbackOfADeletion: a comment that a session deleted here comes back, and stays.
func TestRollbackOfADeletion(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("born here", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("bob", w.link(p.ID, external.KindComment, c.ID).ExternalID))
	s, err := w.session(p.ID, store.Reconcile)
	w.must(err)
	if s.Counts.DeletedHere != 1 {
		t.Fatalf("%+v", s.Counts)
	}
	w.rollBack(s.ID)
	w.view(func(tx store.Tx) (err error) { c, err = tx.Comment(t.Context(), c.ID); return err })
	if c.Deleted || c.Body.Text() != "a remark" {
		t.Errorf("the comment is %+v", c)
	}
	w.stays(p.ID)
}

// TestRollbackIsBoundToItsPreview: an approval is of what was shown, and of nothing else.
func TestRollbackIsBoundToItsPreview(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("born here", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Title, "edited"))
	s := w.sync(p.ID)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	if pv.Counts.Outside != 1 || len(pv.Rows) != 1 || pv.Rows[0].There.After.Text() != "born here" {
		t.Errorf("the preview: %+v", pv)
	}
	w.edit(mine.ID, text(ticket.Title, "edited again"))
	_, now, err := w.engine.OrderRollback(t.Context(), s.ID, pv.Digest, "ann")
	if !errors.Is(err, engine.ErrMoved) || now.Counts.Kept != 1 {
		t.Errorf("an order on an old preview: %v, %+v", err, now.Counts)
	}
	_, _, err = w.engine.OrderRollback(t.Context(), s.ID, now.Digest, "ann")
	w.must(err)
	if _, err := w.engine.PreviewRollback(t.Context(), s.ID); !errors.Is(err, engine.ErrOrdered) {
		t.Errorf("ordered twice: %v", err)
	}
	next, err := w.engine.NextRollback(t.Context(), p.ID)
	w.must(err)
	_, err = w.undo(next)
	w.must(err)
	if _, err := w.engine.PreviewRollback(t.Context(), s.ID); !errors.Is(err, engine.ErrUndone) {
		t.Errorf("undone twice: %v", err)
	}
	if _, err := w.engine.NextRollback(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("nothing is left, but: %v", err)
	}
}

// TestAPreviewNamesWhatCannotBeUndone: a session brought an edit of a comment in, whose ticket
// is not here any more. Who looks at the preview of its undo is told that it cannot be undone.
func TestAPreviewNamesWhatCannotBeUndone(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	ref := w.makeOutside(p, made("born there", "text"))
	said, err := w.trackers[p.ID].AddComment("mallory", ref.Key, "a remark")
	w.must(err)
	first := w.sync(p.ID)
	w.must(w.trackers[p.ID].EditField("mallory", said.ID, memory.FieldBody, ticket.Text("a remark, edited")))
	w.clock.now = w.clock.now.Add(time.Minute)
	second := w.sync(p.ID)
	if second.Counts.AppliedHere != 1 {
		t.Fatalf("the second session did %+v", second.Counts)
	}
	w.rollBack(first.ID)
	pv, err := w.engine.PreviewRollback(t.Context(), second.ID)
	w.must(err)
	if len(pv.Rows) != 1 || pv.Counts.Cannot != 1 || pv.Rows[0].Field != ticket.Body || pv.Rows[0].CommentID == "" || pv.Rows[0].Reason == "" {
		t.Errorf("the preview: %+v", pv)
	}
}

// TestWhatCannotBeUndoneIsListed: with its reason, and hinders nothing else.
func TestWhatCannotBeUndoneIsListed(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine, other := w.create("one", ticket.Public), w.create("two", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), other.ID, "a remark", "", "ann")
	w.must(err)
	w.sync(p.ID)
	_, err = w.engine.DeleteComment(t.Context(), c.ID, 1, "ann")
	w.must(err)
	w.edit(mine.ID, text(ticket.Title, "one, edited"))
	w.edit(other.ID, text(ticket.Title, "two, edited"))
	s := w.sync(p.ID)
	_, err = w.engine.SetPrivacy(t.Context(), mine.ID, ticket.LocalOnly, "ann")
	w.must(err)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	if pv.Counts.Cannot != 2 || pv.Counts.Outside != 1 {
		t.Errorf("the preview: %+v", pv.Counts)
	}
	for _, r := range pv.Rows {
		if r.Action == plan.Cannot && r.Reason == "" {
			t.Errorf("no reason: %+v", r)
		}
	}
	w.rollBack(s.ID)
	if got := w.outside(p.ID, other.ID).Fields["title"].Text(); got != "two" {
		t.Errorf("what can be undone is %q", got)
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "one, edited" {
		t.Errorf("what may not leave is %q", got)
	}
}

// TestARollbackThatIsInterrupted goes on where it was, whatever became of the call.
func TestARollbackThatIsInterrupted(t *testing.T) {
	for _, fault := range []memory.Fault{{Kind: external.Ambiguous, Applied: true}, {Kind: external.Ambiguous}, {Kind: external.Temporary}} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		var all []ticket.Ticket
		for range 5 {
			all = append(all, w.create("before", ticket.Public))
		}
		w.sync(p.ID)
		for _, one := range all {
			w.edit(one.ID, text(ticket.Title, "after"))
		}
		s := w.sync(p.ID)
		w.trackers[p.ID].FailNextWrite(fault)
		r := w.rollBack(s.ID)
		for _, one := range all {
			if got := w.outside(p.ID, one.ID).Fields["title"].Text(); got != "before" {
				t.Errorf("%v: it is %q outside", fault, got)
			}
		}
		w.stays(p.ID)
		if parked := w.conflicts(store.OpenConflict); len(parked) != 5 {
			t.Errorf("%v: %d fields are parked", fault, len(parked))
		}
		w.rollBack(r.ID)
		for _, one := range all {
			if got := w.outside(p.ID, one.ID).Fields["title"].Text(); got != "after" {
				t.Errorf("%v: redone it is %q outside", fault, got)
			}
		}
		w.stays(p.ID)
	}
}

// TestAFailedSessionIsRolledBack where the project asks for it, and waits while the system
// is away.
func TestAFailedSessionIsRolledBack(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	_, err := w.engine.Configure(t.Context(), p.ID, "ann", func(p *store.Project) error { p.RollbackFailed = true; return nil })
	w.must(err)
	one, two := w.create("one", ticket.Public), w.create("two", ticket.Public)
	w.sync(p.ID)
	w.edit(one.ID, text(ticket.Title, "one, edited"))
	w.edit(two.ID, text(ticket.Title, "two, edited"))
	w.sessions++
	r, err := w.engine.Begin(t.Context(), "fails", p.ID, store.Incremental)
	w.must(err)
	_, err = w.engine.Sync(t.Context(), r, 1)
	w.must(err)
	s, err := w.engine.Record(t.Context(), r, engine.Outcome{State: store.Failed, Kind: external.Temporary, Reason: "away"})
	w.must(err)
	order, err := w.engine.NextRollback(t.Context(), p.ID)
	w.must(err)
	if order.Undoes != s.ID || order.By != store.OnFailure || order.State != store.Pending {
		t.Fatalf("ordered: %+v", order)
	}
	away := &external.Error{Kind: external.Temporary, Op: "read", Message: "away"}
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return noReads{a, away} }
	failed, err := w.undo(order)
	w.must(err)
	if next, err := w.engine.NextRollback(t.Context(), p.ID); err != nil || failed.State == store.Succeeded || next.ID != order.ID {
		t.Errorf("while the system is away the rollback is %s; the next one: %v, %v", failed.State, next.ID, err)
	}
	w.wrap = nil
	done, err := w.undo(order)
	w.must(err)
	if done.State != store.Succeeded || w.outside(p.ID, one.ID).Fields["title"].Text() != "one" {
		t.Errorf("it ended %s (%s), and the title is %q", done.State, done.Reason, w.outside(p.ID, one.ID).Fields["title"].Text())
	}
}

// noReads is a tracker that answers no reading.
type noReads struct {
	*memory.Adapter
	err error
}

func (a noReads) Read(context.Context, []external.Ref) ([]external.Item, error) { return nil, a.err }

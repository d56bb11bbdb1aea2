package engine_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestUndoSparesWhatLaterSessionsWrote: a session made a ticket here, and others wrote it since. Its
// undo deletes what is as the session had left it, and nothing else.
func TestUndoSparesWhatLaterSessionsWrote(t *testing.T) {
	theirs := func(body string) func(*world, string) {
		return func(w *world, item string) { w.outsideEdit(item, memory.FieldBody, ticket.Text(body)) }
	}
	for _, tt := range []struct {
		reason string
		again  func(w *world, item string) // while the session still runs, after it has made the ticket
		since  func(w *world, item string) // after it
		undone bool                        // what came in since was undone
		stays  bool
	}{
		{reason: "nobody wrote it since"},
		{reason: "the session itself wrote it once more", again: theirs("two")},
		{reason: "a later session wrote it", since: theirs("three"), stays: true},
		{reason: "a later session wrote what the session had written twice", again: theirs("two"), since: theirs("three"), stays: true},
		{reason: "a later session wrote something else", again: theirs("two"), stays: true,
			since: func(w *world, item string) { w.must(w.trackers[w.only()].AddLabel("bob", item, "theirs")) }},
		{reason: "what a later session wrote was undone", again: theirs("two"), since: theirs("three"), undone: true},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("a ticket"), "body": ticket.Text("one")})
		w.must(err)
		w.clock.now = w.clock.now.Add(time.Minute)
		r, err := w.engine.Begin(t.Context(), "the-session", p.ID, store.Incremental)
		w.must(err)
		done := w.steps(r)
		if tt.again != nil { // its worker dies, and another one goes on with it
			tt.again(w, ref.ID)
			r, err = w.engine.Begin(t.Context(), r.SessionID, p.ID, store.Incremental)
			w.must(err)
			done = w.steps(r)
		}
		s, err := w.engine.Record(t.Context(), r, done)
		w.must(err)
		if tt.since != nil {
			tt.since(w, ref.ID)
			if later := w.sync(p.ID); tt.undone {
				w.rollBack(later.ID)
			}
		}
		w.rollBack(s.ID)
		if got := len(w.tickets()) == 1; got != tt.stays {
			t.Errorf("%s: the ticket is here: %t, want %t", tt.reason, got, tt.stays)
		}
	}
}

// TestUndoOfAnUndoSparesWhatLaterSessionsWrote: the undo of an undo brought a ticket back here, and
// a later session let in what somebody wrote outside. A third undo does not delete that.
func TestUndoOfAnUndoSparesWhatLaterSessionsWrote(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("a ticket"), "body": ticket.Text("one")})
	w.must(err)
	again := w.rollBack(w.rollBack(w.sync(p.ID).ID).ID)
	w.outsideEdit(ref.ID, memory.FieldBody, ticket.Text("two"))
	w.sync(p.ID)
	w.rollBack(again.ID)
	if list := w.tickets(); len(list) != 1 || list[0].Fields[ticket.Body].Text() != "two" {
		t.Errorf("here are %+v", list)
	}
}

// TestUndoOfARemarkThatCameAndWent: one session let an edit of a comment in, or brought the comment
// back for it, and then deleted it here, as it was outside by then. Undone it is as it was before.
func TestUndoOfARemarkThatCameAndWent(t *testing.T) {
	for _, wasDeleted := range []bool{false, true} {
		m := newMovers(t, memory.Options{})
		said := m.remarks()[0]
		if wasDeleted {
			_, err := m.engine.DeleteComment(t.Context(), said.ID, said.Revision, "ann")
			m.must(err)
		}
		m.must(m.trackers[m.a.ID].EditField("mallory", m.comment.ID, memory.FieldBody, ticket.Text("a remark, edited")))
		m.clock.now = m.clock.now.Add(time.Hour)
		r, err := m.engine.Begin(t.Context(), "the-session", m.a.ID, store.Incremental)
		m.must(err)
		m.steps(r) // its worker dies, and another one goes on with it
		m.must(m.trackers[m.a.ID].Delete("mallory", m.comment.ID))
		m.must(m.engine.Hint(t.Context(), m.a.ID, []external.Ref{m.comment}))
		m.clock.now = m.clock.now.Add(time.Hour)
		r, err = m.engine.Begin(t.Context(), r.SessionID, m.a.ID, store.Incremental)
		m.must(err)
		s, err := m.engine.Record(t.Context(), r, m.steps(r))
		m.must(err)
		if s.Counts.AppliedHere == 0 || s.Counts.DeletedHere == 0 {
			t.Fatalf("it has not come and gone: %+v", s.Counts)
		}
		undo := m.rollBack(s.ID)
		want := []string{"a remark"}
		if wasDeleted {
			want = nil
		}
		if got := m.said(m.id); !slices.Equal(got, want) {
			t.Errorf("deleted before %t: undone here is said %q, want %q", wasDeleted, got, want)
		}
		m.rollBack(undo.ID)
		if got := m.said(m.id); len(got) != 0 {
			t.Errorf("deleted before %t: the undo is undone, and here is said %q", wasDeleted, got)
		}
	}
}

// TestUndoOfAnUndoSparesADecision: an undo kept what it would have restored, and a person decided that
// he wants it back. That the undo is undone before it is carried out does not make his word void.
func TestUndoOfAnUndoSparesADecision(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	item := w.outside(p.ID, tk.ID).ID
	w.outsideEdit(item, memory.FieldTitle, ticket.Text("bob's"))
	s := w.sync(p.ID)
	w.outsideEdit(item, memory.FieldTitle, ticket.Text("bob's again"))
	w.sync(p.ID)
	undo := w.rollBack(s.ID)
	w.decide(w.conflictsOf(ticket.Title)[0], store.ChooseExternal)
	w.rollBack(undo.ID)
	w.sync(p.ID)
	if here, there := w.both(p.ID, tk.ID, ticket.Title); here != "a ticket" || there != "a ticket" {
		t.Errorf("here it reads %q, outside %q", here, there)
	}
	if c := w.conflictsOf(ticket.Title)[0]; c.State != store.Resolved || c.DecidedBy != "ann" {
		t.Errorf("the question is %s, decided by %s", c.State, c.DecidedBy)
	}
}

// TestUndoSparesADecision: a write of ours went over what bob had just written outside, and a person decided
// which is to stand. That the session is undone before that is carried out does not make void that he
// wants bob's; where he wants what stands here, he is asked about what was undone.
func TestUndoSparesADecision(t *testing.T) {
	for choice, want := range map[store.Choice]string{store.ChooseExternal: "bob's", store.ChooseLocal: "a ticket"} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		tk := w.create("a ticket", ticket.Public)
		w.sync(p.ID)
		item := w.outside(p.ID, tk.ID).ID
		w.edit(tk.ID, text(ticket.Title, "ann's"))
		rival := func() { w.outsideEdit(item, memory.FieldTitle, ticket.Text("bob's")) }
		w.watch(func(call string) error {
			if call == "write" && rival != nil {
				w.clock.now = w.clock.now.Add(time.Second)
				rival()
				rival = nil
			}
			return nil
		}, nil)
		s := w.sync(p.ID)
		lost := w.conflicts(store.OpenConflict)
		if len(lost) != 1 || lost[0].External.Text() != "bob's" {
			t.Fatalf("of what bob wrote is kept %+v", lost)
		}
		w.decide(lost[0], choice)
		w.rollBack(s.ID)
		w.syncs(p.ID, 2)
		if _, there := w.both(p.ID, tk.ID, ticket.Title); there != want {
			t.Errorf("%s: outside it reads %q, want %q", choice, there, want)
		}
		if asked := len(w.conflicts(store.OpenConflict)); (asked == 0) != (choice == store.ChooseExternal) {
			t.Errorf("%s: %d questions are open", choice, asked)
		}
	}
}

// TestWhatAnUndoClosedIsRestored: an undo kept what it would have restored, and was undone itself. Whoever
// wants the value back has it back, unless somebody wrote the field since.
func TestWhatAnUndoClosedIsRestored(t *testing.T) {
	for _, edited := range []bool{false, true} {
		w, p, tk := pairOf(t, memory.Options{})
		w.outsideEdit(w.outside(p.ID, tk.ID).ID, memory.FieldTitle, ticket.Text("bob's"))
		s := w.sync(p.ID)
		w.edit(tk.ID, text(ticket.Title, "ann's"))
		w.rollBack(w.rollBack(s.ID).ID)
		if edited {
			w.edit(tk.ID, text(ticket.Title, "ann's again"))
		}
		was := w.conflictsOf(ticket.Title)[0]
		_, err := w.engine.Restore(t.Context(), was.ID, engine.Restoration{Side: engine.SideExternal, By: "ann"})
		if engine.IsStale(err) != edited {
			t.Errorf("edited since %t: %v", edited, err)
		}
		want := map[bool]string{false: "a ticket", true: "ann's again"}[edited]
		if got := w.ticket(tk.ID).Fields[ticket.Title].Text(); got != want {
			t.Errorf("edited since %t: here it reads %q", edited, got)
		}
	}
}

// TestUndoOfWhatWasWrittenOverUnseen: one call wrote a title and a text, its answer was lost, and
// somebody wrote over the text before anybody looked. The title proves the call: the undo takes it
// back, and says of the text that it was edited since, what was there before it kept.
func TestUndoOfWhatWasWrittenOverUnseen(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a title"), ticket.Body: ticket.Text("a text")}, ticket.Public)
	w.sync(p.ID)
	w.edit(id, ticket.Fields{ticket.Title: ticket.Text("another title"), ticket.Body: ticket.Text("another text")})
	w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: true})
	s := w.sync(p.ID)
	w.outsideEdit(w.outside(p.ID, id).ID, memory.FieldBody, ticket.Text("a text of theirs"))
	w.syncs(p.ID, 2)
	w.rollBack(s.ID)
	if got := w.shown(p.ID); got != "title=a title;body=a text of theirs;state=open;" {
		t.Errorf("undone, outside reads %q", got)
	}
	was := w.conflictsOf(ticket.Body)
	if len(was) != 1 || was[0].External.Text() != "a text" {
		t.Errorf("of the text before is kept %+v", was)
	}
}

// conflictsOf returns the conflicts that an undo left about a field.
func (w *world) conflictsOf(f ticket.Field) (out []store.Conflict) {
	for _, c := range w.conflicts("") {
		if c.Kind == store.Undone && c.Field == f {
			out = append(out, c)
		}
	}
	return out
}

// TestUndoSparesWhatCameFromElsewhere: the people of another project put something on a ticket that a session had made
// here, in a field that the session's project does not carry. Undoing the session does not delete the ticket with it;
// what a system fills in by itself is nobody's work.
func TestUndoSparesWhatCameFromElsewhere(t *testing.T) {
	for _, tt := range []struct {
		why   string
		field ticket.Field
		there func(w *world, other, id string)
		stays bool
	}{
		{"a text", ticket.Body, func(w *world, other, id string) {
			w.must(w.trackers[other].EditField("carl", w.outside(other, id).ID, memory.FieldBody, ticket.Text("three of us saw it")))
		}, true},
		{"a label", ticket.Labels, func(w *world, other, id string) {
			w.must(w.trackers[other].AddLabel("carl", w.outside(other, id).ID, "theirs"))
		}, true},
		{"the state that a new item has", ticket.State, func(*world, string, string) {}, false},
	} {
		w := newWorld(t)
		from, to := w.connect("octo/from", memory.Options{}), w.connect("octo/to", memory.Options{})
		w.activate(from.ID, without(tt.field))
		_, _, err := w.engine.ChangeRulesAndTakeBack(t.Context(), to.ID, "op", outbound.Stop, func(r *outbound.Rules) {
			r.PassOn = []outbound.PassOn{{From: from.ID, To: to.ID}}
		})
		w.must(err)
		_, err = w.trackers[from.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("It smokes")})
		w.must(err)
		made := w.sync(from.ID)
		w.syncs(to.ID, 2)
		id := w.titled("It smokes").ID
		tt.there(w, to.ID, id)
		w.syncs(to.ID, 2)
		w.rollBack(made.ID)
		if stays := !w.ticket(id).Deleted; stays != tt.stays {
			t.Errorf("%s: the ticket stays here: %v, want %v", tt.why, stays, tt.stays)
		}
	}
}

// TestUndoOfWhatIsSetAside: a ticket rests, for it is locked outside, as a session that brought a text in is
// undone. Tried again, it does not bring that text in once more.
func TestUndoOfWhatIsSetAside(t *testing.T) {
	s := newAside(t, memory.Options{})
	s.stood()
	s.theirsThere(memory.FieldBody)
	s.goOn(store.Incremental)
	of := s.last
	s.locked = true
	s.edit(s.id, ticket.Fields{ticket.Title: ticket.Text("TITLE-1")})
	for range 8 {
		s.goOn(store.Incremental)
	}
	l := s.link(s.p.ID, external.KindTicket, s.id)
	if l.State != store.Quarantined {
		t.Fatalf("the link is %s (%s)", l.State, l.Reason)
	}
	s.order(of)
	s.goOn(store.Incremental)
	s.locked = false
	s.must(s.store.Tx(t.Context(), func(tx store.Tx) error { return s.engine.RetryTx(t.Context(), tx, l.ID) }))
	s.goOn(store.Incremental)
	s.goOn(store.Reconcile)
	if b := s.ticket(s.id).Fields[ticket.Body].Text(); !strings.HasPrefix(b, "BODY-0") {
		t.Errorf("the text is %q here", b)
	}
	if s.goOn(store.Incremental); len(s.conflicts(store.OpenConflict)) != 1 {
		t.Errorf("asked: %+v", s.conflicts(store.OpenConflict))
	}
}

// TestUndoSparesWhatSomebodyAddedToAFieldToldOnce: labels go out when an item is made, and are not compared afterwards. bob puts
// one on since: the item is worked on, and an undo leaves it there.
func TestUndoSparesWhatSomebodyAddedToAFieldToldOnce(t *testing.T) {
	for _, added := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{TicketDel: true})
		w.activate(p.ID, func(m *mapping.Mapping) { m.Rule(external.KindTicket, ticket.Labels).OnCreate = true })
		id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a ticket"), ticket.Labels: ticket.Set("ours")}, ticket.Public)
		s := w.sync(p.ID)
		item := w.outside(p.ID, id)
		if added {
			w.must(w.trackers[p.ID].AddLabel("bob", item.ID, "bobs"))
		}
		w.rollBack(s.ID)
		if got := w.link(p.ID, external.KindTicket, id).State == store.Live; got != added {
			t.Errorf("a label added %t: the item stays %t", added, got)
		}
	}
}

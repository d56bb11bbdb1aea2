package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// attempts goes on with a rollback, an hour after the other, until it has succeeded.
func (w *world) attempts(r store.Session, most int) (store.Session, int) {
	w.t.Helper()
	for n := range most {
		w.clock.now = w.clock.now.Add(time.Hour)
		var err error
		r, err = w.undo(r)
		w.must(err)
		if r.State == store.Succeeded {
			return r, n + 1
		}
	}
	return r, most
}

// cannot returns why a session's journal says that a field cannot be undone; empty: it does not.
func (w *world) cannot(sessionID, ticketID string, f ticket.Field) (why string) {
	w.view(func(tx store.Tx) error {
		steps, err := tx.Steps(w.t.Context(), sessionID, 0, 100)
		for _, s := range steps {
			if s.TicketID == ticketID && s.Field == f && s.Action == plan.Cannot {
				why = s.Reason
			}
		}
		return err
	})
	return why
}

// order orders the rollback of a session.
func (w *world) order(sessionID string) store.Session {
	w.t.Helper()
	pv, err := w.engine.PreviewRollback(w.t.Context(), sessionID)
	w.must(err)
	r, _, err := w.engine.OrderRollback(w.t.Context(), sessionID, pv.Digest, "ann")
	w.must(err)
	return r
}

// TestUndoWithoutAnAnswerAboutOneItem: the system answers, but never about one item. The other
// is undone at once, and after some hours the undo says so of this one and lets the project go on.
func TestUndoWithoutAnAnswerAboutOneItem(t *testing.T) {
	w, p, bad, good, a := twoTickets(t)
	w.edit(bad.ID, text(ticket.Title, "Bad, edited"))
	w.edit(good.ID, text(ticket.Title, "Good, edited"))
	s := w.sync(p.ID)
	a.read = external.Temporary
	r, err := w.undo(w.order(s.ID))
	w.must(err)
	if got := w.outside(p.ID, good.ID).Fields["title"].Text(); got != "Good" || r.State != store.Stopped {
		t.Fatalf("the other ticket is %q, and the rollback %s", got, r.State)
	}
	if r, _ = w.attempts(r, 5); r.State != store.Succeeded {
		t.Fatalf("the rollback holds the project up: %s, %s", r.State, r.Reason)
	}
	if why := w.cannot(r.ID, bad.ID, ticket.Title); !strings.Contains(why, "for an hour") {
		t.Errorf("of the one without an answer it says %q", why)
	}
	a.read = ""
	w.stays(p.ID)
}

// TestUndoWaitsForASystemThatIsAway: that nothing at all answers is no word about any item.
func TestUndoWaitsForASystemThatIsAway(t *testing.T) {
	w, p, bad, _, a := twoTickets(t)
	w.edit(bad.ID, text(ticket.Title, "Bad, edited"))
	s := w.sync(p.ID)
	a.read, a.away = external.Temporary, true
	r, n := w.attempts(w.order(s.ID), 30)
	if r.State == store.Succeeded {
		t.Fatalf("the rollback gave up after %d tries", n)
	}
	a.read, a.away = "", false
	if r, _ = w.attempts(r, 1); r.State != store.Succeeded {
		t.Fatalf("with the system back the rollback is %s: %s", r.State, r.Reason)
	}
	if got := w.outside(p.ID, bad.ID).Fields["title"].Text(); got != "Bad" {
		t.Errorf("undone it is %q", got)
	}
}

// TestUndoOfACommentWhoseTicketCannotBeRead: a comment that the session made cannot be seen any
// more, nor can its ticket be read to tell whether it is gone. The undo says so of the comment,
// undoes the rest, and does not hold the project up for as long as the ticket fails.
func TestUndoOfACommentWhoseTicketCannotBeRead(t *testing.T) {
	w, p, bad, good, a := twoTickets(t)
	said, err := w.engine.AddComment(t.Context(), bad.ID, "a remark", "", "bob")
	w.must(err)
	w.edit(good.ID, text(ticket.Title, "Good, edited"))
	s := w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("mallory", w.link(p.ID, external.KindComment, said.ID).ExternalID))
	a.read = external.Invalid
	r, err := w.undo(w.order(s.ID))
	w.must(err)
	if got := w.outside(p.ID, good.ID).Fields["title"].Text(); got != "Good" || r.State != store.Succeeded {
		t.Fatalf("the other ticket is %q, and the rollback %s: %s", got, r.State, r.Reason)
	}
	if why := w.cannot(r.ID, bad.ID, ""); !strings.Contains(why, "its ticket cannot be read") {
		t.Errorf("of the comment it says %q", why)
	}
}

// TestUndoOfAWriteThatNobodyCanLookUp: of a session's write no answer came, and its item can
// never be read again. After an hour the undo says that this may be left.
func TestUndoOfAWriteThatNobodyCanLookUp(t *testing.T) {
	for _, kind := range []external.ErrorKind{external.Invalid, external.Temporary} {
		w, p, bad, good, a := twoTickets(t)
		w.edit(bad.ID, text(ticket.Title, "Bad, edited"))
		w.edit(good.ID, text(ticket.Title, "Good, edited"))
		a.lost = true
		s := w.sync(p.ID)
		a.read = kind
		r, _ := w.attempts(w.order(s.ID), 6)
		if r.State != store.Succeeded {
			t.Fatalf("%s: the rollback holds the project up: %s, %s", kind, r.State, r.Reason)
		}
		if got := w.outside(p.ID, good.ID).Fields["title"].Text(); got != "Good" {
			t.Errorf("%s: the other ticket is %q", kind, got)
		}
		if why := w.cannot(r.ID, bad.ID, ticket.Title); !strings.Contains(why, "for an hour") {
			t.Errorf("%s: of the write in doubt it says %q", kind, why)
		}
		a.read = ""
		l := w.link(p.ID, external.KindTicket, bad.ID)
		w.must(w.store.Tx(t.Context(), func(tx store.Tx) error {
			if l.State == store.Quarantined {
				return w.engine.RetryTx(t.Context(), tx, l.ID)
			}
			return nil
		}))
		w.clock.now = w.clock.now.Add(time.Hour)
		w.syncs(p.ID, 2)
		if here, there := w.ticket(bad.ID).Fields[ticket.Title].Text(), w.outside(p.ID, bad.ID).Fields["title"].Text(); here != there {
			t.Errorf("%s: in the end it is %q here and %q there", kind, here, there)
		}
	}
}

// TestUndoOfLabelsWhoseLastCallWasLost: a session put one label in the place of another. Its
// undo puts the old one back, and the call that takes the new one off never arrives. What the
// item shows then is what the call before it has done: the undo goes on.
func TestUndoOfLabelsWhoseLastCallWasLost(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("labelled"), ticket.Labels: ticket.Set("old")}, ticket.Public)
	w.syncs(p.ID, 2)
	w.edit(id, ticket.Fields{ticket.Labels: ticket.Set("new")})
	s := w.sync(p.ID)
	writes := w.failWrite(2, &external.Error{Kind: external.Ambiguous, Op: "write", Message: "no answer came"})
	w.rollBack(s.ID)
	if got := w.outside(p.ID, id).Fields["labels"]; !got.Equal(ticket.Set("old")) || *writes < 3 {
		t.Errorf("undone it has the labels %v, after %d writes", got.Elements(), *writes)
	}
}

// TestUndoOfWhatMovedIntoDoubt: the item that a session made was moved to another project, where
// nobody knows what became of a write for the same ticket, and that project is not heard of any
// more. The undo waits for an hour, says so, and lets its own project go on.
func TestUndoOfWhatMovedIntoDoubt(t *testing.T) {
	m := twoProjects(t, memory.Options{})
	mine := m.create("one", ticket.Public)
	s := m.sync(m.a.ID)
	m.trackers[m.b.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous})
	m.sync(m.b.ID)
	m.move(m.a, m.b, m.outside(m.a.ID, mine.ID).ID)
	r, err := m.undo(m.order(s.ID))
	if m.must(err); r.State != store.Stopped {
		t.Errorf("at once the rollback is %s, want it to wait", r.State)
	}
	if r, _ = m.attempts(r, 5); r.State != store.Succeeded {
		t.Fatalf("the rollback holds the project up: %s, %s", r.State, r.Reason)
	}
	if why := m.cannot(r.ID, mine.ID, ""); !strings.Contains(why, "for an hour") {
		t.Errorf("of the item that moved it says %q", why)
	}
}

// TestARemarkThatCannotBeUndone: the system refuses to have a remark put back as it was, or nobody knows what became of
// an edit of it: the story of its ticket tells of either.
func TestARemarkThatCannotBeUndone(t *testing.T) {
	for _, lost := range []bool{false, true} {
		w, p, tk := pairOf(t, memory.Options{})
		c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "bob")
		w.must(err)
		w.sync(p.ID)
		c, err = w.engine.EditComment(t.Context(), c.ID, "an edited remark", c.Revision, "bob")
		w.must(err)
		if lost {
			w.lose(p, true)
		}
		s := w.sync(p.ID)
		at := w.link(p.ID, external.KindComment, c.ID).ExternalID
		if lost {
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return oneUnread{a, at} }
		} else {
			is := true
			w.wrap = func(a *memory.Adapter) adapters.Adapter { return locked{a, &is} }
		}
		r, _ := w.attempts(w.order(s.ID), 6)
		if why := w.cannot(r.ID, tk.ID, ticket.Body); why == "" {
			t.Errorf("lost %t: its ticket's story says nothing", lost)
		}
	}
}

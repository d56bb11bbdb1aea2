package engine_test

import (
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestUndoneAndRestored: a ticket is deleted here, and then the session is undone that made it
// outside. Restoring the ticket does not do again what was undone; rolling the undo back does.
func TestUndoneAndRestored(t *testing.T) {
	for _, tt := range []struct {
		reason string
		lost   bool // the close outside is known late
		closed bool // here before it was made outside, so that there is nothing to close
	}{
		{"closed by the undo", false, false},
		{"closed by the undo, which learns of it late", true, false},
		{"made closed", false, true},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		mine := w.create("a ticket", ticket.Public)
		want := ticket.StateNotPlanned
		if tt.closed {
			want = ticket.StateDone
			w.edit(mine.ID, text(ticket.State, want))
		}
		s := w.sync(p.ID)
		w.dropHere(mine.ID)
		if tt.lost {
			w.lose(p, true)
		}
		undo := w.rollBack(s.ID)
		_, err := w.engine.RestoreTicket(t.Context(), mine.ID, "ann")
		w.must(err)
		w.clock.now = w.clock.now.Add(time.Hour)
		w.syncs(p.ID, 3)
		l, state := w.link(p.ID, external.KindTicket, mine.ID), w.outside(p.ID, mine.ID).Fields["state"].Text()
		if l.State != store.Withdrawn || state != want {
			t.Errorf("%s: restored, its link is %s (%s), and outside it is %s", tt.reason, l.State, l.Reason, state)
		}
		w.rollBack(undo.ID)
		w.syncs(p.ID, 2)
		if l, state := w.link(p.ID, external.KindTicket, mine.ID), w.outside(p.ID, mine.ID).Fields["state"].Text(); l.State != store.Live || (state == ticket.StateOpen) == tt.closed {
			t.Errorf("%s: its undo undone, its link is %s (%s), and outside it is %s", tt.reason, l.State, l.Reason, state)
		}
	}
}

// TestUndoOfWhatWasLetGoInOneSession: a ticket comes in, somebody makes it local and has what
// is outside taken back, and the session, begun again after a crash, does that as well. Its
// undo takes the ticket away again: the session had made it.
func TestUndoOfWhatWasLetGoInOneSession(t *testing.T) {
	for _, how := range []outbound.TakeBack{outbound.Redact, outbound.Remove} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		_, err := w.trackers[p.ID].CreateTicket("mallory", external.Fields{"title": ticket.Text("theirs"), "body": ticket.Text("text")})
		w.must(err)
		r, err := w.engine.Begin(t.Context(), "twice", p.ID, store.Incremental)
		w.must(err)
		w.steps(r)
		id := w.tickets()[0].ID
		_, _, err = w.engine.SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, how, "ann")
		w.must(err)
		s, err := w.engine.Record(t.Context(), r, w.steps(r))
		w.must(err)
		if l := w.link(p.ID, external.KindTicket, id); l.State != store.Withdrawn {
			t.Fatalf("%s: the link is %s (%s)", how, l.State, l.Reason)
		}
		w.rollBack(s.ID)
		if !w.ticket(id).Deleted {
			t.Errorf("%s: the ticket that the session made stands", how)
		}
		if state := w.outside(p.ID, id).Fields["state"].Text(); state != ticket.StateOpen {
			t.Errorf("%s: outside it is %s", how, state)
		}
	}
}

// TestUndoSparesWhatARivalLetIn: while a session makes a ticket outside, somebody there writes
// over a field of it, and the session lets that in. A person here edits the field right after:
// the rival has worked on the ticket all the same, and the undo leaves it.
func TestUndoSparesWhatARivalLetIn(t *testing.T) {
	for _, edited := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{TicketDel: true, Steps: true, History: external.HistoryFull})
		mine := w.create("Write the manual", ticket.Public)
		made := w.sync(p.ID)
		w.outsideEdit(w.outside(p.ID, mine.ID).ID, memory.FieldBody, ticket.Text("a text of theirs"))
		w.sync(p.ID)
		if edited {
			w.edit(mine.ID, text(ticket.Body, "a text of ours"))
			w.sync(p.ID)
		}
		w.rollBack(made.ID)
		if w.outside(p.ID, mine.ID).Gone {
			t.Errorf("edited here after it: %t: the ticket was deleted, although somebody there had worked on it", edited)
		}
	}
}

// cameIn is a ticket that came in by a session, and was edited here since.
func cameIn(t *testing.T) (w *world, p store.Project, id string, made store.Session) {
	t.Helper()
	w = newWorld(t)
	p = w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	w.makeOutside(p, text(ticket.Title, "theirs"))
	made = w.sync(p.ID)
	id = w.tickets()[0].ID
	w.edit(id, text(ticket.Title, "edited here"))
	return w, p, id, made
}

// TestUndoOfWhatWasMadeAgain: a ticket came in, its item was deleted outside, and a person had it
// made again. The undo of the session that made it here says of the ticket, by its name, that
// it goes on with another item, and leaves both alone.
func TestUndoOfWhatWasMadeAgain(t *testing.T) {
	w, p, id, s := cameIn(t)
	w.dropOutside(p, id)
	w.reconcile(p.ID)
	w.decide(w.asked(store.EditedAndDeleted), store.ChooseLocal)
	w.syncs(p.ID, 2)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	if len(pv.Rows) != 1 || pv.Rows[0].TicketID != id || pv.Rows[0].Action != plan.Cannot {
		t.Errorf("the preview says %+v, want one row about ticket %s that nothing can be undone", pv.Rows, id)
	}
	w.rollBack(s.ID)
	if tk := w.ticket(id); tk.Deleted || w.outside(p.ID, id).Fields["title"].Text() != "edited here" {
		t.Errorf("the ticket is deleted: %v, and its item reads %q", tk.Deleted, w.outside(p.ID, id).Fields["title"].Text())
	}
	w.stays(p.ID)
}

// TestUndoOfWhatIsAskedAbout: a person is asked about a ticket whose item is gone, as the session
// is undone that made it here. It was edited since, and stays; the record says so, though the
// question that is open about it goes first.
func TestUndoOfWhatIsAskedAbout(t *testing.T) {
	w, p, id, s := cameIn(t)
	w.dropOutside(p, id)
	w.reconcile(p.ID)
	w.rollBack(s.ID)
	w.asked(store.EditedAndDeleted)
	kept := slices.ContainsFunc(w.conflicts(store.Resolved), func(c store.Conflict) bool { return c.Kind == store.Undone && c.Kept })
	if w.ticket(id).Deleted || !kept {
		t.Errorf("the ticket is deleted: %v; the record says that it was kept: %v", w.ticket(id).Deleted, kept)
	}
}

// TestUndoOfWhatIsUnlinked: a person ended the link of a ticket, and then has a session undone
// that had pushed an edit of it. The undo says that it cannot, and does not try for ever.
func TestUndoOfWhatIsUnlinked(t *testing.T) {
	w, p, id, made := cameIn(t)
	w.rollBack(made.ID)
	s := w.sync(p.ID)
	w.decide(w.asked(store.Undone), store.ChooseUnlink)
	w.syncs(p.ID, 2)
	undo := w.rollBack(s.ID)
	if why := w.cannot(undo.ID, id, ticket.Title); why != "it is not synchronised any more" {
		t.Errorf("the record says %q", why)
	}
	if got := w.outside(p.ID, id).Fields["title"].Text(); got != "edited here" {
		t.Errorf("outside it reads %q", got)
	}
}

package engine_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// tooMany is the answer of a system whose limit is reached.
func tooMany() *external.Error {
	return &external.Error{Kind: external.RateLimited, Op: "write", RetryAfter: time.Minute, Message: "too many calls"}
}

// failWrite has the nth write from now on fail before it arrives. It returns a count of the
// writes, which goes on.
func (w *world) failWrite(nth int, why *external.Error) (writes *int) {
	writes = new(int)
	w.watch(func(call string) error {
		if call != "write" {
			return nil
		}
		if *writes++; *writes == nth {
			return why
		}
		return nil
	}, nil)
	return writes
}

// undoneHalfway is a world with a rollback that closes a ticket through another state, and met the limit in
// between.
func undoneHalfway(t *testing.T) (w *world, p store.Project, tk ticket.Ticket, r store.Session) {
	t.Helper()
	w = newWorld(t)
	p = w.connect("octo/hello", memory.Options{Steps: true, History: external.HistoryFull})
	tk = w.create("Write the manual", ticket.Public)
	s := w.sync(p.ID)
	w.failWrite(2, tooMany())
	r, err := w.undo(w.order(s.ID))
	if err != nil || r.State == store.Succeeded {
		t.Fatalf("limited halfway, the rollback is %s (%v)", r.State, err)
	}
	return w, p, tk, r
}

// TestUndoThatIsLimitedHalfway: a ticket is closed through another state, and the limit is met
// in between. The next attempt goes on, unless somebody edits the ticket first: then its
// state is the one from here again.
func TestUndoThatIsLimitedHalfway(t *testing.T) {
	for _, edited := range []bool{false, true} {
		w, p, mine, r := undoneHalfway(t)
		item := w.outside(p.ID, mine.ID)
		want := ticket.StateNotPlanned
		if edited {
			want = ticket.StateOpen
			w.must(w.trackers[p.ID].EditField("bob", item.ID, memory.FieldTitle, ticket.Text("a better title")))
		}
		w.clock.now = w.clock.now.Add(time.Hour)
		if r, err := w.undo(r); err != nil || r.State != store.Succeeded {
			t.Fatalf("the rollback is %s: %s (%v)", r.State, r.Reason, err)
		}
		w.sync(p.ID)
		if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != want {
			t.Errorf("edited %t: it is %q outside, want %q", edited, got, want)
		}
	}
}

// TestUndoOfASessionThatStoppedHalfway: what it was about to write is no edit made since.
func TestUndoOfASessionThatStoppedHalfway(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{Steps: true, History: external.HistoryFull})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.State, ticket.StateNotPlanned))
	w.failWrite(2, tooMany())
	s, err := w.session(p.ID, store.Incremental)
	w.must(err)
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateDone {
		t.Fatalf("halfway it is %q", got)
	}
	w.clock.now = w.clock.now.Add(time.Hour)
	w.rollBack(s.ID)
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateOpen {
		t.Errorf("undone it is %q", got)
	}
	w.stays(p.ID)
}

// TestUndoOfACallLostHalfway: a call reaches only a state on the way, and its answer is lost. What
// it was about to write is no edit made since, and an undo that got there itself goes on.
func TestUndoOfACallLostHalfway(t *testing.T) {
	for _, tt := range []struct {
		reason   string
		from, to string
		lost     int // which call loses its answer: that of the session, or that of its undo
	}{
		{"the session's call", ticket.StateOpen, ticket.StateNotPlanned, 1},
		{"the undo's call", ticket.StateNotPlanned, ticket.StateOpen, 2},
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{Steps: true, History: external.HistoryFull})
		mine := w.create("Write the manual", ticket.Public)
		w.edit(mine.ID, text(ticket.State, tt.from))
		w.syncs(p.ID, 2)
		w.clock.now = w.clock.now.Add(time.Hour)
		w.edit(mine.ID, text(ticket.State, tt.to))
		if tt.lost == 1 {
			w.lose(p, true)
		}
		s, _ := w.session(p.ID, store.Incremental)
		if tt.lost == 2 {
			w.lose(p, true)
		}
		if got, want := w.outside(p.ID, mine.ID).Fields["state"].Text(), []string{ticket.StateDone, ticket.StateOpen}[tt.lost-1]; got != want {
			t.Fatalf("%s: after the session it is %q, want %q", tt.reason, got, want)
		}
		if r, _ := w.attempts(w.order(s.ID), 3); r.State != store.Succeeded {
			t.Fatalf("%s: the rollback is %s: %s", tt.reason, r.State, r.Reason)
		}
		if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != tt.from {
			t.Errorf("%s: undone it is %q, want %q", tt.reason, got, tt.from)
		}
		w.stays(p.ID)
	}
}

package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAWithdrawnTicketStaysAway: it is closed as not planned, and nobody makes it again.
func TestAWithdrawnTicketStaysAway(t *testing.T) {
	for _, steps := range []bool{false, true} { // closed at once, or by way of another state
		t.Run(fmt.Sprintf("steps=%v", steps), func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{Steps: steps, History: external.HistoryFull})
			mine := w.create("Write the manual", ticket.Public)
			_, err := w.engine.AddComment(t.Context(), mine.ID, "soon", "", "ann")
			w.must(err)
			s := w.sync(p.ID)
			item := w.outside(p.ID, mine.ID)
			w.rollBack(s.ID)
			if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
				t.Errorf("outside it is %q, want not_planned", got)
			}
			if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Withdrawn || l.Reason == "" {
				t.Errorf("the link is %s (%s)", l.State, l.Reason)
			}
			for _, it := range w.stands(p.ID, external.KindComment) {
				t.Errorf("the comment %s is left outside", it.ID)
			}
			w.must(w.trackers[p.ID].EditField("bob", item.ID, memory.FieldTitle, ticket.Text("edited outside")))
			w.edit(mine.ID, text(ticket.Title, "edited here"))
			for range 2 {
				if s := w.sync(p.ID); s.Counts.Writes+s.Counts.AppliedHere+s.Counts.CreatedHere > 0 {
					t.Errorf("it comes back: %+v", s.Counts)
				}
			}
		})
	}
}

// TestAWithdrawalThatIsInterrupted: its outcome is found out, and it is not made twice.
func TestAWithdrawalThatIsInterrupted(t *testing.T) {
	for _, applied := range []bool{true, false} {
		t.Run(fmt.Sprintf("applied=%v", applied), func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
			mine := w.create("Write the manual", ticket.Public)
			s := w.sync(p.ID)
			pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
			w.must(err)
			r, _, err := w.engine.OrderRollback(t.Context(), s.ID, pv.Digest, "ann")
			w.must(err)
			w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: applied})
			r, err = w.undo(r)
			w.must(err)
			if r.State != store.Stopped {
				t.Fatalf("the lost reply leaves the rollback %s: %s", r.State, r.Reason)
			}
			w.clock.now = w.clock.now.Add(time.Hour)
			if r, err = w.undo(r); err != nil || r.State != store.Succeeded {
				t.Errorf("looked at what became of it, the rollback is %s: %s (%v)", r.State, r.Reason, err)
			}
			if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
				t.Errorf("outside it is %q", got)
			}
			if s := w.sync(p.ID); s.Counts.Writes+s.Counts.AppliedHere > 0 {
				t.Errorf("it comes back: %+v", s.Counts)
			}
		})
	}
}

// TestWhatIsPrivateNowCanBeWithdrawn: taking back says nothing of the ticket.
func TestWhatIsPrivateNowCanBeWithdrawn(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	s := w.sync(p.ID)
	_, err := w.engine.SetPrivacy(t.Context(), mine.ID, ticket.LocalOnly, "ann")
	w.must(err)
	w.rollBack(s.ID)
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
		t.Errorf("outside it is %q", got)
	}
}

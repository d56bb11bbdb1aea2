package engine_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// withdraw takes one local item's twin back in a session of its own.
func (w *world) withdraw(projectID string, kind external.Kind, localID string) error {
	w.t.Helper()
	w.sessions++
	r, err := w.engine.Begin(w.t.Context(), fmt.Sprintf("session-%d", w.sessions), projectID, store.Incremental)
	w.must(err)
	defer func() {
		_, err := w.engine.Record(w.t.Context(), r, engine.Outcome{State: store.Succeeded})
		w.must(err)
	}()
	return w.engine.Withdraw(w.t.Context(), r, projectID, w.link(projectID, kind, localID).ID, "taken back")
}

// TestAWithdrawnTicketStaysAway: it is closed as not planned, and nobody makes it again.
func TestAWithdrawnTicketStaysAway(t *testing.T) {
	for _, steps := range []bool{false, true} { // closed at once, or by way of another state
		t.Run(fmt.Sprintf("steps=%v", steps), func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{Steps: steps, History: external.HistoryFull})
			mine := w.create("Write the manual", ticket.Public)
			c, err := w.engine.AddComment(t.Context(), mine.ID, "soon", "", "ann")
			w.must(err)
			w.sync(p.ID)
			item := w.outside(p.ID, mine.ID)
			w.must(w.withdraw(p.ID, external.KindComment, c.ID))
			w.must(w.withdraw(p.ID, external.KindTicket, mine.ID))
			w.must(w.withdraw(p.ID, external.KindTicket, mine.ID)) // again: nothing is left to do
			if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
				t.Errorf("outside it is %q, want not_planned", got)
			}
			if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Withdrawn || l.Reason != "taken back" {
				t.Errorf("the link is %s (%s)", l.State, l.Reason)
			}
			for _, it := range w.look(p.ID, external.KindComment) {
				if !it.Gone {
					t.Errorf("the comment %s is left outside", it.ID)
				}
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
			w.sync(p.ID)
			w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Ambiguous, Applied: applied})
			if err := w.withdraw(p.ID, external.KindTicket, mine.ID); external.KindOf(err) != external.Ambiguous {
				t.Fatalf("the lost reply is told as %v", err)
			}
			if err := w.withdraw(p.ID, external.KindTicket, mine.ID); err == nil {
				t.Error("asked again while the outcome is open, it must wait")
			}
			w.clock.now = w.clock.now.Add(time.Hour)
			w.sync(p.ID) // looks what became of it
			w.must(w.withdraw(p.ID, external.KindTicket, mine.ID))
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
	w.sync(p.ID)
	_, err := w.engine.SetPrivacy(t.Context(), mine.ID, ticket.LocalOnly, "ann")
	w.must(err)
	w.must(w.withdraw(p.ID, external.KindTicket, mine.ID))
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateNotPlanned {
		t.Errorf("outside it is %q", got)
	}
}

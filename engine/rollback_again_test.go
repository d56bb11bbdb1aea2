package engine_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// openThere counts the tickets and comments outside that are not closed.
func (w *world) openThere(projectID string) (tickets, comments int) {
	w.t.Helper()
	for _, it := range w.stands(projectID, external.KindTicket) {
		if !ticket.IsClosed(it.Fields["state"].Text()) {
			tickets++
		}
	}
	return tickets, len(w.stands(projectID, external.KindComment))
}

// TestUndoOfWhatAnUndoDeletedOutside: an undo deletes a remark of ours outside, and its ticket where the system can.
// Undone itself, both are made there again, once, and an undo of that deletes them again: whether or not sessions ran
// in between.
func TestUndoOfWhatAnUndoDeletedOutside(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		for _, between := range []bool{false, true} {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{History: external.HistoryFull, TicketDel: deletes})
			mine := w.create("born here", ticket.Public)
			_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
			w.must(err)
			s := w.sync(p.ID)
			for n := range 6 {
				s = w.rollBack(s.ID)
				want := n % 2
				if between || want == 1 && n > 2 {
					w.syncs(p.ID, 2)
					w.stays(p.ID)
				} else if want == 1 {
					continue // what is to be made there is taken back before it is
				}
				if tickets, remarks := w.openThere(p.ID); tickets != want || remarks != want {
					t.Errorf("deletes %t, sessions between %t: after %d undos %d tickets and %d remarks stand outside", deletes, between, n+1, tickets, remarks)
				}
			}
			w.undisputed()
		}
	}
}

// TestUndoOfWhatAnUndoFoundDeleted: somebody deleted a remark of ours outside, an undo took it back here, and is undone:
// what he deleted is not made again, and that is told.
func TestUndoOfWhatAnUndoFoundDeleted(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("born here", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	s := w.sync(p.ID)
	w.must(w.trackers[p.ID].Delete("bob", w.link(p.ID, external.KindComment, c.ID).ExternalID))
	again := w.rollBack(w.rollBack(s.ID).ID)
	w.syncs(p.ID, 2)
	if _, remarks := w.openThere(p.ID); remarks != 0 {
		t.Errorf("%d remarks stand outside", remarks)
	}
	var steps []store.Step
	w.view(func(tx store.Tx) (err error) { steps, err = tx.Steps(t.Context(), again.ID, 0, 100); return err })
	told := false
	for _, s := range steps {
		told = told || s.Action == plan.Cannot && strings.HasPrefix(s.Reason, "it was deleted outside, and no system")
	}
	if !told {
		t.Errorf("nobody is told: %+v", steps)
	}
}

// TestUndoOfAnUndoOfWhatIsDeletedHere: whoever deletes here what an undo took back wants it nowhere: an undo of that undo
// makes nothing of it outside, nor does anybody hear of our own closing as of an edit once it is restored.
func TestUndoOfAnUndoOfWhatIsDeletedHere(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull, TicketDel: deletes})
		mine := w.create("born here", ticket.Public)
		_, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
		w.must(err)
		first := w.rollBack(w.sync(p.ID).ID)
		w.dropHere(mine.ID)
		second := w.rollBack(first.ID)
		w.syncs(p.ID, 2)
		w.undisputed()
		if tickets, remarks := w.openThere(p.ID); tickets+remarks != 0 {
			t.Errorf("deletes %t: %d tickets and %d remarks of what is deleted here stand outside", deletes, tickets, remarks)
		}
		_, err = w.engine.RestoreTicket(t.Context(), mine.ID, "ann")
		w.must(err)
		w.syncs(p.ID, 2)
		if got := w.ticket(mine.ID).Fields[ticket.State].Text(); got != ticket.StateOpen {
			t.Errorf("deletes %t: our own closing came in: %s", deletes, got)
		}
		w.rollBack(second.ID)
		w.rollBack(first.ID)
		w.syncs(p.ID, 2)
		if tickets, remarks := w.openThere(p.ID); tickets != 1 || remarks != 1 {
			t.Errorf("deletes %t: undone once it is restored, %d tickets and %d remarks stand outside", deletes, tickets, remarks)
		}
	}
}

// TestUndoOfAnUndoOfARemarkDeletedHere: the ticket comes back outside, and the remark that was deleted here does not.
func TestUndoOfAnUndoOfARemarkDeletedHere(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("born here", ticket.Public)
	c, err := w.engine.AddComment(t.Context(), mine.ID, "a remark", "", "ann")
	w.must(err)
	first := w.rollBack(w.sync(p.ID).ID)
	_, err = w.engine.DeleteComment(t.Context(), c.ID, c.Revision, "ann")
	w.must(err)
	w.rollBack(first.ID)
	w.syncs(p.ID, 2)
	if tickets, remarks := w.openThere(p.ID); tickets != 1 || remarks != 0 {
		t.Errorf("%d tickets and %d remarks stand outside", tickets, remarks)
	}
	if v := w.verify(p.ID); len(v.Differences) > 0 {
		t.Errorf("verify says %+v", v.Differences)
	}
}

// TestWhatIsNotMadeAgainIsNotPromised: where nothing goes out by now, what an undo deleted outside is told as not made again.
func TestWhatIsNotMadeAgainIsNotPromised(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	w.create("born here", ticket.Public)
	first := w.rollBack(w.sync(p.ID).ID)
	w.direct(p, external.Pull)
	pv, err := w.engine.PreviewRollback(t.Context(), first.ID)
	w.must(err)
	if pv.Counts.Revived != 0 || pv.Counts.Cannot != 1 {
		t.Errorf("the preview says %+v", pv.Rows)
	}
	second := w.rollBack(first.ID)
	w.direct(p, external.Bidirectional)
	w.rollBack(second.ID)
	w.rollBack(first.ID)
	w.syncs(p.ID, 2)
	if tickets, _ := w.openThere(p.ID); tickets != 1 {
		t.Errorf("%d tickets stand outside", tickets)
	}
}

// TestPreviewOfAnUndoOfAnUndo: what was said below a ticket that is brought back comes back with it, and the preview says so.
func TestPreviewOfAnUndoOfAnUndo(t *testing.T) {
	for _, deletes := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{TicketDel: deletes})
		ref, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{memory.FieldTitle: ticket.Text("theirs")})
		w.must(err)
		_, err = w.trackers[p.ID].AddComment("bob", ref.Key, "their remark")
		w.must(err)
		mine := w.create("born here", ticket.Public)
		_, err = w.engine.AddComment(t.Context(), mine.ID, "our remark", "", "ann")
		w.must(err)
		first := w.rollBack(w.sync(p.ID).ID)
		pv, err := w.engine.PreviewRollback(t.Context(), first.ID)
		w.must(err)
		if pv.Counts.Revived != 4 || pv.Counts.Cannot != 0 {
			t.Errorf("deletes %t: the preview says %+v", deletes, pv.Rows)
		}
		second := w.rollBack(first.ID)
		w.view(func(tx store.Tx) error {
			steps, err := tx.Steps(t.Context(), second.ID, 0, 100)
			for _, s := range steps {
				if s.Action == plan.Cannot {
					t.Errorf("deletes %t: told as not undone: %+v", deletes, s)
				}
			}
			return err
		})
		w.syncs(p.ID, 2)
		if tickets, remarks := w.openThere(p.ID); tickets != 2 || remarks != 2 {
			t.Errorf("deletes %t: %d tickets and %d remarks stand outside", deletes, tickets, remarks)
		}
	}
}

// TestAClosingThatCannotBeUndone: an undo closed a ticket outside, and is undone where nothing opens it again: the system
// refuses, or nothing goes out by now. Our own closing is no edit of anybody's and does not come in; what is here goes
// out once it can.
func TestAClosingThatCannotBeUndone(t *testing.T) {
	for name, hinder := range map[string]func(*world, store.Project){
		"refused": func(w *world, p store.Project) {
			w.trackers[p.ID].FailNextWrite(memory.Fault{Kind: external.Invalid})
		},
		"pull": func(w *world, p store.Project) { w.direct(p, external.Pull) },
	} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		mine := w.create("born here", ticket.Public)
		first := w.rollBack(w.sync(p.ID).ID)
		hinder(w, p)
		w.rollBack(first.ID)
		w.syncs(p.ID, 2)
		if got := w.ticket(mine.ID).Fields[ticket.State].Text(); got != ticket.StateOpen {
			t.Errorf("%s: our own closing came in: %s", name, got)
		}
		w.direct(p, external.Bidirectional)
		w.syncs(p.ID, 2)
		w.stays(p.ID)
		w.undisputed()
		if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != ticket.StateOpen {
			t.Errorf("%s: outside it is %s", name, got)
		}
	}
}

// ownWord is a tracker that closes a ticket in a state of its own choice, and says so.
type ownWord struct {
	*memory.Adapter
	t *memory.Tracker
}

func (o ownWord) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	item, err := o.Adapter.Write(ctx, op)
	if err != nil || item.Fields["state"].Text() != ticket.StateNotPlanned {
		return item, err
	}
	if err := o.t.EditField("extsync-bot", item.ID, "state", ticket.Text(ticket.StateDone)); err != nil {
		return item, fmt.Errorf("choose another state: %w", err)
	}
	item, _ = o.Peek(item.ID)
	item.ReadBack, item.Chosen = true, []string{"state"}
	return item, nil
}

// TestUndoOfAClosingInAStateOfTheSystemsOwn: an undo closes a ticket outside, and the system leaves it in another closed state
// than was asked for. An undo of that opens it again: nobody edited it.
func TestUndoOfAClosingInAStateOfTheSystemsOwn(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return ownWord{a, w.trackers[p.ID]} }
	mine := w.create("born here", ticket.Public)
	s := w.sync(p.ID)
	for n := range 4 {
		s = w.rollBack(s.ID)
		w.syncs(p.ID, 2)
		w.stays(p.ID)
		w.undisputed()
		want := []string{ticket.StateDone, ticket.StateOpen}[n%2]
		if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); got != want {
			t.Errorf("after %d undos it is %s outside", n+1, got)
		}
		if got := w.ticket(mine.ID).Fields[ticket.State].Text(); got != ticket.StateOpen {
			t.Fatalf("after %d undos it is %s here, and nobody said so", n+1, got)
		}
	}
}

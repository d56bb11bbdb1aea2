package engine_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestRollbackWaitsForTheRelease: an undo that was ordered before the database was found to
// be restored writes nothing outside until a person releases the project.
func TestRollbackWaitsForTheRelease(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("one", ticket.Public)
	w.sync(p.ID)
	w.edit(mine.ID, text(ticket.Title, "two"))
	s := w.sync(p.ID)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	r, _, err := w.engine.OrderRollback(t.Context(), s.ID, pv.Digest, "ann")
	w.must(err)
	w.must(w.engine.Restored(t.Context(), p.ID, 0, "a test says so"))
	if _, err := w.engine.NextRollback(t.Context(), p.ID); !errors.Is(err, store.ErrNotFound) {
		t.Errorf("the restored project is to see to its rollback first: %v", err)
	}
	if r, err = w.undo(r); err != nil || r.State != store.Stopped {
		t.Errorf("the rollback is %s: %v", r.State, err)
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "two" {
		t.Errorf("written before the release: %q", got)
	}
	for n := 0; n < 5 && w.project(p.ID).Status != external.Paused; n++ {
		w.reconcile(p.ID)
	}
	_, err = w.engine.Resume(t.Context(), p.ID, "ann", true)
	w.must(err)
	if r, err = w.undo(r); err != nil || r.State != store.Succeeded {
		t.Errorf("released, the rollback is %s: %v", r.State, err)
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "one" {
		t.Errorf("released, outside is %q", got)
	}
}

// TestUndoOfADeletionRevivesTheOthers: a ticket that an undo brings back goes on in other
// projects, too, that its deletion had reached meanwhile.
func TestUndoOfADeletionRevivesTheOthers(t *testing.T) {
	w := newWorld(t)
	p, other := w.connect("octo/hello", memory.Options{TicketDel: true}), w.connect("octo/other", memory.Options{})
	mine := w.create("one", ticket.Public)
	w.sync(p.ID)
	w.sync(other.ID)
	w.dropOutside(p, mine.ID)
	w.reconcile(p.ID)
	w.decide(w.asked(store.GoneOutside), store.ChooseExternal)
	s := w.sync(p.ID)
	w.sync(other.ID)
	w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
	w.syncs(other.ID, 2)
	if l := w.link(other.ID, external.KindTicket, mine.ID); l.State != store.Tombstone {
		t.Fatalf("the deletion has not reached the other project: %s (%s)", l.State, l.Reason)
	}
	w.rollBack(s.ID)
	w.syncs(other.ID, 2)
	if got := w.outside(other.ID, mine.ID).Fields["state"].Text(); w.ticket(mine.ID).Deleted || got != ticket.StateOpen {
		t.Errorf("undone: deleted here %t, in the other project %s", w.ticket(mine.ID).Deleted, got)
	}
	if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Tombstone {
		t.Errorf("where it is gone its link is %s (%s)", l.State, l.Reason)
	}
	w.stays(p.ID)
}

// TestUndoOfAnUnlinkIsListed: an undo does not overrule the person who ended a link, and
// says so.
func TestUndoOfAnUnlinkIsListed(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	w.dropHere(tk.ID)
	w.sync(p.ID)
	w.decide(w.asked(store.GoneOutside), store.ChooseUnlink)
	s := w.sync(p.ID)
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	if len(pv.Rows) != 1 || pv.Rows[0].Action != plan.Cannot || pv.Rows[0].Reason == "" {
		t.Errorf("the preview: %+v", pv.Rows)
	}
	w.rollBack(s.ID)
	if l := w.link(p.ID, external.KindTicket, tk.ID); l.State != store.Tombstone {
		t.Errorf("undone, the link is %s (%s)", l.State, l.Reason)
	}
}

// TestUndoLeavesWhatPeopleWorkedOn: an item that the undone session made, and somebody has
// worked on since, stays on both sides and goes on; a person is asked about it, and may have
// it synchronised no more.
func TestUndoLeavesWhatPeopleWorkedOn(t *testing.T) {
	tests := []struct {
		reason string
		choice store.Choice
		flows  bool
	}{
		{"nobody answers", "", true},
		{"it stays", store.ChooseLocal, true},
		{"it stays, and is let go", store.ChooseUnlink, false},
	}
	for _, tt := range tests {
		t.Run(tt.reason, func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
			mine := w.create("born here", ticket.Public)
			_, err := w.trackers[p.ID].CreateTicket("bob", external.Fields{"title": ticket.Text("born there")})
			w.must(err)
			s := w.sync(p.ID)
			var theirs string
			for _, one := range w.tickets() {
				if one.ID != mine.ID {
					theirs = one.ID
				}
			}
			w.outsideEdit(w.outside(p.ID, mine.ID).ID, memory.FieldTitle, ticket.Text("worked on there"))
			w.edit(theirs, text(ticket.Title, "worked on here"))
			r := w.rollBack(s.ID)
			if r.Counts.Conflicts != 2 {
				t.Errorf("the undo left %d items to a person, want both", r.Counts.Conflicts)
			}
			for _, c := range w.conflicts(store.OpenConflict) {
				if c.Kind != store.Undone || c.Field != "" || c.Reason == "" {
					t.Errorf("a conflict %+v", c)
				}
				if tt.choice != "" {
					w.decide(c, tt.choice)
				}
			}
			w.sync(p.ID)
			w.stays(p.ID)
			if open := len(w.conflicts(store.OpenConflict)); (open == 2) != (tt.choice == "") {
				t.Errorf("%d questions are open", open)
			}
			w.edit(theirs, text(ticket.Body, "news"))
			w.sync(p.ID)
			if got := w.outside(p.ID, theirs).Fields["body"].Text(); (got == "news") != tt.flows {
				t.Errorf("outside holds %q", got)
			}
		})
	}
}

// TestUndoOfWhatCameAndWent: one session made an item outside, and took it back since it had
// become private meanwhile. There is nothing to undo, and what it held before it was made is
// not written.
func TestUndoOfWhatCameAndWent(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("born here", ticket.Public)
	w.watch(nil, func(call string) {
		if call == "write" && w.wrap != nil {
			w.wrap = nil
			_, _, err := w.engine.SetPrivacyAndTakeBack(t.Context(), mine.ID, ticket.Shareable, outbound.Remove, "ann")
			w.must(err)
		}
	})
	s := w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields["state"].Text(); s.Counts.CreatedOutside != 1 || got != ticket.StateNotPlanned {
		t.Fatalf("%+v; outside it is %q", s.Counts, got)
	}
	w.must(w.engine.Grant(t.Context(), ticket.Grant{TicketID: mine.ID, ProjectID: p.ID, By: "ann"}))
	pv, err := w.engine.PreviewRollback(t.Context(), s.ID)
	w.must(err)
	if len(pv.Rows) != 1 || pv.Counts.Nothing != 1 {
		t.Errorf("the preview says %+v", pv.Rows)
	}
	w.rollBack(s.ID)
	if got := w.outside(p.ID, mine.ID); got.Fields["title"].Text() != outbound.Notice || got.Fields["state"].Text() != ticket.StateNotPlanned {
		t.Errorf("undone, outside it is %q: %q", got.Fields["state"].Text(), got.Fields["title"].Text())
	}
}

// TestUndoOfAnUndoWhoseTicketIsGone: what a rollback closed outside is not opened again once
// its ticket was deleted here, and the preview says why.
func TestUndoOfAnUndoWhoseTicketIsGone(t *testing.T) {
	for _, unlinked := range []bool{false, true} {
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
		mine := w.create("born here", ticket.Public)
		r := w.rollBack(w.sync(p.ID).ID)
		if l := w.link(p.ID, external.KindTicket, mine.ID); l.State != store.Withdrawn {
			t.Fatalf("the link is %s (%s)", l.State, l.Reason)
		}
		id := w.link(p.ID, external.KindTicket, mine.ID).ID
		w.must(w.store.Tx(t.Context(), func(tx store.Tx) error {
			l, err := tx.LinkForUpdate(t.Context(), id)
			if l = l.As(store.Tombstone, store.CauseWentAlong, "deleted on both sides"); unlinked {
				l.Cause = store.CauseUnlinked
			}
			return errors.Join(err, tx.UpdateLink(t.Context(), l))
		}))
		pv, err := w.engine.PreviewRollback(t.Context(), r.ID)
		w.must(err)
		if pv.Counts.Cannot == 0 || pv.Counts.Nothing > 0 || strings.Contains(pv.Rows[0].Reason, "stop synchronising") != unlinked {
			t.Errorf("unlinked %v: the preview says %+v", unlinked, pv.Rows)
		}
	}
}

// TestUndoOfLabelsBesideARival: a session put a label on outside, and in the same moment
// somebody else put on another one, which the answer showed. The undo takes off ours alone.
func TestUndoOfLabelsBesideARival(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	mine := w.create("born here", ticket.Public)
	w.sync(p.ID)
	item := w.outside(p.ID, mine.ID).ID
	w.edit(mine.ID, ticket.Fields{ticket.Labels: ticket.Set("ours")})
	w.watch(func(call string) error {
		if call == "write" {
			w.wrap = nil
			w.outsideEdit(item, memory.FieldLabels, ticket.Set("theirs"))
		}
		return nil
	}, nil)
	s := w.sync(p.ID)
	if got := w.outside(p.ID, mine.ID).Fields["labels"]; !got.Equal(ticket.Set("ours", "theirs")) {
		t.Fatalf("outside it has the labels %v", got.Elements())
	}
	w.rollBack(s.ID)
	if got := w.outside(p.ID, mine.ID).Fields["labels"]; !got.Equal(ticket.Set("theirs")) {
		t.Errorf("undone it has the labels %v", got.Elements())
	}
}

// TestUndoOutOfSight: a project that cannot be seen for a while answers as if its items were
// gone. What the session made there is not taken back by that: the undo waits.
func TestUndoOutOfSight(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{TicketDel: true})
	mine := w.create("Write the manual", ticket.Public)
	r := w.order(w.sync(p.ID).ID)
	w.trackers[p.ID].Hide(true)
	r, err := w.undo(r)
	w.must(err)
	if l := w.link(p.ID, external.KindTicket, mine.ID); r.State == store.Succeeded || l.State == store.Withdrawn {
		t.Errorf("the undo has %s, and the link is %s, while nobody sees the project", r.State, l.State)
	}
	w.trackers[p.ID].Hide(false)
	w.clock.now = w.clock.now.Add(time.Hour)
	r, err = w.undo(r)
	w.must(err)
	if !w.outside(p.ID, mine.ID).Gone || r.State != store.Succeeded {
		t.Errorf("the undo has %s, and what it was to take back stands outside", r.State)
	}
}

package engine_test

import (
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// retry has a person try a link again that was set aside.
func (w *world) retry(l store.Link) {
	w.t.Helper()
	w.must(w.store.Tx(w.t.Context(), func(tx store.Tx) error { return w.engine.RetryTx(w.t.Context(), tx, l.ID) }))
}

// cutOff begins a session that never ends.
func (w *world) cutOff(p store.Project) {
	w.t.Helper()
	_, err := w.engine.Begin(w.t.Context(), "cut off at "+w.clock.now.String(), p.ID, store.Incremental)
	w.must(err)
}

// TestARemarkThatAnUndoTookAwayStaysHereAfterTheRelease: the session that made a comment outside was
// undone after the backup, and its ticket was moved out of sight, whence it is back only after the
// release. That the comment is gone is nobody's word to delete ours: its link waits, and a person may
// say so.
func TestARemarkThatAnUndoTookAwayStaysHereAfterTheRelease(t *testing.T) {
	m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
	c, err := m.engine.AddComment(t.Context(), m.id, "ours", "", "ann")
	m.must(err)
	s := m.sync(m.a.ID)
	m.store.Backup()
	m.rollBack(s.ID)
	if n := m.times(m.a, "ours"); n != 0 {
		t.Fatalf("undone it stands %d times outside", n)
	}
	from := m.trackers[m.a.ID]
	away := memory.NewTracker(memory.Options{CreateKey: external.CreateKeyClientID, Beside: from})
	at, err := from.Transfer("mallory", m.ref.ID, away)
	m.must(err)
	m.restored(m.a.ID)
	m.release(m.a, m.b)
	_, err = away.Transfer("mallory", at.ID, from)
	m.must(err)
	m.settle(m.a)
	l := m.link(m.a.ID, external.KindComment, c.ID)
	if all := m.said(m.id); len(all) != 2 || l.State != store.ParkedLink {
		t.Errorf("said here: %q; its link is %s (%s)", all, l.State, l.Reason)
	}
	m.retry(l)
	m.settle(m.a)
	if all := m.said(m.id); len(all) != 1 {
		t.Errorf("a person tried it again, and here is said: %q", all)
	}
}

// TestRetriedOnceAfterEachRestoration: a comment was deleted here as the backup was made, and its link
// set aside. The next backup holds that, and the database goes back to it. Whoever tries the link again
// after the second release is heard at once.
func TestRetriedOnceAfterEachRestoration(t *testing.T) {
	w, p, tk := pairOf(t, memory.Options{})
	c, err := w.engine.AddComment(t.Context(), tk.ID, "a remark", "", "ann")
	w.must(err)
	w.syncs(p.ID, 2)
	_, err = w.engine.DeleteComment(t.Context(), c.ID, c.Revision, "ann")
	w.must(err)
	for range 2 {
		w.store.Backup()
		w.cutOff(p)
		w.restored(p.ID)
		w.release(p)
		if l := w.link(p.ID, external.KindComment, c.ID); l.State != store.ParkedLink {
			t.Fatalf("its link is %s (%s)", l.State, l.Reason)
		}
	}
	w.retry(w.link(p.ID, external.KindComment, c.ID))
	w.syncs(p.ID, 2)
	if l := w.link(p.ID, external.KindComment, c.ID); l.State != store.Tombstone || len(w.stands(p.ID, external.KindComment)) != 0 {
		t.Errorf("a person tried it again, and its link is %s (%s)", l.State, l.Reason)
	}
}

// TestRestoredAgainIsReadAnew: a database that was read anew waits for its release as the next backup is made,
// and goes back to that one later. It is not told as if it had been read anew since, and is.
func TestRestoredAgainIsReadAnew(t *testing.T) {
	for _, paused := range []bool{false, true} { // by a person
		w, p, _ := pairOf(t, memory.Options{})
		w.store.Backup()
		w.cutOff(p)
		w.restored(p.ID)
		w.syncs(p.ID, 1)
		if got := w.project(p.ID); !got.Restored.Done || got.Status != external.Paused {
			t.Fatalf("once restored it is %s: %+v", got.Status, got.Restored)
		}
		if paused {
			_, err := w.engine.Pause(t.Context(), p.ID, "ann")
			w.must(err)
		}
		w.store.Backup()
		_, err := w.engine.Resume(t.Context(), p.ID, "op", true)
		w.must(err)
		w.syncs(p.ID, 2)
		w.restored(p.ID)
		got := w.project(p.ID)
		if paused {
			if got.Status != external.Paused || got.StatusReason != "paused by ann" {
				t.Errorf("paused by a person it is %s: %s", got.Status, got.StatusReason)
			}
			continue
		}
		if !got.Status.Syncs() || got.Restored.Done || strings.Contains(got.StatusReason, "was read anew") {
			t.Errorf("restored again it is %s: %s", got.Status, got.StatusReason)
		}
		w.syncs(p.ID, 1)
		if got := w.project(p.ID); !got.Restored.Done || got.Status != external.Paused {
			t.Errorf("read anew it is %s: %s", got.Status, got.StatusReason)
		}
	}
}

// TestWhatPeopleBeginAgainIsNotHeld: as the backup was made a ticket was over, deleted on both sides, or
// withdrawn by an undo. Long after the release a person restores the one, or has the undo undone. What
// he says, and what is edited then, goes out, and nobody is asked.
func TestWhatPeopleBeginAgainIsNotHeld(t *testing.T) {
	for what, c := range map[string]struct {
		end   func(w *world, id string, made store.Session) (by store.Session)
		begin func(w *world, id string, by store.Session)
	}{
		"restored": {
			func(w *world, id string, made store.Session) store.Session {
				w.dropHere(id)
				w.syncs(made.ProjectID, 2)
				w.decide(w.asked(store.GoneOutside), store.ChooseLocal)
				w.syncs(made.ProjectID, 2)
				return made
			},
			func(w *world, id string, _ store.Session) {
				_, err := w.engine.RestoreTicket(w.t.Context(), id, "ann")
				w.must(err)
			},
		},
		"the undo undone": {
			func(w *world, _ string, made store.Session) store.Session { return w.rollBack(made.ID) },
			func(w *world, _ string, by store.Session) { w.rollBack(by.ID) },
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			p := w.connect("octo/hello", memory.Options{})
			id := w.create("a ticket", ticket.Public).ID
			by := c.end(w, id, w.sync(p.ID))
			w.store.Backup()
			w.cutOff(p)
			w.restored(p.ID)
			w.release(p)
			c.begin(w, id, by)
			w.edit(id, ticket.Fields{ticket.Body: ticket.Text("since")})
			w.syncs(p.ID, 3)
			it := w.outside(p.ID, id).Fields
			if it[memory.FieldState].Text() != ticket.StateOpen || it[memory.FieldBody].Text() != "since" {
				t.Errorf("outside it is %s, and reads %q", it[memory.FieldState].Text(), it[memory.FieldBody].Text())
			}
			if open := w.conflicts(store.OpenConflict); len(open) != 0 {
				t.Errorf("a person is asked about %+v", open)
			}
		})
	}
}

// TestOursIsLostUnderWhatComesInLate: what we had written under a ticket that the restored database has
// forgotten is set aside before the release, though the ticket comes in after it: nobody asks then
// whose it is, and it would come in as the tracker's word.
func TestOursIsLostUnderWhatComesInLate(t *testing.T) {
	m := twoProjects(t, memory.Options{Precision: 10 * time.Minute, PageSize: 1, CreateKey: external.CreateKeyMarker})
	m.scripted()
	_, err := m.engine.AddComment(t.Context(), m.tickets()[0].ID, "a remark of ours", "", "ann")
	m.must(err)
	m.settle(m.a)
	said := m.stands(m.a.ID, external.KindComment)
	if len(said) != 1 {
		t.Fatalf("outside there are %d comments", len(said))
	}
	m.comeInLate()
	if l := m.joins(m.a, external.KindComment, said[0].ID); l.State != store.ParkedLink || len(m.remarks()) != 0 || len(m.tickets()) != 2 {
		t.Errorf("its link is %s (%s), and %d of it are here under %d tickets", l.State, l.Reason, len(m.remarks()), len(m.tickets()))
	}
}

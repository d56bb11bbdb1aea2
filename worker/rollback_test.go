package worker_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestAFailedSessionIsRolledBack: the credential is refused in the middle of a session that
// has written something. Where the project asks for it, the session is undone as soon as
// the system can be reached again, before anything else is written; what it had written is
// parked, and what it had not come to goes out.
func TestAFailedSessionIsRolledBack(t *testing.T) {
	s := newStack(t)
	const tickets = 8
	for range tickets {
		s.local("before")
	}
	s.connect(time.Second)
	s.quiet()
	_, err := s.Engine.Configure(s.ctx, s.project, "ann", func(p *store.Project) error { p.RollbackFailed = true; return nil })
	s.must(err)
	_, err = s.Engine.Pause(s.ctx, s.project, "ann") // so that one session has all edits
	s.must(err)
	s.eventually("the last session has ended", func() bool { return s.sessions()[0].State != store.Running })
	for _, one := range s.tickets() {
		s.retitle(one.ID, "after")
	}
	s.slow(100 * time.Millisecond)
	edits := func() int { return s.sim.Counters().Kinds["issues.edit"].Calls }
	began := edits()
	_, err = s.Engine.Resume(s.ctx, s.project, "ann", false)
	s.must(err)
	s.eventually("a few titles are written", func() bool { return edits() >= began+3 })
	s.sim.AddToken(token, github.Token{Login: "extsync-bot", Push: true, Revoked: true})
	s.status("error")

	failed := s.failed()
	undo := s.undoOf(failed.ID)
	if failed.Counts.PushedOutside < 3 || undo.By != store.OnFailure || undo.State == store.Succeeded {
		t.Fatalf("the failed session wrote %d fields; its rollback is by %q and %s", failed.Counts.PushedOutside, undo.By, undo.State)
	}
	s.sim.AddToken(token, github.Token{Login: "extsync-bot", Push: true})
	s.eventually("it is rolled back", func() bool { return s.undoOf(failed.ID).State == store.Succeeded })
	s.status("active")
	s.quiet()

	undone := s.undoOf(failed.ID).Counts
	restored, sent := 0, 0
	for _, one := range s.tickets() {
		if got := one.Fields[ticket.Title].Text(); got != "after" {
			t.Errorf("ticket %s is %q here: the session wrote nothing here, so nothing is undone here", one.ID, got)
		}
		switch got := s.titleOutside(numberOf(t, s.issueOf(one.ID))); got {
		case "before":
			restored++
		case "after":
			sent++
		default:
			t.Errorf("ticket %s is %q outside", one.ID, got)
		}
	}
	if restored < 3 || restored != undone.PushedOutside || restored+sent != tickets {
		t.Errorf("%d titles are as before outside and %d as after; the rollback reports %+v", restored, sent, undone)
	}
	var parked []store.Conflict
	s.view(func(tx store.Tx) (err error) {
		parked, err = tx.FindConflicts(s.ctx, store.ConflictFilter{ProjectID: s.project, State: store.OpenConflict}, 100)
		return err
	})
	for _, c := range parked {
		if c.Kind != store.Undone || c.Field != ticket.Title {
			t.Errorf("parked: %s of %s", c.Kind, c.Field)
		}
	}
	if len(parked) != restored {
		t.Errorf("%d fields are parked, want the %d that were restored", len(parked), restored)
	}
}

// failed is the session that failed after it wrote something.
func (s *stack) failed() store.Session {
	s.t.Helper()
	for _, x := range s.sessions() {
		if x.State == store.Failed && x.Kind != store.Rollback && x.Counts.PushedOutside > 0 {
			return x
		}
	}
	s.t.Fatal("no session failed after it wrote something")
	return store.Session{}
}

// undoOf is the rollback of a session.
func (s *stack) undoOf(session string) store.Session {
	s.t.Helper()
	for _, x := range s.sessions() {
		if x.Undoes == session {
			return x
		}
	}
	s.t.Fatalf("nobody ordered the rollback of %s", session)
	return store.Session{}
}

package storetest

import (
	"errors"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

func sessionTests() []test {
	return []test{
		{"a session comes back as it was stored, because reports read it", func(b *bench) {
			s := b.insertSession(b.insertProject().ID)
			b.same("session", b.session(s.ID), s)
		}},
		{"a session that is not there is ErrNotFound, and an id is used once", func(b *bench) {
			s := b.insertSession(b.insertProject().ID)
			b.fails(store.ErrExists, func(tx store.Tx) error { return tx.InsertSession(b.Context(), s) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { _, err := tx.Session(b.Context(), newID()); return err })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.UpdateSession(b.Context(), aSession(s.ProjectID)) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.InsertSession(b.Context(), aSession(newID())) })
			b.fails(store.ErrNotFound, func(tx store.Tx) error { return tx.AppendSteps(b.Context(), aStep(newID())) })
		}},
		{"an update replaces the row but for its project", func(b *bench) {
			s := b.insertSession(b.insertProject().ID)
			next := s
			next.ProjectID, next.State, next.Reason, next.Counts = newID(), store.Failed, "timeout", store.Counts{Failed: 3}
			next.EndedAt, next.Mapping = time.Time{}, 0
			b.do(func(tx store.Tx) error { return tx.UpdateSession(b.Context(), next) })
			next.ProjectID = s.ProjectID
			b.same("session", b.session(s.ID), next)
		}},
		{"a kind or state that does not exist is refused", func(b *bench) {
			s := aSession(b.insertProject().ID)
			s.Kind = "leisurely"
			b.refused(func(tx store.Tx) error { return tx.InsertSession(b.Context(), s) })
			s.Kind, s.State = store.Initial, "asleep"
			b.refused(func(tx store.Tx) error { return tx.InsertSession(b.Context(), s) })
			s.State, s.Mapping = store.Running, -1
			b.refused(func(tx store.Tx) error { return tx.InsertSession(b.Context(), s) })
		}},
		{"sessions are listed newest first, because the last one is asked for most", listSessions},
		{"what runs is found whatever ran since, oldest first, because a restored database ends all of it", runningSessions},
		{"rollbacks are found by what they undo, oldest first, because the last one says whether it is undone", rollbacksOf},
		{"a rollback is open until it succeeds, because a project sees to it before anything else", openRollbacks},
		{"steps are numbered from 1 in the order they came, per session, because a journal has no gaps", journal},
		{"an update of a session does not renumber its journal", func(b *bench) {
			s := b.insertSession(b.insertProject().ID)
			b.do(func(tx store.Tx) error { return tx.AppendSteps(b.Context(), aStep(s.ID)) })
			b.do(func(tx store.Tx) error { return tx.UpdateSession(b.Context(), s) })
			b.do(func(tx store.Tx) error { return tx.AppendSteps(b.Context(), aStep(s.ID)) })
			b.same("number of the second step", b.steps(s.ID, 1, 9)[0].Seq, 2)
		}},
		{"why something failed may hold any bytes, because that it failed must be on record", func(b *bench) {
			p := b.insertProject()
			s := aSession(p.ID)
			s.Reason, p.StatusReason = "it says \xff\x00", "it says \xff\x00"
			b.do(func(tx store.Tx) error {
				step, l, c := aStep(s.ID), aLink(p.ID), aConflict(p.ID, newID())
				step.Reason, step.Outcome, l.Reason, c.Reason = s.Reason, s.Reason, s.Reason, s.Reason
				return errors.Join(
					tx.InsertSession(b.Context(), s), tx.UpdateProject(b.Context(), p), tx.AppendSteps(b.Context(), step),
					tx.InsertLink(b.Context(), l), tx.InsertConflict(b.Context(), c),
					tx.AppendAudit(b.Context(), store.AuditEntry{ProjectID: p.ID, Action: "write", Detail: s.Reason}),
					tx.PutHeadMark(b.Context(), store.HeadMark{ProjectID: p.ID, Error: s.Reason}),
				)
			})
			b.same("reason", b.session(s.ID).Reason, "it says \uFFFD\uFFFD")
			b.same("status", b.project(p.ID).StatusReason, "it says \uFFFD\uFFFD")
		}},
		{"an unstorable value in a step is refused", func(b *bench) {
			s := b.insertSession(b.insertProject().ID)
			step := aStep(s.ID)
			step.Before = ticket.Text("\x00")
			b.refused(func(tx store.Tx) error { return tx.AppendSteps(b.Context(), step) })
		}},
	}
}

func (b *bench) insertSession(projectID string) store.Session {
	b.Helper()
	s := aSession(projectID)
	b.do(func(tx store.Tx) error { return tx.InsertSession(b.Context(), s) })
	return s
}

func (b *bench) session(id string) store.Session {
	b.Helper()
	return read(b, func(tx store.Tx) (store.Session, error) { return tx.Session(b.Context(), id) })
}

func (b *bench) steps(sessionID string, after int64, limit int) []store.Step {
	b.Helper()
	return read(b, func(tx store.Tx) ([]store.Step, error) { return tx.Steps(b.Context(), sessionID, after, limit) })
}

func listSessions(b *bench) {
	p := b.insertProject()
	for n, after := range []time.Duration{0, time.Hour, 0, time.Minute} {
		s := aSession(p.ID)
		s.ID, s.StartedAt = nth(n), day.Add(after)
		b.do(func(tx store.Tx) error { return tx.InsertSession(b.Context(), s) })
	}
	elsewhere := b.insertSession(b.insertProject().ID)
	// Of the same moment the later one is the newer one.
	want := []string{nth(1), nth(3), nth(2), nth(0)}
	for _, limit := range []int{0, 3, 9} {
		got := read(b, func(tx store.Tx) ([]store.Session, error) { return tx.ListSessions(b.Context(), p.ID, "", limit) })
		b.same("sessions", ids(got, func(s store.Session) string { return s.ID }), want[:min(limit, len(want))])
	}
	for before, older := range map[string][]string{nth(1): want[1:3], nth(2): want[3:], nth(0): nil, nth(8): nil, elsewhere.ID: nil} {
		got := read(b, func(tx store.Tx) ([]store.Session, error) { return tx.ListSessions(b.Context(), p.ID, before, 2) })
		b.same("sessions before "+before, ids(got, func(s store.Session) string { return s.ID }), older)
	}
}

func runningSessions(b *bench) {
	p := b.insertProject()
	for n, state := range []store.SessionState{store.Running, store.Succeeded, store.Running, store.Failed, store.Held, store.Stopped, store.Pending} {
		s := aSession(p.ID)
		s.ID, s.State, s.StartedAt = nth(n), state, day.Add(-time.Duration(n)*time.Minute)
		b.do(func(tx store.Tx) error { return tx.InsertSession(b.Context(), s) })
	}
	elsewhere := aSession(b.insertProject().ID)
	elsewhere.State = store.Running
	undo := aRollback(p.ID, nth(1), nth(7), 0, store.Running) // of the same moment as the first one
	b.do(func(tx store.Tx) error {
		return errors.Join(tx.InsertSession(b.Context(), elsewhere), tx.InsertSession(b.Context(), undo))
	})
	running := func() []string {
		return ids(read(b, func(tx store.Tx) ([]store.Session, error) { return tx.RunningSessions(b.Context(), p.ID) }),
			func(s store.Session) string { return s.ID })
	}
	b.same("running", running(), []string{nth(2), nth(0), nth(7)})
	over := b.session(nth(0))
	over.State = store.Stopped
	b.do(func(tx store.Tx) error { return tx.UpdateSession(b.Context(), over) })
	b.same("running still", running(), []string{nth(2), nth(7)})
}

// aRollback is a rollback of a session, ordered at some time.
func aRollback(projectID, undoes, id string, at time.Duration, state store.SessionState) store.Session {
	s := aSession(projectID)
	s.ID, s.Kind, s.Undoes, s.State, s.StartedAt = id, store.Rollback, undoes, state, day.Add(at)
	return s
}

func rollbacksOf(b *bench) {
	p := b.insertProject()
	s, other := b.insertSession(p.ID), b.insertSession(p.ID)
	for n, r := range []store.Session{
		aRollback(p.ID, s.ID, nth(1), time.Hour, store.Succeeded), aRollback(p.ID, s.ID, nth(2), 0, store.Succeeded),
		aRollback(p.ID, other.ID, nth(3), 0, store.Succeeded), aRollback(p.ID, s.ID, nth(4), time.Hour, store.Pending),
	} {
		b.do(func(tx store.Tx) error { return tx.InsertSession(b.Context(), r) })
		b.same("rollback "+r.ID, b.session(nth(n+1)), r)
	}
	of := func(id string) []string {
		return ids(read(b, func(tx store.Tx) ([]store.Session, error) { return tx.RollbacksOf(b.Context(), id) }),
			func(s store.Session) string { return s.ID })
	}
	b.same("rollbacks", of(s.ID), []string{nth(2), nth(1), nth(4)})
	b.same("of a session that none undoes", len(of(nth(2)))+len(of(newID()))+len(of("")), 0)
}

func openRollbacks(b *bench) {
	p := b.insertProject()
	s := b.insertSession(p.ID)
	for n, state := range []store.SessionState{store.Pending, store.Running, store.Succeeded, store.Failed, store.Held, store.Stopped, store.Cancelled} {
		r := aRollback(p.ID, s.ID, nth(n), -time.Duration(n)*time.Minute, state)
		b.do(func(tx store.Tx) error { return tx.InsertSession(b.Context(), r) })
	}
	elsewhere := b.insertProject()
	b.do(func(tx store.Tx) error {
		return tx.InsertSession(b.Context(), aRollback(elsewhere.ID, s.ID, newID(), 0, store.Pending))
	})
	got := read(b, func(tx store.Tx) ([]store.Session, error) { return tx.OpenRollbacks(b.Context(), p.ID) })
	b.same("open ones", ids(got, func(s store.Session) string { return s.ID }), []string{nth(5), nth(4), nth(3), nth(1), nth(0)})
}

func journal(b *bench) {
	p := b.insertProject()
	one, two := b.insertSession(p.ID), b.insertSession(p.ID)
	step := func(sessionID, reason string) store.Step {
		s := aStep(sessionID)
		s.Reason = reason
		return s
	}
	b.do(func(tx store.Tx) error { return tx.AppendSteps(b.Context()) })
	b.do(func(tx store.Tx) error {
		return tx.AppendSteps(b.Context(), step(one.ID, "a"), step(two.ID, "x"), step(one.ID, "b"))
	})
	b.do(func(tx store.Tx) error { return tx.AppendSteps(b.Context(), step(one.ID, "c"), step(one.ID, "d")) })
	var want []store.Step
	for i, reason := range []string{"a", "b", "c", "d"} {
		s := step(one.ID, reason)
		s.Seq = int64(i) + 1
		want = append(want, s)
	}
	b.same("the whole journal", b.steps(one.ID, 0, 9), want)
	b.same("a page of it", b.steps(one.ID, 1, 2), want[1:3])
	b.same("beyond its end", len(b.steps(one.ID, 4, 9))+len(b.steps(one.ID, 99, 9))+len(b.steps(one.ID, 0, 0)), 0)
	b.same("the other's", b.steps(two.ID, 0, 9)[0].Seq, 1)
}

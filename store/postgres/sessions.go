package postgres

// sync_sessions: the bounded operations; last_step numbers their journal.
// session_steps: that journal, numbered from 1 without gaps, only ever added to.

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// InsertSession implements store.Sessions.
func (t *tx) InsertSession(ctx context.Context, s store.Session) error {
	s, err := canon.Session(s)
	if err != nil {
		return err
	}
	n, err := t.q.InsertSession(ctx, sqlcgen.InsertSessionParams{
		ID: s.ID, ProjectID: s.ProjectID, Kind: s.Kind, State: s.State, Reason: s.Reason,
		Epoch: s.Epoch, Counts: s.Counts, StartedAt: s.StartedAt, EndedAt: opt(s.EndedAt),
		Mapping: s.Mapping, Undoes: s.Undoes, RequestedBy: s.By,
	})
	return inserted("session", s.ID, n, err)
}

// Session implements store.Sessions.
func (t *tx) Session(ctx context.Context, id string) (store.Session, error) {
	r, err := t.q.GetSession(ctx, id)
	return sessionOf(r), interpret("session", id, err)
}

// UpdateSession implements store.Sessions.
func (t *tx) UpdateSession(ctx context.Context, s store.Session) error {
	s, err := canon.Session(s)
	if err != nil {
		return err
	}
	n, err := t.q.UpdateSession(ctx, sqlcgen.UpdateSessionParams{
		ID: s.ID, Kind: s.Kind, State: s.State, Reason: s.Reason, Epoch: s.Epoch,
		Counts: s.Counts, StartedAt: s.StartedAt, EndedAt: opt(s.EndedAt),
		Mapping: s.Mapping, Undoes: s.Undoes, RequestedBy: s.By,
	})
	return updated("session", s.ID, n, err)
}

// ListSessions implements store.Sessions.
func (t *tx) ListSessions(ctx context.Context, projectID, before string, limit int) ([]store.Session, error) {
	rows, err := t.q.ListSessions(ctx, sqlcgen.ListSessionsParams{ProjectID: projectID, Before: before, MaxRows: maxRows(limit)})
	return each(rows, sessionOf), interpret("sessions of project", projectID, err)
}

// RunningSessions implements store.Sessions.
func (t *tx) RunningSessions(ctx context.Context, projectID string) ([]store.Session, error) {
	rows, err := t.q.RunningSessions(ctx, projectID)
	return each(rows, sessionOf), interpret("running sessions of project", projectID, err)
}

// RollbacksOf implements store.Sessions.
func (t *tx) RollbacksOf(ctx context.Context, sessionID string) ([]store.Session, error) {
	rows, err := t.q.RollbacksOf(ctx, sessionID)
	return each(rows, sessionOf), interpret("rollbacks of session", sessionID, err)
}

// OpenRollbacks implements store.Sessions.
func (t *tx) OpenRollbacks(ctx context.Context, projectID string) ([]store.Session, error) {
	rows, err := t.q.OpenRollbacks(ctx, projectID)
	return each(rows, sessionOf), interpret("open rollbacks of project", projectID, err)
}

// AppendSteps implements store.Sessions.
func (t *tx) AppendSteps(ctx context.Context, steps ...store.Step) error {
	count := map[string]int64{}
	for _, s := range steps {
		count[s.SessionID]++
	}
	next := map[string]int64{}
	rows := make([]sqlcgen.InsertStepsParams, 0, len(steps))
	for _, s := range steps {
		s, err := canon.Step(s)
		if err != nil {
			return err
		}
		if _, reserved := next[s.SessionID]; !reserved {
			last, err := t.q.ReserveSteps(ctx, sqlcgen.ReserveStepsParams{ID: s.SessionID, Steps: count[s.SessionID]})
			if err != nil {
				return interpret("session", s.SessionID, err)
			}
			next[s.SessionID] = last - count[s.SessionID]
		}
		next[s.SessionID]++
		s.Seq = next[s.SessionID]
		rows = append(rows, sqlcgen.InsertStepsParams(s))
	}
	if len(rows) == 0 {
		return nil
	}
	_, err := t.q.InsertSteps(ctx, rows)
	return interpret("steps of session", rows[0].SessionID, err)
}

// Steps implements store.Sessions.
func (t *tx) Steps(ctx context.Context, sessionID string, after int64, limit int) ([]store.Step, error) {
	rows, err := t.q.Steps(ctx, sqlcgen.StepsParams{SessionID: sessionID, After: after, MaxRows: maxRows(limit)})
	return each(rows, func(r sqlcgen.SessionStep) store.Step { return store.Step(r) }),
		interpret("steps of session", sessionID, err)
}

func sessionOf(r sqlcgen.SyncSession) store.Session {
	return store.Session{
		ID: r.ID, ProjectID: r.ProjectID, Kind: r.Kind, State: r.State, Reason: r.Reason,
		Epoch: r.Epoch, Counts: r.Counts, StartedAt: r.StartedAt, EndedAt: at(r.EndedAt), Mapping: r.Mapping,
		Undoes: r.Undoes, By: r.RequestedBy,
	}
}

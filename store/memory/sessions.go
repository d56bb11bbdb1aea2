package memory

import (
	"context"
	"slices"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

type sessions struct {
	rows      table[string, *store.Session]
	ofProject groups[string, list]
	steps     groups[string, []*store.Step] // by session, only ever added to
}

func newSessions() sessions {
	return sessions{table[string, *store.Session]{}, groups[string, list]{}, groups[string, []*store.Step]{}}
}

// InsertSession implements store.Sessions.
func (t *tx) InsertSession(_ context.Context, s store.Session) error {
	s, err := canon.Session(s)
	if err != nil {
		return err
	}
	if t.projects.rows[s.ProjectID] == nil {
		return canon.NotFound("project", s.ProjectID)
	}
	if t.sessions.rows[s.ID] != nil {
		return canon.Exists("session", s.ID)
	}
	t.sessions.rows.put(t.Store, s.ID, &s)
	t.sessions.ofProject.of(s.ProjectID).add(t.Store, s.ID)
	return nil
}

// Session implements store.Sessions.
func (t *tx) Session(_ context.Context, id string) (store.Session, error) {
	s := t.sessions.rows[id]
	if s == nil {
		return store.Session{}, canon.NotFound("session", id)
	}
	return *s, nil
}

// UpdateSession implements store.Sessions. The session stays with its project.
func (t *tx) UpdateSession(_ context.Context, s store.Session) error {
	s, err := canon.Session(s)
	if err != nil {
		return err
	}
	old := t.sessions.rows[s.ID]
	if old == nil {
		return canon.NotFound("session", s.ID)
	}
	s.ProjectID = old.ProjectID
	t.sessions.rows.put(t.Store, s.ID, &s)
	return nil
}

// ListSessions implements store.Sessions.
func (t *tx) ListSessions(_ context.Context, projectID, before string, limit int) ([]store.Session, error) {
	var out []store.Session
	if g := t.sessions.ofProject[projectID]; g != nil {
		for _, id := range slices.Backward(g.ids) {
			out = append(out, *t.sessions.rows[id])
		}
	}
	slices.SortStableFunc(out, func(a, b store.Session) int { return b.StartedAt.Compare(a.StartedAt) })
	if before != "" {
		n := slices.IndexFunc(out, func(s store.Session) bool { return s.ID == before })
		if n < 0 { // nothing is before what is not there
			n = len(out) - 1
		}
		out = out[n+1:]
	}
	return out[:min(max(limit, 0), len(out))], nil
}

// RunningSessions implements store.Sessions.
func (t *tx) RunningSessions(_ context.Context, projectID string) ([]store.Session, error) {
	return t.oldestFirst(projectID, func(s *store.Session) bool { return s.State == store.Running }), nil
}

// RollbacksOf implements store.Sessions.
func (t *tx) RollbacksOf(_ context.Context, sessionID string) ([]store.Session, error) {
	undone := t.sessions.rows[sessionID]
	if undone == nil {
		return nil, nil
	}
	return t.oldestFirst(undone.ProjectID, func(s *store.Session) bool {
		return s.Kind == store.Rollback && s.Undoes == sessionID
	}), nil
}

// OpenRollbacks implements store.Sessions.
func (t *tx) OpenRollbacks(_ context.Context, projectID string) ([]store.Session, error) {
	return t.oldestFirst(projectID, func(s *store.Session) bool {
		return s.Kind == store.Rollback && s.State != store.Succeeded && s.State != store.Cancelled
	}), nil
}

func (t *tx) oldestFirst(projectID string, which func(*store.Session) bool) []store.Session {
	var out []store.Session
	if g := t.sessions.ofProject[projectID]; g != nil {
		for _, id := range g.ids {
			if s := t.sessions.rows[id]; which(s) {
				out = append(out, *s)
			}
		}
	}
	slices.SortStableFunc(out, func(a, b store.Session) int { return a.StartedAt.Compare(b.StartedAt) })
	return out
}

// AppendSteps implements store.Sessions.
func (t *tx) AppendSteps(_ context.Context, steps ...store.Step) error {
	for _, st := range steps {
		st, err := canon.Step(st)
		if err != nil {
			return err
		}
		if t.sessions.rows[st.SessionID] == nil {
			return canon.NotFound("session", st.SessionID)
		}
		journal := t.sessions.steps.of(st.SessionID)
		n := len(*journal)
		st.Seq = int64(n) + 1
		t.onUndo(func() { *journal = (*journal)[:n] })
		*journal = append(*journal, &st)
		if st.TicketID != "" {
			add(t.Store, t.histories.steps.of(st.TicketID), &st)
		}
	}
	return nil
}

// Steps implements store.Sessions.
func (t *tx) Steps(_ context.Context, sessionID string, after int64, limit int) ([]store.Step, error) {
	journal := t.sessions.steps[sessionID]
	if journal == nil {
		return nil, nil
	}
	rest := (*journal)[min(max(after, 0), int64(len(*journal))):]
	return stepsAt(rest[:min(max(limit, 0), len(rest))]), nil
}

// stepsAt copies steps out of a journal; none: nil.
func stepsAt(rows []*store.Step) []store.Step {
	if len(rows) == 0 {
		return nil
	}
	out := make([]store.Step, len(rows))
	for n, st := range rows {
		out[n] = *st
	}
	return out
}

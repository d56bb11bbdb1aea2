package simtest

import (
	"errors"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
)

// undoHere has a session rolled back: a person picks one, also an old one, one that failed
// or one that was a rollback itself, looks at the preview, and says yes. Others may act
// between the two; then he looks again, or leaves it. The project's next session does it.
func (w *world) undoHere() bool {
	s, ok := w.someSession()
	if !ok {
		return false
	}
	if w.peerOf(s.ProjectID).off {
		return false
	}
	pv, err := w.engine.PreviewRollback(w.ctx, s.ID)
	if err != nil {
		return w.notUndone(err)
	}
	p := w.peerOf(s.ProjectID)
	w.checkNamed(p, pv)
	for n := w.work.IntN(3); n > 1; n-- {
		w.act()
	}
	r, now, err := w.engine.OrderRollback(w.ctx, s.ID, pv.Digest, "ann")
	if errors.Is(err, engine.ErrMoved) && w.work.IntN(4) > 0 {
		w.trace.add("here: it has moved, and he looks again")
		pv = now
		r, _, err = w.engine.OrderRollback(w.ctx, s.ID, pv.Digest, "ann")
	}
	if err != nil && p.off {
		return false // somebody has disconnected it since he looked
	}
	if err != nil {
		return w.notUndone(err)
	}
	w.trace.add("here: roll back", s.ID, string(s.Kind), string(s.State), "by", r.ID)
	return true
}

// notUndone takes the answers that a person may get.
func (w *world) notUndone(err error) bool {
	for _, is := range []error{engine.ErrRunning, engine.ErrOrdered, engine.ErrUndone, engine.ErrMoved, engine.ErrCutOff} {
		if errors.Is(err, is) {
			w.trace.add("here: not rolled back:", is.Error())
			return false
		}
	}
	w.must(err)
	return false
}

// someSession draws a session of any project, mostly one that wrote something.
func (w *world) someSession() (store.Session, bool) {
	var all, wrote []store.Session
	w.read(func(tx store.Tx) error {
		for _, p := range w.peers {
			list, err := tx.ListSessions(w.ctx, p.id, "", 50)
			if err != nil {
				return err
			}
			for _, s := range list {
				all = append(all, s)
				if c := s.Counts; c.CreatedHere+c.AppliedHere+c.DeletedHere+c.CreatedOutside+c.PushedOutside+c.DeletedOutside > 0 {
					wrote = append(wrote, s)
				}
			}
		}
		return nil
	})
	if w.work.IntN(8) > 0 {
		all = wrote
	}
	if len(all) == 0 {
		return store.Session{}, false
	}
	return all[w.work.IntN(len(all))], true
}

// orOrdered puts the rollback that a project must see to first in the place of another
// session, as its workflow does.
func (w *world) orOrdered(e *engine.Engine, p *peer, id string, kind store.SessionKind) (string, store.SessionKind) {
	if !w.has(undos) {
		return id, kind
	}
	s, err := e.NextRollback(w.ctx, p.id)
	if err != nil {
		if !errors.Is(err, store.ErrNotFound) {
			w.must(err)
		}
		return id, kind
	}
	w.rolled++
	p.rolled++
	w.trace.add("it rolls", s.Undoes, "back")
	return s.ID, store.Rollback
}

// works notes that a session goes on, until the function that it returns is called.
func (w *world) works(run engine.Run) func() {
	n := len(w.running)
	w.running = append(w.running, run)
	return func() { w.running = w.running[:n] }
}

// undo are the steps of a session that rolls another one back, as IncrementalSync has them.
// One that does not come to its end is gone on with by the next.
func (w *world) undo(e *engine.Engine, run engine.Run) (engine.Outcome, error) {
	if err := e.Repair(w.ctx, run); err != nil {
		return engine.Outcome{}, err
	}
	if !w.calm {
		if err := e.Guard(w.ctx, run, 500); err != nil {
			return engine.Outcome{}, err
		}
	}
	limit := 50
	if !w.calm && w.sched.IntN(2) == 0 {
		limit = 1 + w.sched.IntN(3)
	}
	for range 40 {
		pr, err := e.Undo(w.ctx, run, limit)
		switch {
		case err != nil:
			return engine.Outcome{}, err
		case !pr.More:
			return engine.Outcome{State: store.Succeeded}, nil
		case !pr.RetryAt.IsZero():
			return engine.Outcome{State: store.Stopped, Reason: pr.Reason}, nil
		case !w.calm && w.sched.IntN(10) == 0:
			return engine.Outcome{State: store.Stopped, Reason: "not through yet"}, nil
		}
	}
	return engine.Outcome{State: store.Stopped, Reason: "not through yet"}, nil
}

// undoes returns the session that the innermost one rolls back; empty: it rolls none back.
func (w *world) undoes() (of string) {
	if len(w.running) == 0 || w.running[len(w.running)-1].Kind != store.Rollback || w.acting > 0 {
		return ""
	}
	w.read(func(tx store.Tx) error {
		s, err := tx.Session(w.ctx, w.running[len(w.running)-1].SessionID)
		of = s.Undoes
		return ignoreNotFound(err) // a restored database may have forgotten it
	})
	return of
}

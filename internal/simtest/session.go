package simtest

import (
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// stop is the panic that ends a run at once.
type stop struct{}

// crashAt lets the process die here, if the schedule says so. People's own calls go
// through: whether an edit was taken when the answer is lost only they could say.
func (w *world) crashAt(k faultKind) {
	if w.acting == 0 && w.hits(k) {
		w.die()
	}
}

// die ends the process. What it had sent and not yet noted is uncertain from now on.
func (w *world) die() {
	for _, i := range w.intents {
		for _, c := range i.Changes {
			if i.State != store.Sent || c.Field != ticket.Labels {
				continue
			}
			for _, l := range c.Written.Minus(c.Seen) {
				w.tainted[tokenIn(l)] = true
			}
		}
	}
	panic(crash{})
}

// alive runs f as a process that may die.
func (w *world) alive(f func()) (died bool) {
	depth, acting, call := w.depth, w.acting, w.call
	defer func() {
		r := recover()
		if r == nil {
			return
		}
		if _, ok := r.(crash); !ok {
			panic(r)
		}
		w.depth, w.acting, w.call = depth, acting, call
		w.trace.add("the process dies")
		w.restart()
		died = true
	}()
	f()
	return false
}

// session runs one session of a project from beginning to end, or until its process
// dies. It returns when nothing more is due at this moment.
func (w *world) session(p *peer, kind store.SessionKind) {
	w.depth++
	w.trace.depth = w.depth
	defer func() { w.depth--; w.trace.depth = w.depth }()
	id := p.crashed
	if id == "" || w.sched.IntN(2) == 0 {
		id = w.newID()
	}
	p.crashed = id
	w.trace.add("session", p.id, string(kind))
	e := w.engine
	if w.alive(func() { w.carry(e, p, id, kind) }) {
		return
	}
	p.crashed = ""
}

// carry are the steps of a session.
func (w *world) carry(e *engine.Engine, p *peer, id string, kind store.SessionKind) {
	w.witness(e, p)
	id, kind = w.orOrdered(e, p, id, kind)
	run, err := e.Begin(w.ctx, id, p.id, kind)
	if err != nil {
		w.trace.add("begin:", err.Error())
		w.expect(err)
		return
	}
	w.heard(p, run.Epoch)
	restored := w.past.happened
	p.old = append(p.old, run)
	defer w.works(run)()
	out := engine.Outcome{State: store.Succeeded}
	if kind == store.Rollback {
		out, err = w.undo(e, run)
	} else {
		err = w.loop(e, run)
	}
	var held *engine.HeldError
	if errors.As(err, &held) {
		out, p.paused = engine.Outcome{State: store.Held, Reason: held.Reason}, true
	} else if err != nil {
		w.trace.add("ended:", err.Error())
		w.expect(err)
		out = engine.Outcome{State: store.Failed, Kind: external.KindOf(err), Reason: "failed"}
		if errors.Is(err, engine.ErrFenced) || errors.Is(err, engine.ErrStopped) {
			return
		}
	}
	if w.past.happened && !restored {
		w.witness(e, p) // as the step would that records the end, which begins a session anew
		return
	}
	s, err := e.Record(w.ctx, run, out)
	if err != nil {
		w.expect(err)
	} else if s.Kind == store.Rollback && s.State == store.Succeeded {
		w.checkUndone(p, s.Undoes, s.ID)
	}
}

// loop observes, repairs and syncs until nothing is due.
func (w *world) loop(e *engine.Engine, run engine.Run) error {
	if _, err := e.Observe(w.ctx, run, w.calm || w.sched.IntN(6) > 0); err != nil {
		return err
	}
	if err := e.Repair(w.ctx, run); err != nil {
		return err
	}
	if !w.calm && w.sched.IntN(4) == 0 {
		if err := e.Guard(w.ctx, run, 50); err != nil {
			return err
		}
	}
	limit := w.parts()
	if !w.calm && w.sched.IntN(3) == 0 {
		limit = 1 + w.sched.IntN(3)
	}
	most := 40
	if w.calm { // nothing ends a session early: smaller parts are more of them
		most = most * 50 / limit
	}
	for range most {
		pr, err := e.Sync(w.ctx, run, limit)
		if err != nil {
			return err
		}
		if run.Kind == store.Reconcile && !pr.More && lot(w.seed, "spot")%4 == 0 {
			return e.Spot(w.ctx, run, spotLinks)
		}
		if !pr.More || !pr.RetryAt.IsZero() {
			return nil
		}
		if !w.calm && w.sched.IntN(10) == 0 {
			return nil // stopped by a limit of the session
		}
	}
	return nil
}

// expect fails the run for an error that no fault explains: errors of a vendor kind,
// a newer session and a pause are part of life, anything else is a bug.
func (w *world) expect(err error) {
	var vendor *external.Error
	var paced *engine.PacedError
	var held *engine.HeldError
	switch {
	case errors.As(err, &vendor), errors.As(err, &paced), errors.As(err, &held),
		errors.Is(err, engine.ErrFenced), errors.Is(err, engine.ErrStopped):
		return
	}
	w.fail("I16", "a session failed for a reason of its own: "+err.Error())
}

// zombie lets an old session go on although a newer one has begun.
func (w *world) zombie(p *peer) {
	if len(p.old) == 0 {
		return
	}
	run := p.old[w.sched.IntN(len(p.old))]
	e := w.engine
	w.depth++
	defer func() { w.depth-- }()
	w.alive(func() {
		defer w.works(run)()
		var err error
		switch w.sched.IntN(4) {
		case 0:
			_, err = e.Observe(w.ctx, run, true)
		case 1:
			err = e.Repair(w.ctx, run)
		case 2:
			if run.Kind == store.Rollback {
				_, err = e.Undo(w.ctx, run, 50)
			} else {
				_, err = e.Sync(w.ctx, run, 50)
			}
		case 3:
			_, err = e.Record(w.ctx, run, engine.Outcome{State: store.Succeeded})
		}
		if err != nil {
			w.trace.add("zombie:", err.Error())
			if w.past.happened && errors.Is(err, store.ErrNotFound) {
				return // its session went with the database
			}
			w.expect(err)
		}
	})
}

// before and after are the moments of a call at which others act. Before a write it
// is often a rival, on the very item.
func (w *world) before(p *peer, item external.Ref) {
	switch {
	case item.ID != "" && w.hits(faultRival):
		w.rival(p, item)
	case w.hits(faultInsideBefore):
		w.act()
	case item.Kind != "" && w.hits(faultToggled):
		w.toggle(p, item)
	}
	w.interrupt(p)
}

func (w *world) after(p *peer) {
	if w.hits(faultInsideAfter) {
		w.act()
	}
	w.interrupt(p)
}

// interrupt lets another session run in the middle of a call, or people act while
// the engine waits.
func (w *world) interrupt(p *peer) {
	if w.calm {
		return
	}
	call := w.call
	defer func() { w.call = call }()
	if p == nil {
		if w.has(insideCalls) && w.sched.IntN(3) == 0 {
			w.act()
		}
		return
	}
	if w.depth > 2 {
		return
	}
	switch {
	case w.hits(faultNestedSame):
		w.advanceLittle()
		w.session(p, store.Incremental)
	case w.hits(faultNestedOther):
		w.session(w.otherThan(p), store.Incremental)
	}
}

// otherThan draws another project.
func (w *world) otherThan(p *peer) *peer {
	n := p.n + 1
	if len(w.peers) > 2 {
		n += w.sched.IntN(len(w.peers) - 1)
	}
	return w.peers[n%len(w.peers)]
}

// guarded runs f and turns an unexpected panic into a violation.
func (w *world) guarded(f func()) {
	defer func() {
		switch r := recover().(type) {
		case nil, stop:
		default:
			w.fail("panic", fmt.Sprintf("%v\n%s", r, debug.Stack()))
		}
	}()
	f()
}

package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Until a restored database is released its links are planned under a hold, see plan.Hold. One
// whose item cannot be read before the release, because it was moved or is gone, is planned so
// once after it, as soon as its item shows: an undo that is forgotten is nobody's edit then, either.

// isHeld reports whether the plan of a link is held. What is to be taken back is so whatever
// the database has forgotten, and an undo has a plan of its own. About a ticket that is gone a
// person is asked anyway; of a comment that is, it may be the undo.
func (w *work) isHeld(p *peer, kind store.SessionKind) bool {
	if p.project.Restored.Open() {
		return true
	}
	goes := w.comment != nil && len(w.plan.Of(plan.DeleteHere)) > 0
	return w.link.Held && (w.shows() || goes) && w.link.TakeBack == "" && kind != store.Rollback
}

// shows reports whether the external item was there when it was seen last.
func (w *work) shows() bool { return w.seen != nil && !w.seen.Item.Gone }

// wasHeld reports whether the hold of a link has done its work: its plan was made under it, with
// its item before us, and compared the two. One of which nothing may flow compares nothing.
func (w *work) wasHeld() bool {
	s, is := w.wholeStep()
	return w.restored && w.wait == "" && w.shows() && (!is || s.Action != plan.Withhold)
}

// isReleased reports whether nothing is left to do for a link that was held alone, though its
// project was released.
func (w *work) isReleased(p *peer) bool {
	return w.wasHeld() && w.plan.Idle() && !p.project.Restored.Open()
}

// releaseAlone releases a link that was held alone. It is planned once more, as all links are that
// are released with their project.
func (e *Engine) releaseAlone(ctx context.Context, r Run, w *work) error {
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, w.link.ID)
		if errors.Is(err, store.ErrNotFound) {
			return nil // a stub that was joined with the link that made its item
		}
		if err == nil && l.DirtyRev != w.link.DirtyRev {
			err = fmt.Errorf("link %s: %w", l.ID, store.ErrStale) // something happened that its hold is to see
		}
		if err != nil {
			return err
		}
		l.Held = false
		return tx.UpdateLink(ctx, l)
	})
}

// heldBack is why a link waits that would make or delete an item outside.
const heldBack = "the restored database may have forgotten that it was made or changed outside; look there, then retry it once the project is released"

// heldGone is why a comment stays here that is gone outside: we may have taken it away there.
const heldGone = "it is gone outside, and the restored database may have forgotten that it was taken back or undone; " +
	"look there, then retry it once the project is released to delete it here, too"

// isHeldBack reports whether a link waits for somebody to look outside what the restored database
// has forgotten, and to retry it.
func isHeldBack(l store.Link) bool {
	return l.State == store.ParkedLink && (l.Cause == store.CauseHeldBack || l.Cause == store.CauseHeldGone)
}

// hold keeps the plan of a link from writing outside, and from taking in what we may have
// written there ourselves.
func (e *Engine) hold(ctx context.Context, p *peer, w *work) error {
	ours, err := e.maybeOurs(ctx, p, w)
	if err != nil {
		return err
	}
	held, whole := plan.Hold(w.input, w.plan, ours)
	if whole {
		w.wait = heldBack
		if s, is := w.wholeStep(); is && s.Action == plan.DeleteHere {
			w.wait = heldGone
		}
	}
	w.plan, w.restored = held, true
	return nil
}

// holdBack sets the links aside by which a ticket would go on to other projects. It came in after the
// release, and would have been held back there had it come in before. Where it may not go, nothing
// would have been held, and nobody is told to look there.
func (e *Engine) holdBack(ctx context.Context, tx store.Tx, t ticket.Ticket) error {
	links, err := tx.LinksOfLocal(ctx, external.KindTicket, t.ID)
	if err != nil {
		return err
	}
	grants, err := tx.Grants(ctx, t.ID)
	for _, l := range links {
		if err != nil {
			return err
		}
		var p store.Project
		if p, err = tx.Project(ctx, l.ProjectID); err != nil || !outbound.Judge(p.ID, p.Rules, grants, t, nil).Out {
			continue
		}
		if l, err = tx.LinkForUpdate(ctx, l.ID); err != nil {
			return err
		}
		err = tx.UpdateLink(ctx, l.As(store.ParkedLink, store.CauseHeldBack, heldBack))
	}
	return err
}

// maybeOurs returns, by field, the values that we may have written to an item since the
// backup to undo something or to take it back, where its plan takes something in: what
// earlier writes had replaced, or taken out of a set, the state in which we leave what we made
// and take back, what holds our notice, and whatever may have been written over it, which
// replaced that alone.
func (e *Engine) maybeOurs(ctx context.Context, p *peer, w *work) (map[ticket.Field][]ticket.Value, error) {
	if len(w.plan.Of(plan.Apply)) == 0 {
		return nil, nil
	}
	values := map[ticket.Field][]ticket.Value{}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		clear(values)
		steps, err := pushesOf(ctx, tx, w)
		for _, s := range steps {
			values[s.Field] = append(values[s.Field], replaced(s))
		}
		return err
	})
	for _, s := range w.plan.Of(plan.Apply) { // somebody has written around it
		if there := w.input.External.Fields[s.Field]; !there.IsSet() && strings.Contains(there.Text(), outbound.Notice) {
			values[s.Field] = append(values[s.Field], there)
		}
	}
	if closing, can := p.closing(w.link.Kind); can && w.link.Made {
		values[ticket.State] = append(values[ticket.State], closing)
	}
	if w.link.TakeBack != "" {
		w.overNotice(values)
	}
	return values, err
}

// overNotice adds what an item holds of each text that was to be taken back as the backup was
// made: somebody may have written it over the notice, and has not seen what stands here.
func (w *work) overNotice(values map[ticket.Field][]ticket.Value) {
	for _, rule := range w.input.Rules {
		there := w.input.External.Fields[rule.Field]
		ours := w.link.Made || w.link.Bases[rule.Field].Ours
		if _, concerned := w.notice(rule, !w.input.Verdict.Out); concerned && ours && !there.IsSet() {
			values[rule.Field] = append(values[rule.Field], there)
		}
	}
}

// replaced is what a write took away outside.
func replaced(s store.Step) ticket.Value {
	if s.Before.IsSet() {
		return ticket.Set(s.Before.Minus(s.After)...)
	}
	return s.Before
}

// pushesOf returns the writes to the item of a link, also those from before it was moved here, the newest
// first.
func pushesOf(ctx context.Context, tx store.Tx, w *work) (out []store.Step, err error) {
	steps, err := allSteps(ctx, tx, w.ticket.ID)
	as := map[string]string{} // by link of a step, as which one it goes on
	for _, s := range steps {
		if s.Action != plan.Push || err != nil {
			continue
		}
		now, known := as[s.LinkID]
		if !known {
			now, err = nowOf(ctx, tx, s.LinkID)
			as[s.LinkID] = now
		}
		if now == w.link.ID {
			out = append(out, s)
		}
	}
	return out, err
}

// nowOf returns the id of the link as which one goes on by now, after all moves; empty: it is none.
func nowOf(ctx context.Context, tx store.Tx, linkID string) (string, error) {
	l, err := tx.Link(ctx, linkID)
	if errors.Is(err, store.ErrNotFound) {
		return "", nil // a stub that was joined with the link that made its item
	}
	if err == nil {
		l, err = goneOn(ctx, tx, l)
	}
	return l.ID, err
}

package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// carryOut does what a plan says: what concerns us in one transaction, together
// with the intents of what is to be written outside, and then those writes. It
// fails with store.ErrStale when the local side moved since the plan was made, or when
// comments came outside that a deletion would take along.
func (e *Engine) carryOut(ctx context.Context, r Run, p *peer, w *work) (wrote bool, err error) {
	if err := e.hearRemarks(ctx, r, p, w); err != nil {
		return false, err
	}
	ops, intents, err := e.prepare(ctx, r, p, w)
	if err != nil {
		return false, err
	}
	return len(ops) > 0, e.push(ctx, r, p, w, ops, intents)
}

// prepare does what of a plan concerns us and plans the calls that are to be made.
func (e *Engine) prepare(ctx context.Context, r Run, p *peer, w *work) (ops []adapters.Op, intents []store.Intent, err error) {
	if err := e.findContainers(ctx, p, w); err != nil {
		return nil, nil, err
	}
	if ops, err = e.ops(p, w); err != nil {
		return nil, nil, err
	}
	p.takeMoot(w, ops)
	w.moot = len(ops) == 0
	j := &journal{run: r}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		project, err := e.fence(ctx, tx, r)
		if err != nil {
			return err
		}
		if project.Restored.Open() && len(ops) > 0 { // planned before it was found out
			return fmt.Errorf("the database was restored: %w", store.ErrStale)
		}
		if err := errors.Join(stillSaid(project, w), stillJoined(ctx, tx, w)); err != nil {
			return err
		}
		if err := stillAsked(ctx, tx, w); err != nil {
			return err
		}
		if err := e.lockLocal(ctx, tx, w); err != nil {
			return err
		}
		if err := e.applyHere(ctx, tx, p, w, j); err != nil {
			return err
		}
		if intents, err = e.intend(ctx, tx, r, p, w, ops); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
	if err != nil {
		return nil, nil, err
	}
	w.bump() // what we push next was planned on the revision that we just made
	return ops, intents, nil
}

// stillJoined refuses when the link does not join any more what it did when it was planned.
func stillJoined(ctx context.Context, tx store.Tx, w *work) error {
	l, err := tx.Link(ctx, w.link.ID)
	if err == nil && sameLink(l, w.link) {
		return nil
	}
	if err == nil || errors.Is(err, store.ErrNotFound) {
		err = store.ErrStale
	}
	return fmt.Errorf("link %s: %w", w.link.ID, err)
}

// stillAsked refuses when a person has decided about the link since it was planned, or what he
// is shown has changed: the plan would close his conflict over his word.
func stillAsked(ctx context.Context, tx store.Tx, w *work) error {
	for f, c := range w.conflicts {
		now, err := tx.ConflictForUpdate(ctx, c.ID)
		if err != nil {
			return err
		}
		if now.State != c.State || now.Digest != c.Digest || !now.DecidedAt.Equal(c.DecidedAt) {
			return fmt.Errorf("conflict %s: %w", c.ID, store.ErrStale)
		}
		w.conflicts[f] = now // with the time of a reminder since
	}
	return nil
}

// lockLocal locks the local side and refuses when it is not what was planned.
func (e *Engine) lockLocal(ctx context.Context, tx store.Tx, w *work) error {
	if w.ticket.ID == "" {
		return nil
	}
	t, err := tx.TicketForUpdate(ctx, w.ticket.ID)
	if err != nil {
		return err
	}
	if t.Revision != w.ticket.Revision || t.Privacy != w.ticket.Privacy {
		return fmt.Errorf("ticket %s: %w", t.ID, store.ErrStale)
	}
	if w.comment == nil {
		return nil
	}
	c, err := tx.CommentForUpdate(ctx, w.comment.ID)
	if err != nil {
		return err
	}
	if c.Revision != w.comment.Revision {
		return fmt.Errorf("comment %s: %w", c.ID, store.ErrStale)
	}
	return nil
}

// applyHere carries out the steps that change our side or our memory.
func (e *Engine) applyHere(ctx context.Context, tx store.Tx, p *peer, w *work, j *journal) error {
	l, err := tx.LinkForUpdate(ctx, w.link.ID)
	if err != nil {
		return err
	}
	w.patched = patches(w.plan)
	if err := e.recordConflicts(ctx, tx, w, j); err != nil {
		return err
	}
	if s, is := w.wholeStep(); is {
		return e.applyWhole(ctx, tx, p, w, s, l, j)
	}
	patch := ticket.Fields{}
	bases := make(plan.Bases, len(l.Bases)+len(w.plan.Steps))
	for f, b := range l.Bases {
		bases[f] = b
	}
	for _, s := range w.plan.Steps {
		outcome := "done"
		switch s.Action {
		case plan.Push, plan.Redact:
			continue // journalled when it lands
		case plan.Apply, plan.Decide:
			bases[s.Field] = s.Base
			if !s.After.Equal(s.Before) {
				patch[s.Field] = s.After
			}
		case plan.Adopt, plan.CloseConflict:
			if s.Field != whole {
				bases[s.Field] = s.Base
			}
		default:
			outcome = ""
		}
		if err := e.closeConflict(ctx, tx, w, s, j); err != nil {
			return err
		}
		j.add(w, s, outcome, "")
		j.based(l.Bases[s.Field], bases[s.Field])
	}
	l.Bases = bases
	return e.patchHere(ctx, tx, p, w, l, patch, j)
}

// patchHere writes the fields that came in, or brings the local side back, and stores
// the link.
func (e *Engine) patchHere(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link, patch ticket.Fields, j *journal) error {
	if w.patched {
		j.counts.AppliedHere += len(patch)
		if err := e.writeHere(ctx, tx, p, w, patch); err != nil {
			return err
		}
	}
	return tx.UpdateLink(ctx, l)
}

// goneLink returns a link whose external item is gone.
func goneLink(w *work, l store.Link, s plan.Step) store.Link {
	l = goneWhere(l, s.Reason)
	if w.input.Local.Deleted && w.input.External.Deleted {
		if l.State, l.Cause = store.Tombstone, causeOf(s); l.Unseen != "" {
			l = staysAway(l)
		}
	}
	return l
}

// patches reports whether carrying out a plan changes the local side's fields.
func patches(p plan.Plan) bool {
	for _, s := range p.Steps {
		switch s.Action {
		case plan.Apply, plan.Decide:
			if !s.After.Equal(s.Before) {
				return true
			}
		case plan.Revive:
			return true
		}
	}
	return false
}

// agreed returns bases that say both sides hold the external values, but for those
// that may not come in. What cannot be told here was never agreed on.
func agreed(in plan.Input) plan.Bases {
	b := make(plan.Bases, len(in.Rules))
	for _, r := range in.Rules {
		if _, unfit := in.Unfit[r.Field]; unfit {
			continue
		}
		v := in.External.Fields[r.Field]
		switch {
		case r.Withheld != "" || r.PushOnly:
			continue // never agreed on
		case in.Leaves != nil:
			b[r.Field] = base{Local: in.Leaves(r.Field, v), External: v}
		default:
			b[r.Field] = base{Local: v, External: v}
		}
	}
	return b
}

// writeHere changes the local ticket or comment and marks its links in other
// projects dirty.
func (e *Engine) writeHere(ctx context.Context, tx store.Tx, p *peer, w *work, patch ticket.Fields) error {
	now, by := e.Clock.Now(), "project:"+p.project.ID
	if c := w.comment; c != nil {
		next := *c
		next.Revision++
		next.Body, next.Deleted, next.UpdatedAt = patch[ticket.Body], false, now
		next.Stamp = ticket.Stamp{By: by, At: now, Revision: next.Revision}
		if err := tx.UpdateComment(ctx, next, c.Revision); err != nil {
			return err
		}
		if w.revives() {
			if err := e.remarkAgain(ctx, tx, c.ID, w.link.ID); err != nil {
				return err
			}
		}
		return e.markOthers(ctx, tx, w.link.Kind, c.ID, w.link.ID)
	}
	next := w.ticket.With(patch, by, now)
	if w.revives() {
		next.Deleted = false
		actAs(tx, by) // no field is written, and so none says it
		if err := e.reviveLinks(ctx, tx, next.ID, false, w.link.ID); err != nil {
			return err
		}
	}
	if err := tx.UpdateTicket(ctx, next, w.ticket.Revision); err != nil {
		return err
	}
	return e.markOthers(ctx, tx, w.link.Kind, next.ID, w.link.ID)
}

// revives reports whether the plan brings the local side back.
func (w *work) revives() bool { return len(w.plan.Of(plan.Revive)) > 0 }

// setDeleted deletes the local item softly, or brings it back as it was, and has its other
// projects follow. Of a ticket that comes back the links that were over there begin again.
func (e *Engine) setDeleted(ctx context.Context, tx store.Tx, p *peer, w *work, deleted bool) error {
	now, by := e.Clock.Now(), "project:"+p.project.ID
	if w.comment != nil {
		next, err := tx.CommentForUpdate(ctx, w.comment.ID)
		if err != nil {
			return err
		}
		seen := next.Revision
		next.Revision, next.Deleted, next.UpdatedAt = seen+1, deleted, now
		next.Stamp = ticket.Stamp{By: by, At: now, Revision: next.Revision}
		if err := tx.UpdateComment(ctx, next, seen); err != nil {
			return err
		}
		if !deleted {
			if err := e.remarkAgain(ctx, tx, next.ID, w.link.ID); err != nil {
				return err
			}
		}
		return e.markOthers(ctx, tx, w.link.Kind, next.ID, w.link.ID)
	}
	next, err := tx.TicketForUpdate(ctx, w.ticket.ID)
	if err != nil {
		return err
	}
	seen := next.Revision
	next.Revision, next.Deleted, next.UpdatedAt = seen+1, deleted, now
	actAs(tx, by)
	if err := tx.UpdateTicket(ctx, next, seen); err != nil {
		return err
	}
	if !deleted {
		if err := e.reviveLinks(ctx, tx, next.ID, false, w.link.ID); err != nil {
			return err
		}
	}
	return e.markOthers(ctx, tx, w.link.Kind, next.ID, w.link.ID)
}

// markOthers marks the links of a local item dirty, but for one, and queues a wake-up
// for each of their projects.
func (e *Engine) markOthers(ctx context.Context, tx store.Tx, kind external.Kind, localID, except string) error {
	links, err := tx.LinksOfLocal(ctx, kind, localID)
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.ID == except {
			continue
		}
		if l.State == store.Quarantined || asksAboutGone(l) { // what could not go there has changed, or what is asked about
			if err := e.RetryTx(ctx, tx, l.ID); err != nil {
				return err
			}
		} else if err := tx.MarkDirty(ctx, l.ID); err != nil {
			return err
		}
		if err := tx.AddOutbox(ctx, e.wake(l.ProjectID)); err != nil {
			return err
		}
	}
	return nil
}

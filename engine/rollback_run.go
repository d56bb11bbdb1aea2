package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// Undo carries out a rollback that was ordered: up to limit links of the session that it
// undoes, each side under the same care as in a Sync. It goes on where an earlier attempt
// ended, as the rollback's own journal tells. What cannot be undone is journalled with its
// reason and hinders nothing else. More is set while something is left; what waits for a
// write of unknown outcome, or for a system that is away, sets RetryAt.
func (e *Engine) Undo(ctx context.Context, r Run, limit int) (Progress, error) {
	var pr Progress
	u, err := e.openUndo(ctx, r)
	if err != nil {
		return pr, fmt.Errorf("undo: %w", err)
	}
	outages := 0
	for _, d := range u.deeds {
		if u.complete(d) {
			continue
		}
		if pr.Tickets+pr.Comments >= limit || r.Enough != nil && r.Enough() {
			pr.More = true
			break
		}
		r.beat()
		worked, err := e.undoLink(ctx, r, u, d)
		if worked {
			pr.Tickets++
		}
		if err != nil {
			if err = e.undoFailed(ctx, r, u, d, err, &outages, &pr); err != nil {
				return pr, e.ended(err, &pr)
			}
			continue
		}
		outages = 0
	}
	if err := e.auditWrites(ctx, r, u.peer); err != nil {
		return pr, e.ended(err, &pr)
	}
	if err := e.awaitDoubts(ctx, r, u, &pr); err != nil {
		return pr, e.ended(err, &pr)
	}
	return pr, nil
}

// awaitDoubts keeps an undo from ending while the session may have done more than its
// journal told when the undo was opened: a write of unknown outcome is journalled once it is
// known, or when nobody can find it out.
func (e *Engine) awaitDoubts(ctx context.Context, r Run, u *undo, pr *Progress) error {
	var open []store.Intent
	var late []store.Step
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if open, err = tx.OpenIntents(ctx, u.project.ID); err != nil {
			return err
		}
		late, err = tx.Steps(ctx, u.of.ID, u.last, 1)
		return err
	})
	if err != nil {
		return fmt.Errorf("undo: %w", err)
	}
	pr.More = pr.More || len(late) > 0
	for _, i := range open {
		if i.SessionID != u.of.ID || i.State != store.Sent {
			continue
		}
		late := false
		if i.Verb != verbCreate { // which a list finds, or the undo has ended
			if late, err = e.overdue(ctx, r, u, settledAt(i, u.caps)); err != nil {
				return err
			}
		}
		if late {
			err = e.leaveInDoubt(ctx, r, u, i)
		} else {
			pr.postpone(settledAt(i, u.caps), e.Clock.Now(), "the outcome of a write of the session is not known yet")
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// undo is one attempt of a rollback.
type undo struct {
	*peer
	of    store.Session // the session that is undone
	deeds []*deeds
	last  int64 // the step of its journal up to which they were read
	done  *soFar
	ended map[string]bool // links of which this attempt has found that nothing is left
}

func (u *undo) complete(d *deeds) bool { return u.ended[d.linkID] }

func (e *Engine) openUndo(ctx context.Context, r Run) (*undo, error) {
	var self, of store.Session
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if self, err = tx.Session(ctx, r.SessionID); err != nil {
			return err
		}
		of, err = tx.Session(ctx, self.Undoes)
		return err
	})
	if err != nil {
		return nil, err
	}
	u := &undo{of: of, done: &soFar{session: r.SessionID, links: map[string]*redone{}}, ended: map[string]bool{}}
	if u.deeds, u.last, err = e.deedsOf(ctx, of.ID); err != nil {
		return nil, err
	}
	u.peer, err = e.peer(ctx, r.ProjectID)
	return u, err
}

// undoLink undoes what the session did to one link, and reports whether there was something
// left to do.
func (e *Engine) undoLink(ctx context.Context, r Run, u *undo, d *deeds) (worked bool, err error) {
	known := certainty{looked: !u.readable(), proved: !u.readable()}
	for range maxRounds {
		if err := e.refresh(ctx, u.done); err != nil {
			return worked, err
		}
		w, err := e.gather(ctx, r, u.peer, d.linkID)
		if errors.Is(err, errNoLink) {
			return worked, nil // a stub that was joined with the link that made its item: that one was journalled
		}
		if err != nil {
			return worked, err
		}
		if left, err := e.giveUp(ctx, r, u, w, d); left || err != nil {
			return worked || left, err
		}
		switch next, err := e.ascertainUndo(ctx, r, u, w, d, &known); {
		case err != nil:
			return true, e.unreadable(ctx, r, u, w, d, err)
		case next == planAgain:
			continue
		}
		if err := e.planUndo(ctx, u.peer, w, d, u.done.of(d.linkID), u.of.Kind == store.Rollback); err != nil {
			return worked, err
		}
		if len(w.plan.Steps) == 0 && w.undo.item.Action == "" {
			u.ended[d.linkID] = true
			return worked, errors.Join(e.dropLeft(ctx, r, w), e.finish(ctx, r, u, w))
		}
		worked = true
		wrote, err := e.carryOutUndo(ctx, r, u.peer, w)
		if err != nil && !errors.Is(err, store.ErrStale) && (u.isShut() || !definite(err)) {
			return worked, err
		}
		known.looked = !u.readable() || known.looked && !wrote
	}
	return worked, &waitError{"it was edited all the while", e.Clock.Now().Add(restlessDelay)}
}

// finish takes back what somebody asked to be taken back while this undo closed it. What the system
// refuses is left to the next session.
func (e *Engine) finish(ctx context.Context, r Run, u *undo, w *work) error {
	if w.link.TakeBack == "" || !u.done.of(w.link.ID).withdrawn {
		return nil
	}
	if err := e.takeBack(ctx, r, u.peer, w.link.ID); !definite(err) {
		return err
	}
	return nil
}

// mustLook reports whether the item is to be read before anything is undone.
func (u *undo) mustLook(w *work, looked bool) bool {
	return w.wait == "" && w.link.ExternalID != "" && (u.doubts(w) || !looked)
}

// ascertainUndo looks at an item before anything of it is undone, and proves that it is gone, see
// prove: what is merely out of sight still stands there, and has not been taken back. The undo
// waits for its project to be seen again; a comment whose ticket the system refuses to show is
// up to a person. What is undone already is not looked at again by each attempt.
func (e *Engine) ascertainUndo(ctx context.Context, r Run, u *undo, w *work, d *deeds, known *certainty) (further, error) {
	switch {
	case u.done.of(d.linkID).allDone(w, d):
		return carryPlanOut, nil
	case u.mustLook(w, known.looked):
		known.looks(u.peer)
		return planAgain, e.look(ctx, r, u.peer, w)
	case known.proved || !seemsGone(w):
		return carryPlanOut, nil
	}
	known.proved = true
	switch doubt, err := e.probeGone(ctx, r, u.peer, w); {
	case err != nil || doubt == "":
		return planAgain, err
	case doubt == unproved:
		return planAgain, &waitError{doubt, e.Clock.Now().Add(unprovedDelay)}
	default:
		w.wait = doubt
		return carryPlanOut, nil
	}
}

// seemsGone reports whether an item that is not known to be over could not be read.
func seemsGone(w *work) bool {
	return w.wait == "" && w.link.Active() && w.seen != nil && w.seen.Item.Gone && w.seen.Item.Home.Project == ""
}

// giveUp leaves a link undone of which no word was to be had for too long, and says that it
// did. A restored project waits for its release instead.
func (e *Engine) giveUp(ctx context.Context, r Run, u *undo, w *work, d *deeds) (left bool, err error) {
	if u.project.Restored.Open() {
		return false, &waitError{undoHeld, e.Clock.Now().Add(restlessDelay)}
	}
	if late, err := e.overdue(ctx, r, u, w.waitTil); err != nil || !late {
		return false, err
	}
	return true, e.leaveUndone(ctx, r, u, w, d, unanswered)
}

// unreadable says of a link whose item the system refuses to show for good that nothing of it
// can be undone. It returns any other error.
func (e *Engine) unreadable(ctx context.Context, r Run, u *undo, w *work, d *deeds, cause error) error {
	if !definite(cause) {
		return cause
	}
	if waits := e.shutsUndo(ctx, u.peer, cause); waits != nil {
		return waits
	}
	return e.leaveUndone(ctx, r, u, w, d, refusal(cause))
}

// undoHeld is why nothing is undone of a restored project.
const undoHeld = "the database was restored from a backup: the undo waits until a person releases the project"

// definite reports whether the system has refused a write for good; that is journalled.
func definite(err error) bool {
	var vendor *external.Error
	if !errors.As(err, &vendor) {
		return false
	}
	switch vendor.Kind {
	case external.Unauthorised, external.RateLimited, external.Temporary, external.Ambiguous:
		return false
	}
	return true
}

// carryOutUndo does what is planned: the whole item first, then its fields, all that is
// ours in one transaction.
func (e *Engine) carryOutUndo(ctx context.Context, r Run, p *peer, w *work) (wrote bool, err error) {
	if w.undo.item.Action == plan.Withdraw && w.link.ExternalID != "" {
		return e.undoCreate(ctx, r, p, w)
	}
	if err := e.findContainers(ctx, p, w); err != nil {
		return false, err
	}
	ops, err := e.ops(p, w)
	if err != nil {
		return false, err
	}
	p.dropMoot(w, ops)
	ops, intents, err := e.prepareUndo(ctx, r, p, w, ops)
	if err != nil {
		return false, err
	}
	return len(ops) > 0, e.push(ctx, r, p, w, ops, intents)
}

func (e *Engine) prepareUndo(ctx context.Context, r Run, p *peer, w *work, ops []adapters.Op) ([]adapters.Op, []store.Intent, error) {
	var intents []store.Intent
	j := &journal{run: r}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		if err := e.lockLocal(ctx, tx, w); err != nil {
			return err
		}
		if err := e.applyHere(ctx, tx, p, w, j); err != nil {
			return err
		}
		if err := e.undoHere(ctx, tx, p, w, j); err != nil {
			return err
		}
		var err error
		if intents, err = e.intend(ctx, tx, r, p, w, ops); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
	if err != nil {
		return nil, nil, err
	}
	w.bump()
	return ops, intents, nil
}

// undoCreate withdraws what the session made outside, as it was seen just now, or says why
// that cannot be. A state that is reached through others takes several writes, and so does what
// is to be taken back besides: nobody comes back to an item that is withdrawn.
func (e *Engine) undoCreate(ctx context.Context, r Run, p *peer, w *work) (wrote bool, err error) {
	back := *w
	if back.undo = nil; w.link.TakeBack != "" { // what overwrites it is no undo, and is refused as what is taken back is
		back.retracting = true
		back.input = e.input(p, &back)
		w.input.Verdict = back.input.Verdict
	}
	steps, left := e.stillSays(p, &back)
	if len(steps) > 0 {
		wrote, err = e.overwrite(ctx, r, p, &back, steps)
		if errors.Is(err, errRests) || wrote && external.KindOf(err) == external.Invalid {
			return wrote, nil
		}
	} else {
		if w.plan, err = p.withdrawal(w, and(w.undo.item.Reason, left), w.undo.halfway); err != nil {
			return false, err
		}
		wrote, err = e.carryOut(ctx, r, p, w)
	}
	if err == nil || !definite(err) || p.mayNot(w, err) {
		return wrote, err
	}
	if waits := e.shutsUndo(ctx, p, err); waits != nil {
		return wrote, waits
	}
	w.undo.item, w.undo.fields, w.undo.kept = plan.Step{Action: plan.Cannot, Reason: refusal(err)}, nil, nil
	w.plan = plan.Plan{}
	_, _, err = e.prepareUndo(ctx, r, p, w, nil)
	return false, err
}

// stillSays returns what is to be overwritten of an item before it is closed, since it was asked to be
// taken back, and in words what cannot be.
func (e *Engine) stillSays(p *peer, w *work) (steps []plan.Step, left string) {
	switch {
	case w.seen != nil && w.seen.Item.Gone && w.link.TakeBack != "":
		return nil, w.staysThere(nil)
	case w.link.Unseen != "":
		return nil, outOfSight
	case w.link.TakeBack == "" || p.deletes(w.link):
		return nil, ""
	}
	all, fields := e.retraction(p, w)
	for _, s := range all {
		if s.Action == plan.Redact {
			steps = append(steps, s)
		}
	}
	if len(fields) > 0 {
		left = w.staysThere(fields)
	}
	return steps, left
}

// refusal says for a person what the external system answered.
func refusal(err error) string {
	return "the external system refuses it (" + string(external.KindOf(err)) + ")"
}

// cannot notes that the fields of a call cannot be undone, if the system refuses it for good.
func (j *journal) cannot(w *work, i store.Intent, cause error) {
	if i.Verb != verbUpdate || !definite(cause) {
		return // of a whole item: whoever asked for the call says so
	}
	for _, c := range i.Changes {
		j.add(w, plan.Step{Field: c.Field, Action: plan.Cannot, Before: c.Seen, After: c.Written, Reason: refusal(cause)}, "", i.ID)
	}
}

// dropMoot takes every push out of an undo that comes to no call: the external system does
// not tell the two values apart.
func (p *peer) dropMoot(w *work, ops []adapters.Op) {
	written := p.written(w, ops)
	for n, s := range w.plan.Steps {
		if s.Action == plan.Push && !written[s.Field] {
			w.plan.Steps[n] = plan.Step{Field: s.Field, Action: plan.Cannot, Before: s.Before, After: s.After,
				Reason: "the external system does not tell the two values apart: nothing to write"}
		}
	}
}

// bump notes that carrying the plan out has changed the local side.
func (w *work) bump() {
	switch {
	case !w.patched:
	case w.comment != nil:
		w.comment.Revision++
	default:
		w.ticket.Revision++
	}
}

// undoFailed says whether a rollback can go on after one link failed.
func (e *Engine) undoFailed(ctx context.Context, r Run, u *undo, d *deeds, cause error, outages *int, pr *Progress) error {
	var waits *waitError
	if errors.As(cause, &waits) {
		pr.postpone(waits.till, e.Clock.Now(), waits.reason)
		return nil
	}
	var vendor *external.Error
	if errors.As(cause, &vendor) && ctx.Err() == nil {
		switch {
		case vendor.Kind == external.RateLimited && external.LimitsOneItem(cause):
			pr.postpone(e.Clock.Now().Add(vendor.RetryAfter), e.Clock.Now(), "the external system limits one item")
			return nil
		case vendor.Kind == external.Temporary, vendor.Kind == external.Ambiguous:
			if left, err := e.withoutAnswer(ctx, r, u, d); left || err != nil {
				return err
			}
			if *outages++; *outages < maxOutages {
				pr.postpone(e.Clock.Now().Add(e.CallTimeout), e.Clock.Now(), "the external system did not answer")
				return nil
			}
		}
	}
	e.logStopped(ctx, r, d, cause)
	return cause
}

// logStopped says at which link a rollback stopped, and why: a limit is no failure, and the rollback goes on by itself.
func (e *Engine) logStopped(ctx context.Context, r Run, d *deeds, cause error) {
	about := []any{"project", r.ProjectID, "session", r.SessionID, "link", d.linkID}
	var paced *PacedError
	var vendor *external.Error
	switch {
	case errors.As(cause, &paced):
		e.Log.InfoContext(ctx, "rollback waits", append(about, "until", paced.RetryAt, "reason", paced.Reason)...)
	case errors.Is(cause, ErrFenced), errors.Is(cause, ErrStopped), ctx.Err() != nil:
		e.Log.InfoContext(ctx, "rollback stopped", append(about, "kind", "interrupted")...)
	case errors.As(cause, &vendor):
		e.Log.WarnContext(ctx, "rollback stopped", append(about, "kind", string(vendor.Kind))...)
	default: // our own store failed, or something within us
		e.Log.WarnContext(ctx, "rollback stopped", append(about, "kind", "internal")...)
	}
}

// postpone notes that something is left until then.
func (pr *Progress) postpone(till, now time.Time, reason string) {
	if till.Before(now.Add(restlessDelay)) {
		till = now.Add(restlessDelay)
	}
	if pr.RetryAt.IsZero() || till.Before(pr.RetryAt) {
		pr.RetryAt, pr.Reason = till, reason
	}
	pr.More = true
}

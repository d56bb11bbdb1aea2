package engine

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// An undo goes before all other sessions of its project. It waits for a system that is away;
// but where the system answers, and for an hour says nothing about one item, nobody knows
// whether it ever will. The undo then says that nothing of that item can be undone any more,
// and goes on.

// unanswered is why an item is not undone about which the external system said nothing.
const unanswered = "for an hour the external system has said nothing about it that can be understood, though it answers otherwise; " +
	"look at it there and undo it by hand"

// withoutAnswer counts a try of a link about which no answer came, and reports whether the
// undo goes on without it: by the rule by which a failing link is set aside.
func (e *Engine) withoutAnswer(ctx context.Context, r Run, u *undo, d *deeds) (bool, error) {
	if answers, err := e.sees(ctx, r, u.peer); err != nil || !answers {
		return false, ignoreVendor(err)
	}
	enough, err := e.triedEnough(ctx, r, d.linkID)
	if err != nil || !enough {
		return false, err
	}
	w, err := e.gather(ctx, r, u.peer, d.linkID)
	if errors.Is(err, errNoLink) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	err = e.leaveUndone(ctx, r, u, w, d, unanswered)
	return u.complete(d), ignoreWait(err)
}

// overdue reports whether what a link waits for is due for so long, while the system answers,
// that an undo goes on without it: the outcome of a write that cannot be looked up.
func (e *Engine) overdue(ctx context.Context, r Run, u *undo, till time.Time) (bool, error) {
	if till.IsZero() || e.Clock.Now().Before(till.Add(minQuarantine)) {
		return false, nil
	}
	answers, err := e.sees(ctx, r, u.peer)
	return answers && err == nil, ignoreVendor(err)
}

// leaveUndone says of a link that nothing more of it can be undone, so that it hinders nothing else.
func (e *Engine) leaveUndone(ctx context.Context, r Run, u *undo, w *work, d *deeds, why string) error {
	w.wait, w.waitTil = why, time.Time{}
	w.undo, w.plan = &undoing{kept: d.kept}, plan.Plan{}
	if err := e.planWaiting(w, d, u.done.of(d.linkID)); err != nil {
		return err
	}
	_, _, err := e.prepareUndo(ctx, r, u.peer, w, nil)
	if errors.Is(err, store.ErrStale) {
		return &waitError{reason: "it was edited all the while"}
	}
	u.ended[d.linkID] = err == nil
	return err
}

// leaveInDoubt says that what a write of the session did, if anything, is not undone.
func (e *Engine) leaveInDoubt(ctx context.Context, r Run, u *undo, i store.Intent) error {
	if err := e.refresh(ctx, u.done); err != nil {
		return err
	}
	done, j := u.done.of(i.LinkID), &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.Link(ctx, i.LinkID)
		if err != nil {
			return err
		}
		w := &work{link: l}
		if err := e.localOf(ctx, tx, w); err != nil { // a remark's steps are its ticket's, too
			return err
		}
		if len(i.Changes) == 0 && !done.item {
			j.add(w, plan.Step{Action: plan.Cannot, Reason: unanswered}, "", i.ID)
		}
		for _, c := range i.Changes {
			if !done.final[c.Field] {
				j.add(w, plan.Step{Field: c.Field, Action: plan.Cannot, Before: c.Seen, After: c.Written, Reason: unanswered}, "", i.ID)
			}
		}
		return j.flush(ctx, tx, e)
	})
}

// ignoreWait returns an error, unless it is that a link was edited meanwhile.
func ignoreWait(err error) error {
	var waits *waitError
	if errors.As(err, &waits) {
		return nil
	}
	return err
}

// ignoreVendor returns an error, unless it is that a system is away, or does not let us in:
// then nothing is concluded from its silence.
func ignoreVendor(err error) error {
	var vendor *external.Error
	if errors.As(err, &vendor) {
		return nil
	}
	return err
}

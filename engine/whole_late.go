package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// While the call is on its way by which the deletion of a ticket is followed outside, somebody may restore
// the ticket, or answer what he was asked about it. The call cannot be stopped; what he said holds.

// hear takes note of what a person has answered since a plan was made.
func hear(ctx context.Context, tx store.Tx, w *work) error {
	c, asked := w.conflicts[whole]
	if !asked || w.input.Whole == nil {
		return nil
	}
	c, err := tx.ConflictForUpdate(ctx, c.ID)
	if err == nil && c.State == store.Decided {
		w.input.Whole.Decided, w.input.Whole.Choice = true, plan.Choice(c.Choice)
	}
	return err
}

// buriesUnlinked reports whether an item goes with its ticket though a person has decided to leave both as
// they are: that came too late, and is not told as carried out.
func (w *work) buriesUnlinked() bool {
	asked := w.input.Whole
	return w.buries() && asked != nil && asked.Decided && asked.Choice == plan.LeadNone
}

// beginAgain puts a link back to work that ended with its ticket, as restoring the ticket would: it is
// here once more.
func (e *Engine) beginAgain(ctx context.Context, tx store.Tx, w *work, l store.Link) error {
	if l.State != store.Tombstone || w.link.TakeBack != "" || isUnlinked(l) {
		return nil
	}
	if w.comment != nil {
		c, err := tx.CommentForUpdate(ctx, l.LocalID)
		if err != nil || c.Deleted {
			return err
		}
		return errors.Join(e.saidAgain(ctx, tx, l.ID), tx.AddOutbox(ctx, e.wake(l.ProjectID)))
	}
	t, err := tx.TicketForUpdate(ctx, l.LocalID)
	if err != nil || t.Deleted {
		return err
	}
	return e.RetryTx(ctx, tx, l.ID)
}

// closeEnded closes the conflict about an item whose link has come to its end by a call that is known late.
func (e *Engine) closeEnded(ctx context.Context, tx store.Tx, p *peer, linkID string) error {
	l, err := tx.Link(ctx, linkID)
	if err != nil || l.State == store.Live {
		return err
	}
	w := &work{link: l}
	asked, err := asksAboutOurs(ctx, tx, l.ID)
	if err == nil {
		err = e.localOf(ctx, tx, w)
	}
	if err == nil && asked != nil && asked.State == store.Decided && asked.Choice == store.ChooseExternal && w.comment == nil && w.ticket.Deleted {
		err = e.setDeleted(ctx, tx, p, w, false)
	}
	if err != nil {
		return err
	}
	to := store.Resolved
	if asked != nil && asked.State == store.Decided && asked.Choice == store.ChooseUnlink { // that came too late
		to = store.Converged
	}
	return errors.Join(e.closeWhole(ctx, tx, linkID, to, &journal{}), e.overAt(ctx, tx, l), e.beginAgain(ctx, tx, w, l))
}

// asksAboutOurs returns what a person is asked, or has answered, about a ticket that was deleted here.
func asksAboutOurs(ctx context.Context, tx store.Tx, linkID string) (*store.Conflict, error) {
	c, err := openConflict(ctx, tx, linkID, whole)
	if err != nil || c == nil || !c.AsksAboutDeletion() || !plan.ShowsDeleted(c.Local) {
		return nil, err
	}
	return c, nil
}

// wentAlong is why a link is over whose item we deleted outside, as its ticket or comment was deleted here.
const wentAlong = "deleted on both sides"

// remarkAgain lets a comment that is here once more go to all projects that lack it, but for the one whose
// link is named except: also to those where we deleted its item with it. Where a person deleted the item
// it stays deleted.
func (e *Engine) remarkAgain(ctx context.Context, tx store.Tx, id, except string) error {
	links, err := tx.LinksOfLocal(ctx, external.KindComment, id)
	for _, l := range links {
		if err == nil && l.ID != except {
			err = e.saidAgain(ctx, tx, l.ID)
		}
	}
	return errors.Join(err, e.stubs(ctx, tx, external.KindComment, id, ""))
}

// saidAgain has a comment that is here made again outside under another link, if we deleted its item there.
func (e *Engine) saidAgain(ctx context.Context, tx store.Tx, linkID string) error {
	l, err := tx.LinkForUpdate(ctx, linkID)
	if err != nil || l.State != store.Tombstone || l.Cause != store.CauseWentAlong || l.TakeBack != "" {
		return err
	}
	_, err = e.replaceLink(ctx, tx, l, l.Parent)
	return err
}

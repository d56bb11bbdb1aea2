package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// PollResult says whether a session is worth starting.
type PollResult struct {
	Changed bool // the external side shows something new
	Pending bool // something waits in the store
}

// Poll asks the external system whether anything changed since the last walk: one
// call a stream, whatever the number of tickets. It writes nothing but the version by
// which the next poll can be answered even more cheaply.
func (e *Engine) Poll(ctx context.Context, projectID string) (PollResult, error) {
	var res PollResult
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return res, fmt.Errorf("poll: %w", err)
	}
	if !p.project.Status.Syncs() {
		return res, nil
	}
	if res.Pending, err = e.Pending(ctx, projectID); err != nil {
		return res, fmt.Errorf("poll: %w", err)
	}
	for _, s := range p.caps.Streams {
		changed, err := e.pollStream(ctx, p, s)
		if err != nil {
			return res, fmt.Errorf("poll %s: %w", s, err)
		}
		res.Changed = res.Changed || changed
	}
	return res, nil
}

// Pending reports whether anything waits in the store for a session. Every poll asks: it
// looks at what waits, however much does not.
func (e *Engine) Pending(ctx context.Context, projectID string) (bool, error) {
	var pending bool
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		now := e.Clock.Now()
		due, err := tx.DueLinks(ctx, projectID, now, 1)
		if err != nil {
			return err
		}
		open, err := tx.OpenIntents(ctx, projectID)
		pending = len(due) > 0
		for _, i := range open {
			if pending || err != nil {
				break
			}
			pending, err = e.isPending(ctx, tx, i, now)
		}
		return err
	})
	return pending, err
}

// isPending reports whether a session can do anything about a write: look it up, or audit it, but not
// while only some may see its item.
func (e *Engine) isPending(ctx context.Context, tx store.Tx, i store.Intent, now time.Time) (bool, error) {
	switch i.State {
	case store.Sent:
		return !now.Before(i.Deadline), nil
	case store.Landed:
		l, err := tx.Link(ctx, i.LinkID)
		if err != nil {
			return false, err
		}
		hidden, err := e.hidesNow(ctx, tx, l)
		return !hidden, err
	}
	return true, nil
}

func (e *Engine) pollStream(ctx context.Context, p *peer, s external.Stream) (bool, error) {
	var cur external.Cursor
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		cur, err = tx.Cursor(ctx, p.project.ID, s)
		return err
	})
	if err != nil {
		return false, err
	}
	if cur.Page != "" {
		return true, nil // a walk was interrupted
	}
	version := cur.Version
	if !cur.Window.Lo.Equal(cur.Lo) {
		version = ""
	}
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return false, err
	}
	page, err := p.adapter.Changes(ctx, s, cur.Window, "", version)
	if err != nil {
		return false, e.vendorError(ctx, p, err)
	}
	if page.Unchanged {
		return false, nil
	}
	return e.learn(ctx, p, cur, page)
}

// learn reports whether a polled page holds anything new. When it does not, its
// version is kept for the next poll.
func (e *Engine) learn(ctx context.Context, p *peer, cur external.Cursor, page external.Page) (bool, error) {
	if page.Next != "" {
		return true, nil
	}
	changed := false
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		changed = false
		// Sessions move the cursor, and other settings set it back: what either does must not be undone here.
		project, err := tx.ProjectForUpdate(ctx, p.project.ID)
		if err != nil {
			return err
		}
		if changed = shows(p.opened, project); changed {
			return nil // the page tells of what it showed before
		}
		for _, item := range page.Items {
			o, err := tx.Observation(ctx, p.project.ID, item.Kind, item.ID)
			if errors.Is(err, store.ErrNotFound) || err == nil && o.Hash != hashItem(p, storable(item)) {
				changed = true
				return nil
			}
			if err != nil {
				return err
			}
		}
		now, err := tx.Cursor(ctx, p.project.ID, cur.Stream)
		if err != nil || now.Page != "" || !now.ReadAt.Equal(cur.ReadAt) {
			return err // a session moved it meanwhile: its word stands
		}
		now.Lo, now.Version = now.Window.Lo, page.Version
		return tx.PutCursor(ctx, p.project.ID, now)
	})
	return changed, err
}

// Hint takes note that items may have changed, as a webhook says. The next session
// reads them before anything is believed. It wakes the project.
func (e *Engine) Hint(ctx context.Context, projectID string, refs []external.Ref) error {
	err := e.Store.Tx(ctx, func(tx store.Tx) error { return e.HintTx(ctx, tx, projectID, refs) })
	if err != nil {
		return fmt.Errorf("note a hint: %w", err)
	}
	return nil
}

// HintTx is Hint within a transaction, so that an intake can record the delivery's
// id with it. It locks the project first, as every transaction of a session does: a hint
// takes an item's observation before its link, a session the other way round.
func (e *Engine) HintTx(ctx context.Context, tx store.Tx, projectID string, refs []external.Ref) error {
	p, err := tx.ProjectForUpdate(ctx, projectID)
	if err != nil {
		return err
	}
	for _, ref := range refs {
		if err := e.hint(ctx, tx, p, storable(external.Item{Ref: ref}).Ref); err != nil {
			return err
		}
	}
	return tx.AddOutbox(ctx, e.wake(projectID))
}

func (e *Engine) hint(ctx context.Context, tx store.Tx, p store.Project, ref external.Ref) error {
	if ref.Kind == external.KindContainer || ref.ID == "" {
		return nil // found by the next walk
	}
	l, err := tx.LinkByExternal(ctx, p.ID, ref.Kind, ref.ID)
	if errors.Is(err, store.ErrNotFound) {
		if out, err := leftOut(ctx, tx, p, ref); err != nil || out {
			return err
		}
		return e.stub(ctx, tx, &peer{project: p}, ref)
	}
	if err != nil {
		return err
	}
	o, err := tx.Observation(ctx, p.ID, ref.Kind, ref.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	default:
		o.Hash = ""
		if _, err := tx.PutObservation(ctx, o); err != nil {
			return err
		}
	}
	if l.State == store.Quarantined || awaitsTwin(l) || asksAboutGone(l) {
		return e.RetryTx(ctx, tx, l.ID) // what could not be told may be told now; what is asked about may be gone, or there again
	}
	if over(l) {
		return errors.Join(e.hintOver(ctx, tx, l.ID), tx.MarkDirty(ctx, l.ID))
	}
	return tx.MarkDirty(ctx, l.ID)
}

// hintOver has a ticket read whose item was gone, and that was deleted for that: it may be there again. A remark
// waits for a list, for its own ticket may be out of sight by now.
func (e *Engine) hintOver(ctx context.Context, tx store.Tx, linkID string) error {
	l, err := tx.LinkForUpdate(ctx, linkID)
	if err != nil || l.State != store.Tombstone || l.Kind != external.KindTicket {
		return err
	}
	w := &work{link: l}
	if err := e.localOf(ctx, tx, w); err != nil || !w.input.Local.Deleted { // ours may be here again since, without this item
		return err
	}
	_, err = shownAgain(ctx, tx, l)
	return err
}

// leftOut reports whether nobody but a list can tell that a project's filter lets an item in: webhooks
// tell of the others, too. What is said below a ticket that is in, is.
func leftOut(ctx context.Context, tx store.Tx, p store.Project, ref external.Ref) (bool, error) {
	if p.Filter == "" || ref.Kind != external.KindComment {
		return p.Filter != "", nil
	}
	_, err := ticketOf(ctx, tx, p.ID, ref)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return false, err
}

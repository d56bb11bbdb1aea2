package engine

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// enquiry is an item of another project, whose link there is over, that is to be read there
// before one that looks like it comes in here.
type enquiry struct {
	project store.Project
	link    store.Link
}

// mayHaveOutlived is mayHaveLeft for an item whose link is over: it was taken back, or its
// ticket is deleted here. It stays out wherever it was moved to, even in the moment between
// its last reading and the end of its link, and does not bring its ticket back under another
// name. No session of its own project reads it any more, so that this one does.
func (e *Engine) mayHaveOutlived(ctx context.Context, tx store.Tx, w *work, from store.Project, l store.Link, o store.Observation, here bool, certain time.Time) (left bool, till time.Time, err error) {
	switch stays, err := e.staysOut(ctx, tx, l); {
	case err != nil || !stays || here:
		return stays, till, err
	case replyOf(from, l, o, certain) == noneOfOurs:
		return false, till, nil
	}
	now := e.Clock.Now()
	if now.Before(certain) {
		return true, certain, nil
	}
	w.enquiry = &enquiry{project: from, link: l}
	if o.Hash != "" { // the patience with what cannot be read begins
		err = errors.Join(tx.MarkClean(ctx, l.ID, l.DirtyRev), e.doubt(ctx, tx, l))
	}
	return true, now.Add(unprovedDelay), err
}

// staysOut reports whether the item of a link that is over does not come in anywhere else:
// its ticket is deleted here, or it was taken back, whatever its ticket goes on with since.
// Restoring the ticket takes the link up again.
func (e *Engine) staysOut(ctx context.Context, tx store.Tx, l store.Link) (bool, error) {
	if l.State == store.Withdrawn || l.LocalID == "" || isUnlinked(l) || isMoved(l) {
		return l.State == store.Withdrawn, nil
	}
	t, err := tx.Ticket(ctx, l.LocalID)
	return t.Deleted, err
}

// enquire reads an item of another project in that project. Where it cannot be read, it stays
// in doubt, and is tried again as long as a project is waited for that was asked.
func (e *Engine) enquire(ctx context.Context, r Run, w *work) (further, error) {
	q := w.enquiry
	ref := refOf(q.link)
	home, err := e.peer(ctx, q.project.ID)
	var items []external.Item
	if err == nil {
		items, err = e.readThere(ctx, home, []external.Ref{ref})
	}
	if err != nil {
		if ctx.Err() != nil {
			return restUntilAsked, err
		}
		e.Log.WarnContext(ctx, "an item that may have been moved cannot be read where it was", "project", q.project.ID, "link", q.link.ID, "kind", string(external.KindOf(err)))
		return restUntilAsked, e.restUnproved(ctx, r, w, w.wait)
	}
	return planAgain, e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		return e.seeRead(ctx, tx, home, ref, items[0])
	})
}

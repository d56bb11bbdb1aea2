package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// under returns a comment's link under its ticket, whose link may not be there yet.
func under(ctx context.Context, tx store.Tx, l store.Link, ref external.Ref) (store.Link, error) {
	parent, err := ticketOf(ctx, tx, l.ProjectID, ref)
	if errors.Is(err, store.ErrNotFound) {
		err = nil
	}
	l.Parent, l.ParentKey = parent.ID, ref.Parent
	return l, err
}

// ticketOf returns the link of a comment's ticket: by its id, where that is told. A key may be the new one of a ticket
// that no list has shown since, for that a project's key changes counts as a change of no item.
func ticketOf(ctx context.Context, tx store.Tx, projectID string, ref external.Ref) (store.Link, error) {
	if ref.ParentID != "" {
		return tx.LinkByExternal(ctx, projectID, external.KindTicket, ref.ParentID)
	}
	return tx.LinkByKey(ctx, projectID, external.KindTicket, ref.Parent)
}

// adoptOrphans tells comments that were seen before their ticket who their ticket is.
func (e *Engine) adoptOrphans(ctx context.Context, tx store.Tx, parent store.Link) error {
	orphans, err := tx.LinksOfParentKey(ctx, parent.ProjectID, external.KindComment, parent.ExternalKey)
	if err != nil {
		return err
	}
	for _, o := range orphans {
		o, err := tx.LinkForUpdate(ctx, o.ID) // as it is by now: somebody may have asked for it to be taken back
		if err != nil {
			return err
		}
		o.Parent = parent.ID
		if err := tx.UpdateLink(ctx, o); err != nil {
			return err
		}
		if err := tx.MarkDirty(ctx, o.ID); err != nil {
			return err
		}
	}
	return nil
}

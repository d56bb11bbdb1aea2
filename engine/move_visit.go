package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// arrived is what was read of a moved item at its new place.
type arrived struct {
	home     *peer
	item     external.Item
	comments map[string]external.Item // that were found there, by the id of their old link
}

// visit reads a moved item and its comments at their new place; nil: it does not show
// there.
func (e *Engine) visit(ctx context.Context, w *work) (*arrived, error) {
	home, err := e.peer(ctx, w.onward.project.ID)
	if err != nil {
		return nil, err
	}
	to := w.onward.to
	items, err := e.readThere(ctx, home, []external.Ref{{Kind: external.KindTicket, ID: to.ID, Key: to.Key}})
	if err != nil || items[0].Gone || items[0].ID != to.ID {
		return nil, err
	}
	a := &arrived{home: home, item: items[0], comments: map[string]external.Item{}}
	left, err := e.commentsLeft(ctx, w.link.ID)
	if err != nil || len(left) == 0 {
		return a, err
	}
	refs := make([]external.Ref, len(left))
	for n, c := range left {
		refs[n] = external.Ref{Kind: external.KindComment, ID: c.link.ExternalID, Key: c.link.ExternalKey, Parent: to.Key}
	}
	if items, err = e.readThere(ctx, home, refs); err != nil {
		return nil, err
	}
	for n, item := range items {
		if was := left[n].was; !item.Gone && item.Author == was.Author && item.CreatedAt.Equal(was.CreatedAt) {
			a.comments[left[n].link.ID] = item // and no other comment that has the old one's id there
		}
	}
	return a, nil
}

// commentLeft is a comment of a moved item as it was where the item was.
type commentLeft struct {
	link store.Link
	was  external.Item
}

// commentsLeft returns the comments under a link that were seen outside.
func (e *Engine) commentsLeft(ctx context.Context, linkID string) (left []commentLeft, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		left = nil
		children, err := tx.LinksOfParent(ctx, linkID)
		if err != nil {
			return err
		}
		for _, c := range children {
			if c.ExternalID == "" || over(c) {
				continue
			}
			o, err := tx.Observation(ctx, c.ProjectID, c.Kind, c.ExternalID)
			if errors.Is(err, store.ErrNotFound) {
				continue
			}
			if err != nil {
				return err
			}
			left = append(left, commentLeft{c, o.Item})
		}
		return nil
	})
	return left, err
}

func over(l store.Link) bool { return l.State == store.Tombstone || l.State == store.Withdrawn }

// readThere reads items of another project than the session's.
func (e *Engine) readThere(ctx context.Context, home *peer, refs []external.Ref) ([]external.Item, error) {
	var all []external.Item
	for batch := max(home.caps.ReadBatch, 1); len(refs) > 0; {
		n := min(batch, len(refs))
		if err := e.pace(ctx, home, store.UseRead); err != nil {
			return nil, err
		}
		items, err := home.adapter.Read(ctx, refs[:n])
		if err != nil {
			return nil, e.vendorError(ctx, home, err)
		}
		all, refs = append(all, items...), refs[n:]
	}
	for n := range all {
		all[n] = storable(all[n])
	}
	return all, nil
}

// unreachable is why a link rests whose item was moved to a project that cannot be read.
func (w *work) unreachable() string {
	return "moved to " + w.seen.Item.MovedTo + ", and the project " + w.onward.project.Key + " cannot be read at present; look at its status"
}

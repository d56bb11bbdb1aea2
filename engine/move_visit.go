package engine

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// arrived is what was read of a moved item at its new place.
type arrived struct {
	home     *peer
	at       time.Time // when it was asked for
	item     external.Item
	comments map[string]external.Item // that were found there, by the id of their old link
}

// visit reads a moved item and its comments at their new place; nil: it does not show
// there.
func (e *Engine) visit(ctx context.Context, w *work) (*arrived, error) {
	to, at := w.onward.to, e.Clock.Now()
	home, item, err := e.readIn(ctx, w.onward.project.ID, external.Ref{Kind: external.KindTicket, ID: to.ID, Key: to.Key})
	if err != nil || item.Gone || item.ID != to.ID {
		return nil, err
	}
	a := &arrived{home: home, at: at, item: item, comments: map[string]external.Item{}}
	left, err := e.commentsLeft(ctx, w.link.ID)
	if err != nil || len(left) == 0 {
		return a, err
	}
	refs := make([]external.Ref, len(left))
	for n, c := range left {
		refs[n] = external.Ref{Kind: external.KindComment, ID: c.link.ExternalID, Key: c.link.ExternalKey, Parent: to.Key}
	}
	items, err := e.readShown(ctx, home, refs)
	if err != nil {
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

// readIn opens another project than the session's, and reads an item there.
func (e *Engine) readIn(ctx context.Context, projectID string, ref external.Ref) (*peer, external.Item, error) {
	home, err := e.peer(ctx, projectID)
	if err != nil {
		return nil, external.Item{}, err
	}
	items, err := e.readThere(ctx, home, []external.Ref{ref})
	if err != nil {
		return nil, external.Item{}, err
	}
	return home, items[0], nil
}

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

// readShown is readThere where one item that the system refuses to show holds up no other: it is taken for
// one that does not show there yet.
func (e *Engine) readShown(ctx context.Context, home *peer, refs []external.Ref) ([]external.Item, error) {
	items, err := e.readThere(ctx, home, refs)
	switch {
	case !isAboutItem(err):
		return items, err
	case len(refs) == 1:
		return []external.Item{{Ref: refs[0], Gone: true}}, nil
	}
	for n := range refs {
		one, err := e.readShown(ctx, home, refs[n:n+1])
		if err != nil {
			return nil, err
		}
		items = append(items, one...)
	}
	return items, nil
}

// lives returns an item as it is now, and the project in which it is: where it was moved to
// one that is connected, what we may have written before is to be seen there alone, and would
// pass for somebody's edit. known is false where that project cannot be read at present.
func (e *Engine) lives(ctx context.Context, p *peer, w *work, item external.Item) (at arrived, known bool, err error) {
	at = arrived{home: p, item: item}
	o, to, err := e.wentTo(ctx, p, w, item)
	if err != nil || o == nil {
		return at, err == nil, err
	}
	home, now, err := e.readIn(ctx, o.ID, to)
	if err != nil {
		if ctx.Err() != nil {
			return at, false, err
		}
		e.Log.WarnContext(ctx, "a moved item cannot be read at its new place", "project", o.ID, "link", w.link.ID, "kind", string(external.KindOf(err)))
		return at, false, nil
	}
	if !now.Gone && now.Author == item.Author && now.CreatedAt.Equal(item.CreatedAt) {
		at = arrived{home: home, item: now}
	}
	return at, true, nil
}

// wentTo returns the connected project to which an item was moved that is gone, and by what it
// is read there; nil: there is none. A comment went where its ticket did.
func (e *Engine) wentTo(ctx context.Context, p *peer, w *work, item external.Item) (at *store.Project, ref external.Ref, err error) {
	if !item.Gone {
		return nil, ref, nil
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		at = nil
		home := item.Home
		ref = external.Ref{Kind: item.Kind, ID: home.ID, Key: home.Key}
		if w.parent.ID != "" {
			o, err := tx.Observation(ctx, w.parent.ProjectID, w.parent.Kind, w.parent.ExternalID)
			if errors.Is(err, store.ErrNotFound) {
				return nil
			}
			if err != nil {
				return err
			}
			home = o.Item.Home
			ref = external.Ref{Kind: item.Kind, ID: item.ID, Key: item.Key, Parent: home.Key}
		}
		at, err = e.connectedAs(ctx, tx, p, home.Project)
		return err
	})
	return at, ref, err
}

// link returns a link as if its item were joined with it where that is now.
func (a arrived) link(l store.Link) store.Link {
	l.ExternalID, l.ExternalKey, l.ParentKey = a.item.ID, a.item.Key, a.item.Parent
	return l
}

// unreachable is why a link rests whose item was moved to a project that cannot be read.
func (w *work) unreachable() string {
	return "moved to " + w.seen.Item.MovedTo + ", and the project " + w.onward.project.Key + " cannot be read at present; look at its status"
}

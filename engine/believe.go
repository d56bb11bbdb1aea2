package engine

import (
	"context"
	"errors"
	"maps"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// disbelieve leaves what is known of an item as it is, until it is read directly; but that only some may see
// it counts at once, for it may not be seen at all when it is read.
func (e *Engine) disbelieve(ctx context.Context, tx store.Tx, p *peer, old store.Observation, item external.Item) error {
	old.Hash = ""
	if why, is := item.Fields[external.RestrictedField]; is {
		old.Item.Fields = maps.Clone(old.Item.Fields)
		old.Item.Fields[external.RestrictedField] = why
	}
	if _, err := tx.PutObservation(ctx, old); err != nil {
		return err
	}
	if !item.Gone { // a list may show what is in a bin
		if err := e.overAndListed(ctx, tx, p, old); err != nil {
			return err
		}
	}
	return e.markSeen(ctx, tx, p, old.Item, false)
}

// overAndListed has an item taken back whose link is over, and that a list shows: nothing else is planned of it, so
// that it would not be read. What is at work is, and shows itself then.
func (e *Engine) overAndListed(ctx context.Context, tx store.Tx, p *peer, old store.Observation) error {
	l, err := tx.LinkByExternal(ctx, p.project.ID, old.Item.Kind, old.Item.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err == nil && over(l) && !isMoved(l) {
		if l, err = tx.LinkForUpdate(ctx, l.ID); err == nil && over(l) {
			l, err = e.takeBackShown(ctx, tx, p, l, old.Item.Gone)
		}
		if err == nil {
			_, err = shownAgain(ctx, tx, l)
		}
	}
	return err
}

// shownAgain puts a link back to work whose item was gone, of which ours was deleted for that, and of which something
// is heard: a comment was restricted for a while, say, or a ticket taken out of a bin. It is read before anything is
// planned. What is there of a comment comes back; about a ticket a person is asked, since what stands there is an edit.
func shownAgain(ctx context.Context, tx store.Tx, l store.Link) (store.Link, error) {
	if l.State != store.Tombstone || l.Cause != store.CauseFollowed || l.LocalID == "" || l.TakeBack != "" || l.Unseen != "" {
		return l, nil
	}
	lead := ticket.Title
	if l.Kind == external.KindComment {
		lead = ticket.Body
	}
	l = l.AtWork()
	l.Bases = l.Bases.Afresh(lead)
	return l, errors.Join(tx.UpdateLink(ctx, l), tx.MarkDirty(ctx, l.ID))
}

// isToBeRead reports whether an item of which a webhook told, say, is read before its link is
// planned. No list stands in for that: it may show an earlier edit than the one that was told
// of, and it never shows a deletion. A create is found by its key all the same, see contradicts.
func (e *Engine) isToBeRead(ctx context.Context, tx store.Tx, p *peer, listed, known external.Item) (bool, error) {
	if !p.readable() || listed.CreateKey != known.CreateKey {
		return false, nil
	}
	l, err := tx.LinkByExternal(ctx, p.project.ID, listed.Kind, listed.ID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return err == nil && l.Active(), err
}

// contradicts reports whether a list shows as there what was read to be gone. One that
// carries a key which the reading did not show is news: a create is found by it.
func contradicts(listed, known external.Item) bool {
	return known.Gone && !listed.Gone && known.CreateKey == listed.CreateKey
}

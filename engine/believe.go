package engine

import (
	"context"
	"errors"
	"maps"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
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
			err = remarkShown(ctx, tx, l)
		}
	}
	return err
}

// remarkShown puts the link of a comment back to work that was deleted here as its item was gone, without asking
// anybody, and whose item a list shows: it may have been out of our sight alone, since somebody restricted it for a
// while, say. It is read before anything is planned, and is no edit of what was agreed on: what is there comes back.
func remarkShown(ctx context.Context, tx store.Tx, l store.Link) error {
	if l.Kind != external.KindComment || l.State != store.Tombstone || l.LocalID == "" || l.TakeBack != "" || l.Unseen != "" || l.Reason != plan.RemarkFollows {
		return nil
	}
	l = l.AtWork()
	l.Bases = nil
	return errors.Join(tx.UpdateLink(ctx, l), tx.MarkDirty(ctx, l.ID))
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

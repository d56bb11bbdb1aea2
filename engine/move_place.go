package engine

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// awaitPlace holds back a link whose item was moved to a project in which its ticket has another
// item. That one may have left too, unseen: then its place is free, and the link goes on there. A
// person is asked about a ticket that is here, and again once the place is free. One that was
// deleted here counts as deleted on both sides, and its moved item would stay outside with nobody
// asked; so that the other project looks at its own item first. An undo does not wait for longer
// than an hour for that: it holds up all of its project, and the other one may be away.
func (e *Engine) awaitPlace(ctx context.Context, tx store.Tx, p *peer, w *work, o store.Project) error {
	if w.link.TakeBack != "" {
		return e.awaitTakenBack(ctx, tx, p, w, o)
	}
	if !w.ticket.Deleted || !w.link.Active() || p.doubts(w) || !o.Status.Syncs() {
		return nil
	}
	there, err := tx.LinkByLocal(ctx, o.ID, external.KindTicket, w.link.LocalID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (there.ID == w.link.ID || there.ExternalID == "" || isUnread(there)) {
		return nil
	}
	if err != nil {
		return err
	}
	seen, err := tx.Observation(ctx, there.ProjectID, there.Kind, there.ExternalID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	since := w.link.DirtyAt
	if came, err := tx.LinkByExternal(ctx, o.ID, w.link.Kind, w.seen.Item.Home.ID); err == nil {
		since = came.CreatedAt // a sweep may cast doubt on what is gone, over and over
	} else if !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if knowsPlace(o, there, seen, since) {
		return nil
	}
	w.wait, w.waitTil = "it was moved to "+o.Key+", which looks first whether the item that its ticket has there left", cmp.Or(w.link.DirtyAt, w.link.CreatedAt)
	return e.ask(ctx, tx, there)
}

// knowsPlace reports whether a project knows by now, as far as it ever will, that its item holds a
// place: what was seen of it is no older than the question, or no answer is to be had.
func knowsPlace(o store.Project, there store.Link, seen store.Observation, asked time.Time) bool {
	switch {
	case seen.Hash == "":
		return there.Dirty() && givenUp(o, there, there.DirtyAt)
	case seen.Item.Gone: // one that was moved may wait for this one; one that was deleted ends
		return seen.Item.Home.Project != "" || !there.Dirty()
	}
	return !seen.SeenAt.Before(asked)
}

// isUnclaimed reports whether an item of a project is no other ticket's than a link's, and nobody has
// told the two apart.
func isUnclaimed(ctx context.Context, tx store.Tx, projectID string, l store.Link, itemID string) (bool, error) {
	byItem, err := tx.LinkByExternal(ctx, projectID, external.KindTicket, itemID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if err == nil && byItem.LocalID != "" && byItem.LocalID != l.LocalID {
		return false, nil
	}
	apart, err := areApart(ctx, tx, projectID, l.LocalID, itemID)
	return err == nil && !apart, err
}

// awaitTakenBack has a link that is to be taken back wait for the item that its ticket has where its own
// was moved to, while that one is to be taken back as well. Then the place is free, and the link goes on
// there and is taken back, too. An undo does not wait for longer than an hour for that.
func (e *Engine) awaitTakenBack(ctx context.Context, tx store.Tx, p *peer, w *work, o store.Project) error {
	if !w.link.Active() || p.doubts(w) {
		return nil
	}
	there, err := tx.LinkByLocal(ctx, o.ID, external.KindTicket, w.link.LocalID)
	if errors.Is(err, store.ErrNotFound) || err == nil && there.TakeBack == "" {
		return nil
	}
	if err != nil {
		return err
	}
	if unclaimed, err := isUnclaimed(ctx, tx, o.ID, w.link, w.seen.Item.Home.ID); err != nil || !unclaimed {
		return err
	}
	if round, err := e.inARing(ctx, tx, p, there); err != nil || round {
		return err
	}
	w.wait, w.waitTil = "it was moved to "+o.Key+", where the item that its ticket has there is taken back first", cmp.Or(w.link.DirtyAt, w.link.CreatedAt)
	if p.project.Restored.Open() { // nothing is taken back before the release, which has every link planned again
		w.waitTil = time.Time{}
	}
	return nil
}

// inARing reports whether the items of a ticket have changed places, from the one that holds the place
// where that of a project was moved to: each would wait for the next, and the last one for the first.
func (e *Engine) inARing(ctx context.Context, tx store.Tx, p *peer, there store.Link) (bool, error) {
	for met := map[string]bool{p.project.ID: true}; !met[there.ProjectID]; {
		met[there.ProjectID] = true
		seen, err := tx.Observation(ctx, there.ProjectID, there.Kind, there.ExternalID)
		if errors.Is(err, store.ErrNotFound) || err == nil && (!seen.Item.Gone || over(there)) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		next, err := e.connectedAs(ctx, tx, p, seen.Item.Home.Project)
		if err != nil || next == nil {
			return false, err
		}
		if there, err = tx.LinkByLocal(ctx, next.ID, there.Kind, there.LocalID); errors.Is(err, store.ErrNotFound) {
			return false, nil
		} else if err != nil {
			return false, err
		}
	}
	return true, nil
}

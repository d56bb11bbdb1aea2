package engine

import (
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
// asked; so that the other project looks at its own item first.
func (e *Engine) awaitPlace(ctx context.Context, tx store.Tx, p *peer, w *work, o store.Project) error {
	if !w.ticket.Deleted || w.link.TakeBack != "" || !w.link.Active() || p.doubts(w) || !o.Status.Syncs() {
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
	w.wait, w.waitTil = "it was moved to "+o.Key+", which looks first whether the item that its ticket has there left", e.Clock.Now().Add(restlessDelay)
	return e.ask(ctx, tx, there)
}

// knowsPlace reports whether a project knows by now, as far as it ever will, that its item holds a
// place: what was seen of it is no older than the question, or no answer is to be had.
func knowsPlace(o store.Project, there store.Link, seen store.Observation, asked time.Time) bool {
	switch {
	case seen.Hash == "":
		return there.Dirty() && givenUp(o, there)
	case seen.Item.Gone: // one that was moved may wait for this one; one that was deleted ends
		return seen.Item.Home.Project != "" || !there.Dirty()
	}
	return !seen.SeenAt.Before(asked)
}

package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// awaitMove holds an item back that nobody knows here while it may be one that another
// project of the installation knows: it could have been moved here before that project has
// noticed. What is moved keeps its author and the moment at which it was made, and few
// items share both; of those that do, the other project reads its own once, and then
// either its link comes here, or the item was new after all.
//
// Lists lag, on both sides: each side must have been seen at a time when every move that
// could have brought the item here shows.
func (e *Engine) awaitMove(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	item := w.seen.Item
	if w.link.Kind != external.KindTicket || item.Gone || w.seen.Hash == "" || item.CreatedAt.IsZero() {
		return nil
	}
	near, err := e.beside(ctx, tx, p)
	if err != nil || len(near) == 0 {
		return err
	}
	known, err := tx.Sightings(ctx, item.Kind, item.Author, item.CreatedAt)
	if err != nil {
		return err
	}
	certain, alike := w.link.CreatedAt.Add(p.caps.Lag+p.caps.Precision), false
	for _, o := range known {
		n := slices.IndexFunc(near, func(from store.Project) bool { return from.ID == o.ProjectID })
		if n < 0 {
			continue
		}
		till, err := e.mayHaveLeft(ctx, tx, p, w, near[n], o, certain)
		if err != nil {
			return err
		}
		if alike = true; !till.IsZero() {
			w.wait, w.waitTil = "it may have been moved here from "+near[n].Key+", which is asked first", till
			return nil
		}
	}
	if alike && w.seen.SeenAt.Before(certain) && !e.Clock.Now().Before(certain) {
		w.seen.Hash = "" // it may have been moved away itself: it is read before it comes in
	}
	return nil
}

// mayHaveLeft returns until when an item is to wait because it may be one that another
// project knows; zero: it is not. It has that project read its item where it must.
func (e *Engine) mayHaveLeft(ctx context.Context, tx store.Tx, p *peer, w *work, from store.Project, o store.Observation, certain time.Time) (time.Time, error) {
	none := time.Time{}
	l, err := tx.LinkByExternal(ctx, from.ID, o.Item.Kind, o.Item.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (over(l) || l.State == store.ParkedLink) {
		return none, nil
	}
	if err != nil {
		return none, err
	}
	now, home := e.Clock.Now(), o.Item.Home
	here := home.Project == p.project.ExternalID && home.ID == w.seen.Item.ID
	again := now.Add(restlessDelay)
	if !from.Status.Syncs() {
		again = now.Add(unprovedDelay)
	}
	switch {
	case o.Hash == "": // it is being asked
		return again, nil
	case now.Before(certain) && !o.Item.Gone:
		return certain, nil
	case o.Item.Gone && here && l.LocalID != "":
		// Its link is about to come, or a person is asked what to do with it.
		if !l.Active() {
			again = now.Add(questionDelay)
		}
		return again, e.ask(ctx, tx, l)
	case o.Item.Gone, !o.SeenAt.Before(certain): // deleted, gone elsewhere, or still there: another item
		return none, nil
	}
	return again, e.ask(ctx, tx, l)
}

// questionDelay is how long an item waits whose link cannot come here by itself: a person
// is asked about it in the project that it left.
const questionDelay = time.Hour

// ask has a project read one of its items, even where its link rests.
func (e *Engine) ask(ctx context.Context, tx store.Tx, l store.Link) error {
	l, err := tx.LinkForUpdate(ctx, l.ID)
	if err != nil {
		return err
	}
	if asksAboutGone(l) || l.State == store.Quarantined {
		if err := tx.UpdateLink(ctx, l.AtWork()); err != nil {
			return err
		}
	}
	if err := e.doubt(ctx, tx, l); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.wake(l.ProjectID))
}

// cameBack asks the projects to which an item was moved whether it came back: it shows in
// the one that it left.
func (e *Engine) cameBack(ctx context.Context, tx store.Tx, item external.Item, l store.Link) error {
	links, err := tx.LinksOfLocal(ctx, l.Kind, l.LocalID)
	if err != nil {
		return err
	}
	for _, other := range links {
		if other.ID == l.ID || other.ExternalID != item.ID || over(other) {
			continue
		}
		if err := e.ask(ctx, tx, other); err != nil {
			return err
		}
	}
	return nil
}

// ownerElsewhere returns the link of a comment that was moved along with its ticket and
// got another id on the way, if the item is that comment.
func (e *Engine) ownerElsewhere(ctx context.Context, tx store.Tx, p *peer, item external.Item) (l store.Link, is bool, err error) {
	if item.Kind != external.KindComment || item.Gone || item.CreatedAt.IsZero() {
		return l, false, nil
	}
	if near, err := e.beside(ctx, tx, p); err != nil || len(near) == 0 {
		return l, false, err
	}
	known, err := tx.Sightings(ctx, item.Kind, item.Author, item.CreatedAt)
	for _, o := range known {
		if o.ProjectID == p.project.ID {
			continue
		}
		if l, is, err = e.wentAlong(ctx, tx, p, o); err != nil || is {
			return l, is, err
		}
	}
	return l, false, err
}

// wentAlong returns the link here of a comment that another project knew, if it waits to
// be seen.
func (e *Engine) wentAlong(ctx context.Context, tx store.Tx, p *peer, o store.Observation) (store.Link, bool, error) {
	old, err := tx.LinkByExternal(ctx, o.ProjectID, o.Item.Kind, o.Item.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (!isMoved(old) || old.LocalID == "") {
		return old, false, nil
	}
	if err != nil {
		return old, false, err
	}
	l, err := tx.LinkByLocal(ctx, p.project.ID, o.Item.Kind, old.LocalID)
	if errors.Is(err, store.ErrNotFound) {
		return l, false, nil
	}
	return l, err == nil && l.ExternalID == "" && l.State == store.MaybeGone, err
}

// joinMoved gives the link of a comment that was moved along the item that it is now.
func (e *Engine) joinMoved(ctx context.Context, tx store.Tx, l store.Link, item external.Item) error {
	l.ExternalID, l.ExternalKey, l.ParentKey = item.ID, item.Key, item.Parent
	l = l.AtWork()
	if err := tx.UpdateLink(ctx, l); err != nil {
		return err
	}
	if err := tx.MarkDirty(ctx, l.ID); err != nil {
		return err
	}
	return e.joined(ctx, tx, l)
}

package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// awaitOwn holds a ticket back that is to be made here while an item that nobody knows here may
// be its own, moved from another project. That project is asked first: the link that comes from
// there makes another item needless. Where the two look alike, a person is asked, who may be faster.
func (e *Engine) awaitOwn(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if w.link.Kind != external.KindTicket || w.link.ExternalID != "" || w.link.LocalID == "" || w.wait != "" || w.twin != nil ||
		p.project.Restored.Open() { // nothing is made before the release
		return nil
	}
	near, err := e.beside(ctx, tx, p)
	if err != nil || len(near) == 0 {
		return err
	}
	links, err := tx.LinksOfLocal(ctx, external.KindTicket, w.link.LocalID)
	if err != nil {
		return err
	}
	for _, l := range links {
		n := slices.IndexFunc(near, func(from store.Project) bool { return from.ID == l.ProjectID })
		if n < 0 || l.ExternalID == "" {
			continue
		}
		o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
		if errors.Is(err, store.ErrNotFound) || err == nil && o.Item.CreatedAt.IsZero() {
			continue
		}
		if err == nil {
			err = e.awaitAlike(ctx, tx, p, w, near[n], l, o)
		}
		if err != nil || w.wait != "" {
			return err
		}
	}
	return nil
}

// awaitAlike has a ticket wait for the answer of another project, where it has an item, if one
// of the same author and moment shows here and is nobody's yet, or cannot be seen and is not proved to
// be gone. Most such items are others, so that it does not wait for ever for a project that was asked and
// says nothing: until an hour later its own project has synchronised, for hours in which nothing runs are
// no answer. Where it is known there that the item came here, it waits for as long as it takes.
func (e *Engine) awaitAlike(ctx context.Context, tx store.Tx, p *peer, w *work, from store.Project, its store.Link, o store.Observation) error {
	vain := e.Clock.Now().Add(-patience)
	asked := askedAt(its, o)
	known, err := tx.Sightings(ctx, o.Item.Kind, o.Item.Author, o.Item.CreatedAt)
	if err != nil {
		return err
	}
	for _, seen := range known {
		if seen.ProjectID != p.project.ID {
			continue
		}
		l, err := tx.LinkByExternal(ctx, p.project.ID, seen.Item.Kind, seen.Item.ID)
		if errors.Is(err, store.ErrNotFound) || err == nil && (l.LocalID != "" || l.State != store.Backlog || seen.Item.Gone && !l.Dirty()) {
			continue
		}
		if err != nil {
			return err
		}
		stub := &work{link: l, seen: &seen}
		unanswered := !asked.IsZero() && l.CreatedAt.Before(vain) && p.project.SyncedAt.After(asked.Add(patience))
		if unanswered && !cameTo(p, stub, o.Item) {
			continue
		}
		left, till, err := e.mayHaveLeft(ctx, tx, p, stub, from, o, l.CreatedAt.Add(p.caps.Lag+p.caps.Precision))
		if err != nil {
			return err
		}
		if left && !till.IsZero() {
			w.enquiry = stub.enquiry // the item may rest, and not ask
			w.wait, w.waitTil = "an item there may be its own, moved from "+from.Key+", which is asked first", till
			return nil
		}
	}
	return nil
}

// askedAt is since when there is no answer about an item that was asked about: it was not read,
// or what the reading showed is not proved. Zero: nobody has asked.
func askedAt(l store.Link, o store.Observation) time.Time {
	switch {
	case isUnread(l):
		return l.FirstTry
	case l.Dirty() && (o.Hash == "" || o.Item.Gone):
		return l.DirtyAt
	}
	return time.Time{}
}

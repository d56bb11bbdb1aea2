package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// parkOnward leaves to a person what an undo has restored here of an item that was moved to another
// project since. Its link goes on there, and what stands there somebody wrote: the undo is nobody's
// edit, and does not go out over it.
func (e *Engine) parkOnward(ctx context.Context, tx store.Tx, p *peer, left store.Link, u plan.Undone, j *journal) error {
	now, err := goneOn(ctx, tx, left)
	if err != nil || now.ID == "" || now.LocalID == "" || now.ExternalID == "" {
		return err
	}
	if now, err = tx.LinkForUpdate(ctx, now.ID); err != nil {
		return err
	}
	home, err := e.likeness(ctx, tx, p, now.ProjectID)
	if err != nil {
		return err
	}
	w := &work{link: now, rules: home.project.Rules, screen: outbound.NewScreen(home.project.Rules)}
	if err := e.localOf(ctx, tx, w); err != nil {
		return err
	}
	seen, err := tx.Observation(ctx, now.ProjectID, now.Kind, now.ExternalID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !meets(now, seen.Item.Gone) {
		return nil
	}
	if err != nil {
		return err
	}
	w.seen = &seen
	if w.missing, err = e.gatherReferences(ctx, tx, home, w); err != nil {
		return err
	}
	if err := e.gatherConflicts(ctx, tx, w); err != nil {
		return err
	}
	in := plan.Input{Bases: home.carried(now), External: plan.Side{Exists: true, Fields: canonical(home, seen.Item)}}
	w.seclude(home, &in)
	there := in.External.Fields[u.Field]
	f := parting{field: u.Field, local: u.Here.After, external: there, removed: u.Here.Before, where: restoredHere}
	if now, err = e.park(ctx, tx, home, w, now, f, j); err != nil {
		return err
	}
	return tx.UpdateLink(ctx, now)
}

// likeness is another project of the same installation, which reads values alike. Nothing is asked
// there, so that nothing waits for its connection.
func (e *Engine) likeness(ctx context.Context, tx store.Tx, p *peer, projectID string) (*peer, error) {
	home := &peer{adapter: p.adapter, caps: p.caps, refs: references{here: map[string]string{}, there: map[string]string{}}}
	var err error
	if home.project, err = tx.Project(ctx, projectID); err != nil {
		return nil, err
	}
	home.mapping, err = e.mappings.inForce(ctx, tx, &home.project)
	return home, err
}

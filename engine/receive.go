package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// ReceiveTx stores whole items that a system told of which cannot be read, within the
// transaction that records the delivery's id. A state that is not newer than the one
// known is an old snapshot, delivered late or twice, and changes nothing. It wakes the
// project. The adapter is the project's own.
func (e *Engine) ReceiveTx(ctx context.Context, tx store.Tx, projectID string, a adapters.Adapter, items []external.Item) error {
	project, err := tx.ProjectForUpdate(ctx, projectID)
	if err != nil {
		return fmt.Errorf("receive items: %w", err)
	}
	m, err := e.mappings.inForce(ctx, tx, &project)
	if err != nil {
		return fmt.Errorf("receive items: %w", err)
	}
	p := &peer{project: project, adapter: a, caps: a.Capabilities(), mapping: m}
	for _, item := range items {
		if err := e.receive(ctx, tx, p, item); err != nil {
			return fmt.Errorf("receive items: %w", err)
		}
	}
	return tx.AddOutbox(ctx, e.wake(projectID))
}

func (e *Engine) receive(ctx context.Context, tx store.Tx, p *peer, item external.Item) error {
	item = storable(item)
	old, err := tx.Observation(ctx, p.project.ID, item.Kind, item.ID)
	if err == nil && !newer(item, old.Item) {
		return nil
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	o := seenAt(p, item, e.Clock.Now())
	changed, err := tx.PutObservation(ctx, o)
	if err != nil || !changed {
		return err
	}
	return e.tellSeen(ctx, tx, p, item, old.Item)
}

// newer tells two states of an item apart by their stamps, and where these are equal by
// their versions, which such a system counts up.
func newer(item, old external.Item) bool {
	if item.UpdatedAt.Equal(old.UpdatedAt) {
		return item.Version > old.Version
	}
	return item.UpdatedAt.After(old.UpdatedAt)
}

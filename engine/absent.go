package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// doubtAbsent marks the live links whose items a full reading did not show, so that
// they are read directly: absence from a list is never a deletion.
func (e *Engine) doubtAbsent(ctx context.Context, r Run, p *peer, began time.Time) error {
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for after := ""; ; {
			var links []store.Link
			err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
				if _, err = e.fence(ctx, tx, r); err != nil {
					return err
				}
				since, err := e.sweptSince(ctx, tx, p, kind, began)
				if err != nil {
					return err
				}
				links, err = tx.LinksOf(ctx, r.ProjectID, kind, after, absentPage)
				for _, l := range links {
					err = errors.Join(err, e.doubtIfOlder(ctx, tx, l, since))
				}
				return err
			})
			if err != nil {
				return fmt.Errorf("look for absent items: %w", err)
			}
			if len(links) < absentPage {
				break
			}
			after = links[len(links)-1].ID
		}
	}
	return nil
}

const absentPage = 500

// sweptSince is when the full reading of a kind began: with the first page of its list, in
// whichever session that was, for a limit may have interrupted it since. What has no list is
// read item by item, at each sweep.
func (e *Engine) sweptSince(ctx context.Context, tx store.Tx, p *peer, kind external.Kind, began time.Time) (time.Time, error) {
	stream := p.streamOf(kind)
	if !p.caps.Has(stream) {
		return began, nil
	}
	c, err := tx.Cursor(ctx, p.project.ID, sweepOf(stream))
	return c.ReadAt, err
}

func (e *Engine) doubtIfOlder(ctx context.Context, tx store.Tx, l store.Link, began time.Time) error {
	if l.State != store.Live && !awaitsTwin(l) || l.ExternalID == "" {
		return nil
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if errors.Is(err, store.ErrNotFound) {
		return tx.MarkDirty(ctx, l.ID) // planning reads it
	}
	if err != nil || !o.SeenAt.Before(began) {
		return err
	}
	if awaitsTwin(l) {
		if err := e.RetryTx(ctx, tx, l.ID); err != nil {
			return err
		}
	}
	return e.doubt(ctx, tx, l)
}

// doubt makes the next planning of a link read its item directly.
func (e *Engine) doubt(ctx context.Context, tx store.Tx, l store.Link) error {
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if err == nil {
		o.Hash = ""
		_, err = tx.PutObservation(ctx, o)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	return tx.MarkDirty(ctx, l.ID)
}

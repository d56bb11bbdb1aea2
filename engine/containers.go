package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// streamSchema names the cursor that says when the project's schema was read last.
const streamSchema external.Stream = "schema"

// schemaAge is how long a reading of the schema serves. A container made outside since
// then is not lost: the operation that makes it finds it instead.
const schemaAge = 24 * time.Hour

// findContainers gives a plan that names a container (a milestone) what is known of
// it. One that is not known is looked up in the project's schema, once a day; one that
// does not exist is made by the adapter's own operation.
func (e *Engine) findContainers(ctx context.Context, p *peer, w *work) error {
	names := w.containerNames(p)
	if len(names) == 0 {
		return nil
	}
	missing, err := e.knownContainers(ctx, p, w, names)
	if err != nil || !missing {
		return err
	}
	read, err := e.schemaRead(ctx, p)
	if err != nil || read {
		return err
	}
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return err
	}
	known, err := p.listContainers(ctx)
	if err != nil {
		return e.vendorError(ctx, p, err)
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		for _, c := range known {
			if err := e.rememberContainer(ctx, tx, p, c); err != nil {
				return err
			}
		}
		return tx.PutCursor(ctx, p.project.ID, external.Cursor{Stream: streamSchema, ReadAt: e.Clock.Now()})
	})
	if err != nil {
		return fmt.Errorf("remember containers: %w", err)
	}
	_, err = e.knownContainers(ctx, p, w, names)
	return err
}

// listContainers asks for the containers alone where the adapter can.
func (p *peer) listContainers(ctx context.Context) ([]external.Container, error) {
	if l, ok := p.adapter.(adapters.ContainerLister); ok {
		return l.Containers(ctx)
	}
	schema, err := p.adapter.Schema(ctx)
	return schema.Containers, err
}

// schemaRead reports whether the schema was read lately.
func (e *Engine) schemaRead(ctx context.Context, p *peer) (read bool, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		c, err := tx.Cursor(ctx, p.project.ID, streamSchema)
		read = e.Clock.Now().Sub(c.ReadAt) < schemaAge
		return err
	})
	return read, err
}

// containerNames returns what the outward steps name, by external field.
func (w *work) containerNames(p *peer) map[string]string {
	names := map[string]string{}
	for _, r := range p.mapping.Rules(w.link.Kind) {
		if !r.Container || w.rules.Keeps(r.Field) {
			continue
		}
		for _, s := range w.plan.Steps {
			switch {
			case s.Action == plan.Push && s.Field == r.Field && !s.After.IsEmpty():
				names[r.External[0]] = s.After.Text()
			case s.Action == plan.CreateOutside && !w.input.Local.Fields[r.Field].IsEmpty():
				names[r.External[0]] = w.input.Local.Fields[r.Field].Text()
			}
		}
	}
	return names
}

func (e *Engine) knownContainers(ctx context.Context, p *peer, w *work, names map[string]string) (missing bool, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		w.containers, missing = nil, false
		for field, name := range names {
			l, err := tx.LinkByLocal(ctx, p.project.ID, external.KindContainer, field+"/"+name)
			if errors.Is(err, store.ErrNotFound) || err == nil && l.ExternalID == "" {
				missing = true
				continue
			}
			if err != nil {
				return err
			}
			w.containers = append(w.containers, external.Container{
				Ref:   external.Ref{Kind: external.KindContainer, ID: l.ExternalID, Key: l.ExternalKey},
				Field: field, Name: name,
			})
		}
		return nil
	})
	return missing, err
}

// forgetContainers forgets what is known of the containers that a refused call named: one may
// have been deleted outside, which no list tells. The next call that names it makes it, or finds it.
func (e *Engine) forgetContainers(ctx context.Context, tx store.Tx, w *work) error {
	for _, c := range w.containers {
		l, err := tx.LinkByLocal(ctx, w.link.ProjectID, external.KindContainer, c.Field+"/"+c.Name)
		if errors.Is(err, store.ErrNotFound) || err == nil && l.ExternalID != c.ID {
			continue // made anew meanwhile
		}
		if err != nil {
			return err
		}
		l.ExternalID, l.ExternalKey = "", ""
		if err := tx.UpdateLink(ctx, l); err != nil {
			return err
		}
	}
	return nil
}

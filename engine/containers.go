package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// streamSchema names the cursor that says when the project's schema was read last.
const streamSchema external.Stream = "schema"

// schemaAge is how long a reading of the schema serves, so that a thousand tickets which name what is not there cost
// one. A milestone made outside since then is not lost: the operation that makes it finds it instead. But of
// sprints and cycles we make none: who is told to make one, and does, need not wait.
const schemaAge = time.Minute

// findContainers gives a plan that names a container (a milestone) what is known of
// it. One that is not known is looked up in the project's schema; one that
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

// rememberContainer notes by which title a container is known from now on. It may have borne another
// one before, and its title another container, which has been deleted or renamed since.
func (e *Engine) rememberContainer(ctx context.Context, tx store.Tx, p *peer, c external.Container) error {
	title := c.Field + "/" + c.Name
	known, err := tx.LinkByExternal(ctx, p.project.ID, external.KindContainer, c.ID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	l, err := tx.LinkByLocal(ctx, p.project.ID, external.KindContainer, title)
	switch {
	case errors.Is(err, store.ErrNotFound) && known.ID != "":
		if known, err = tx.LinkForUpdate(ctx, known.ID); err != nil {
			return err
		}
		known.LocalID, known.ExternalKey = title, c.Key
		return tx.UpdateLink(ctx, known)
	case errors.Is(err, store.ErrNotFound):
		return tx.InsertLink(ctx, store.Link{
			ID: e.NewID(), ProjectID: p.project.ID, Kind: external.KindContainer, LocalID: title, ExternalID: c.ID,
			ExternalKey: c.Key, State: store.Live, CreatedAt: e.Clock.Now(),
		})
	case err != nil:
		return err
	}
	if known.ID != "" && known.ID != l.ID {
		if err := forgetContainer(ctx, tx, known); err != nil {
			return err
		}
	}
	if l, err = tx.LinkForUpdate(ctx, l.ID); err != nil {
		return err
	}
	l.ExternalID, l.ExternalKey = c.ID, c.Key
	return tx.UpdateLink(ctx, l)
}

// forgetContainer forgets which container bears a title.
func forgetContainer(ctx context.Context, tx store.Tx, l store.Link) error {
	l, err := tx.LinkForUpdate(ctx, l.ID)
	if err != nil {
		return err
	}
	l.ExternalID, l.ExternalKey = "", ""
	return tx.UpdateLink(ctx, l)
}

// forgetContainers forgets what is known of the containers that a refused call named: one may
// have been deleted outside, which no list tells. The next call that names it makes it, or finds it.
// It reports whether there was anything to forget.
func (e *Engine) forgetContainers(ctx context.Context, tx store.Tx, w *work, cause error) (forgot bool, err error) {
	switch external.KindOf(cause) {
	case external.Invalid, external.NotFound, external.Gone:
	default:
		return false, nil // an outage, a limit, a permission
	}
	for _, c := range w.containers {
		l, err := tx.LinkByLocal(ctx, w.link.ProjectID, external.KindContainer, c.Field+"/"+c.Name)
		if errors.Is(err, store.ErrNotFound) || err == nil && l.ExternalID != c.ID {
			continue // made anew meanwhile
		}
		if err == nil {
			err = forgetContainer(ctx, tx, l)
		}
		if err != nil {
			return false, err
		}
		forgot = true
	}
	return forgot, nil
}

// meetRenamed looks in the answer to a write for containers that bear another title by now than the
// one by which the call named them: the item went into what somebody has renamed outside. Such a field
// is halfway, and the next call names the container of that title, or makes it. An answer that was
// read later may show where somebody else has put the item, and tells nothing.
func (e *Engine) meetRenamed(ctx context.Context, tx store.Tx, p *peer, w *work, i store.Intent, item external.Item) (external.Item, error) {
	if item.ReadBack || item.MovedTo != "" || len(w.containers) == 0 {
		return item, nil
	}
	back, norm := canonical(p, item), p.normalize(w.link.Kind)
	for _, c := range i.Changes {
		now := back[c.Field]
		for _, k := range w.containers {
			name := p.externals(w.link.Kind, c.Field)[0]
			if k.Field != name || k.Name != c.Written.Text() || now.IsEmpty() || norm(c.Field, now).Equal(norm(c.Field, c.Written)) {
				continue
			}
			k.Name = now.Text()
			if err := e.rememberContainer(ctx, tx, p, k); err != nil {
				return item, err
			}
			item.Halfway = append(slices.Clone(item.Halfway), name)
		}
	}
	return item, nil
}

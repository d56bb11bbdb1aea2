package worker

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
)

// MappingDesk proposes, judges, tries and activates the field mappings of projects. It
// reads what a project offers through its adapter and writes nothing outside.
type MappingDesk struct {
	Engine *engine.Engine
	// Reader makes an adapter that reads the named fields of the project's own, too; nil:
	// the project's adapter, which reads those of the mapping in force.
	Reader func(ctx context.Context, p store.Project, fields []string) (adapters.Adapter, error)
}

// Mappings returns the desk for the connected projects.
func (s *Services) Mappings() *MappingDesk {
	return &MappingDesk{Engine: s.Engine, Reader: s.links.reader}
}

// offer is what a project offers now.
type offer struct {
	project store.Project
	adapter adapters.Adapter
	caps    external.Capabilities
	schema  external.Schema
}

func (d *MappingDesk) offer(ctx context.Context, projectID string) (offer, error) {
	var o offer
	err := d.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		o.project, err = tx.Project(ctx, projectID)
		return err
	})
	if err == nil {
		o.adapter, err = d.Engine.Adapters.For(ctx, o.project)
	}
	if err == nil {
		o.caps = o.adapter.Capabilities()
		o.schema, err = o.adapter.Schema(ctx)
	}
	if err != nil {
		return o, fmt.Errorf("read what project %s offers: %w", projectID, err)
	}
	return o, nil
}

// Propose makes a mapping from what the project offers and stores it as a draft. The
// same proposal made again is the same version.
func (d *MappingDesk) Propose(ctx context.Context, projectID, by string) (store.MappingVersion, mapping.Proposal, error) {
	o, err := d.offer(ctx, projectID)
	if err != nil {
		return store.MappingVersion{}, mapping.Proposal{}, err
	}
	p := mapping.Propose(o.caps, o.schema, nil)
	v, err := d.put(ctx, projectID, by, p.Mapping)
	return v, p, err
}

// Add stores a person's mapping as a draft, with the categories that the project's
// states have now, and says what is wrong with it.
func (d *MappingDesk) Add(ctx context.Context, projectID, by string, m mapping.Mapping) (store.MappingVersion, []mapping.Finding, error) {
	o, err := d.offer(ctx, projectID)
	if err != nil {
		return store.MappingVersion{}, nil, err
	}
	m = m.WithSchema(o.schema)
	v, err := d.put(ctx, projectID, by, m)
	return v, mapping.Validate(m, o.caps, o.schema), err
}

// put stores a draft, unless the newest version or the one in force is that very one.
func (d *MappingDesk) put(ctx context.Context, projectID, by string, m mapping.Mapping) (store.MappingVersion, error) {
	m.Version = 0 // the row's counts
	doc, err := json.Marshal(m)
	if err != nil {
		return store.MappingVersion{}, fmt.Errorf("write the mapping down: %w", err)
	}
	var v store.MappingVersion
	err = d.Engine.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := tx.ProjectForUpdate(ctx, projectID); err != nil {
			return err
		}
		all, err := tx.ListMappings(ctx, projectID)
		if err != nil {
			return err
		}
		for i, old := range all {
			if (i == 0 || old.State == store.MappingActive) && bytes.Equal(old.Document, doc) {
				v = old
				return nil
			}
		}
		v, err = tx.AddMapping(ctx, store.MappingVersion{ProjectID: projectID, Document: doc, CreatedBy: by, CreatedAt: d.Engine.Clock.Now()})
		if err != nil {
			return err
		}
		return tx.AppendAudit(ctx, store.AuditEntry{
			ProjectID: projectID, At: d.Engine.Clock.Now(), Actor: by, Action: "draft mapping", Subject: projectID, Detail: fmt.Sprintf("version %d", v.Version),
		})
	})
	if err != nil {
		return v, fmt.Errorf("store a mapping of project %s: %w", projectID, err)
	}
	return v, nil
}

// Load returns a version of a project's mapping, or with version 0 the one in force. A
// project that never activated one is in force with its system's default, whose version
// is 0 too.
func (d *MappingDesk) Load(ctx context.Context, projectID string, version int) (store.MappingVersion, mapping.Mapping, error) {
	var v store.MappingVersion
	var p store.Project
	err := d.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if p, err = tx.Project(ctx, projectID); err != nil {
			return err
		}
		if version != 0 {
			v, err = tx.Mapping(ctx, projectID, version)
			return err
		}
		if v, err = tx.ActiveMapping(ctx, projectID); errors.Is(err, store.ErrNotFound) {
			v = store.MappingVersion{ProjectID: projectID, State: store.MappingActive}
			return nil
		}
		return err
	})
	if err != nil {
		return v, mapping.Mapping{}, err
	}
	if v.Version == 0 {
		m, err := mapping.Default(p.System)
		m.Version = 0
		return v, m, err
	}
	var m mapping.Mapping
	if err := json.Unmarshal(v.Document, &m); err != nil {
		return v, m, fmt.Errorf("mapping %d of project %s: %w", v.Version, projectID, err)
	}
	m.Version = v.Version
	return v, m, nil
}

// Judge validates a mapping against what the project offers now.
func (d *MappingDesk) Judge(ctx context.Context, projectID string, m mapping.Mapping) ([]mapping.Finding, error) {
	o, err := d.offer(ctx, projectID)
	if err != nil {
		return nil, err
	}
	return mapping.Validate(m.WithSchema(o.schema), o.caps, o.schema), nil
}

// Activate puts a version in force, unless something is wrong with it: then it returns
// what, and changes nothing. Older versions can be activated again.
func (d *MappingDesk) Activate(ctx context.Context, projectID string, version int, by string) ([]mapping.Finding, error) {
	v, m, err := d.Load(ctx, projectID, version)
	if err != nil {
		return nil, err
	}
	if v.State == store.MappingActive {
		return nil, nil // by somebody else, or by an attempt whose answer was lost
	}
	found, err := d.Judge(ctx, projectID, m)
	if err != nil || mapping.Failed(found) {
		return found, err
	}
	return found, d.Engine.ActivateMapping(ctx, projectID, version, by)
}

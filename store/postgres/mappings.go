package postgres

// field_mappings: the versions of each project's field mapping, numbered from 1
// without gaps. A trigger refuses to change a document; a partial unique index keeps
// at most one active. The project's row lock orders its writers.

import (
	"context"
	"math"
	"strconv"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// AddMapping implements store.Mappings.
func (t *tx) AddMapping(ctx context.Context, m store.MappingVersion) (store.MappingVersion, error) {
	m, err := canon.Mapping(m)
	if err != nil {
		return m, err
	}
	if _, err := t.ProjectForUpdate(ctx, m.ProjectID); err != nil {
		return m, err
	}
	r, err := t.q.InsertMapping(ctx, sqlcgen.InsertMappingParams{
		ProjectID: m.ProjectID, Document: m.Document, CreatedBy: m.CreatedBy, CreatedAt: m.CreatedAt,
	})
	return mappingOf(r), interpret("mapping of project", m.ProjectID, err)
}

// Mapping implements store.Mappings.
func (t *tx) Mapping(ctx context.Context, projectID string, version int) (store.MappingVersion, error) {
	if version > math.MaxInt32 { // no column holds it, and Postgres is not asked
		return store.MappingVersion{}, canon.NotFound("mapping "+strconv.Itoa(version)+" of project", projectID)
	}
	r, err := t.q.GetMapping(ctx, sqlcgen.GetMappingParams{ProjectID: projectID, Version: version})
	return mappingOf(r), interpret("mapping "+strconv.Itoa(version)+" of project", projectID, err)
}

// ActiveMapping implements store.Mappings.
func (t *tx) ActiveMapping(ctx context.Context, projectID string) (store.MappingVersion, error) {
	r, err := t.q.ActiveMapping(ctx, projectID)
	return mappingOf(r), interpret("active mapping of project", projectID, err)
}

// ListMappings implements store.Mappings.
func (t *tx) ListMappings(ctx context.Context, projectID string) ([]store.MappingVersion, error) {
	rows, err := t.q.ListMappings(ctx, projectID)
	return each(rows, mappingOf), interpret("mappings of project", projectID, err)
}

// ActivateMapping implements store.Mappings.
func (t *tx) ActivateMapping(ctx context.Context, projectID string, version int, by string, at time.Time) error {
	if _, err := t.ProjectForUpdate(ctx, projectID); err != nil {
		return err
	}
	m, err := t.Mapping(ctx, projectID, version)
	if err != nil || m.State == store.MappingActive {
		return err
	}
	if err := t.q.RetireMapping(ctx, projectID); err != nil {
		return interpret("active mapping of project", projectID, err)
	}
	err = t.q.ActivateMapping(ctx, sqlcgen.ActivateMappingParams{
		ProjectID: projectID, Version: version, ActivatedBy: by, ActivatedAt: opt(canon.Time(at)),
	})
	return interpret("mapping "+strconv.Itoa(version)+" of project", projectID, err)
}

func mappingOf(r sqlcgen.FieldMapping) store.MappingVersion {
	return store.MappingVersion{
		ProjectID: r.ProjectID, Version: r.Version, State: r.State, Document: r.Document,
		CreatedBy: r.CreatedBy, CreatedAt: r.CreatedAt, ActivatedBy: r.ActivatedBy, ActivatedAt: at(r.ActivatedAt),
	}
}

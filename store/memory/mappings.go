package memory

import (
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

// mappings holds each project's versions, oldest first: version n is at n-1.
type mappings = table[string, []store.MappingVersion]

// AddMapping implements store.Mappings.
func (t *tx) AddMapping(ctx context.Context, m store.MappingVersion) (store.MappingVersion, error) {
	m, err := canon.Mapping(m)
	if err != nil {
		return m, err
	}
	if _, err := t.Project(ctx, m.ProjectID); err != nil {
		return m, err
	}
	all := t.mappings[m.ProjectID]
	m.Version = len(all) + 1
	t.mappings.put(t.Store, m.ProjectID, append(slices.Clip(all), m))
	return m, nil
}

// Mapping implements store.Mappings.
func (t *tx) Mapping(_ context.Context, projectID string, version int) (store.MappingVersion, error) {
	all := t.mappings[projectID]
	if version < 1 || version > len(all) {
		return store.MappingVersion{}, canon.NotFound("mapping "+strconv.Itoa(version)+" of project", projectID)
	}
	return all[version-1], nil
}

// ActiveMapping implements store.Mappings.
func (t *tx) ActiveMapping(_ context.Context, projectID string) (store.MappingVersion, error) {
	for _, m := range t.mappings[projectID] {
		if m.State == store.MappingActive {
			return m, nil
		}
	}
	return store.MappingVersion{}, canon.NotFound("active mapping of project", projectID)
}

// ListMappings implements store.Mappings.
func (t *tx) ListMappings(_ context.Context, projectID string) ([]store.MappingVersion, error) {
	all := t.mappings[projectID]
	out := make([]store.MappingVersion, 0, len(all))
	for _, m := range slices.Backward(all) {
		out = append(out, m)
	}
	return out, nil
}

// ActivateMapping implements store.Mappings.
func (t *tx) ActivateMapping(ctx context.Context, projectID string, version int, by string, at time.Time) error {
	if _, err := t.Project(ctx, projectID); err != nil {
		return err
	}
	m, err := t.Mapping(ctx, projectID, version)
	if err != nil || m.State == store.MappingActive {
		return err
	}
	all := slices.Clone(t.mappings[projectID])
	for i := range all {
		if all[i].State == store.MappingActive {
			all[i].State = store.MappingRetired
		}
	}
	v := &all[version-1]
	v.State, v.ActivatedBy, v.ActivatedAt = store.MappingActive, by, canon.Time(at)
	t.mappings.put(t.Store, projectID, all)
	return nil
}

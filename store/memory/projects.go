package memory

import (
	"cmp"
	"context"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

type projects struct {
	rows       table[string, *store.Project]
	byExternal table[projectKey, string] // only projects that have an external id
}

type projectKey struct {
	system external.System
	server string
	id     string
}

func newProjects() projects {
	return projects{table[string, *store.Project]{}, table[projectKey, string]{}}
}

// InsertProject implements store.Projects.
func (t *tx) InsertProject(_ context.Context, p store.Project) error {
	p, err := canon.Project(p)
	if err != nil {
		return err
	}
	if t.projects.rows[p.ID] != nil {
		return canon.Exists("project", p.ID)
	}
	return t.putProject(p, store.Project{})
}

// Project implements store.Projects.
func (t *tx) Project(_ context.Context, id string) (store.Project, error) {
	p := t.projects.rows[id]
	if p == nil {
		return store.Project{}, canon.NotFound("project", id)
	}
	return *p, nil
}

// ProjectForUpdate implements store.Projects.
func (t *tx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	return t.Project(ctx, id)
}

// ProjectByAddress implements store.Projects.
func (t *tx) ProjectByAddress(ctx context.Context, system external.System, baseURL, key string) (store.Project, error) {
	all, err := t.ListProjects(ctx)
	if err != nil {
		return store.Project{}, err
	}
	for _, p := range slices.Backward(all) {
		if p.System == system && p.BaseURL == baseURL && p.Key == key {
			return p, nil
		}
	}
	return store.Project{}, canon.NotFound("project", string(system)+" "+key)
}

// ListProjects implements store.Projects.
func (t *tx) ListProjects(context.Context) ([]store.Project, error) {
	all := make([]store.Project, 0, len(t.projects.rows))
	for _, p := range t.projects.rows {
		all = append(all, *p)
	}
	slices.SortFunc(all, func(a, b store.Project) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	})
	return all, nil
}

// UpdateProject implements store.Projects.
func (t *tx) UpdateProject(_ context.Context, p store.Project) error {
	p, err := canon.Project(p)
	if err != nil {
		return err
	}
	old := t.projects.rows[p.ID]
	if old == nil {
		return canon.NotFound("project", p.ID)
	}
	if !old.Status.CanBecome(p.Status) {
		return canon.Stale("status "+string(old.Status)+" of project", p.ID)
	}
	p.WriterEpoch = old.WriterEpoch
	return t.putProject(p, *old)
}

func (t *tx) putProject(p, old store.Project) error {
	key, oldKey := projectKey{p.System, p.BaseURL, p.ExternalID}, projectKey{old.System, old.BaseURL, old.ExternalID}
	if key != oldKey {
		if other, taken := t.projects.byExternal[key]; taken {
			return canon.Exists("project", other)
		}
		t.projects.byExternal.del(t.Store, oldKey)
		if p.ExternalID != "" {
			t.projects.byExternal.put(t.Store, key, p.ID)
		}
	}
	t.projects.rows.put(t.Store, p.ID, &p)
	return nil
}

// BumpEpoch implements store.Projects.
func (t *tx) BumpEpoch(ctx context.Context, id string) (int64, error) {
	return t.RaiseEpoch(ctx, id, 0)
}

// RaiseEpoch implements store.Projects.
func (t *tx) RaiseEpoch(_ context.Context, id string, beyond int64) (int64, error) {
	old := t.projects.rows[id]
	if old == nil {
		return 0, canon.NotFound("project", id)
	}
	p := *old
	p.WriterEpoch = max(p.WriterEpoch, beyond) + 1
	t.projects.rows.put(t.Store, id, &p)
	return p.WriterEpoch, nil
}

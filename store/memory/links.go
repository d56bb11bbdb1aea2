package memory

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

type links struct {
	rows       table[string, *store.Link]
	byExternal table[linkKey, string]
	byLocal    table[linkKey, string]
	byKey      groups[linkKey, sorted] // keys are aliases: two links may carry one for a while
	ofLocal    groups[linkKey, sorted] // of all projects: project is empty
	ofParent   groups[string, sorted]
	orphans    groups[linkKey, sorted] // comments without Parent, by ParentKey
	ofProject  groups[linkKey, sorted] // by project and kind: id is empty
	dirty      groups[string, sorted]  // by project
}

// linkKey is what links are found by: id is a local id, an external id or a key.
type linkKey struct {
	project string
	kind    external.Kind
	id      string
}

func newLinks() links {
	return links{
		table[string, *store.Link]{}, table[linkKey, string]{}, table[linkKey, string]{},
		groups[linkKey, sorted]{}, groups[linkKey, sorted]{}, groups[string, sorted]{},
		groups[linkKey, sorted]{}, groups[linkKey, sorted]{}, groups[string, sorted]{},
	}
}

// InsertLink implements store.Links.
func (t *tx) InsertLink(_ context.Context, l store.Link) error {
	l, err := canon.Link(l)
	if err != nil {
		return err
	}
	if t.projects.rows[l.ProjectID] == nil {
		return canon.NotFound("project", l.ProjectID)
	}
	if t.links.rows[l.ID] != nil {
		return canon.Exists("link", l.ID)
	}
	t.told(l.DirtyAt)
	t.told(l.CreatedAt)
	if err := t.checkLinkUnique(l); err != nil {
		return err
	}
	t.links.ofProject.of(linkKey{l.ProjectID, l.Kind, ""}).add(t.Store, l.ID)
	t.putLink(&l, &store.Link{})
	return nil
}

// Link implements store.Links.
func (t *tx) Link(_ context.Context, id string) (store.Link, error) {
	l := t.links.rows[id]
	if l == nil {
		return store.Link{}, canon.NotFound("link", id)
	}
	return *l, nil
}

// LinkForUpdate implements store.Links.
func (t *tx) LinkForUpdate(ctx context.Context, id string) (store.Link, error) {
	return t.Link(ctx, id)
}

// LinkByExternal implements store.Links.
func (t *tx) LinkByExternal(ctx context.Context, projectID string, kind external.Kind, externalID string) (store.Link, error) {
	id, ok := t.links.byExternal[linkKey{projectID, kind, externalID}]
	if !ok {
		return store.Link{}, canon.NotFound("link of external "+string(kind), externalID)
	}
	return t.Link(ctx, id)
}

// LinkByLocal implements store.Links.
func (t *tx) LinkByLocal(ctx context.Context, projectID string, kind external.Kind, localID string) (store.Link, error) {
	id, ok := t.links.byLocal[linkKey{projectID, kind, localID}]
	if !ok {
		return store.Link{}, canon.NotFound("link of local "+string(kind), localID)
	}
	return t.Link(ctx, id)
}

// LinkByKey implements store.Links.
func (t *tx) LinkByKey(_ context.Context, projectID string, kind external.Kind, key string) (store.Link, error) {
	found := t.linksIn(t.links.byKey[linkKey{projectID, kind, key}])
	if len(found) == 0 {
		return store.Link{}, canon.NotFound("link of "+string(kind)+" with key", key)
	}
	return slices.MaxFunc(found, func(a, b store.Link) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.ID, b.ID))
	}), nil
}

// LinksOfLocal implements store.Links.
func (t *tx) LinksOfLocal(_ context.Context, kind external.Kind, localID string) ([]store.Link, error) {
	out := t.linksIn(t.links.ofLocal[linkKey{"", kind, localID}])
	slices.SortStableFunc(out, func(a, b store.Link) int { return cmp.Compare(a.ProjectID, b.ProjectID) })
	return out, nil
}

// LinksOfParent implements store.Links.
func (t *tx) LinksOfParent(_ context.Context, parentLinkID string) ([]store.Link, error) {
	return t.linksIn(t.links.ofParent[parentLinkID]), nil
}

// LinksOfParentKey implements store.Links.
func (t *tx) LinksOfParentKey(_ context.Context, projectID string, kind external.Kind, parentKey string) ([]store.Link, error) {
	return t.linksIn(t.links.orphans[linkKey{projectID, kind, parentKey}]), nil
}

// LinksOf implements store.Links.
func (t *tx) LinksOf(_ context.Context, projectID string, kind external.Kind, after string, limit int) ([]store.Link, error) {
	g := t.links.ofProject[linkKey{projectID, kind, ""}]
	if g == nil {
		return nil, nil
	}
	ids := g.after(after)
	ids = ids[:min(max(limit, 0), len(ids))]
	out := make([]store.Link, 0, len(ids))
	for _, id := range ids {
		out = append(out, *t.links.rows[id])
	}
	return out, nil
}

// LinksSeen implements store.Links.
func (t *tx) LinksSeen(
	_ context.Context, projectID string, kind external.Kind, at time.Time, after string, before time.Time, limit int,
) ([]store.SeenLink, error) {
	at, before = canon.Time(at), canon.Time(before)
	var out []store.SeenLink
	for _, l := range t.linksIn(t.links.ofProject[linkKey{projectID, kind, ""}]) {
		seen := store.SeenLink{Link: l}
		if o := t.observed.items[linkKey{projectID, kind, l.ExternalID}]; o != nil && l.ExternalID != "" {
			seen.UpdatedAt, seen.Hash = o.Item.UpdatedAt, o.Hash
		}
		if cmp.Or(seen.UpdatedAt.Compare(at), cmp.Compare(l.ID, after)) > 0 && (before.IsZero() || seen.UpdatedAt.Before(before)) {
			out = append(out, seen)
		}
	}
	slices.SortFunc(out, func(a, b store.SeenLink) int {
		return cmp.Or(a.UpdatedAt.Compare(b.UpdatedAt), cmp.Compare(a.ID, b.ID))
	})
	return out[:min(max(limit, 0), len(out))], nil
}

// linksIn returns copies of the links of a collection, which may be nil, by id.
func (t *tx) linksIn(g *sorted) []store.Link {
	if g == nil || len(g.ids) == 0 {
		return nil
	}
	out := make([]store.Link, 0, len(g.ids))
	for _, id := range g.ids {
		out = append(out, *t.links.rows[id])
	}
	return out
}

package postgres

// links: the sync mapping. (project, kind, local_id) and (project, kind, external_id)
// are unique where the id is not empty; external_key and parent_key are aliases that
// may repeat. A link is dirty while dirty_rev > clean_rev. Sessions go by cause and onward,
// and reason is for people: no query reads it.

import (
	"context"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// Link implements store.Links.
func (t *tx) Link(ctx context.Context, id string) (store.Link, error) {
	r, err := t.q.GetLink(ctx, id)
	return linkOf(r), interpret("link", id, err)
}

// LinkForUpdate implements store.Links.
func (t *tx) LinkForUpdate(ctx context.Context, id string) (store.Link, error) {
	r, err := t.q.LinkForUpdate(ctx, id)
	return linkOf(r), interpret("link", id, err)
}

// LinkByExternal implements store.Links.
func (t *tx) LinkByExternal(ctx context.Context, projectID string, kind external.Kind, externalID string) (store.Link, error) {
	r, err := t.q.LinkByExternal(ctx, sqlcgen.LinkByExternalParams{ProjectID: projectID, Kind: kind, ExternalID: externalID})
	return linkOf(r), interpret("link of external "+string(kind), externalID, err)
}

// LinkByKey implements store.Links.
func (t *tx) LinkByKey(ctx context.Context, projectID string, kind external.Kind, key string) (store.Link, error) {
	r, err := t.q.LinkByKey(ctx, sqlcgen.LinkByKeyParams{ProjectID: projectID, Kind: kind, ExternalKey: key})
	return linkOf(r), interpret("link of "+string(kind)+" with key", key, err)
}

// LinkByLocal implements store.Links.
func (t *tx) LinkByLocal(ctx context.Context, projectID string, kind external.Kind, localID string) (store.Link, error) {
	r, err := t.q.LinkByLocal(ctx, sqlcgen.LinkByLocalParams{ProjectID: projectID, Kind: kind, LocalID: localID})
	return linkOf(r), interpret("link of local "+string(kind), localID, err)
}

// LinksOfLocal implements store.Links.
func (t *tx) LinksOfLocal(ctx context.Context, kind external.Kind, localID string) ([]store.Link, error) {
	rows, err := t.q.LinksOfLocal(ctx, sqlcgen.LinksOfLocalParams{Kind: kind, LocalID: localID})
	return each(rows, linkOf), interpret("links of local "+string(kind), localID, err)
}

// LinksOfParent implements store.Links.
func (t *tx) LinksOfParent(ctx context.Context, parentLinkID string) ([]store.Link, error) {
	rows, err := t.q.LinksOfParent(ctx, parentLinkID)
	return each(rows, linkOf), interpret("links of parent", parentLinkID, err)
}

// LinksOfParentKey implements store.Links.
func (t *tx) LinksOfParentKey(ctx context.Context, projectID string, kind external.Kind, parentKey string) ([]store.Link, error) {
	rows, err := t.q.LinksOfParentKey(ctx, sqlcgen.LinksOfParentKeyParams{ProjectID: projectID, Kind: kind, ParentKey: parentKey})
	return each(rows, linkOf), interpret("links of parent", parentKey, err)
}

// LinksOf implements store.Links.
func (t *tx) LinksOf(ctx context.Context, projectID string, kind external.Kind, after string, limit int) ([]store.Link, error) {
	rows, err := t.q.LinksOf(ctx, sqlcgen.LinksOfParams{ProjectID: projectID, Kind: kind, After: after, MaxRows: maxRows(limit)})
	return each(rows, linkOf), interpret("links of project", projectID, err)
}

// LinksSeen implements store.Links.
func (t *tx) LinksSeen(
	ctx context.Context, projectID string, kind external.Kind, at time.Time, after string, before time.Time, limit int,
) ([]store.SeenLink, error) {
	rows, err := t.q.LinksSeen(ctx, sqlcgen.LinksSeenParams{
		ProjectID: projectID, Kind: kind, At: canon.Time(at), After: after, Before: opt(canon.Time(before)), MaxRows: maxRows(limit),
	})
	return each(rows, func(r sqlcgen.LinksSeenRow) store.SeenLink {
		return store.SeenLink{Link: linkOf(r.Link), UpdatedAt: r.Changed.UTC(), Hash: r.Hash}
	}), interpret("links of project", projectID, err)
}

// LinksAside implements store.Links.
func (t *tx) LinksAside(ctx context.Context, projectID string, state store.LinkState, after string, limit int) ([]store.Link, error) {
	rows, err := t.q.LinksAside(ctx, sqlcgen.LinksAsideParams{
		ProjectID: projectID, State: string(state), After: after, MaxRows: maxRows(limit),
	})
	return each(rows, linkOf), interpret("links set aside of project", projectID, err)
}

// LinksAlike implements store.Links.
func (t *tx) LinksAlike(ctx context.Context, projectID, titleKey string, limit int) ([]store.Link, error) {
	rows, err := t.q.LinksAlike(ctx, sqlcgen.LinksAlikeParams{ProjectID: projectID, TitleKey: titleKey, MaxRows: maxRows(limit)})
	return each(rows, linkOf), interpret("links of one title of project", projectID, err)
}

// AlikeTitles implements store.Links.
func (t *tx) AlikeTitles(ctx context.Context, projectID, after string, limit int) ([]string, error) {
	keys, err := t.q.AlikeTitles(ctx, sqlcgen.AlikeTitlesParams{ProjectID: projectID, After: after, MaxRows: maxRows(limit)})
	return keys, interpret("titles of project", projectID, err)
}

func linkOf(r sqlcgen.Link) store.Link {
	return store.Link{
		ID: r.ID, ProjectID: r.ProjectID, Kind: r.Kind, LocalID: r.LocalID, ExternalID: r.ExternalID,
		ExternalKey: r.ExternalKey, Parent: r.Parent, ParentKey: r.ParentKey, State: r.State,
		Reason: r.Reason, Bases: r.Bases, Made: r.Made, DirtyRev: r.DirtyRev, CleanRev: r.CleanRev,
		DirtyAt: at(r.DirtyAt), Attempts: r.Attempts, FirstTry: at(r.FirstTry),
		NextTry: at(r.NextTry), CreatedAt: r.CreatedAt, Pushes: r.Pushes, PushedFrom: at(r.PushedFrom),
		TakeBack: r.TakeBack, Held: r.Held, Unseen: r.Unseen, Cause: r.Cause, Onward: r.Onward,
	}
}

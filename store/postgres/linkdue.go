package postgres

// What waits to be planned: see links.go for what the table promises. The partial
// index links_due keeps these questions as cheap as the work that is left.

import (
	"context"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// DueLinks implements store.Links.
func (t *tx) DueLinks(ctx context.Context, projectID string, now time.Time, limit int) ([]store.Link, error) {
	rows, err := t.q.DueLinks(ctx, sqlcgen.DueLinksParams{ProjectID: projectID, DueAt: &now, MaxRows: maxRows(limit)})
	return each(rows, linkOf), interpret("due links of project", projectID, err)
}

// CountLinks implements store.Links.
func (t *tx) CountLinks(ctx context.Context, projectID string, now time.Time) (store.LinkCounts, error) {
	r, err := t.q.CountLinks(ctx, sqlcgen.CountLinksParams{ProjectID: projectID, DueAt: &now})
	return store.LinkCounts(r), interpret("number of links of project", projectID, err)
}

// Backfill implements store.Links.
func (t *tx) Backfill(ctx context.Context, projectID string, now time.Time, newID func() string) (int, error) {
	tickets, err := t.q.UnlinkedTickets(ctx, projectID)
	if err != nil {
		return 0, interpret("backlog of project", projectID, err)
	}
	b := sqlcgen.InsertBacklogParams{ProjectID: projectID, Kind: external.KindTicket, CreatedAt: &now}
	for _, id := range tickets {
		addBacklog(&b, newID(), id, "", "")
	}
	n, err := t.insertBacklog(ctx, b)
	if err != nil {
		return 0, err
	}
	// Only now: comments name the links of their tickets.
	comments, err := t.q.UnlinkedComments(ctx, projectID)
	if err != nil {
		return 0, interpret("backlog of project", projectID, err)
	}
	b = sqlcgen.InsertBacklogParams{ProjectID: projectID, Kind: external.KindComment, CreatedAt: &now}
	for _, c := range comments {
		addBacklog(&b, newID(), c.ID, c.Parent, c.ParentKey)
	}
	m, err := t.insertBacklog(ctx, b)
	return n + m, err
}

func addBacklog(b *sqlcgen.InsertBacklogParams, id, localID, parent, parentKey string) {
	b.IDs, b.LocalIDs = append(b.IDs, id), append(b.LocalIDs, localID)
	b.Parents, b.ParentKeys = append(b.Parents, parent), append(b.ParentKeys, parentKey)
}

func (t *tx) insertBacklog(ctx context.Context, b sqlcgen.InsertBacklogParams) (int, error) {
	if len(b.IDs) == 0 {
		return 0, nil
	}
	n, err := t.q.InsertBacklog(ctx, b)
	return int(n), interpret("backlog of project", b.ProjectID, err)
}

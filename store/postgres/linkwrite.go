package postgres

// Writing links: see links.go for what the table promises.

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// InsertLink implements store.Links.
func (t *tx) InsertLink(ctx context.Context, l store.Link) error {
	l, err := canon.Link(l)
	if err != nil {
		return err
	}
	n, err := t.q.InsertLink(ctx, sqlcgen.InsertLinkParams{
		ID: l.ID, ProjectID: l.ProjectID, Kind: l.Kind, LocalID: l.LocalID, ExternalID: l.ExternalID,
		ExternalKey: l.ExternalKey, Parent: l.Parent, ParentKey: l.ParentKey, State: l.State,
		Reason: l.Reason, Bases: l.Bases, Made: l.Made, DirtyRev: l.DirtyRev, CleanRev: l.CleanRev,
		DirtyAt: opt(l.DirtyAt), Attempts: l.Attempts, FirstTry: opt(l.FirstTry),
		NextTry: opt(l.NextTry), CreatedAt: l.CreatedAt, Pushes: l.Pushes, PushedFrom: opt(l.PushedFrom),
		TakeBack: l.TakeBack, Held: l.Held, Unseen: l.Unseen, Cause: l.Cause, Onward: l.Onward,
	})
	return inserted("link", l.ID, n, err)
}

// UpdateLink implements store.Links.
func (t *tx) UpdateLink(ctx context.Context, l store.Link) error {
	// The stored ones stay, whatever the caller has.
	l.DirtyRev, l.CleanRev = 0, 0
	l, err := canon.Link(l)
	if err != nil {
		return err
	}
	return t.savepoint(ctx, func(q *sqlcgen.Queries) error {
		n, err := q.UpdateLink(ctx, sqlcgen.UpdateLinkParams{
			ID: l.ID, LocalID: l.LocalID, ExternalID: l.ExternalID, ExternalKey: l.ExternalKey,
			Parent: l.Parent, ParentKey: l.ParentKey, State: l.State, Reason: l.Reason,
			Bases: l.Bases, Made: l.Made, DirtyAt: opt(l.DirtyAt), Attempts: l.Attempts,
			FirstTry: opt(l.FirstTry), NextTry: opt(l.NextTry), CreatedAt: l.CreatedAt,
			Pushes: l.Pushes, PushedFrom: opt(l.PushedFrom), TakeBack: l.TakeBack,
			Held: l.Held, Unseen: l.Unseen, Cause: l.Cause, Onward: l.Onward,
		})
		return updated("link", l.ID, n, err)
	})
}

// DeleteLink implements store.Links.
func (t *tx) DeleteLink(ctx context.Context, id string) error {
	n, err := t.q.DeleteLink(ctx, id)
	if err != nil || n > 0 {
		return interpret("link", id, err)
	}
	if _, err := t.Link(ctx, id); err != nil {
		return err
	}
	return canon.Stale("joined link", id)
}

// MarkDirty implements store.Links.
func (t *tx) MarkDirty(ctx context.Context, linkIDs ...string) error {
	if len(linkIDs) == 0 {
		return nil
	}
	ids := slices.Compact(slices.Sorted(slices.Values(linkIDs)))
	n, err := t.q.MarkDirty(ctx, ids)
	if err == nil && n < int64(len(ids)) {
		return canon.NotFound("one of the links", strings.Join(ids, ", "))
	}
	return interpret("links", strings.Join(ids, ", "), err)
}

// HoldLinks implements store.Links.
func (t *tx) HoldLinks(ctx context.Context, projectID string) error {
	return interpret("links of project", projectID, t.q.HoldLinks(ctx, projectID))
}

// MarkClean implements store.Links.
func (t *tx) MarkClean(ctx context.Context, linkID string, rev int64) error {
	n, err := t.q.MarkClean(ctx, sqlcgen.MarkCleanParams{ID: linkID, Rev: rev})
	if err != nil || n > 0 {
		return interpret("link", linkID, err)
	}
	l, err := t.Link(ctx, linkID)
	if err != nil {
		return err
	}
	return fmt.Errorf("link %s: clean_rev %d is beyond dirty_rev %d", linkID, rev, l.DirtyRev)
}

package postgres

// conflicts: the conflict queue, one row per conflict for ever. A partial unique index
// lets one conflict per link and field be open or decided.

import (
	"context"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// InsertConflict implements store.Conflicts.
func (t *tx) InsertConflict(ctx context.Context, c store.Conflict) error {
	c, err := canon.Conflict(c)
	if err != nil {
		return err
	}
	n, err := t.q.InsertConflict(ctx, sqlcgen.InsertConflictParams{
		ID: c.ID, ProjectID: c.ProjectID, LinkID: c.LinkID, TicketID: c.TicketID,
		CommentID: c.CommentID, Field: c.Field, Kind: c.Kind, State: c.State, Base: c.Base,
		LocalValue: c.Local, ExternalValue: c.External, Digest: c.Digest, Strategy: c.Strategy,
		Choice: c.Choice, Value: c.Value, DecidedBy: c.DecidedBy, DetectedAt: c.DetectedAt,
		DecidedAt: opt(c.DecidedAt), ClosedAt: opt(c.ClosedAt), Untold: c.Untold, Reason: c.Reason,
		ClosedRevision: c.ClosedRevision, Reminders: c.Reminders, RemindedAt: opt(c.RemindedAt), Kept: c.Kept, Twin: c.Twin,
	})
	return inserted("conflict", c.ID, n, err)
}

// Conflict implements store.Conflicts.
func (t *tx) Conflict(ctx context.Context, id string) (store.Conflict, error) {
	r, err := t.q.GetConflict(ctx, id)
	return conflictOf(r), interpret("conflict", id, err)
}

// ConflictForUpdate implements store.Conflicts.
func (t *tx) ConflictForUpdate(ctx context.Context, id string) (store.Conflict, error) {
	r, err := t.q.ConflictForUpdate(ctx, id)
	return conflictOf(r), interpret("conflict", id, err)
}

// UpdateConflict implements store.Conflicts.
func (t *tx) UpdateConflict(ctx context.Context, c store.Conflict) error {
	c, err := canon.Conflict(c)
	if err != nil {
		return err
	}
	return t.savepoint(ctx, func(q *sqlcgen.Queries) error {
		n, err := q.UpdateConflict(ctx, sqlcgen.UpdateConflictParams{
			ID: c.ID, TicketID: c.TicketID, CommentID: c.CommentID, Kind: c.Kind, State: c.State,
			Base: c.Base, LocalValue: c.Local, ExternalValue: c.External, Digest: c.Digest,
			Strategy: c.Strategy, Choice: c.Choice, Value: c.Value, DecidedBy: c.DecidedBy,
			DetectedAt: c.DetectedAt, DecidedAt: opt(c.DecidedAt), ClosedAt: opt(c.ClosedAt), Untold: c.Untold, Reason: c.Reason,
			ClosedRevision: c.ClosedRevision, Reminders: c.Reminders, RemindedAt: opt(c.RemindedAt), Kept: c.Kept, Twin: c.Twin,
		})
		return updated("conflict", c.ID, n, err)
	})
}

// LinkConflicts implements store.Conflicts.
func (t *tx) LinkConflicts(ctx context.Context, linkID string) ([]store.Conflict, error) {
	rows, err := t.q.LinkConflicts(ctx, linkID)
	return each(rows, conflictOf), interpret("conflicts of link", linkID, err)
}

// FindConflicts implements store.Conflicts.
func (t *tx) FindConflicts(ctx context.Context, f store.ConflictFilter, limit int) ([]store.Conflict, error) {
	rows, err := t.q.FindConflicts(ctx, sqlcgen.FindConflictsParams{
		ProjectID: f.ProjectID, LinkID: f.LinkID, TicketID: f.TicketID, Field: string(f.Field), Kind: string(f.Kind),
		State: string(f.State), Strategy: string(f.Strategy), Before: opt(canon.Time(f.Before)), MaxRows: maxRows(limit),
	})
	return each(rows, conflictOf), interpret("conflicts of project", f.ProjectID, err)
}

// TwinConflicts implements store.Conflicts.
func (t *tx) TwinConflicts(ctx context.Context, projectID, externalID string) ([]store.Conflict, error) {
	rows, err := t.q.TwinConflicts(ctx, sqlcgen.TwinConflictsParams{ProjectID: projectID, Twin: externalID})
	return each(rows, conflictOf), interpret("conflicts about external", externalID, err)
}

// CountConflicts implements store.Conflicts.
func (t *tx) CountConflicts(ctx context.Context, projectID string) ([]store.ConflictCount, error) {
	rows, err := t.q.CountConflicts(ctx, projectID)
	return each(rows, func(r sqlcgen.CountConflictsRow) store.ConflictCount {
		return store.ConflictCount{ProjectID: r.ProjectID, Kind: r.Kind, State: r.State, Count: int(r.Found), Oldest: r.Oldest.UTC()}
	}), interpret("conflicts of project", projectID, err)
}

func conflictOf(r sqlcgen.Conflict) store.Conflict {
	return store.Conflict{
		ID: r.ID, ProjectID: r.ProjectID, LinkID: r.LinkID, TicketID: r.TicketID,
		CommentID: r.CommentID, Field: r.Field, Kind: r.Kind, State: r.State, Base: r.Base,
		Local: r.LocalValue, External: r.ExternalValue, Digest: r.Digest, Strategy: r.Strategy,
		Choice: r.Choice, Value: r.Value, DecidedBy: r.DecidedBy, DetectedAt: r.DetectedAt,
		DecidedAt: at(r.DecidedAt), ClosedAt: at(r.ClosedAt), Untold: r.Untold, Reason: r.Reason,
		ClosedRevision: r.ClosedRevision, Reminders: r.Reminders, RemindedAt: at(r.RemindedAt), Kept: r.Kept, Twin: r.Twin,
	}
}

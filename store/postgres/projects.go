package postgres

// external_projects: one row per connected external project, the aggregate root.
// (system, external_id) is unique where external_id is known; status is one of five,
// and which may follow which is checked here under the row's lock.

import (
	"context"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// InsertProject implements store.Projects.
func (t *tx) InsertProject(ctx context.Context, p store.Project) error {
	p, err := canon.Project(p)
	if err != nil {
		return err
	}
	n, err := t.q.InsertProject(ctx, sqlcgen.InsertProjectParams{
		ID: p.ID, System: p.System, BaseURL: p.BaseURL, ExternalID: p.ExternalID, Key: p.Key,
		Login: p.Login, Status: p.Status, StatusReason: p.StatusReason, Failures: p.Failures,
		Direction: p.Direction, Strategies: list(p.Strategies), Rules: p.Rules,
		PollEveryNs: int64(p.PollEvery), Pace: p.Pace, Guard: p.Guard, Restored: p.Restored,
		CreatedAt: p.CreatedAt, SyncedAt: opt(p.SyncedAt), WriterEpoch: p.WriterEpoch,
		CredentialUser: p.User, Filter: p.Filter, Settings: p.Settings, ConflictPolicy: p.Conflicts, RollbackFailed: p.RollbackFailed, Deletions: p.Deletions,
		FormerLogins: list(p.Formerly), WantsPreview: p.Wishes.Preview, WantsReview: p.Wishes.Review,
	})
	return inserted("project", p.ID, n, err)
}

// Project implements store.Projects.
func (t *tx) Project(ctx context.Context, id string) (store.Project, error) {
	r, err := t.q.GetProject(ctx, id)
	return projectOf(r), interpret("project", id, err)
}

// ProjectForUpdate implements store.Projects.
func (t *tx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	r, err := t.q.ProjectForUpdate(ctx, id)
	return projectOf(r), interpret("project", id, err)
}

// ProjectByAddress implements store.Projects.
func (t *tx) ProjectByAddress(ctx context.Context, system external.System, baseURL, key string) (store.Project, error) {
	r, err := t.q.ProjectByAddress(ctx, sqlcgen.ProjectByAddressParams{System: system, BaseURL: baseURL, Key: key})
	return projectOf(r), interpret("project", string(system)+" "+key, err)
}

// ListProjects implements store.Projects.
func (t *tx) ListProjects(ctx context.Context) ([]store.Project, error) {
	rows, err := t.q.ListProjects(ctx)
	return each(rows, projectOf), interpret("list of", "projects", err)
}

// UpdateProject implements store.Projects.
func (t *tx) UpdateProject(ctx context.Context, p store.Project) error {
	p, err := canon.Project(p)
	if err != nil {
		return err
	}
	old, err := t.q.ProjectForUpdate(ctx, p.ID)
	if err != nil {
		return interpret("project", p.ID, err)
	}
	if !old.Status.CanBecome(p.Status) {
		return canon.Stale("status "+string(old.Status)+" of project", p.ID)
	}
	return t.savepoint(ctx, func(q *sqlcgen.Queries) error {
		n, err := q.UpdateProject(ctx, sqlcgen.UpdateProjectParams{
			ID: p.ID, System: p.System, BaseURL: p.BaseURL, ExternalID: p.ExternalID, Key: p.Key,
			Login: p.Login, Status: p.Status, StatusReason: p.StatusReason, Failures: p.Failures,
			Direction: p.Direction, Strategies: list(p.Strategies), Rules: p.Rules,
			PollEveryNs: int64(p.PollEvery), Pace: p.Pace, Guard: p.Guard, Restored: p.Restored,
			CreatedAt: p.CreatedAt, SyncedAt: opt(p.SyncedAt),
			CredentialUser: p.User, Filter: p.Filter, Settings: p.Settings, ConflictPolicy: p.Conflicts, RollbackFailed: p.RollbackFailed, Deletions: p.Deletions,
			FormerLogins: list(p.Formerly), WantsPreview: p.Wishes.Preview, WantsReview: p.Wishes.Review,
		})
		return updated("project", p.ID, n, err)
	})
}

// BumpEpoch implements store.Projects.
func (t *tx) BumpEpoch(ctx context.Context, id string) (int64, error) {
	epoch, err := t.q.BumpEpoch(ctx, id)
	return epoch, interpret("project", id, err)
}

// RaiseEpoch implements store.Projects.
func (t *tx) RaiseEpoch(ctx context.Context, id string, beyond int64) (int64, error) {
	epoch, err := t.q.RaiseEpoch(ctx, sqlcgen.RaiseEpochParams{ID: id, Beyond: beyond})
	return epoch, interpret("project", id, err)
}

func projectOf(r sqlcgen.ExternalProject) store.Project {
	return store.Project{
		ID: r.ID, System: r.System, BaseURL: r.BaseURL, ExternalID: r.ExternalID, Key: r.Key,
		Login: r.Login, Status: r.Status, StatusReason: r.StatusReason, Failures: r.Failures,
		Direction: r.Direction, Strategies: unlist(r.Strategies), Rules: r.Rules,
		PollEvery: time.Duration(r.PollEveryNs), Pace: r.Pace, WriterEpoch: r.WriterEpoch,
		Guard: r.Guard, Restored: r.Restored, CreatedAt: r.CreatedAt, SyncedAt: at(r.SyncedAt),
		User: r.CredentialUser, Filter: r.Filter, Settings: r.Settings, Conflicts: r.ConflictPolicy, RollbackFailed: r.RollbackFailed, Deletions: r.Deletions,
		Formerly: unlist(r.FormerLogins), Wishes: store.Wishes{Preview: r.WantsPreview, Review: r.WantsReview},
	}
}

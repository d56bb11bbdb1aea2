package postgres

// audit_log: append-only (triggers refuse the rest) and one hash chain per project,
// numbered from 1 without gaps. An advisory lock per project orders its writers.
// audit_heads: how far each chain was published.

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// AppendAudit implements store.Audit.
func (t *tx) AppendAudit(ctx context.Context, e store.AuditEntry) error {
	e = canon.Audit(e)
	if err := t.q.LockAudit(ctx, e.ProjectID); err != nil {
		return interpret("audit log of project", e.ProjectID, err)
	}
	head, err := t.q.AuditHead(ctx, e.ProjectID)
	if err != nil && !errors.Is(err, pgx.ErrNoRows) {
		return interpret("audit log of project", e.ProjectID, err)
	}
	e.Seq, e.Prev = head.Seq+1, head.Hash // zero and empty before the first entry
	e.Hash = store.HashAudit(e)
	err = t.q.InsertAudit(ctx, sqlcgen.InsertAuditParams(e))
	return interpret("audit log of project", e.ProjectID, err)
}

// AuditLog implements store.Audit.
func (t *tx) AuditLog(ctx context.Context, projectID string, after int64, limit int) ([]store.AuditEntry, error) {
	rows, err := t.q.AuditLog(ctx, sqlcgen.AuditLogParams{ProjectID: projectID, After: after, MaxRows: maxRows(limit)})
	return each(rows, func(r sqlcgen.AuditLog) store.AuditEntry { return store.AuditEntry(r) }),
		interpret("audit log of project", projectID, err)
}

// AuditHead implements store.Audit.
func (t *tx) AuditHead(ctx context.Context, projectID string) (store.AuditEntry, error) {
	r, err := t.q.AuditHead(ctx, projectID)
	return store.AuditEntry(r), interpret("audit log of project", projectID, err)
}

// HeadMark implements store.Audit.
func (t *tx) HeadMark(ctx context.Context, projectID string) (store.HeadMark, error) {
	r, err := t.q.GetHeadMark(ctx, projectID)
	if errors.Is(err, pgx.ErrNoRows) {
		return store.HeadMark{ProjectID: projectID}, nil
	}
	return store.HeadMark{
		ProjectID: projectID, Published: r.Published, PublishedAt: at(r.PublishedAt), Error: r.Error, FailedAt: at(r.FailedAt),
	}, interpret("audit head of project", projectID, err)
}

// PutHeadMark implements store.Audit.
func (t *tx) PutHeadMark(ctx context.Context, m store.HeadMark) error {
	m = canon.HeadMark(m)
	err := t.q.PutHeadMark(ctx, sqlcgen.PutHeadMarkParams{
		ProjectID: m.ProjectID, Published: m.Published, PublishedAt: opt(m.PublishedAt), Error: m.Error, FailedAt: opt(m.FailedAt),
	})
	return interpret("audit head of project", m.ProjectID, err)
}

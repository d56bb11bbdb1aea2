package memory

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

// AppendAudit implements store.Audit.
func (t *tx) AppendAudit(_ context.Context, e store.AuditEntry) error {
	e = canon.Audit(e)
	chain := t.audit[e.ProjectID]
	e.Seq, e.Prev = int64(len(chain))+1, ""
	if len(chain) > 0 {
		e.Prev = chain[len(chain)-1].Hash
	}
	e.Hash = store.HashAudit(e)
	// The old chain may share its array with the new one: nobody reads beyond its end.
	t.audit.put(t.Store, e.ProjectID, append(chain, e))
	return nil
}

// AuditLog implements store.Audit.
func (t *tx) AuditLog(_ context.Context, projectID string, after int64, limit int) ([]store.AuditEntry, error) {
	chain := t.audit[projectID]
	rest := chain[min(max(after, 0), int64(len(chain))):]
	return append([]store.AuditEntry(nil), rest[:min(max(limit, 0), len(rest))]...), nil
}

// AuditHead implements store.Audit.
func (t *tx) AuditHead(_ context.Context, projectID string) (store.AuditEntry, error) {
	chain := t.audit[projectID]
	if len(chain) == 0 {
		return store.AuditEntry{}, fmt.Errorf("audit log of project %s: %w", projectID, store.ErrNotFound)
	}
	return chain[len(chain)-1], nil
}

// HeadMark implements store.Audit.
func (t *tx) HeadMark(_ context.Context, projectID string) (store.HeadMark, error) {
	m, known := t.heads[projectID]
	if !known {
		m.ProjectID = projectID
	}
	return m, nil
}

// PutHeadMark implements store.Audit.
func (t *tx) PutHeadMark(_ context.Context, m store.HeadMark) error {
	t.heads.put(t.Store, m.ProjectID, canon.HeadMark(m))
	return nil
}

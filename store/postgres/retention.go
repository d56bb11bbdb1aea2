package postgres

// What is forgotten in the course of time. Rows that another process deletes at the same
// moment are left to it.

import (
	"context"
	"time"

	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// DropDelivered implements store.Retention.
func (t *tx) DropDelivered(ctx context.Context, before time.Time, limit int) (int, error) {
	before = canon.Time(before)
	n, err := t.q.DropDelivered(ctx, sqlcgen.DropDeliveredParams{Before: &before, MaxRows: maxRows(limit)})
	return int(n), interpret("outbox entries of before", before.String(), err)
}

// DropInbox implements store.Retention.
func (t *tx) DropInbox(ctx context.Context, before time.Time, limit int) (int, error) {
	before = canon.Time(before)
	n, err := t.q.DropInbox(ctx, sqlcgen.DropInboxParams{Before: before, MaxRows: maxRows(limit)})
	return int(n), interpret("deliveries of before", before.String(), err)
}

// DropRequests implements store.Retention.
func (t *tx) DropRequests(ctx context.Context, before time.Time, limit int) (int, error) {
	before = canon.Time(before)
	n, err := t.q.DropRequests(ctx, sqlcgen.DropRequestsParams{Before: before, MaxRows: maxRows(limit)})
	return int(n), interpret("requests of before", before.String(), err)
}

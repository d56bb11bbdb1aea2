package postgres

// inbox: ids of what came in, once each. outbox: what must go out, written with the
// change that it tells of and due until delivered_at is set.

import (
	"context"
	"strings"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
	"github.com/extsync/extsync/store/postgres/sqlcgen"
)

// RecordDelivery implements store.Deliveries.
func (t *tx) RecordDelivery(ctx context.Context, source, id string, at time.Time) (bool, error) {
	n, err := t.q.RecordDelivery(ctx, sqlcgen.RecordDeliveryParams{Source: source, ID: canon.Delivery(id), At: canon.Time(at)})
	return n > 0, interpret("delivery", source+" "+id, err)
}

// AddOutbox implements store.Deliveries.
func (t *tx) AddOutbox(ctx context.Context, entries ...store.Outbox) error {
	for _, o := range entries {
		o, err := canon.Outbox(o)
		if err != nil {
			return err
		}
		n, err := t.q.AddOutbox(ctx, sqlcgen.AddOutboxParams(o))
		if err := inserted("outbox entry", o.ID, n, err); err != nil {
			return err
		}
	}
	return nil
}

// DueOutbox implements store.Deliveries.
func (t *tx) DueOutbox(ctx context.Context, kinds []store.OutboxKind, limit int) ([]store.Outbox, error) {
	names := each(kinds, func(k store.OutboxKind) string { return string(k) })
	rows, err := t.q.DueOutbox(ctx, sqlcgen.DueOutboxParams{Kinds: names, MaxRows: maxRows(limit)})
	return each(rows, func(r sqlcgen.Outbox) store.Outbox {
		return store.Outbox{ID: r.ID, Kind: r.Kind, ProjectID: r.ProjectID, Subject: r.Subject, Event: r.Event, At: r.At}
	}), interpret("due outbox entries of kind", strings.Join(names, ", "), err)
}

// PostponeOutbox implements store.Deliveries.
func (t *tx) PostponeOutbox(ctx context.Context, at time.Time, ids ...string) error {
	err := t.q.PostponeOutbox(ctx, sqlcgen.PostponeOutboxParams{At: canon.Time(at), IDs: list(ids)})
	return interpret("outbox entries", strings.Join(ids, ", "), err)
}

// MarkDelivered implements store.Deliveries.
func (t *tx) MarkDelivered(ctx context.Context, at time.Time, ids ...string) error {
	err := t.q.MarkDelivered(ctx, sqlcgen.MarkDeliveredParams{At: &at, IDs: list(ids)})
	return interpret("outbox entries", strings.Join(ids, ", "), err)
}

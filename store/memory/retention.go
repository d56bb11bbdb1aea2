package memory

import (
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/store"
)

// DropDelivered implements store.Retention.
func (t *tx) DropDelivered(_ context.Context, before time.Time, limit int) (int, error) {
	return drop(t.Store, t.deliveries.delivered, before, limit, func(id string, at time.Time) time.Time { return at }, func(id string) {
		t.deliveries.outbox.del(t.Store, id)
	}), nil
}

// DropInbox implements store.Retention.
func (t *tx) DropInbox(_ context.Context, before time.Time, limit int) (int, error) {
	return drop(t.Store, t.deliveries.inbox, before, limit, func(k deliveryKey, at time.Time) time.Time {
		if k.source == store.ServerSource {
			return before // never
		}
		return at
	}, func(deliveryKey) {}), nil
}

// DropRequests implements store.Retention.
func (t *tx) DropRequests(_ context.Context, before time.Time, limit int) (int, error) {
	return drop(t.Store, t.requests, before, limit, func(_ requestKey, r store.Request) time.Time { return r.At }, func(requestKey) {}), nil
}

// drop deletes up to limit rows, the oldest of those that are older than before.
func drop[K comparable, V any](s *Store, rows table[K, V], before time.Time, limit int, at func(K, V) time.Time, also func(K)) int {
	var old []K
	for k, v := range rows {
		if at(k, v).Before(before) {
			old = append(old, k)
		}
	}
	slices.SortFunc(old, func(a, b K) int { return at(a, rows[a]).Compare(at(b, rows[b])) })
	old = old[:min(max(limit, 0), len(old))]
	for _, k := range old {
		rows.del(s, k)
		also(k)
	}
	return len(old)
}

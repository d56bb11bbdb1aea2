package memory

import (
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/internal/canon"
)

type deliveries struct {
	inbox  table[deliveryKey, time.Time]
	outbox table[string, *store.Outbox]
	due    *list
	// delivered holds when the others were delivered, by their ids.
	delivered table[string, time.Time]
}

type deliveryKey struct{ source, id string }

func newDeliveries() deliveries {
	return deliveries{table[deliveryKey, time.Time]{}, table[string, *store.Outbox]{}, &list{}, table[string, time.Time]{}}
}

// RecordDelivery implements store.Deliveries.
func (t *tx) RecordDelivery(_ context.Context, source, id string, at time.Time) (bool, error) {
	key := deliveryKey{source, canon.Delivery(id)}
	if _, known := t.deliveries.inbox[key]; known {
		return false, nil
	}
	t.deliveries.inbox.put(t.Store, key, canon.Time(at))
	return true, nil
}

// AddOutbox implements store.Deliveries.
func (t *tx) AddOutbox(_ context.Context, entries ...store.Outbox) error {
	for _, o := range entries {
		o, err := canon.Outbox(o)
		if err != nil {
			return err
		}
		if _, taken := t.deliveries.outbox[o.ID]; taken {
			return canon.Exists("outbox entry", o.ID)
		}
		t.deliveries.outbox.put(t.Store, o.ID, &o)
		t.deliveries.due.add(t.Store, o.ID)
	}
	return nil
}

// DueOutbox implements store.Deliveries.
func (t *tx) DueOutbox(_ context.Context, kinds []store.OutboxKind, limit int) ([]store.Outbox, error) {
	var out []store.Outbox
	for _, id := range t.deliveries.due.ids {
		if o := t.deliveries.outbox[id]; slices.Contains(kinds, o.Kind) {
			out = append(out, *o)
		}
	}
	slices.SortStableFunc(out, func(a, b store.Outbox) int { return a.At.Compare(b.At) })
	return out[:min(max(limit, 0), len(out))], nil
}

// PostponeOutbox implements store.Deliveries.
func (t *tx) PostponeOutbox(_ context.Context, at time.Time, ids ...string) error {
	for _, id := range ids {
		if o := t.deliveries.outbox[id]; o != nil && slices.Contains(t.deliveries.due.ids, id) {
			later := *o
			later.At = canon.Time(at)
			t.deliveries.outbox.put(t.Store, id, &later)
		}
	}
	return nil
}

// MarkDelivered implements store.Deliveries.
func (t *tx) MarkDelivered(_ context.Context, at time.Time, ids ...string) error {
	for _, id := range ids {
		if !slices.Contains(t.deliveries.due.ids, id) {
			continue
		}
		t.deliveries.due.remove(t.Store, id)
		t.deliveries.delivered.put(t.Store, id, canon.Time(at))
	}
	return nil
}

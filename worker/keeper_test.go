package worker

import (
	"fmt"
	"log/slog"
	"testing"
	"time"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
)

// TestWhatWasDeliveredIsForgotten: a year of wake-ups filled the database. What waits, and the
// marks by which processes agree on a secret, stay however old they are.
func TestWhatWasDeliveredIsForgotten(t *testing.T) {
	s, now := memory.New(), time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC)
	do := func(fn func(store.Tx) error) {
		t.Helper()
		if err := s.Tx(t.Context(), fn); err != nil {
			t.Fatal(err)
		}
	}
	const many = 2*keepBatch + 1
	long := now.Add(-31 * 24 * time.Hour)
	do(func(tx store.Tx) error {
		for n := range many {
			id := fmt.Sprint(n)
			if err := tx.AddOutbox(t.Context(), store.Outbox{ID: id, Kind: store.OutboxWake, At: long}); err != nil {
				return err
			}
			if err := tx.MarkDelivered(t.Context(), long, id); err != nil {
				return err
			}
		}
		return tx.AddOutbox(t.Context(), store.Outbox{ID: "waits", Kind: store.OutboxWake, At: long})
	})
	do(func(tx store.Tx) error {
		for _, source := range []string{"hook/p", store.ServerSource} {
			if _, err := tx.RecordDelivery(t.Context(), source, "d", long); err != nil {
				return err
			}
		}
		for key, age := range map[string]time.Duration{"old": 25 * time.Hour, "new": 23 * time.Hour} {
			if err := tx.PutRequest(t.Context(), store.Request{Caller: "ann", Key: key, At: now.Add(-age)}); err != nil {
				return err
			}
		}
		return nil
	})
	k := &keeper{s, func() time.Time { return now }, defaultKeepDelivered, slog.New(slog.DiscardHandler)}
	if err := k.forget(t.Context()); err != nil {
		t.Fatal(err)
	}
	do(func(tx store.Tx) error {
		due, err := tx.DueOutbox(t.Context(), []store.OutboxKind{store.OutboxWake}, 9)
		if len(due) != 1 || due[0].ID != "waits" {
			t.Errorf("due: %+v", due)
		}
		return err
	})
	do(func(tx store.Tx) error {
		left, err := tx.DropDelivered(t.Context(), now, many)
		hook, herr := tx.RecordDelivery(t.Context(), "hook/p", "d", now)
		server, serr := tx.RecordDelivery(t.Context(), store.ServerSource, "d", now)
		_, oerr := tx.ClaimRequest(t.Context(), "ann", "old")
		_, nerr := tx.ClaimRequest(t.Context(), "ann", "new")
		if left != 0 || !hook || server || oerr == nil || nerr != nil || herr != nil || serr != nil {
			t.Errorf("%d delivered are left; the hook's id is new: %t; the server's mark is new: %t; keys: %v, %v", left, hook, server, oerr, nerr)
		}
		return err
	})
}

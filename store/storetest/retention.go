package storetest

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/extsync/extsync/store"
)

func requestTests() []test {
	return []test{
		{"a key is known with what it made, per caller, and used once", func(b *bench) {
			want := store.Request{Caller: "ann", Key: "k", Digest: "d", Made: "t1", At: day}
			b.fails(store.ErrNotFound, claim(b, "ann", "k"))
			b.do(func(tx store.Tx) error { return tx.PutRequest(b.Context(), want) })
			got := read(b, func(tx store.Tx) (store.Request, error) { return tx.ClaimRequest(b.Context(), "ann", "k") })
			b.same("request", got, want)
			b.fails(store.ErrNotFound, claim(b, "bob", "k"))
			b.fails(store.ErrExists, func(tx store.Tx) error { return tx.PutRequest(b.Context(), want) })
		}},
		{"a key whose transaction failed is new again, because nothing was made", func(b *bench) {
			b.fails(errWanted, func(tx store.Tx) error {
				return errors.Join(tx.PutRequest(b.Context(), store.Request{Caller: "ann", Key: "k", At: day}), errWanted)
			})
			b.fails(store.ErrNotFound, claim(b, "ann", "k"))
		}},
		{"of rivals with one key one makes something, and each other one is told that it is in use, or what was made", rivalRequests},
	}
}

func claim(b *bench, caller, key string) func(store.Tx) error {
	return func(tx store.Tx) error {
		_, err := tx.ClaimRequest(b.Context(), caller, key)
		return err
	}
}

func rivalRequests(b *bench) {
	b.oneWins(store.ErrBusy, func(worker int, tx store.Tx) error {
		_, err := tx.ClaimRequest(b.Context(), "ann", "k")
		switch {
		case err == nil:
			return store.ErrBusy // somebody else has made it
		case errors.Is(err, store.ErrNotFound):
			return tx.PutRequest(b.Context(), store.Request{Caller: "ann", Key: "k", Made: strconv.Itoa(worker), At: day})
		}
		return err
	})
}

func retentionTests() []test {
	return []test{
		{"what was delivered before a time is forgotten, the oldest first; what was not, never", func(b *bench) {
			for _, id := range []string{"never", "old", "older", "new"} {
				b.addOutbox(id, store.OutboxWake, -time.Hour)
			}
			b.delivered("old", day.Add(-time.Minute))
			b.delivered("older", day.Add(-time.Hour))
			b.delivered("new", day)
			b.same("dropped", b.dropped(store.Tx.DropDelivered, 1), 1)
			b.addOutbox("older", store.OutboxEvent, 0) // it is forgotten: its id is free
			b.same("dropped", b.dropped(store.Tx.DropDelivered, 9), 1)
			b.same("dropped", b.dropped(store.Tx.DropDelivered, 9), 0)
			b.same("due", b.outbox(9, store.OutboxWake), []string{"never"})
		}},
		{"deliveries are forgotten, but not the marks by which processes agree on a secret", func(b *bench) {
			sources := []string{"hook/p", store.ServerSource}
			for _, source := range sources {
				for id, at := range map[string]time.Time{"old": day.Add(-time.Minute), "new": day} {
					b.do(func(tx store.Tx) error { _, err := tx.RecordDelivery(b.Context(), source, id, at); return err })
				}
			}
			b.same("dropped", b.dropped(store.Tx.DropInbox, 9), 1)
			for _, source := range sources {
				for _, id := range []string{"old", "new"} {
					fresh := read(b, func(tx store.Tx) (bool, error) { return tx.RecordDelivery(b.Context(), source, id, day) })
					b.same(source+" "+id+" is new", fresh, source != store.ServerSource && id == "old")
				}
			}
		}},
		{"a limit of zero forgets nothing, and keys of requests go by their age", func(b *bench) {
			for key, at := range map[string]time.Time{"old": day.Add(-time.Minute), "new": day} {
				b.do(func(tx store.Tx) error {
					return tx.PutRequest(b.Context(), store.Request{Caller: "ann", Key: key, At: at})
				})
			}
			b.same("dropped", b.dropped(store.Tx.DropRequests, 0), 0)
			b.same("dropped", b.dropped(store.Tx.DropRequests, 9), 1)
			b.fails(store.ErrNotFound, claim(b, "ann", "old"))
			b.do(claim(b, "ann", "new"))
		}},
	}
}

func (b *bench) delivered(id string, at time.Time) {
	b.Helper()
	b.do(func(tx store.Tx) error { return tx.MarkDelivered(b.Context(), at, id) })
}

// dropped forgets up to limit rows of before the day.
func (b *bench) dropped(drop func(store.Tx, context.Context, time.Time, int) (int, error), limit int) int {
	b.Helper()
	return read(b, func(tx store.Tx) (int, error) { return drop(tx, b.Context(), day, limit) })
}

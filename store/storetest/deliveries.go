package storetest

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/extsync/extsync/store"
)

func deliveryTests() []test {
	return []test{
		{"a delivery is new once per source, because a replay must do nothing", func(b *bench) {
			for _, c := range []struct {
				source, id string
				want       bool
			}{{"github", "1", true}, {"github", "1", false}, {"github", "2", true}, {"events", "1", true}, {"events", "1", false}} {
				got := read(b, func(tx store.Tx) (bool, error) { return tx.RecordDelivery(b.Context(), c.source, c.id, day) })
				b.same("delivery "+c.source+" "+c.id, got, c.want)
			}
		}},
		{"a delivery whose transaction failed is new again, because nothing was done about it", func(b *bench) {
			b.fails(errWanted, func(tx store.Tx) error {
				if _, err := tx.RecordDelivery(b.Context(), "github", "1", day); err != nil {
					return err
				}
				return errWanted
			})
			b.same("fresh", read(b, func(tx store.Tx) (bool, error) { return tx.RecordDelivery(b.Context(), "github", "1", day) }), true)
		}},
		{"a delivery may be called anything, because the sender names it and would send a refused one for ever", outlandishDeliveries},
		{"due entries come back as they were added, oldest first, of the kinds asked for", dueOutbox},
		{"a delivered entry is due no more, and delivering it again is fine", func(b *bench) {
			b.addOutbox("a", store.OutboxWake, 0)
			b.addOutbox("b", store.OutboxWake, 0)
			for range 2 {
				b.do(func(tx store.Tx) error { return tx.MarkDelivered(b.Context(), day, "a", "never heard of") })
				b.same("due", b.outbox(9, store.OutboxWake), []string{"b"})
			}
			b.do(func(tx store.Tx) error { return tx.MarkDelivered(b.Context(), day) })
		}},
		{"a postponed entry is behind the older ones, because what fails must not hold up all others", func(b *bench) {
			b.addOutbox("a", store.OutboxWake, 0)
			b.addOutbox("b", store.OutboxWake, time.Second)
			b.addOutbox("c", store.OutboxWake, time.Hour)
			b.do(func(tx store.Tx) error { return tx.MarkDelivered(b.Context(), day, "c") })
			b.fails(errWanted, func(tx store.Tx) error {
				return errors.Join(tx.PostponeOutbox(b.Context(), day.Add(time.Minute), "a"), errWanted)
			})
			b.same("due", b.outbox(9, store.OutboxWake), []string{"a", "b"})
			b.do(func(tx store.Tx) error {
				return tx.PostponeOutbox(b.Context(), day.Add(time.Minute), "a", "c", "never heard of")
			})
			b.same("due after", b.outbox(9, store.OutboxWake), []string{"b", "a"})
		}},
		{"an entry's id is used once, also after it was delivered, and its kind must exist", func(b *bench) {
			b.addOutbox("a", store.OutboxWake, 0)
			again := func(tx store.Tx) error {
				return tx.AddOutbox(b.Context(), store.Outbox{ID: "a", Kind: store.OutboxEvent})
			}
			b.fails(store.ErrExists, again)
			b.do(func(tx store.Tx) error { return tx.MarkDelivered(b.Context(), day, "a") })
			b.fails(store.ErrExists, again)
			b.refused(func(tx store.Tx) error { return tx.AddOutbox(b.Context(), store.Outbox{ID: "b", Kind: "rumour"}) })
		}},
	}
}

func outlandishDeliveries(b *bench) {
	long := make([]byte, 20_000)
	for n := range long { // no repetition: an index could pack that
		long[n] = byte('a' + (n*n*31+n/7)%26)
	}
	for _, id := range []string{string(long), string(long[1:]), "a\x00b", "a\xffb", "a\xfeb", strings.Repeat("é", 200)} {
		for _, want := range []bool{true, false} {
			got := read(b, func(tx store.Tx) (bool, error) { return tx.RecordDelivery(b.Context(), "peer", id, day) })
			b.same(fmt.Sprintf("delivery %.20q is new", id), got, want)
		}
	}
}

func (b *bench) addOutbox(id string, kind store.OutboxKind, after time.Duration) {
	b.Helper()
	b.do(func(tx store.Tx) error {
		return tx.AddOutbox(b.Context(), store.Outbox{ID: id, Kind: kind, At: day.Add(after)})
	})
}

func (b *bench) outbox(limit int, kinds ...store.OutboxKind) []string {
	b.Helper()
	got := read(b, func(tx store.Tx) ([]store.Outbox, error) { return tx.DueOutbox(b.Context(), kinds, limit) })
	return ids(got, func(o store.Outbox) string { return o.ID })
}

func dueOutbox(b *bench) {
	full := store.Outbox{
		ID: "full", Kind: store.OutboxEvent, ProjectID: "p", Subject: "s", Event: "ConflictDetected", At: day.Add(time.Second),
	}
	b.addOutbox("late", store.OutboxWake, time.Hour)
	b.addOutbox("z", store.OutboxWake, 0)
	b.addOutbox("a", store.OutboxDecision, 0) // of the same moment: in the order they came
	b.do(func(tx store.Tx) error { return tx.AddOutbox(b.Context(), full) })
	event := read(b, func(tx store.Tx) ([]store.Outbox, error) {
		return tx.DueOutbox(b.Context(), []store.OutboxKind{store.OutboxEvent}, 9)
	})
	b.same("the full one", event, []store.Outbox{full})
	b.same("wakes and decisions", b.outbox(9, store.OutboxWake, store.OutboxDecision), []string{"z", "a", "late"})
	b.same("a limit", b.outbox(2, store.OutboxWake, store.OutboxDecision, store.OutboxEvent), []string{"z", "a"})
	b.same("no kinds, no limit", len(b.outbox(9))+len(b.outbox(0, store.OutboxWake)), 0)
}

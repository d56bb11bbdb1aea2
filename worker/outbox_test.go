package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"go.temporal.io/api/serviceerror"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
)

// mailDesk is a dispatcher over a store in memory; fails says what becomes of a signal.
type mailDesk struct {
	*testing.T
	dispatcher
	clock time.Time
	tried []string
	fails func(subject string) error
}

func newMailDesk(t *testing.T, subjects ...string) *mailDesk {
	t.Helper()
	d := &mailDesk{T: t, clock: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC), fails: func(string) error { return nil }}
	d.dispatcher = dispatcher{
		store: memory.New(), log: slog.New(slog.DiscardHandler), woken: map[string]time.Time{},
		now: func() time.Time { return d.clock },
		deliver: func(_ context.Context, _ store.Tx, o store.Outbox) error {
			d.tried = append(d.tried, o.Subject)
			return d.fails(o.Subject)
		},
	}
	for n, s := range subjects {
		d.queue(s, d.clock.Add(time.Duration(n)*time.Microsecond))
	}
	d.clock = d.clock.Add(time.Minute)
	return d
}

func (d *mailDesk) queue(subject string, at time.Time) {
	d.Helper()
	err := d.store.Tx(d.Context(), func(tx store.Tx) error {
		return tx.AddOutbox(d.Context(), store.Outbox{ID: subject, Kind: store.OutboxConflict, Subject: subject, At: at})
	})
	if err != nil {
		d.Fatal(err)
	}
}

// look sends one batch and returns whom it tried to tell.
func (d *mailDesk) look() []string {
	d.Helper()
	d.tried = nil
	if _, err := d.send(d.Context()); err != nil {
		d.Fatal(err)
	}
	d.clock = d.clock.Add(time.Second)
	return d.tried
}

// TestWhatFailsForGoodIsInNobodysWay: a whole batch that Temporal will never take, and one
// behind it that it takes.
func TestWhatFailsForGoodIsInNobodysWay(t *testing.T) {
	var all []string
	for n := range outboxBatch {
		all = append(all, fmt.Sprintf("bad %03d", n))
	}
	d := newMailDesk(t, append(all, "good")...)
	d.fails = func(subject string) error {
		if subject == "good" {
			return nil
		}
		return errors.New("refused for good")
	}
	if tried := d.look(); len(tried) != outboxBatch {
		t.Fatalf("the first look tried %d, want a whole batch", len(tried))
	}
	if tried := d.look(); !slices.Contains(tried, "good") {
		t.Error("what can be sent waits behind what cannot, for ever")
	}
}

// TestNoAnswerEndsABatch: while Temporal is away a look does not wait five seconds for each of
// five hundred entries, in one transaction; and all of them go out once it is back.
func TestNoAnswerEndsABatch(t *testing.T) {
	d := newMailDesk(t, "a", "b", "c", "d", "e")
	d.fails = func(string) error { return serviceerror.NewUnavailable("no answer") }
	if tried := d.look(); len(tried) != maxSilent {
		t.Errorf("tried %q, want %d", tried, maxSilent)
	}
	d.fails = func(string) error { return nil }
	if tried := d.look(); len(tried) != 5 {
		t.Errorf("once it is back: %q, want all", tried)
	}
}

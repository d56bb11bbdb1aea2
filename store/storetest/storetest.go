package storetest

import (
	"encoding/json"
	"errors"
	"testing"

	"github.com/extsync/extsync/store"
)

// Open returns a new, empty store for one test, which cleans up after itself.
type Open func(t *testing.T) store.Store

// Run runs the whole suite.
func Run(t *testing.T, open Open) {
	t.Helper()
	for _, role := range []struct {
		name  string
		tests []test
	}{
		{"Tx", txTests()}, {"Projects", projectTests()}, {"Tickets", ticketTests()},
		{"Comments", commentTests()}, {"Links", linkTests()}, {"LinkMarks", markTests()},
		{"DueLinks", dueTests()}, {"Backfill", backfillTests()},
		{"Observations", observationTests()}, {"Intents", intentTests()},
		{"Sessions", sessionTests()}, {"Conflicts", conflictTests()},
		{"Deliveries", deliveryTests()}, {"Requests", requestTests()}, {"Retention", retentionTests()}, {"Budgets", budgetTests()}, {"Audit", auditTests()},
		{"Histories", historyTests()},
		{"Secrets", secretTests()}, {"Mappings", mappingTests()}, {"Races", raceTests()}, {"LinkRaces", linkRaceTests()},
	} {
		t.Run(role.name, func(t *testing.T) {
			for _, c := range role.tests {
				t.Run(c.reason, func(t *testing.T) {
					c.run(&bench{t, open(t)})
				})
			}
		})
	}
}

// test is one sentence of the contract.
type test struct {
	reason string
	run    func(*bench)
}

// bench is a store under test.
type bench struct {
	*testing.T
	store store.Store
}

// do runs one transaction that must succeed.
func (b *bench) do(fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.store.Tx(b.Context(), fn); err != nil {
		b.Fatalf("transaction: %v", err)
	}
}

// fails runs one transaction that must fail with want.
func (b *bench) fails(want error, fn func(tx store.Tx) error) {
	b.Helper()
	if err := b.store.Tx(b.Context(), fn); !errors.Is(err, want) {
		b.Fatalf("transaction: got error %v, want %v", err, want)
	}
}

// refused runs one transaction that must fail with an error nobody acts on.
func (b *bench) refused(fn func(tx store.Tx) error) {
	b.Helper()
	err := b.store.Tx(b.Context(), fn)
	if err == nil {
		b.Fatal("transaction: succeeded, want an error")
	}
	for _, known := range []error{store.ErrNotFound, store.ErrStale, store.ErrExists} {
		if errors.Is(err, known) {
			b.Fatalf("transaction: got %v, want an error that is none of those callers act on", err)
		}
	}
}

// read returns what one read gives in a transaction of its own.
func read[T any](b *bench, fn func(tx store.Tx) (T, error)) T {
	b.Helper()
	var got T
	b.do(func(tx store.Tx) (err error) {
		got, err = fn(tx)
		return err
	})
	return got
}

// same compares two records by their JSON, which also shows the zone of times. An
// empty and a nil list are alike.
func (b *bench) same(what string, got, want any) {
	b.Helper()
	if g, w := asJSON(b, got), asJSON(b, want); g != w {
		b.Fatalf("%s:\n got %s\nwant %s", what, g, w)
	}
}

func asJSON(b *bench, v any) string {
	b.Helper()
	out, err := json.Marshal(v)
	if err != nil {
		b.Fatal(err)
	}
	if s := string(out); s != "null" {
		return s
	}
	return "[]"
}

// ids returns what name gives for each record, in order.
func ids[T any](list []T, name func(T) string) []string {
	out := make([]string, 0, len(list))
	for _, x := range list {
		out = append(out, name(x))
	}
	return out
}

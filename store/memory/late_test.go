package memory_test

import (
	"testing"

	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
)

// TestALateUsePanics keeps a transaction beyond its end: using it must fail loudly
// instead of changing the store without its lock.
func TestALateUsePanics(t *testing.T) {
	s := memory.New()
	var late store.Tx
	must(t, s.Tx(t.Context(), func(tx store.Tx) error {
		late = tx
		return nil
	}))
	defer func() {
		if recover() == nil {
			t.Error("a transaction was usable after its end")
		}
		must(t, s.Tx(t.Context(), func(store.Tx) error { return nil })) // the store still is
	}()
	must(t, late.MarkDirty(t.Context()))
}

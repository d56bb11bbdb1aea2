package engine_test

import (
	"strings"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// TestWhatNeverShowedIsNotToldAsDeleted: a webhook tells of a remark that only some may see, which reads like one that
// was deleted. Nobody is told that it was.
func TestWhatNeverShowedIsNotToldAsDeleted(t *testing.T) {
	w := newWorld(t)
	hidden := "bob"
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return veiled{a, &hidden} }
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("born here", ticket.Public)
	w.sync(p.ID)
	ref, err := w.trackers[p.ID].AddComment("bob", w.outside(p.ID, mine.ID).Key, "for some")
	w.must(err)
	w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{ref}))
	s := w.sync(p.ID)
	told := ""
	w.view(func(tx store.Tx) error {
		steps, err := tx.Steps(t.Context(), s.ID, 0, 100)
		for _, one := range steps {
			told += one.Reason + "\n"
		}
		return err
	})
	if !strings.Contains(told, "or only some may see it") || len(w.remarksHere()) > 0 {
		t.Errorf("told %q, here %+v", told, w.remarksHere())
	}
}

package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// singly tells the history of one item at a time.
type singly struct {
	adapters.Adapter
	asked func()
}

func (a singly) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	if len(q) > 1 {
		return nil, &external.Error{Kind: external.Invalid, Op: "history", Message: "one of them cannot be told"}
	}
	a.asked()
	return a.Adapter.History(ctx, q)
}

// TestAStepThatReadsHistoriesIsAlive: a slow system takes minutes for those of a whole
// batch one by one, and a step that gives no sign of life for three is given up.
func TestAStepThatReadsHistoriesIsAlive(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{History: external.HistoryFull})
	var mine []ticket.Ticket
	for n := range 5 {
		mine = append(mine, w.create(fmt.Sprintf("ticket number %d", n), ticket.Public))
	}
	w.sync(p.ID)
	for _, tk := range mine {
		w.edit(tk.ID, text(ticket.Title, tk.Fields[ticket.Title].Text()+" again"))
	}
	alive, asked := false, 0
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		return singly{a, func() {
			if asked++; !alive {
				t.Error("a history was read without a sign of life since the one before")
			}
			alive = false
		}}
	}
	r, err := w.engine.Begin(t.Context(), "slow", p.ID, store.Incremental)
	w.must(err)
	r.Beat = func() { alive = true }
	_, err = w.engine.Sync(t.Context(), r, 100)
	w.must(err)
	if asked < len(mine) {
		t.Errorf("%d histories were read, want %d", asked, len(mine))
	}
}

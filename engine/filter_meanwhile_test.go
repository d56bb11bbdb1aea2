package engine_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// narrowed shows in lists what the filter lets in that the project had when it was opened: what has it as its title.
type narrowed struct {
	adapters.Adapter
	filter string
	during func()
}

func (n narrowed) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (external.Page, error) {
	n.during()
	out, err := n.Adapter.Changes(ctx, s, win, page, version)
	out.Items = slices.DeleteFunc(out.Items, func(it external.Item) bool {
		return n.filter != "" && it.Fields[memory.FieldTitle].Text() != n.filter
	})
	return out, err
}

// TestFilterWidenedInTheMiddleOfAWalk: somebody takes the filter of a project away while a session lists what it
// lets in. What it left out comes in with the next list, and does not wait for a sweep.
func TestFilterWidenedInTheMiddleOfAWalk(t *testing.T) {
	w := newWorld(t)
	p := w.connect("octo/hello", memory.Options{})
	filter := func(to string) {
		_, err := w.engine.Configure(t.Context(), p.ID, "op", func(row *store.Project) error { row.Filter = to; return nil })
		w.must(err)
	}
	filter("in")
	for _, title := range []string{"out", "in"} {
		w.clock.now = w.clock.now.Add(time.Hour)
		_, err := w.trackers[p.ID].CreateTicket("eve", external.Fields{"title": ticket.Text(title)})
		w.must(err)
	}
	widen := once(func() { filter("") })
	w.wrap = func(a *memory.Adapter) adapters.Adapter {
		var row store.Project
		w.view(func(tx store.Tx) (err error) { row, err = tx.Project(t.Context(), p.ID); return err })
		return narrowed{a, row.Filter, widen}
	}
	w.syncs(p.ID, 2)
	var all []ticket.Ticket
	w.view(func(tx store.Tx) (err error) { all, err = tx.ListTickets(t.Context(), "", 10); return err })
	if len(all) != 2 {
		t.Errorf("of two tickets outside these came in: %+v", all)
	}
}

package engine_test

import (
	"context"
	"testing"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// interrupted has something happen once what was read of an item is stored.
type interrupted struct {
	store.Store
	read bool   // something was read
	then func() // once
}

func (i *interrupted) Tx(ctx context.Context, fn func(store.Tx) error) error {
	if err := i.Store.Tx(ctx, fn); err != nil {
		return err
	}
	if then := i.then; i.read && then != nil {
		i.then = nil
		then()
	}
	return nil
}

// reader tells when items are read one by one.
type reader struct {
	*memory.Adapter
	watch *interrupted
}

func (r reader) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	items, err := r.Adapter.Read(ctx, refs)
	r.watch.read = true
	return items, err
}

// TestAWebhookBetweenLookAndPlan: what a session has looked at becomes doubtful before it
// is planned. The edit that waits goes out all the same, in that session.
func TestAWebhookBetweenLookAndPlan(t *testing.T) {
	w := newWorld(t)
	watch := &interrupted{Store: w.store}
	w.engine = w.over(watch)
	w.wrap = func(a *memory.Adapter) adapters.Adapter { return reader{a, watch} }
	p := w.connect("octo/hello", memory.Options{})
	mine := w.create("Write the manual", ticket.Public)
	w.sync(p.ID)

	w.edit(mine.ID, text(ticket.Title, "Write the handbook"))
	ref := w.outside(p.ID, mine.ID).Ref
	watch.read, watch.then = false, func() { w.must(w.engine.Hint(t.Context(), p.ID, []external.Ref{ref})) }
	s := w.sync(p.ID)
	if watch.then != nil {
		t.Fatal("nothing was looked at")
	}
	if got := w.outside(p.ID, mine.ID).Fields["title"].Text(); got != "Write the handbook" || s.Counts.PushedOutside != 1 {
		t.Errorf("outside holds %q after %+v", got, s.Counts)
	}
}

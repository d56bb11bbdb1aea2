package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// hurried notes until when each write may last.
type hurried struct {
	*memory.Adapter
	until []time.Time // zero: for ever
}

func (a *hurried) note(ctx context.Context) {
	at, _ := ctx.Deadline()
	a.until = append(a.until, at)
}

func (a *hurried) Write(ctx context.Context, op adapters.Op) (external.Item, error) {
	a.note(ctx)
	return a.Adapter.Write(ctx, op)
}

func (a *hurried) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	a.note(ctx)
	return a.Adapter.WriteBatch(ctx, ops)
}

// TestAWriteEndsBeforeItIsLookedUp: 40 s after a write was marked as sent somebody else may look
// whether it happened. A process that stood still meanwhile does not make it after that.
func TestAWriteEndsBeforeItIsLookedUp(t *testing.T) {
	w := newWorld(t)
	a := &hurried{}
	w.wrap = func(inner *memory.Adapter) adapters.Adapter {
		a.Adapter = inner
		return a
	}
	p := w.connect("octo/hello", memory.Options{WriteBatch: 5})
	began := time.Now()
	one := w.create("One", ticket.Public)
	w.create("Two", ticket.Public)
	w.sync(p.ID) // both in one call
	w.edit(one.ID, text(ticket.Title, "One, edited"))
	if s := w.sync(p.ID); s.State != store.Succeeded || len(a.until) != 2 {
		t.Fatalf("the session %s, and %d calls wrote", s.State, len(a.until))
	}
	for n, at := range a.until {
		if rest := at.Sub(began); at.IsZero() || rest > 35*time.Second {
			t.Errorf("write %d may last until %s after its intent was marked", n, rest)
		}
	}
}

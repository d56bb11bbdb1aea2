package engine_test

import (
	"context"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// configured lets somebody change a project in the middle of a transaction that has just read how far its
// tickets were read, the n-th time, as Postgres does: if the transaction has locked the project, he waits
// for its end.
type configured struct {
	store.Store
	in    int
	rival func(s store.Store)
}

func (c *configured) Tx(ctx context.Context, fn func(store.Tx) error) error {
	var in *configuredTx
	err := c.Store.Tx(ctx, func(tx store.Tx) error {
		in = &configuredTx{Tx: tx, by: c}
		return fn(in)
	})
	if in.waits {
		c.rival(c.Store)
	}
	return err
}

type configuredTx struct {
	store.Tx
	by            *configured
	locked, waits bool
}

func (t *configuredTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	t.locked = true
	return t.Tx.ProjectForUpdate(ctx, id)
}

func (t *configuredTx) Cursor(ctx context.Context, projectID string, s external.Stream) (external.Cursor, error) {
	c, err := t.Tx.Cursor(ctx, projectID, s)
	if s != external.StreamTickets {
		return c, err
	}
	if t.by.in--; t.by.in == 0 {
		if t.waits = t.locked; !t.waits {
			t.by.rival(inside{t.Tx})
		}
	}
	return c, err
}

// TestConfiguredWhileItIsPolled: another filter has everything read from the beginning, which a poll that
// finds nothing new at that moment must not undo.
func TestConfiguredWhileItIsPolled(t *testing.T) {
	for in := 1; in <= 2; in++ { // a poll reads the cursor before it asks, and once it has heard
		w := newWorld(t)
		p := w.connect("octo/hello", memory.Options{})
		w.create("a ticket", ticket.Public)
		w.syncs(p.ID, 2)
		w.clock.now = w.clock.now.Add(time.Hour)
		s := &configured{Store: w.store, in: in, rival: func(s store.Store) {
			_, err := w.over(s).Configure(t.Context(), p.ID, "op", func(p *store.Project) error {
				p.Filter = "another"
				return nil
			})
			w.must(err)
		}}
		_, err := w.over(s).Poll(t.Context(), p.ID)
		if w.must(err); s.in > 0 {
			t.Fatalf("the poll reads the cursor %d times less", s.in)
		}
		w.view(func(tx store.Tx) error {
			c, err := tx.Cursor(t.Context(), p.ID, external.StreamTickets)
			if !c.Watermark.IsZero() {
				t.Errorf("configured as it reads the cursor for the %d. time: the next session reads from %v on, want all", in, c.Watermark)
			}
			return err
		})
	}
}

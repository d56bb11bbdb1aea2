package engine_test

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	memstore "github.com/extsync/extsync/store/memory"
)

// rivals lets somebody else make a row at the worst moment: after a transaction has
// looked, and before it is committed.
type rivals struct {
	store.Store
	between func(store.Tx) error // once
}

func (r *rivals) Tx(ctx context.Context, fn func(store.Tx) error) error {
	rival := r.between
	r.between = nil
	if rival == nil {
		return r.Store.Tx(ctx, fn)
	}
	if err := r.Store.Tx(ctx, rival); err != nil {
		return err
	}
	return store.ErrExists // what the database says to the one that comes second
}

// TestTwoHintsOfOneNewItem: two webhooks about an issue that nobody knows yet arrive at
// once. Both are taken, and there is one link.
func TestTwoHintsOfOneNewItem(t *testing.T) {
	s := &rivals{Store: memstore.New()}
	clock, n := &clock{now: time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)}, 0
	e := engine.New(engine.Deps{
		Store: s, Clock: clock, NewID: func() string { n++; return string(rune('a' + n)) }, Log: slog.New(slog.DiscardHandler),
	})
	p, err := e.CreateProject(t.Context(), engine.Connection{System: "memory", Key: "one"}, func(string) ([]byte, error) { return []byte("x"), nil })
	if err != nil {
		t.Fatal(err)
	}
	refs := []external.Ref{{Kind: external.KindTicket, ID: "I_1", Key: "1"}}
	s.between = func(tx store.Tx) error { return e.HintTx(t.Context(), tx, p.ID, refs) }
	if err := e.Hint(t.Context(), p.ID, refs); err != nil {
		t.Fatalf("the second hint: %v", err)
	}
	var links []store.Link
	err = s.Tx(t.Context(), func(tx store.Tx) (err error) {
		links, err = tx.LinksOf(t.Context(), p.ID, external.KindTicket, "", 10)
		return err
	})
	if err != nil || len(links) != 1 || links[0].ExternalID != "I_1" {
		t.Errorf("links %+v, %v; want the one", links, err)
	}
}

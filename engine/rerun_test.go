package engine_test

import (
	"context"
	"errors"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// rerun is a database that gives each transaction up once it has done all its work, and runs it
// again, as Postgres does with the victim of a deadlock.
type rerun struct{ store.Store }

var errGivenUp = errors.New("given up for the sake of others")

func (s rerun) Tx(ctx context.Context, fn func(store.Tx) error) error {
	err := s.Store.Tx(ctx, func(tx store.Tx) error {
		if err := fn(tx); err != nil {
			return err
		}
		return errGivenUp
	})
	if !errors.Is(err, errGivenUp) {
		return err
	}
	return s.Store.Tx(ctx, fn)
}

// rerun has all that the engine does from now on done twice by the database.
func (w *world) rerun() {
	w.engine = w.over(rerun{w.store})
}

// TestAPreviewThatTheDatabaseRunsTwice: it counts each ticket once all the same.
func TestAPreviewThatTheDatabaseRunsTwice(t *testing.T) {
	w := newWorld(t)
	p := w.connecting("octo/hello", memory.Options{})
	w.makeOutside(p, made(twinTitle, "one"))
	w.createWith(made(twinTitle, "one"), ticket.Public)
	w.createWith(made("Another matter altogether", ""), ticket.Public)
	w.createWith(made("Nobody else's business", ""), ticket.LocalOnly)
	w.rerun()
	got, err := w.engine.PreviewTwins(t.Context(), p.ID)
	w.must(err)
	if want := (engine.Preview{CreateOutside: 2, Withheld: 1, Twins: 1, Outside: 1}); got != want {
		t.Errorf("preview %+v, want %+v", got, want)
	}
}

package engine_test

import (
	"context"
	"slices"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// listed lets somebody else commit right after the queue was listed, once, as Postgres does.
type listed struct {
	store.Store
	rival func(tx store.Tx, c store.Conflict) // nil: it happened
}

func (l *listed) Tx(ctx context.Context, fn func(store.Tx) error) error {
	return l.Store.Tx(ctx, func(tx store.Tx) error { return fn(listedTx{tx, l}) })
}

type listedTx struct {
	store.Tx
	by *listed
}

func (t listedTx) FindConflicts(ctx context.Context, f store.ConflictFilter, limit int) ([]store.Conflict, error) {
	list, err := t.Tx.FindConflicts(ctx, f, limit)
	if rival := t.by.rival; rival != nil && len(list) > 0 {
		t.by.rival = nil
		rival(t.Tx, list[0])
	}
	return list, err
}

// TestDecidedWhileItsFieldIsUnmapped: a mapping takes a field away, and what is parked of it is closed, of many
// tickets. Who types a value into one of these conflicts meanwhile has it carried out.
func TestDecidedWhileItsFieldIsUnmapped(t *testing.T) {
	w := newWorld(t)
	s := &listed{Store: w.store}
	w.engine = w.over(s)
	p := w.connect("octo/hello", memory.Options{})
	id := w.createWith(ticket.Fields{ticket.Title: ticket.Text("a"), ticket.Body: ticket.Text("text")}, ticket.Public)
	w.sync(p.ID)
	w.edit(id, text(ticket.Body, "ours"))
	w.must(w.trackers[p.ID].EditField("eve", w.outside(p.ID, id).ID, memory.FieldBody, ticket.Text("theirs")))
	w.sync(p.ID)
	s.rival = func(tx store.Tx, c store.Conflict) { // to him the mapping of before is in force: the next session is to do it
		c.State, c.Choice, c.Value, c.DecidedBy, c.DecidedAt = store.Decided, store.ChooseValue, ticket.Text("typed"), "ann", w.clock.now
		w.must(tx.UpdateConflict(t.Context(), c))
	}
	w.activate(p.ID, func(m *mapping.Mapping) {
		m.Tickets = slices.DeleteFunc(m.Tickets, func(r mapping.Rule) bool { return r.Field == ticket.Body })
	})
	got, all := w.ticket(id).Fields[ticket.Body].Text(), w.conflicts("")
	if len(all) != 1 || got != "typed" || all[0].State != store.Resolved || all[0].Value.Text() != "typed" || all[0].DecidedBy != "ann" {
		t.Errorf("here it reads %q, and the record is %+v", got, all)
	}
}

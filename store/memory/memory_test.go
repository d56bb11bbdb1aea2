package memory_test

import (
	"context"
	"errors"
	"testing"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// BenchmarkTx is the shape of most of the simulation's transactions: lock, compare,
// write, mark.
func BenchmarkTx(b *testing.B) {
	ctx, s := context.Background(), memory.New()
	must(b, s.Tx(ctx, func(tx store.Tx) error {
		return errors.Join(
			tx.InsertProject(ctx, store.Project{ID: "p", System: "memory", Status: external.Active, Direction: external.Bidirectional}),
			tx.InsertTicket(ctx, ticket.Ticket{ID: "t", Revision: 1, Privacy: ticket.Public, Fields: ticket.Fields{
				ticket.Title: ticket.Text("title"), ticket.Body: ticket.Text("body"), ticket.Labels: ticket.Set("a", "b"),
			}}),
			tx.InsertLink(ctx, store.Link{ID: "l", ProjectID: "p", Kind: external.KindTicket, LocalID: "t", State: store.Live}),
		)
	}))
	b.ReportAllocs()
	for b.Loop() {
		must(b, s.Tx(ctx, func(tx store.Tx) error {
			t, err := tx.TicketForUpdate(ctx, "t")
			if err != nil {
				return err
			}
			l, err := tx.LinkForUpdate(ctx, "l")
			if err != nil {
				return err
			}
			t.Revision++
			return errors.Join(tx.UpdateTicket(ctx, t, t.Revision-1), tx.UpdateLink(ctx, l),
				tx.MarkDirty(ctx, "l"), tx.MarkClean(ctx, "l", l.DirtyRev+1))
		}))
	}
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

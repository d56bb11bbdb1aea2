package engine_test

import (
	"context"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// committed lets somebody else commit in the middle of a transaction, as Postgres does: right after a
// link was read and not locked, once.
type committed struct {
	store.Store
	linkID string
	rival  func(tx store.Tx) // nil: it happened
}

func (c *committed) Tx(ctx context.Context, fn func(store.Tx) error) error {
	return c.Store.Tx(ctx, func(tx store.Tx) error { return fn(committedTx{tx, c}) })
}

type committedTx struct {
	store.Tx
	by *committed
}

func (t committedTx) happens(l store.Link) {
	if rival := t.by.rival; rival != nil && l.ID == t.by.linkID {
		t.by.rival = nil
		rival(t.Tx)
	}
}

func (t committedTx) Link(ctx context.Context, id string) (store.Link, error) {
	l, err := t.Tx.Link(ctx, id)
	t.happens(l)
	return l, err
}

func (t committedTx) LinkByExternal(ctx context.Context, projectID string, kind external.Kind, id string) (store.Link, error) {
	l, err := t.Tx.LinkByExternal(ctx, projectID, kind, id)
	t.happens(l)
	return l, err
}

// inside runs what wants a transaction of its own in one that is there.
type inside struct{ tx store.Tx }

func (i inside) Tx(_ context.Context, fn func(store.Tx) error) error { return fn(i.tx) }

// TestAskedBackWhileASessionReads: somebody makes a ticket private, and has it taken back, while a session
// has read its link and is about to write something down in it. He is heard.
func TestAskedBackWhileASessionReads(t *testing.T) {
	for what, c := range map[string]func(w *world, p store.Project, id string, l store.Link){
		"as its item is seen, and it is tried again": func(w *world, p store.Project, id string, l store.Link) {
			w.must(w.store.Tx(w.t.Context(), func(tx store.Tx) error {
				l.State, l.Reason = store.Quarantined, "it failed too often"
				return tx.UpdateLink(w.t.Context(), l)
			}))
			w.must(w.trackers[p.ID].AddLabel("eve", l.ExternalID, "bug"))
		},
		"as it names a ticket that is not outside": func(w *world, _ store.Project, id string, _ store.Link) {
			w.edit(id, text(ticket.Parent, w.create("a secret", ticket.LocalOnly).ID))
		},
	} {
		t.Run(what, func(t *testing.T) {
			w := newWorld(t)
			s := &committed{Store: w.store}
			w.engine = w.over(s)
			p := w.connect("octo/hello", memory.Options{})
			w.activate(p.ID, func(m *mapping.Mapping) {
				*rule(m, ticket.Body) = mapping.Rule{Field: ticket.Parent, External: []string{memory.FieldBody}, Convert: mapping.Reference, Type: external.TypeReference}
			})
			id := w.create("ours", ticket.Public).ID
			w.syncs(p.ID, 2)
			l := w.link(p.ID, external.KindTicket, id)
			c(w, p, id, l)
			s.linkID, s.rival = l.ID, func(tx store.Tx) {
				_, back, err := w.over(inside{tx}).SetPrivacyAndTakeBack(t.Context(), id, ticket.LocalOnly, outbound.Redact, "ann")
				if w.must(err); back.Items != 1 {
					t.Errorf("%d items are to be taken back", back.Items)
				}
			}
			w.syncs(p.ID, 3)
			if got := w.outside(p.ID, id).Fields[memory.FieldTitle].Text(); got != outbound.Notice {
				t.Errorf("outside it still reads %q, and its link is %+v", got, w.link(p.ID, external.KindTicket, id))
			}
		})
	}
}

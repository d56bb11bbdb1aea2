package engine_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// passing lets somebody else commit while a link goes on in another project, right after its conflicts were
// listed, once, as Postgres does.
type passing struct {
	store.Store
	linkID, projectID string
	rival             func(tx store.Tx, c store.Conflict) // nil: it happened
}

func (p *passing) Tx(ctx context.Context, fn func(store.Tx) error) error {
	return p.Store.Tx(ctx, func(tx store.Tx) error { return fn(&passingTx{Tx: tx, by: p}) })
}

type passingTx struct {
	store.Tx
	by   *passing
	both bool // the project to which it goes is locked
}

func (t *passingTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	t.both = t.both || id == t.by.projectID
	return t.Tx.ProjectForUpdate(ctx, id)
}

func (t *passingTx) LinkConflicts(ctx context.Context, linkID string) ([]store.Conflict, error) {
	list, err := t.Tx.LinkConflicts(ctx, linkID)
	if rival := t.by.rival; rival != nil && t.both && linkID == t.by.linkID && len(list) > 0 {
		t.by.rival = nil
		rival(t.Tx, list[0])
	}
	return list, err
}

// TestDecidedWhileItMoves: a link goes on in another project, with what is parked of it. Who decides on
// another value in such a conflict meanwhile has it carried out, also where its ticket has its item there already.
func TestDecidedWhileItMoves(t *testing.T) {
	for _, joined := range []bool{false, true} {
		t.Run(fmt.Sprintf("joined before: %v", joined), func(t *testing.T) {
			m := newMovers(t, memory.Options{CreateKey: external.CreateKeyClientID, History: external.HistoryFull})
			s := &passing{Store: m.store, projectID: m.b.ID}
			m.engine = m.over(s)
			m.edit(m.id, text(ticket.State, ticket.StateDone))
			m.must(m.trackers[m.a.ID].EditField("eve", m.ref.ID, memory.FieldState, ticket.Text(ticket.StateNotPlanned)))
			m.sync(m.a.ID)
			s.linkID = m.link(m.a.ID, external.KindTicket, m.id).ID
			m.move(m.a, m.b, m.ref.ID)
			if joined {
				m.must(m.engine.Grant(t.Context(), ticket.Grant{TicketID: m.id, ProjectID: m.b.ID, By: "ann"}))
				m.syncs(m.b.ID, 1)
				m.decide(m.asked(store.TwinCreated), store.ChooseLink)
				m.syncs(m.b.ID, 4)
			}
			s.rival = func(tx store.Tx, c store.Conflict) {
				c.State, c.Choice, c.Value, c.DecidedBy, c.DecidedAt = store.Decided, store.ChooseValue, ticket.Text(ticket.StateDuplicate), "ann", m.clock.now
				m.must(tx.UpdateConflict(t.Context(), c))
			}
			m.reconcile(m.a.ID)
			if s.rival != nil {
				t.Fatal("nobody decided while it moved")
			}
			m.settle(m.b)
			if got := m.ticket(m.id).Fields[ticket.State].Text(); got != ticket.StateDuplicate {
				t.Errorf("here it is %s, and the record is %+v", got, m.conflicts(""))
			}
		})
	}
}

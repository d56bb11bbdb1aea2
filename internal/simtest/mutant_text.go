package simtest

import (
	"context"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// textMutants are bugs of strategies and merges.
func textMutants() []Mutant {
	return []Mutant{
		{Name: "newest_wins by our clock", Profile: Texts, Caught: []string{"I3"}, tx: datedNow},
		{Name: "newest_wins by when the item changed", Profile: Texts, Rare: true, Caught: []string{"I3"}, adapter: datedByItem},
		{Name: "newest_wins by when a sync brought the value", Profile: Hub, Rare: true, Caught: []string{"I3"}, tx: syncIsAuthor},
		{Name: "stale ancestor in a merge", Profile: Texts, Rare: true, Caught: []string{"I1", "I2", "I3", "I15", "I9", "I4"}, tx: staleAncestor},
		{Name: "unconfirmed strategy obeyed", Caught: []string{"I3"}, tx: obeyUnconfirmed},
	}
}

// stampedTx shows who wrote the fields of a ticket, and when, otherwise than it is.
type stampedTx struct {
	store.Tx
	bend func(ticket.Stamp) ticket.Stamp
}

func (t *stampedTx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	tk, err := t.Tx.Ticket(ctx, id)
	stamps := ticket.Stamps{}
	for f, s := range tk.Stamps {
		stamps[f] = t.bend(s)
	}
	tk.Stamps = stamps
	return tk, err
}

// stamped plants it for the engine alone.
func stamped(w *world, tx store.Tx, bend func(ticket.Stamp) ticket.Stamp) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &stampedTx{tx, bend}
}

// datedNow dates what was written here by when it is read.
func datedNow(w *world, tx store.Tx) store.Tx {
	return stamped(w, tx, func(s ticket.Stamp) ticket.Stamp {
		s.At = w.now
		return s
	})
}

// datedByItem is a history that gives every field the time of the item's last change.
func datedByItem(_ *world, _ *peer, inner adapters.Adapter) adapters.Adapter {
	return &itemAdapter{inner}
}

type itemAdapter struct{ adapters.Adapter }

func (a *itemAdapter) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	out, err := a.Adapter.History(ctx, q)
	for _, h := range out {
		last := time.Time{}
		for _, r := range h {
			if r.At.After(last) {
				last = r.At
			}
		}
		for n := range h {
			h[n].At = last
		}
	}
	return out, err
}

// syncIsAuthor takes whoever brought a value for its author.
func syncIsAuthor(w *world, tx store.Tx) store.Tx {
	return stamped(w, tx, func(s ticket.Stamp) ticket.Stamp {
		s.By = strings.TrimPrefix(s.By, "project:")
		return s
	})
}

// confirmedTx takes every strategy for confirmed.
type confirmedTx struct{ store.Tx }

func obeyUnconfirmed(_ *world, tx store.Tx) store.Tx { return &confirmedTx{tx} }

func confirmedAll(p store.Project, err error) (store.Project, error) {
	kept := make([]store.Strategy, len(p.Strategies))
	for n, s := range p.Strategies {
		s.ConfirmedBy = "nobody"
		kept[n] = s
	}
	p.Strategies = kept
	return p, err
}

func (t *confirmedTx) Project(ctx context.Context, id string) (store.Project, error) {
	return confirmedAll(t.Tx.Project(ctx, id))
}

func (t *confirmedTx) ProjectForUpdate(ctx context.Context, id string) (store.Project, error) {
	return confirmedAll(t.Tx.ProjectForUpdate(ctx, id))
}

// UpdateProject keeps the strategies as they are.
func (t *confirmedTx) UpdateProject(ctx context.Context, p store.Project) error {
	was, err := t.Tx.Project(ctx, p.ID)
	if err != nil {
		return err
	}
	p.Strategies = was.Strategies
	return t.Tx.UpdateProject(ctx, p)
}

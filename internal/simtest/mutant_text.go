package simtest

import (
	"context"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// textMutants are bugs of strategies and merges.
func textMutants() []Mutant {
	return []Mutant{
		{Name: "stale ancestor in merge", Profile: Texts, Rare: true, Caught: []string{"I15", "I2"}, tx: staleAncestor},
		{Name: "newest_wins by our clock", Profile: Texts, Caught: []string{"I3"}, adapter: datedNow},
		{Name: "newest_wins by when a sync brought the value", Profile: Hub, Rare: true, Caught: []string{"I3"}, tx: syncIsAuthor},
		{Name: "unconfirmed strategy obeyed", Caught: []string{"I3"}, tx: obeyUnconfirmed},
	}
}

// staleTx shows the bases of a text as they first were, where both sides differ from those
// of today: two edits are then merged on a text that both had left behind.
type staleTx struct {
	store.Tx
	w *world
}

func staleAncestor(w *world, tx store.Tx) store.Tx { return &staleTx{tx, w} }

// UpdateLink remembers the first base of a text.
func (t *staleTx) UpdateLink(ctx context.Context, l store.Link) error {
	if b, has := l.Bases[ticket.Body]; has {
		if _, known := t.w.firstBases[l.ID]; !known {
			t.w.firstBases[l.ID] = b
		}
	}
	return t.Tx.UpdateLink(ctx, l)
}

func (t *staleTx) Link(ctx context.Context, id string) (store.Link, error) {
	l, err := t.Tx.Link(ctx, id)
	first, known := t.w.firstBases[id]
	now, had := l.Bases[ticket.Body]
	if err != nil || !known || !had || !t.bothEdited(ctx, l, now) {
		return l, err
	}
	l.Bases[ticket.Body] = first
	return l, nil
}

// bothEdited reports whether both sides differ from a base.
func (t *staleTx) bothEdited(ctx context.Context, l store.Link, b plan.Base) bool {
	if l.LocalID == "" || l.ExternalID == "" {
		return false
	}
	var here ticket.Value
	if l.Kind == external.KindComment {
		c, err := t.Comment(ctx, l.LocalID)
		if err != nil {
			return false
		}
		here = c.Body
	} else {
		tk, err := t.Ticket(ctx, l.LocalID)
		if err != nil {
			return false
		}
		here = tk.Fields[ticket.Body]
	}
	o, err := t.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	return err == nil && !here.Equal(b.Local) && !o.Item.Fields["body"].Equal(b.External)
}

// datedNow is a history that tells when it is asked for when something was written.
func datedNow(w *world, _ *peer, inner adapters.Adapter) adapters.Adapter {
	return &nowAdapter{inner, w}
}

type nowAdapter struct {
	adapters.Adapter
	w *world
}

// History dates everything today.
func (a *nowAdapter) History(ctx context.Context, q []adapters.HistoryQuery) ([][]external.Revision, error) {
	out, err := a.Adapter.History(ctx, q)
	for _, h := range out {
		for n := range h {
			h[n].At = a.w.now
		}
	}
	return out, err
}

// authorTx takes whoever brought a value for its author.
type authorTx struct {
	store.Tx
	w *world
}

func syncIsAuthor(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &authorTx{tx, w}
}

func (t *authorTx) Ticket(ctx context.Context, id string) (ticket.Ticket, error) {
	tk, err := t.Tx.Ticket(ctx, id)
	stamps := ticket.Stamps{}
	for f, s := range tk.Stamps {
		s.By = strings.TrimPrefix(s.By, "project:")
		stamps[f] = s
	}
	tk.Stamps = stamps
	return tk, err
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

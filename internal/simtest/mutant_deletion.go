package simtest

import (
	"context"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// deletionMutants are bugs about what is gone.
func deletionMutants() []Mutant {
	return []Mutant{
		{Name: "absence from a list taken as deletion", Caught: []string{"I12", "I1"}, adapter: absent},
		{Name: "forbidden taken as gone", Caught: []string{"I12"}, adapter: credulous},
		{Name: "tombstone forgotten", Rare: true, Caught: []string{"I12", "I13", "I6"}, tx: forgetTombstones},
	}
}

// absentAdapter answers of an item that no list has shown for a while that it is gone.
type absentAdapter struct {
	adapters.Adapter
	shown map[string]bool
}

func absent(_ *world, _ *peer, inner adapters.Adapter) adapters.Adapter {
	return &absentAdapter{inner, map[string]bool{}}
}

// Changes notes what the walk shows.
func (a *absentAdapter) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	out, err := a.Adapter.Changes(ctx, s, w, page, version)
	if page == "" && err == nil && !out.Unchanged {
		a.shown = map[string]bool{}
	}
	for _, it := range out.Items {
		a.shown[it.ID] = true
	}
	return out, err
}

// Read believes the lists.
func (a *absentAdapter) Read(ctx context.Context, refs []external.Ref) ([]external.Item, error) {
	out, err := a.Adapter.Read(ctx, refs)
	for n := range out {
		out[n].Gone = out[n].Gone || len(a.shown) > 0 && !a.shown[out[n].ID]
	}
	return out, err
}

// WriteBatch passes.
func (a *absentAdapter) WriteBatch(ctx context.Context, ops []adapters.Op) ([]adapters.Result, error) {
	return writeBatch(ctx, a.Adapter, ops)
}

// credulousAdapter never asks again whether the project can be seen.
type credulousAdapter struct {
	absentAdapter
	p *peer
}

func credulous(_ *world, p *peer, inner adapters.Adapter) adapters.Adapter {
	return &credulousAdapter{absentAdapter{inner, nil}, p}
}

// Changes passes.
func (a *credulousAdapter) Changes(ctx context.Context, s external.Stream, w external.Window, page, version string) (external.Page, error) {
	return a.Adapter.Changes(ctx, s, w, page, version)
}

// Probe finds nothing missing.
func (a *credulousAdapter) Probe(context.Context) (external.Identity, error) {
	return external.Identity{Login: a.p.site.login()}, nil
}

// Project is as it was.
func (a *credulousAdapter) Project(context.Context) (external.Project, error) {
	return external.Project{ID: a.p.site.project().ExternalID}, nil
}

// tombstoneTx forgets what a link that is over stood for.
type tombstoneTx struct{ store.Tx }

func forgetTombstones(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &tombstoneTx{tx}
}

// UpdateLink drops both ids.
func (t *tombstoneTx) UpdateLink(ctx context.Context, l store.Link) error {
	if l.State == store.Tombstone && l.Kind == external.KindTicket {
		l.LocalID, l.ExternalID = "", ""
	}
	return t.Tx.UpdateLink(ctx, l)
}

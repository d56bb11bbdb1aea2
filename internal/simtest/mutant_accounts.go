package simtest

import (
	"context"
	"maps"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// laterMutants take accounts that are exchanged, items that are locked, and projects that are connected again over a
// restored database to be found.
func laterMutants() []Mutant {
	return []Mutant{
		{Name: "what a former account made is anybody's", Rare: true, Caught: []string{"I1", "I2", "I6", "I7", "I9"}, tx: noFormerAccount},
		{Name: "what waits is told once its link is set aside", Rare: true, Caught: []string{"I1", "I2", "I9"}, tx: asideTold},
		{Name: "connected again and taken for released", Profile: Restored, Rare: true, Caught: []string{"I1", "I2", "I5", "I6", "I9"}, tx: releasedByConnecting},
	}
}

// noFormerAccountTx forgets whom a project's credential belonged to before.
type noFormerAccountTx struct{ store.Tx }

func noFormerAccount(_ *world, tx store.Tx) store.Tx { return &noFormerAccountTx{tx} }

func (t *noFormerAccountTx) UpdateProject(ctx context.Context, p store.Project) error {
	p.Formerly = nil
	return t.Tx.UpdateProject(ctx, p)
}

// asideToldTx takes what waits to go out for told once its link is set aside.
type asideToldTx struct{ store.Tx }

func asideTold(_ *world, tx store.Tx) store.Tx { return &asideToldTx{tx} }

func (t *asideToldTx) UpdateLink(ctx context.Context, l store.Link) error {
	if l.State != store.Quarantined || l.Kind != external.KindTicket || l.LocalID == "" {
		return t.Tx.UpdateLink(ctx, l)
	}
	local, err := t.Ticket(ctx, l.LocalID)
	if err != nil {
		return err
	}
	l.Bases = maps.Clone(l.Bases)
	for f, b := range l.Bases {
		b.Local = local.Fields[f]
		l.Bases[f] = b
	}
	return t.Tx.UpdateLink(ctx, l)
}

// releasedByConnectingTx takes a project that is connected again for one that a person has released.
type releasedByConnectingTx struct{ store.Tx }

func releasedByConnecting(w *world, tx store.Tx) store.Tx {
	if w.acting == 0 {
		return tx
	}
	return &releasedByConnectingTx{tx}
}

func (t *releasedByConnectingTx) UpdateProject(ctx context.Context, p store.Project) error {
	was, err := t.Project(ctx, p.ID)
	if err == nil && was.Status == external.Disconnected && p.Status == external.Configuring {
		p.Restored = store.Restored{}
	}
	if err != nil {
		return err
	}
	return t.Tx.UpdateProject(ctx, p)
}

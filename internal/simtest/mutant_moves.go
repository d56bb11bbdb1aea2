package simtest

import (
	"context"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// movesMutants are bugs about items that are moved to another project.
func movesMutants() []Mutant {
	return []Mutant{
		{Name: "a link follows a transfer and keeps the old project's base", Profile: Hub, Rare: true, Caught: []string{"I2"}, tx: staleBases},
		{Name: "a transferred item is taken for new", Profile: Hub, Caught: []string{"I5", "I6", "I9"}, tx: strangers},
	}
}

// staleTx gives a link that goes on elsewhere the bases of the link that it goes on for.
type staleTx struct {
	store.Tx
	bases map[string]plan.Bases
}

func staleBases(w *world, tx store.Tx) store.Tx {
	if w.acting > 0 {
		return tx
	}
	return &staleTx{tx, map[string]plan.Bases{}}
}

// UpdateLink remembers the bases of a link that ends, by the one that it names.
func (t *staleTx) UpdateLink(ctx context.Context, l store.Link) error {
	if fresh, is := goesOnAs(l); is {
		t.bases[fresh] = l.Bases
	}
	if old, is := t.bases[l.ID]; is && l.State == store.Live {
		l.Bases = old
	}
	return t.Tx.UpdateLink(ctx, l)
}

// strangerTx finds no item by its author and the moment at which it was made.
type strangerTx struct{ store.Tx }

func strangers(_ *world, tx store.Tx) store.Tx { return &strangerTx{tx} }

// Sightings returns none.
func (*strangerTx) Sightings(context.Context, external.Kind, string, time.Time) ([]store.Observation, error) {
	return nil, nil
}

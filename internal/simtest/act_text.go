package simtest

import (
	"errors"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// byBlocks makes a decision on a text one on each of its blocks that clash. What either
// side loses by it stands in the record.
func (w *world) byBlocks(c store.Conflict, d *engine.Decision) {
	if c.Field != ticket.Body || !w.has(longTexts) {
		return
	}
	chunks, err := w.engine.Blocks(w.ctx, c.ID)
	if errors.Is(err, engine.ErrNoBlocks) {
		return
	}
	w.must(err)
	d.Choice = engine.ChooseBlocks
	for _, k := range chunks {
		if k.Kind == plan.ChunkClash {
			d.Blocks = append(d.Blocks, [...]plan.Take{plan.TakeLocal, plan.TakeExternal}[w.work.IntN(2)])
		}
	}
}

// putTogether notes that a person composed a text of both sides, block by block.
func (w *world) putTogether(c store.Conflict) {
	for _, v := range []ticket.Value{c.Local, c.External} {
		for _, id := range tokensIn(v) {
			w.composed[id] = true
		}
	}
}

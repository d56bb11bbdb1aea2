package api

import (
	"context"
	"errors"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// withBlocks adds to a conflict that waits for a decision the parts of its text. What has
// none is shown whole, and so is a text whose connection cannot be opened now: the values
// are there all the same, and can be decided on.
func (s *server) withBlocks(ctx context.Context, v v1.Conflict) v1.Conflict {
	if v.State != string(store.OpenConflict) {
		return v
	}
	chunks, err := s.Engine.Blocks(ctx, v.ID)
	if err != nil {
		if !errors.Is(err, engine.ErrNoBlocks) {
			s.Log.WarnContext(ctx, "a conflict is shown without its blocks", "conflict", v.ID, "error", err)
		}
		return v
	}
	clash := 0
	for _, c := range chunks {
		b := v1.Block{Kind: string(c.Kind), Base: c.Base, Local: c.Local, External: c.External}
		if c.Kind == plan.ChunkClash {
			clash++
			b.Number = clash
		}
		v.Blocks = append(v.Blocks, b)
	}
	if clash > 0 {
		v.Choices = append(v.Choices, v1.Choice{Choice: string(engine.ChooseBlocks), Effect: "both sides get the text that your choices, part by part, make"})
	}
	return v
}

// takesOf returns the choices of a decision by blocks.
func takesOf(blocks []string) []plan.Take {
	out := make([]plan.Take, len(blocks))
	for n, b := range blocks {
		out[n] = plan.Take(b)
	}
	return out
}

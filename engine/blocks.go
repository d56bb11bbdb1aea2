package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// ErrNoBlocks says that a conflict cannot be decided block by block.
var ErrNoBlocks = errors.New("only a text that both sides edited, and that holds no passage which privacy keeps here, can be decided block by block; decide it as a whole")

// Blocks returns a conflict about prose part by part, in the spelling of the external
// system: what neither or one side changed, and what clashes. A Decision may then hold one
// choice for each clash. It fails with ErrNoBlocks for any other conflict.
func (e *Engine) Blocks(ctx context.Context, conflictID string) ([]plan.Chunk, error) {
	var c store.Conflict
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		c, err = tx.Conflict(ctx, conflictID)
		return err
	})
	if err != nil {
		return nil, err
	}
	p, err := e.peer(ctx, c.ProjectID)
	if err != nil {
		return nil, err
	}
	prose, err := p.contested(c)
	if err != nil {
		return nil, err
	}
	return prose.Merging().Chunks(), nil
}

// contested returns the text that a conflict is about. Of a lost value that is kept nobody
// knows any more on which text it was written. A text with a passage that stays here is
// none, as no strategy merges one: the passage would take part in where blocks begin and
// in how the rest is spelled, which leaves, and the marks around it may not read back.
func (p *peer) contested(c store.Conflict) (plan.Prose, error) {
	kind := external.KindTicket
	if c.CommentID != "" {
		kind = external.KindComment
	}
	for _, r := range p.mapping.Rules(kind) {
		if r.Field != c.Field || !r.Prose || c.Kind != store.BothEdited {
			continue
		}
		if p.screens(c, c.Local) || p.screens(c, c.External) {
			break
		}
		norm, respell := p.normalize(kind), p.respell(kind)
		prose := plan.Prose{
			Base: c.Base, Local: c.Local, External: c.External,
			Normalize: func(v ticket.Value) ticket.Value { return norm(c.Field, v) },
		}
		if respell != nil {
			prose.Respell = func(local, ext ticket.Value) ticket.Value { return respell(c.Field, local, ext) }
		}
		return prose, nil
	}
	return plan.Prose{}, fmt.Errorf("%w: %w", ErrNoBlocks, ticket.ErrInvalid)
}

// screens reports whether privacy keeps a part of a text here, or all of it.
func (p *peer) screens(c store.Conflict, v ticket.Value) bool {
	screen := outbound.NewScreen(p.project.Rules)
	leaves, stays := screen.Text(v)
	if c.CommentID == "" {
		leaves, stays = screen.Field(c.Field, true, v)
	}
	return stays != "" || !leaves.Equal(v)
}

// compose returns the value that a decision by blocks makes.
func (p *peer) compose(c store.Conflict, takes []plan.Take) (ticket.Value, error) {
	prose, err := p.contested(c)
	if err != nil {
		return ticket.Value{}, err
	}
	v, err := prose.Decided(takes...)
	if err != nil {
		return v, fmt.Errorf("%w: %w", err, ticket.ErrInvalid)
	}
	return v, nil
}

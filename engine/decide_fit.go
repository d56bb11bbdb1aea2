package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// ErrCannotHold refuses a decision on a value that the next session could not write outside: nothing would come
// of it but another conflict.
var ErrCannotHold = errors.New("cannot hold that value")

// decider opens the connection of a conflict that a person decides on, which knows how the system spells texts and
// what it can hold; nil where neither is asked for. A rule and an expiry decide on what nobody
// looked at, and what the system cannot hold of that is told in the queue.
func (e *Engine) decider(ctx context.Context, conflictID string, d Decision) (*peer, error) {
	if d.Because != "" {
		return nil, nil
	}
	var c store.Conflict
	err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		c, err = tx.Conflict(ctx, conflictID)
		return err
	})
	if err != nil || c.Field == whole {
		return nil, err
	}
	p, err := e.peer(ctx, c.ProjectID)
	if err != nil && d.Choice != ChooseBlocks { // the values are there all the same, and can be decided on
		e.Log.WarnContext(ctx, "a decision is not held against what the external system can hold", "conflict", c.ID, "error", err)
		return nil, nil
	}
	return p, err
}

// fits refuses a decided value that is to be written outside, and that the system there, or the mapping, has no
// room or no word for. What stays here alone must only be fit to be held here.
func (e *Engine) fits(ctx context.Context, tx store.Tx, p *peer, c store.Conflict) error {
	if p == nil || c.TicketID == "" || c.Sticky() && c.Value.Equal(c.Local) { // nothing is written then
		return nil
	}
	w, err := e.supposed(ctx, tx, p, c)
	if err != nil {
		return err
	}
	if reason := e.input(p, w).CannotTell(c.Field, c.Value); reason != "" {
		return fmt.Errorf("%s %s %w: %s: %w", p.project.System, p.project.Key, ErrCannotHold, reason, ticket.ErrInvalid)
	}
	return nil
}

// supposed is what there is to the link of a conflict once what was decided stands here.
func (e *Engine) supposed(ctx context.Context, tx store.Tx, p *peer, c store.Conflict) (*work, error) {
	w := &work{rules: p.project.Rules, screen: outbound.NewScreen(p.project.Rules)}
	var err error
	if w.link, err = tx.Link(ctx, c.LinkID); err != nil {
		return nil, err
	}
	if w.ticket, err = tx.Ticket(ctx, c.TicketID); err != nil {
		return nil, err
	}
	if w.grants, err = tx.Grants(ctx, c.TicketID); err != nil {
		return nil, err
	}
	if c.CommentID == "" {
		w.ticket.Fields = w.ticket.Fields.Clone()
		w.ticket.Fields[c.Field] = c.Value
	} else {
		com, err := tx.Comment(ctx, c.CommentID)
		if err != nil {
			return nil, err
		}
		com.Body, w.comment = c.Value, &com
	}
	o, err := tx.Observation(ctx, w.link.ProjectID, w.link.Kind, w.link.ExternalID)
	switch {
	case err == nil:
		w.seen = &o
	case !errors.Is(err, store.ErrNotFound):
		return nil, err
	}
	if err := e.gatherHidden(ctx, tx, w); err != nil {
		return nil, err
	}
	_, err = e.gatherReferences(ctx, tx, p, w)
	return w, err
}

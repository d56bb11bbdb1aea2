package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// wakeTwin has the ticket's link ask that an item waits for.
func (e *Engine) wakeTwin(ctx context.Context, tx store.Tx, w *work) error {
	if w.wait != nextTwin {
		return nil
	}
	l, err := tx.LinkForUpdate(ctx, w.twin.here.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || l.Active() && l.Dirty() {
		return err // it has its turn, or rests after a failure until it has
	}
	return errors.Join(e.wakeAsked(ctx, tx, l.ID), tx.MarkDirty(ctx, l.ID))
}

// holdTwin sets the item aside about which a person is asked: it does not come in.
func (e *Engine) holdTwin(ctx context.Context, tx store.Tx, w *work) error {
	l, err := e.twinForUpdate(ctx, tx, w)
	if err != nil {
		return err
	}
	l = l.As(store.ParkedLink, store.CauseHeldTwin, heldTwin)
	l.NextTry = time.Time{}
	return tx.UpdateLink(ctx, l)
}

// twinForUpdate locks the link of the item that may be the ticket's twin. It fails with
// store.ErrStale when it is not what was planned on.
func (e *Engine) twinForUpdate(ctx context.Context, tx store.Tx, w *work) (store.Link, error) {
	if w.twin == nil {
		return store.Link{}, fmt.Errorf("no twin was planned on: %w", store.ErrStale)
	}
	l, err := tx.LinkForUpdate(ctx, w.twin.there.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && (l.LocalID != "" || l.ExternalID != w.twin.item.ID) {
		return l, fmt.Errorf("the twin belongs to another ticket by now: %w", store.ErrStale)
	}
	return l, err
}

// awaitsTwin reports whether an item does not come in because a person is asked about it.
func awaitsTwin(l store.Link) bool {
	return l.State == store.ParkedLink && l.Cause == store.CauseHeldTwin
}

// releaseTwin lets an item come in, or go its way otherwise, about which nobody is asked
// any more.
func (e *Engine) releaseTwin(ctx context.Context, tx store.Tx, c store.Conflict) error {
	if c.Kind != store.TwinCreated {
		return nil
	}
	l, err := tx.LinkByExternal(ctx, c.ProjectID, external.KindTicket, c.Twin)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || l.LocalID != "" {
		return err
	}
	if l, err = tx.LinkForUpdate(ctx, l.ID); err != nil {
		return err
	}
	if awaitsTwin(l) {
		if err := tx.UpdateLink(ctx, l.AtWork()); err != nil {
			return err
		}
	}
	return errors.Join(tx.MarkDirty(ctx, l.ID), tx.AddOutbox(ctx, e.wake(l.ProjectID)))
}

// goneTwin withdraws what a person was asked about an item that is gone.
func (e *Engine) goneTwin(ctx context.Context, tx store.Tx, l store.Link, item external.Item) error {
	if !item.Gone {
		return nil
	}
	return e.withdrawQuestion(ctx, tx, l)
}

// withdrawQuestion has the tickets planned again that a person was asked about because of
// an item that is gone now, or was found to belong to another ticket.
func (e *Engine) withdrawQuestion(ctx context.Context, tx store.Tx, stub store.Link) error {
	if stub.LocalID != "" {
		return nil
	}
	about, err := tx.TwinConflicts(ctx, stub.ProjectID, stub.ExternalID)
	if err != nil {
		return err
	}
	for _, c := range about {
		if c.Closed() {
			continue
		}
		if err := errors.Join(e.wakeAsked(ctx, tx, c.LinkID), tx.MarkDirty(ctx, c.LinkID)); err != nil {
			return err
		}
	}
	return nil
}

// linkTwin joins a ticket with the item that a person says is the same. They never agreed
// on anything: what only one of them holds flows, and what both hold differently is a
// conflict, unless a strategy that was confirmed decides it.
func (e *Engine) linkTwin(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link, j *journal) error {
	there, err := e.twinForUpdate(ctx, tx, w)
	if err != nil {
		return err
	}
	if err := e.closeWhole(ctx, tx, l.ID, store.Resolved, j); err != nil {
		return err
	}
	join := e.linkUnmade
	if l.ExternalID != "" {
		join = e.relink
	}
	if l, err = join(ctx, tx, l, there); err != nil {
		return err
	}
	if err := e.pairComments(ctx, tx, p, w, l); err != nil {
		return err
	}
	return errors.Join(tx.MarkDirty(ctx, l.ID), e.joined(ctx, tx, l), e.askWhoseItWas(ctx, tx, l, w.twin.item))
}

// askWhoseItWas has a project read its item of a ticket before it writes to it again, where
// that item may be the one with which the ticket was just linked, moved here: what is
// written to it would stand here a second time.
func (e *Engine) askWhoseItWas(ctx context.Context, tx store.Tx, joined store.Link, item external.Item) error {
	alike, err := e.sameMoment(ctx, tx, item)
	if err != nil {
		return err
	}
	for _, o := range alike {
		if o.ProjectID == joined.ProjectID || o.Item.Gone {
			continue
		}
		l, err := tx.LinkByExternal(ctx, o.ProjectID, o.Item.Kind, o.Item.ID)
		if err == nil && l.LocalID == joined.LocalID && l.Active() {
			err = e.ask(ctx, tx, l)
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
	}
	return nil
}

// linkUnmade gives the item to the link of a ticket that has none. The link keeps its id,
// and so its place in journals and conflicts.
func (e *Engine) linkUnmade(ctx context.Context, tx store.Tx, l, there store.Link) (store.Link, error) {
	if err := e.replaceStub(ctx, tx, there, l.ID); err != nil {
		return l, err
	}
	l.ExternalID, l.ExternalKey = there.ExternalID, there.ExternalKey
	l = l.AtWork()
	l.Bases = plan.Bases{}
	return l, tx.UpdateLink(ctx, l)
}

// relink gives a ticket whose item is gone to the link of the item that was made in its
// place. The old link is over and stays, so that nothing that still shows the old item is
// taken for news; comments that the new item lacks are made there.
func (e *Engine) relink(ctx context.Context, tx store.Tx, old, there store.Link) (store.Link, error) {
	there.LocalID = old.LocalID
	there = there.AtWork()
	there.Bases = plan.Bases{}
	old.LocalID = ""
	old = leftBehind(madeAgain(old, " there: see link ", there.ID))
	if err := errors.Join(tx.UpdateLink(ctx, old), e.endFields(ctx, tx, old)); err != nil {
		return there, err
	}
	if err := tx.UpdateLink(ctx, there); err != nil {
		return there, err
	}
	return there, e.replaceChildren(ctx, tx, old, there.ID)
}

// pairComments joins the comments of two tickets that became one, where a comment here and
// one outside say the same, one to one in the order of their links. The rest goes its way. A comment
// here that came from another project a moment ago was never planned: it would be made outside, and
// what stands there would come in beside it.
func (e *Engine) pairComments(ctx context.Context, tx store.Tx, p *peer, w *work, parent store.Link) error {
	children, err := underTicket(ctx, tx, parent)
	if err != nil {
		return err
	}
	outside := map[string][]store.Link{}
	norm := p.normalize(external.KindComment)
	for _, c := range children {
		if c.LocalID != "" || c.ExternalID == "" || c.State != store.Backlog {
			continue
		}
		o, err := tx.Observation(ctx, c.ProjectID, c.Kind, c.ExternalID)
		if errors.Is(err, store.ErrNotFound) {
			continue // it was heard of since; it comes in by itself
		}
		if err != nil {
			return err
		}
		ours := e.isOurs(p, o.Item.CreateKey)
		if says := norm(ticket.Body, canonical(p, o.Item)[ticket.Body]).Text(); !ours && !o.Item.Gone && says != "" {
			outside[says] = append(outside[says], c)
		}
	}
	for _, c := range children {
		if err == nil && c.LocalID != "" && c.ExternalID == "" && c.State == store.Backlog {
			c.Parent = parent.ID
			err = e.pairRemark(ctx, tx, p, w, c, outside)
		}
	}
	return err
}

// pairRemark joins one comment here with what we made of it, wherever its ticket's item was
// then, or else with the first of those outside that say the same, which it takes off the list.
func (e *Engine) pairRemark(ctx context.Context, tx store.Tx, p *peer, w *work, c store.Link, outside map[string][]store.Link) error {
	said, _, is, err := e.saidThere(ctx, tx, p, c.Parent, c.LocalID)
	if err != nil {
		return err
	}
	if is {
		return e.pairSaid(ctx, tx, c, said)
	}
	if len(outside) == 0 {
		return nil
	}
	says, err := e.commentTold(ctx, tx, p, w, c)
	if err != nil || len(outside[says]) == 0 {
		return err
	}
	same := outside[says]
	outside[says] = same[1:]
	return e.pairComment(ctx, tx, c, same[0])
}

// commentTold is what a comment of ours says outside; empty where it may not leave, or is
// on its way there.
func (e *Engine) commentTold(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link) (string, error) {
	intents, err := tx.LinkIntents(ctx, l.ID)
	if err != nil || len(intents) > 0 {
		return "", err
	}
	c, err := tx.Comment(ctx, l.LocalID)
	if err != nil || c.Deleted {
		return "", err
	}
	told := &work{link: l, ticket: w.ticket, grants: w.grants, rules: w.rules, comment: &c}
	if !e.verdict(p, told).Out {
		return "", nil
	}
	leaves, _ := w.screen.Text(c.Body)
	return p.normalize(external.KindComment)(ticket.Body, leaves).Text(), nil
}

// pairSaid joins a comment here with what we made of it.
func (e *Engine) pairSaid(ctx context.Context, tx store.Tx, here, there store.Link) error {
	there.Made = true
	return e.pairComment(ctx, tx, here, there)
}

// pairComment gives the link of a comment here the item of another one, with what is known of it.
func (e *Engine) pairComment(ctx context.Context, tx store.Tx, here, there store.Link) error {
	if err := tx.DeleteLink(ctx, there.ID); err != nil {
		return err
	}
	here, err := tx.LinkForUpdate(ctx, here.ID) // as it is by now: somebody may have asked for it to be taken back
	if err != nil {
		return err
	}
	here.Made, here.Parent = here.Made || there.Made, cmp.Or(here.Parent, there.Parent)
	here.ExternalID, here.ExternalKey, here.ParentKey = there.ExternalID, there.ExternalKey, there.ParentKey
	here = inSight(here.AtWork())
	here.Bases = maps.Clone(there.Bases)
	return errors.Join(tx.UpdateLink(ctx, here), tx.MarkDirty(ctx, here.ID))
}

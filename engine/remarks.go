package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// A ticket that is deleted outside takes its comments along. Those that nobody here has
// seen would be gone without a trace, and a session that a webhook woke lists nothing. So
// the comments are listed once more right before, and the ticket is looked at after that: a
// list of many pages takes its time. What is said or edited there between that look and the
// deletion is lost; the intent of the deletion is journalled as unaudited. Where a comment cannot
// be read for an hour, its ticket is closed instead.

// hearRemarks fails with store.ErrStale, and has the plan made anew, when a ticket is about
// to be deleted outside and comments or edits came that nobody had seen.
func (e *Engine) hearRemarks(ctx context.Context, r Run, p *peer, w *work) error {
	stream := p.streamOf(external.KindComment)
	if !p.deletesTicket(w) || !p.caps.Has(stream) {
		return nil
	}
	r.Kind = store.Incremental // a sweep would begin its listing anew
	seen, err := e.walk(ctx, r, p, stream, stream)
	if errors.Is(err, errShowsOther) { // it is listed under the settings of now
		return fmt.Errorf("%w: %w", err, store.ErrStale)
	}
	if err != nil {
		return fmt.Errorf("list comments before a ticket is deleted: %w", e.witnessed(ctx, r, err))
	}
	if err := e.readRemarks(ctx, r, p, w.link); err != nil {
		return e.unheard(ctx, r, p, w, err)
	}
	if err := e.spareOthers(ctx, p, w); err != nil {
		return err
	}
	if seen.Changed > 0 || !p.deletesTicket(w) {
		return fmt.Errorf("comments came: %w", store.ErrStale)
	}
	return e.lookOnceMore(ctx, r, p, w)
}

// unheard has a ticket closed, and not deleted, under which a comment stands that the system refuses
// to show, or has not shown for an hour: somebody may have said something there.
func (e *Engine) unheard(ctx context.Context, r Run, p *peer, w *work, cause error) error {
	enough := isAboutItem(cause)
	if kind := external.KindOf(cause); kind == external.Temporary || kind == external.Ambiguous {
		var err error
		if enough, err = e.triedEnough(ctx, r, w.link.ID); err != nil {
			return err
		}
	}
	if !enough {
		return cause
	}
	p.keep(w.link.ID)
	return fmt.Errorf("a comment of it cannot be read: %w", store.ErrStale)
}

// lookOnceMore fails with store.ErrStale when an item is not any more as it was planned upon.
func (e *Engine) lookOnceMore(ctx context.Context, r Run, p *peer, w *work) error {
	if !p.readable() || w.seen == nil {
		return nil
	}
	if err := e.look(ctx, r, p, w); err != nil {
		return err
	}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		now, err := tx.Observation(ctx, w.link.ProjectID, w.link.Kind, w.link.ExternalID)
		if err == nil && now.Hash != w.seen.Hash {
			err = fmt.Errorf("it was edited outside while its comments were listed: %w", store.ErrStale)
		}
		return err
	})
}

// deletesTicket reports whether a plan deletes a ticket outside that is still there.
func (p *peer) deletesTicket(w *work) bool {
	if w.link.Kind != external.KindTicket || w.link.ExternalID == "" || !p.deletes(w.link) || w.seen != nil && w.seen.Item.Gone {
		return false
	}
	for _, s := range w.plan.Steps {
		if s.Field == "" && (s.Action == plan.Withdraw || s.Action == plan.DeleteOutside) {
			return true
		}
	}
	return false
}

// spareOthers keeps a ticket that is withdrawn from being deleted where others commented on it, edited a
// comment of ours, or wrote what nobody here was shown, for the mapping leaves it out.
func (e *Engine) spareOthers(ctx context.Context, p *peer, w *work) error {
	if len(w.plan.Of(plan.Withdraw)) == 0 {
		return nil
	}
	if w.seen != nil && p.editedUncarried(w.link, w.seen.Item) {
		p.keep(w.link.ID)
		return nil
	}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		others, err := e.remarked(ctx, tx, p, w.link)
		if others {
			p.keep(w.link.ID)
		}
		return err
	})
}

// remarks returns the links of a ticket's comments outside, those too that were not planned
// yet.
func remarks(ctx context.Context, tx store.Tx, l store.Link) ([]store.Link, error) {
	children, err := tx.LinksOfParent(ctx, l.ID)
	if err != nil {
		return nil, err
	}
	unplanned, err := tx.LinksOfParentKey(ctx, l.ProjectID, external.KindComment, l.ExternalKey)
	return slices.DeleteFunc(append(children, unplanned...), func(c store.Link) bool { return c.ExternalID == "" }), err
}

// readRemarks reads the comments of a ticket of which a list has left doubts, which were
// only heard of, or which were gone when they were read last.
func (e *Engine) readRemarks(ctx context.Context, r Run, p *peer, l store.Link) error {
	var refs []external.Ref
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		refs = nil
		all, err := remarks(ctx, tx, l)
		if err != nil {
			return err
		}
		for _, c := range all {
			o, err := tx.Observation(ctx, c.ProjectID, c.Kind, c.ExternalID)
			if err != nil && !errors.Is(err, store.ErrNotFound) {
				return err
			}
			// Or a webhook has told of it, and nobody has read it. What was gone may have been out of sight, with
			// all of its project, and a list that has not changed since shows it to nobody.
			if o.Hash == "" || o.Item.Gone {
				refs = append(refs, external.Ref{Kind: c.Kind, ID: c.ExternalID, Key: c.ExternalKey, Parent: l.ExternalKey})
			}
		}
		return nil
	})
	batch := max(p.caps.ReadBatch, 1)
	for from := 0; err == nil && from < len(refs); from += batch {
		err = e.readAll(ctx, r, p, refs[from:min(from+batch, len(refs))])
	}
	return err
}

// remarked reports whether anybody but us has a comment on a ticket outside, or edited one
// of ours, as far as was seen.
func (e *Engine) remarked(ctx context.Context, tx store.Tx, p *peer, l store.Link) (bool, error) {
	all, err := remarks(ctx, tx, l)
	if err != nil {
		return false, err
	}
	for _, c := range all {
		o, err := tx.Observation(ctx, c.ProjectID, c.Kind, c.ExternalID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
		if err == nil && !o.Item.Gone && !p.standsAsOurs(c, o.Item) {
			return true, nil
		}
	}
	return false, nil
}

// unmappedRemark says that a comment that has one side alone stays there: the mapping carries no comments that
// way, and what it does not carry would be made without a word.
func (w *work) unmappedRemark(p *peer) (v external.Verdict, is bool) {
	if w.link.Kind != external.KindComment || w.localID() != "" && w.link.ExternalID != "" {
		return v, false
	}
	r := p.mapping.Rule(external.KindComment, ticket.Body)
	if r != nil && (w.link.LocalID != "" && r.Writes() || w.link.LocalID == "" && r.Reads()) {
		return v, false
	}
	return external.Verdict{Reason: "the mapping carries no comments that way: it stays where it is"}, true
}

package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// shuts finds out, once in a Sync, whether a refusal for want of a permission is about the project and
// not about one item: it was archived, say, or our account may not write there any more. No link is to
// blame then. Nothing more is written, and the session ends with the reason, so that a person is told
// once; the project is tried again by itself. What comes in does, whatever waits to go out. Some systems say
// with the refusal that it is about the project: no probe tells of a token that may only read.
func (e *Engine) shuts(ctx context.Context, p *peer, cause error) (bool, error) {
	if external.ForbidsAll(cause) && errors.As(cause, &p.shut) {
		return true, nil
	}
	if p.probed {
		return p.isShut(), nil
	}
	p.probed = true
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return false, err
	}
	id, err := p.adapter.Probe(ctx)
	why := id.Hinders(p.project.Direction)
	switch kind := external.KindOf(err); {
	case kind == external.Forbidden && errors.As(err, &p.shut):
		return true, nil
	case kind == external.Unauthorised || kind == external.RateLimited:
		return false, e.vendorError(ctx, p, err)
	case err != nil || why == "":
		return false, nil //nolint:nilerr // no answer: the item is taken to be to blame, as it may be
	}
	p.shut = &external.Error{
		Kind: external.Forbidden, Op: "write to " + p.project.Key, Message: why + "; the project then goes on by itself",
	}
	return true, nil
}

// shutsUndo returns why an undo waits that was refused something: nobody may write to the project at
// present, or nobody can tell whether one may. It returns nil where one item is to blame, of which the
// undo says that it cannot be undone.
func (e *Engine) shutsUndo(ctx context.Context, p *peer, cause error) error {
	if external.KindOf(cause) != external.Forbidden {
		return nil
	}
	if _, err := e.shuts(ctx, p, cause); err != nil {
		return err
	}
	return p.unlessShut()
}

// isShut reports whether nothing may be written to the project at present.
func (p *peer) isShut() bool { return p.shut != nil }

// shutOut returns why a link waits that has something to write to a project to which nobody may. What comes
// in of it does first, once: the plan is left without what goes out.
func (p *peer) shutOut(w *work, letIn bool) error {
	if !p.isShut() || w.wait != "" || !writesOutside(w.plan) && len(w.plan.Of(plan.CreateOutside)) == 0 {
		return nil
	}
	in := slices.DeleteFunc(slices.Clone(w.plan.Steps), func(s plan.Step) bool { return s.Action == plan.Push })
	if rest := (plan.Plan{Steps: in}); letIn || !patches(rest) || writesOutside(rest) {
		return p.shut
	}
	w.plan.Steps = in
	return nil
}

// syncBehind synchronises what is due behind links that wait for a project to which nobody may write: they
// stay due, and what comes in would never have its turn.
func (e *Engine) syncBehind(ctx context.Context, r Run, p *peer, links []store.Link, turn map[string]bool, missed *outages, pr *Progress) error {
	if turn == nil {
		turn = map[string]bool{}
	}
	for limit := 2 * len(links); p.isShut() && pr.More; limit *= 2 {
		for _, l := range links {
			turn[l.ID] = true
		}
		var counts store.LinkCounts
		var err error
		if links, counts, err = e.due(ctx, r, limit); err != nil {
			return err
		}
		pr.More = counts.Due > len(links)
		if err := e.syncLinks(ctx, r, p, links, turn, missed, pr); err != nil {
			return err
		}
		if r.Enough != nil && r.Enough() {
			return nil
		}
	}
	return nil
}

// unlessShut returns why a Sync ends that had things to write to such a project.
func (p *peer) unlessShut() error {
	if !p.isShut() {
		return nil // and no error that holds none
	}
	return p.shut
}

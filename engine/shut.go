package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// shuts finds out, once in a Sync, whether a refusal for want of a permission is about the project and
// not about one item: it was archived, say, or our account may not write there any more. No link is to
// blame then. Nothing more is written, and the session ends with the reason, so that a person is told
// once; the project is tried again by itself. What comes in does, but for a ticket that has edits on
// both sides: it waits as a whole.
func (e *Engine) shuts(ctx context.Context, p *peer) (bool, error) {
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
	if _, err := e.shuts(ctx, p); err != nil {
		return err
	}
	return p.unlessShut()
}

// isShut reports whether nothing may be written to the project at present.
func (p *peer) isShut() bool { return p.shut != nil }

// shutOut returns why a link waits that has something to write to a project to which nobody may.
func (p *peer) shutOut(w *work) error {
	if !p.isShut() || w.wait != "" || !writesOutside(w.plan) && len(w.plan.Of(plan.CreateOutside)) == 0 {
		return nil
	}
	return p.shut
}

// unlessShut returns why a Sync ends that had things to write to such a project.
func (p *peer) unlessShut() error {
	if !p.isShut() {
		return nil // and no error that holds none
	}
	return p.shut
}

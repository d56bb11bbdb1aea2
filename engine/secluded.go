package engine

import (
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// secluded is the verdict on an item that fewer people may see outside than see its project, and on
// its comments; is is false for all others. It is as private there as what is local_only is here,
// so that nothing of it flows: whoever sees the ticket here would see it, and rules may pass it on.
// What was asked to be taken back is, whoever may see it.
func (w *work) secluded(p *peer) (v external.Verdict, is bool) {
	why := w.restricted()
	takesBack := w.link.TakeBack != "" && !p.project.Restored.Open()
	if why == "" || takesBack {
		return v, false
	}
	return external.Verdict{Reason: "outside only some may see it, so nothing of it flows: " + why}, true
}

// seclude has such an item planned as it was last known here, or was shown to whoever is asked about a
// field: a question, or what an undo would do, would tell what is written there since.
func (w *work) seclude(p *peer, in *plan.Input) {
	if _, is := w.secluded(p); !is {
		return
	}
	raw := in.Raw
	in.External.Fields, in.Raw = ticket.Fields{}, map[ticket.Field]ticket.Value{}
	for f, b := range w.link.Bases {
		if !b.External.IsEmpty() {
			in.External.Fields[f] = b.External
		}
	}
	for f, c := range w.conflicts {
		switch _, unfit := raw[f]; {
		case f == whole || c.Sticky():
		case unfit:
			in.Raw[f] = c.External
		default:
			in.External.Fields[f] = c.External
		}
	}
}

// restricted says why only some may see an item outside, or the one that it is a comment of, or "".
func (w *work) restricted() string {
	o := w.seen
	if w.link.Kind == external.KindComment {
		o = w.under
	}
	if o == nil || o.Item.Gone {
		return ""
	}
	return o.Item.Restricted()
}

// isHidden is restricted for a link of which nothing else was read yet.
func (e *Engine) isHidden(ctx context.Context, tx store.Tx, w *work) (is bool, err error) {
	if w.link.Kind == external.KindComment && w.link.Parent != "" {
		if w.parent, err = tx.Link(ctx, w.link.Parent); err == nil {
			err = e.gatherUnder(ctx, tx, w)
		}
	}
	return w.restricted() != "", err
}

// hidesNow reads once more whether only some may see the item of a link: the answer to the call before,
// or another session, may have shown it.
func (e *Engine) hidesNow(ctx context.Context, tx store.Tx, l store.Link) (is bool, err error) {
	w := &work{link: l}
	if l.Kind == external.KindTicket && l.ExternalID != "" {
		o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return false, err
		}
		w.seen = &o
	}
	return e.isHidden(ctx, tx, w)
}

// gatherUnder reads the item of a comment's ticket.
func (e *Engine) gatherUnder(ctx context.Context, tx store.Tx, w *work) error {
	if w.parent.ExternalID == "" {
		return nil
	}
	o, err := tx.Observation(ctx, w.link.ProjectID, external.KindTicket, w.parent.ExternalID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	w.under = &o
	return err
}

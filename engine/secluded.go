package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// secluded is the verdict on an item that fewer people may see outside than see its project, and on
// its comments; is is false for all others. It is as private there as what is local_only is here,
// so that nothing of it flows: whoever sees the ticket here would see it, and rules may pass it on.
// What was asked to be taken back is, whoever may see it; until then, nothing flows either.
func (w *work) secluded(p *peer) (v external.Verdict, is bool) {
	why := w.restricted()
	if why == "" || w.retracting && !p.project.Restored.Open() {
		return v, false
	}
	return external.Verdict{Reason: "outside only some may see it, so nothing of it flows: " + why}, true
}

// seclude has such an item planned as it was last known here, or was shown to whoever is asked about a
// field: a question, or what an undo would do, would tell what is written there since.
// An item that was deleted there tells nothing of its end, either.
func (w *work) seclude(p *peer, in *plan.Input) {
	if _, is := w.secluded(p); !is && (!in.External.Deleted || w.lastRestricted() == "") {
		return
	}
	raw := in.Raw
	in.External.Fields, in.Raw = ticket.Fields{}, map[ticket.Field]ticket.Value{}
	for f, b := range in.Bases {
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

// standing is what an item holds outside, also where it is planned without what only some may see there.
// None of it is told here.
func (w *work) standing(p *peer) ticket.Fields {
	if w.restricted() == "" || w.seen == nil {
		return w.input.External.Fields
	}
	return canonical(p, w.seen.Item)
}

// restricted says why only some may see an item outside, or the one that it is a comment of, or "". What
// becomes of ours where a ticket is gone is asked about all the same; what was said below it stays unsaid.
func (w *work) restricted() string {
	if w.link.Kind != external.KindComment && w.seen != nil && w.seen.Item.Gone {
		return ""
	}
	return w.lastRestricted()
}

// lastRestricted is restricted, where an item that is gone counts as it was at its end.
func (w *work) lastRestricted() string {
	o := w.seen
	if w.link.Kind == external.KindComment {
		o = w.under
	}
	if o == nil {
		return ""
	}
	return o.Item.Restricted()
}

// tells reports whether carrying a comment's plan out tells people here what it says, or said.
func (w *work) tells() bool {
	if w.link.Kind != external.KindComment || w.seen == nil {
		return false
	}
	return len(w.plan.Conflicts) > 0 || slices.ContainsFunc(w.plan.Steps, func(s plan.Step) bool {
		switch s.Action {
		case plan.CreateHere, plan.Apply, plan.Adopt, plan.Decide, plan.Revive:
			return true
		}
		return false
	})
}

// mayBeSecluded reports whether a comment's ticket must be read before the comment comes in: whoever
// wrote it may have had the ticket restricted since that was seen last, and nothing else that is known
// of the comment says so. A list that brings comments along with their tickets shows both at once; one that
// shows the ticket alone, later than the comment, may lag behind it.
func (w *work) mayBeSecluded(p *peer) bool {
	if !p.caps.Secludes || !p.readable() || w.wait != "" || !w.tells() {
		return false
	}
	switch u := w.under; {
	case u == nil || u.Hash == "":
		return w.parent.ExternalID != ""
	case u.Item.Gone:
		return false
	default:
		return p.caps.Has(external.StreamComments) || !u.SeenAt.Equal(w.seen.SeenAt)
	}
}

// unseenSince reports whether a comment that has not come in was seen later than its ticket, which cannot be
// seen now. That may be for a while alone, and it may have been restricted meanwhile; that it is deleted is
// proved when its own turn comes, which wakes its comments.
func (w *work) unseenSince(p *peer) bool {
	return p.caps.Secludes && p.readable() && w.under != nil && w.under.Item.Gone && w.under.SeenAt.Before(w.seen.SeenAt)
}

// shownBack is what the answer to a call shows. Where it was read by a later call, and only some may see the
// item by then, what differs from what was written is for them alone, and counts as written until all may.
func (p *peer) shownBack(kind external.Kind, i store.Intent, item external.Item) ticket.Fields {
	back, norm := canonical(p, item), p.normalize(kind)
	if !item.ReadBack || item.Restricted() == "" {
		return back
	}
	for _, c := range i.Changes {
		_, set := p.history(kind, c.Field)
		if !set && !p.names(kind, c.Field, slices.Concat(item.Halfway, item.Chosen)) && !norm(c.Field, back[c.Field]).Equal(norm(c.Field, c.Written)) {
			back[c.Field] = norm(c.Field, c.Written)
		}
	}
	return back
}

// gatherHidden reads what restricted goes by, for a link of which nothing else was read yet.
func (e *Engine) gatherHidden(ctx context.Context, tx store.Tx, w *work) (err error) {
	if w.link.Kind == external.KindComment && w.link.Parent != "" {
		if w.parent, err = tx.Link(ctx, w.link.Parent); err == nil {
			err = e.gatherUnder(ctx, tx, w)
		}
	}
	return err
}

// hidesNow reads once more whether only some may see the item of a link: the answer to the call before,
// or another session, may have shown it.
func (e *Engine) hidesNow(ctx context.Context, tx store.Tx, l store.Link) (is bool, err error) {
	by, err := e.hiddenBy(ctx, tx, l)
	return by != nil, err
}

// hiddenBy is hidesNow, and tells by what only some may see it: the item itself, or a comment's ticket.
func (e *Engine) hiddenBy(ctx context.Context, tx store.Tx, l store.Link) (by *store.Observation, err error) {
	w := &work{link: l}
	if l.Kind == external.KindTicket && l.ExternalID != "" {
		o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		w.seen = &o
	}
	if err = e.gatherHidden(ctx, tx, w); err != nil || w.restricted() == "" {
		return nil, err
	}
	if w.link.Kind == external.KindComment {
		return w.under, nil
	}
	return w.seen, nil
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

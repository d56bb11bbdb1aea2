package engine

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// unprovedDelay is how long a link rests whose item cannot be seen while it is not proved
// that the project still can.
const unprovedDelay = 10 * time.Minute

// unproved is why nothing is done about an item that cannot be seen.
const unproved = "outside it cannot be seen any more, and whether it is gone is not proved: the project itself cannot be " +
	"seen as before; look at the credential's permissions"

// unprovedComment is why nothing is done about a comment that cannot be seen.
const unprovedComment = "outside it cannot be seen any more, and its ticket cannot be read there to tell whether it is gone; " +
	"look at why that ticket fails"

// concludesGone reports whether a plan rests on the external item being gone.
func concludesGone(w *work) bool {
	if w.wait != "" || w.seen == nil || !w.seen.Item.Gone || !w.link.Active() {
		return false
	}
	switch s := w.plan.Steps[0]; s.Action {
	case plan.OpenConflict, plan.DeleteHere, plan.MakeAgain, plan.MoveOn, plan.Link:
		return s.Field == whole
	case plan.LinkGone:
		return w.input.Local.Deleted || w.link.Kind == external.KindComment
	case plan.Nothing:
		return w.link.LocalID == "" // it never came in
	case plan.Withhold:
		return true // a project that shows one like it takes it for an answer, see replyOf
	}
	return false
}

// prove finds out whether an item that could not be read is gone: the project can be seen
// with all permissions, the item is read once more, and the project can still be seen after that. A
// system answers alike for what was deleted and for what may not be seen, so that one reading proves nothing.
// A comment's ticket is read with it: a comment that cannot be seen any more may have gone
// elsewhere with its ticket, and then it is not deleted.
// It returns false when the project, or that ticket, is not seen as before.
func (e *Engine) prove(ctx context.Context, r Run, p *peer, w *work) (bool, error) {
	doubt, err := e.probeGone(ctx, r, p, w)
	if err == nil && doubt != "" {
		err = e.restUnproved(ctx, r, w, doubt)
	}
	return err == nil && doubt == "", err
}

// probeGone is prove without the rest: it says why nothing is proved, or "".
func (e *Engine) probeGone(ctx context.Context, r Run, p *peer, w *work) (doubt string, err error) {
	seen, err := e.sees(ctx, r, p)
	switch {
	case err != nil:
		return "", err
	case !seen:
		return unproved, nil
	}
	if w.link.Kind == external.KindComment {
		switch err := e.readAll(ctx, r, p, []external.Ref{refOf(w.parent)}); {
		case isAboutItem(err): // the comment is not to blame
			return unprovedComment, nil
		case err != nil:
			return "", err
		}
	}
	err = e.readFor(ctx, r, p, []external.Ref{w.itsRef()}, true)
	if errors.Is(err, errUnseen) {
		return unproved, nil
	}
	return "", err
}

// errUnseen says that what was read as gone may have been out of sight alone: its project is by now.
var errUnseen = errors.New("the project went out of sight")

// stillSeen fails with errUnseen where an item was read as gone, and its project cannot be seen after that.
func (e *Engine) stillSeen(ctx context.Context, p *peer, items []external.Item) error {
	if !slices.ContainsFunc(items, func(it external.Item) bool { return it.Gone }) {
		return nil
	}
	_, seen, err := e.showsProject(ctx, p)
	if err == nil && !seen {
		err = errUnseen
	}
	return err
}

// sees reports whether a project can be seen as before, with all permissions.
func (e *Engine) sees(ctx context.Context, r Run, p *peer) (bool, error) {
	now, seen, err := e.shows(ctx, p)
	if err == nil && (seen || p.another(now.Project)) {
		_, err = e.renamed(ctx, r, p, now)
	}
	return seen && err == nil, err
}

// shows is sees for any project, whose name is its own sessions' to take over.
func (e *Engine) shows(ctx context.Context, p *peer) (now address, seen bool, err error) {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return now, false, err
	}
	who, err := p.adapter.Probe(ctx)
	if now.login = who.Login; err == nil && len(who.Missing) == 0 {
		now.Project, seen, err = e.showsProject(ctx, p)
		return now, seen, err
	}
	return now, false, e.unlessUnseen(ctx, p, err)
}

// showsProject is shows for the project alone, whatever our permissions are.
func (e *Engine) showsProject(ctx context.Context, p *peer) (now external.Project, seen bool, err error) {
	if err := e.pace(ctx, p, store.UseRead); err != nil {
		return now, false, err
	}
	now, err = p.adapter.Project(ctx)
	return now, err == nil && now.ID == p.project.ExternalID, e.unlessUnseen(ctx, p, err)
}

// unlessUnseen passes an error that does not merely say that something cannot be seen.
func (e *Engine) unlessUnseen(ctx context.Context, p *peer, err error) error {
	switch external.KindOf(err) {
	case "", external.NotFound, external.Gone, external.Moved, external.Forbidden:
		return nil
	}
	return e.vendorError(ctx, p, err)
}

// restUnproved leaves everything as it is, says why, and comes back later.
func (e *Engine) restUnproved(ctx context.Context, r Run, w *work, why string) error {
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, w.link.ID)
		if err != nil {
			return err
		}
		now := e.Clock.Now()
		l = l.As(l.State, store.NoCause, why)
		l.NextTry = now.Add(unprovedDelay)
		j.add(w, plan.Step{Action: plan.Nothing, Reason: why}, "", "")
		return errors.Join(tx.UpdateLink(ctx, l), w.askedInVain(ctx, tx, now), j.flush(ctx, tx, e))
	})
}

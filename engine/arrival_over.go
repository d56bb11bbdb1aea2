package engine

import (
	"context"
	"errors"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// isUnread reports whether no session reads the item of a link: it is over, or set aside with its
// ticket until a person tries it again.
func isUnread(l store.Link) bool { return over(l) || l.State == store.ParkedLink }

// mayHaveOutlived is mayHaveLeft for an item whose link is over, or set aside. It stays out wherever it was
// moved to, even in the moment between its last reading and the end of its link, and does not
// bring its ticket back under another name. No session of its own project reads it any more,
// so that this one does; what was hinted or edited of it since is no reading.
func (e *Engine) mayHaveOutlived(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link, o store.Observation, certain time.Time) (left bool, till time.Time, err error) {
	now := e.Clock.Now()
	switch {
	case over(l) && !staysOut(l):
		return false, till, nil
	case cameTo(p, w, o.Item):
		due, err := e.dueHere(ctx, tx, p, w, l)
		if due {
			w.enquiry = &enquiry{link: l, since: w.link.CreatedAt, due: true}
		}
		return true, till, err
	case !o.SeenAt.Before(certain): // there, deleted, or elsewhere: this is another item
		return false, till, nil
	case now.Before(certain):
		return true, certain, nil
	case l.Attempts > 1 && !l.FirstTry.Before(w.link.CreatedAt): // no answer is to be had
		return false, till, nil
	}
	w.enquiry = &enquiry{link: l, since: w.link.CreatedAt}
	return true, now.Add(unprovedDelay), nil
}

// staysOut reports whether the item of a link that is over comes in nowhere else either: all
// of them but those whose link goes on elsewhere, and those without which a person had their
// ticket made again. Restoring a deleted ticket takes its link up again.
func staysOut(l store.Link) bool { return over(l) && !isMoved(l) && !isMadeAgain(l) }

// enquire reads an item of another project in that project. Where it cannot be read, it is
// tried again, for as long as a project is waited for that was asked.
func (e *Engine) enquire(ctx context.Context, r Run, p *peer, w *work) (further, error) {
	l := w.enquiry.link
	ref, at := refOf(l), e.Clock.Now()
	home, err := e.peer(ctx, l.ProjectID)
	var items []external.Item
	if err == nil {
		items, err = e.readAfar(ctx, home, ref)
	}
	if err != nil {
		if ctx.Err() != nil {
			return restUntilAsked, err
		}
		e.Log.WarnContext(ctx, "an item that may have been moved cannot be read where it was", "project", l.ProjectID, "link", l.ID, "kind", string(external.KindOf(err)))
		return restUntilAsked, e.restUnproved(ctx, r, w, w.wait)
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		return e.seeRead(ctx, tx, home, ref, items[0], at, true)
	})
	if err != nil || !w.enquiry.due {
		return planAgain, err
	}
	return planAgain, e.bringBack(ctx, r, p, w, home)
}

// readAfar reads an item of another project. That it is gone is proved, as ever; see prove.
func (e *Engine) readAfar(ctx context.Context, home *peer, ref external.Ref) ([]external.Item, error) {
	refs := []external.Ref{ref}
	items, err := e.readThere(ctx, home, refs)
	if err != nil || !items[0].Gone || items[0].Home.Project != "" {
		return items, err
	}
	if _, seen, err := e.shows(ctx, home); err != nil || !seen {
		return nil, errors.Join(err, errUnproved)
	}
	return e.readThere(ctx, home, refs)
}

// errUnproved says that an item that cannot be seen is not proved to be gone.
var errUnproved = errors.New(unproved)

// enquiry is what is read in another project before something comes in, or is made.
type enquiry struct {
	link  store.Link // that is over, or set aside
	since time.Time  // when the item appeared that may be its own: older answers count for nothing
	due   bool       // that one is its own, and is to be taken back here
}

// askedInVain counts on the link of an enquiry that its item cannot be read. Two tries make that
// certain: the first, and one that comes once the project has synchronised an hour later. A
// project that comes back after hours is asked again before anything is believed.
func (w *work) askedInVain(ctx context.Context, tx store.Tx, now time.Time) error {
	if w.enquiry == nil {
		return nil
	}
	l, err := tx.LinkForUpdate(ctx, w.enquiry.link.ID)
	if err != nil || !isUnread(l) {
		return err
	}
	from, err := tx.Project(ctx, l.ProjectID)
	if err != nil {
		return err
	}
	switch first := l.FirstTry.Before(w.enquiry.since); {
	case first:
		l.Attempts = 0
	case !from.SyncedAt.After(l.FirstTry.Add(patience)):
		return nil
	}
	l, _ = tried(l, now)
	return tx.UpdateLink(ctx, l)
}

// dueHere reports whether an item that came here is to be taken back, though its link is over where it was:
// that was asked for while it was elsewhere, and it may not be here.
func (e *Engine) dueHere(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link) (bool, error) {
	if !over(l) || l.LocalID == "" {
		return false, nil
	}
	was, err := tx.LinkByLocal(ctx, p.project.ID, l.Kind, l.LocalID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return false, err
	}
	if l.TakeBack == "" && l.Unseen == "" && (was.Unseen == "" || was.ExternalID == "" || isTakenBack(l)) {
		return false, nil
	}
	free, err := e.isFree(ctx, tx, p.project.ID, l, w.seen.Item.ID)
	if err != nil || !free {
		return false, err
	}
	stays, err := e.mayStay(ctx, tx, p.project, l)
	return !stays, err
}

// bringBack lets a link that is over go on with its item, which came here and is to be taken back. It stays
// over; what is said below the item is taken back with it.
func (e *Engine) bringBack(ctx context.Context, r Run, p *peer, w *work, from *peer) error {
	j := &journal{run: r}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if err := e.lockBoth(ctx, tx, r, from); err != nil {
			return err
		}
		old, err := tx.LinkForUpdate(ctx, w.enquiry.link.ID)
		if err != nil {
			return err
		}
		left, err := tx.Observation(ctx, old.ProjectID, old.Kind, old.ExternalID)
		if err != nil || !cameTo(p, w, left.Item) {
			return err
		}
		if due, err := e.dueHere(ctx, tx, p, w, old); err != nil || !due {
			return err
		}
		a := &arrived{home: p, at: w.seen.SeenAt, item: w.seen.Item}
		fresh, leaves, err := e.goOn(ctx, tx, a, old, j)
		if err != nil {
			return err
		}
		return errors.Join(e.takeAlong(ctx, tx, a, old, fresh, j), e.leaveRest(ctx, tx, leaves, fresh), e.tellMove(ctx, tx, from, p, old, fresh), j.flush(ctx, tx, e))
	})
	if errors.Is(err, store.ErrStale) { // it is looked at again
		return nil
	}
	return err
}

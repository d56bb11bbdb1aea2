package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// vendorError books a limit that the vendor told of and turns it into a PacedError;
// every other error passes.
func (e *Engine) vendorError(ctx context.Context, p *peer, err error) error {
	if external.KindOf(err) == external.RateLimited && !external.LimitsOneItem(err) {
		return e.limited(ctx, p.project.ID, err)
	}
	return err
}

// The quarantine rule: so many attempts, spread over at least so long.
const (
	maxAttempts   = 5
	minQuarantine = time.Hour
)

// tried counts one more attempt of a link, and reports whether there were enough of them.
func tried(l store.Link, now time.Time) (_ store.Link, enough bool) {
	if l.Attempts == 0 {
		l.FirstTry = now
	}
	l.Attempts++
	return l, l.Attempts >= maxAttempts && now.Sub(l.FirstTry) >= minQuarantine
}

// triedEnough counts a try of a link that came to nothing for want of an answer about one item,
// while the system answers otherwise, and reports whether what waits for that goes on without it.
func (e *Engine) triedEnough(ctx context.Context, r Run, linkID string) (enough bool, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, linkID)
		if err != nil {
			return err
		}
		l, enough = tried(l, e.Clock.Now())
		return tx.UpdateLink(ctx, l)
	})
	return enough && err == nil, err
}

// linkFailed notes why a link could not be synchronised, as it was when that was tried. It
// returns an error only when the session cannot go on.
func (e *Engine) linkFailed(ctx context.Context, r Run, p *peer, was store.Link, cause error, missed *outages) error {
	var paced *PacedError
	var vendor *external.Error
	switch {
	case errors.Is(cause, ErrFenced), errors.Is(cause, ErrStopped), errors.As(cause, &paced), ctx.Err() != nil:
		return cause
	case !errors.As(cause, &vendor):
		return cause // our own store failed: no link is to blame
	}
	if p.planned.ID == was.ID { // that its item was read for that is no change
		was = p.planned
	}
	switch vendor.Kind {
	case external.Unauthorised:
		return cause
	case external.RateLimited: // of this item alone
		_, err := e.delay(ctx, r, was.ID, e.Clock.Now().Add(max(vendor.RetryAfter, restlessDelay)))
		return err
	case external.Temporary, external.Ambiguous:
		if isAnswered(vendor) {
			break
		}
		l, err := e.delayFailed(ctx, r, was.ID, vendor)
		if err == nil && missed.missed(l) {
			return cause
		}
		return err
	}
	missed.over()
	switch vendor.Kind {
	case external.Moved:
		return e.redirected(ctx, r, p, was, vendor)
	case external.Forbidden:
		if shut, err := e.shuts(ctx, p, cause); err != nil || shut {
			return err
		}
	}
	return e.countFailure(ctx, r, was, vendor)
}

// isAnswered reports whether a write is in doubt though the system answers: what it says it made or changed is not
// there. It may answer so for ever.
func isAnswered(err *external.Error) bool {
	return err.Kind == external.Ambiguous && err.Err != nil && external.KindOf(err.Err) == external.Gone
}

// isAboutItem reports whether a call failed for a reason that lies with the item it was
// about: neither with the system, its limits or our credential, nor with what is in between.
func isAboutItem(err error) bool {
	switch external.KindOf(err) {
	case external.NotFound, external.Gone, external.Forbidden, external.Invalid, external.Conflict:
		return true
	}
	return false
}

// delay makes a link wait until then, and returns it.
func (e *Engine) delay(ctx context.Context, r Run, linkID string, till time.Time) (l store.Link, err error) {
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		if l, err = tx.LinkForUpdate(ctx, linkID); err != nil {
			return err
		}
		l.NextTry = till
		return tx.UpdateLink(ctx, l)
	})
	return l, err
}

// delayFailed makes a link wait a little; outages do not count as attempts.
func (e *Engine) delayFailed(ctx context.Context, r Run, linkID string, cause *external.Error) (store.Link, error) {
	e.Log.WarnContext(ctx, "link delayed", "project", r.ProjectID, "link", linkID, "kind", string(cause.Kind))
	return e.delay(ctx, r, linkID, e.Clock.Now().Add(restlessDelay))
}

// countFailure counts an attempt that the link itself is to blame for, and
// quarantines it after enough of them. What changed while they failed is tried before.
func (e *Engine) countFailure(ctx context.Context, r Run, was store.Link, cause *external.Error) error {
	now := e.Clock.Now()
	j := &journal{run: r}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, was.ID)
		if err != nil {
			return err
		}
		if !l.Active() && !l.Retracts() {
			return nil // a write of it is still in doubt, and it was set aside for another reason
		}
		l, enough := tried(l, now)
		l.NextTry = now.Add(time.Minute << min(l.Attempts, 6))
		j.counts.Failed++
		switch {
		case l.Retracts() && enough:
			if l, err = e.leaveWithdrawn(ctx, tx, l, cause); err != nil {
				return err
			}
		case l.Retracts(): // why it was withdrawn is to be known yet
		case enough && l.DirtyRev > was.DirtyRev:
			l = l.As(l.State, causeOfFailure(cause), cause.Message)
			l.Attempts, l.FirstTry, l.NextTry = 0, time.Time{}, time.Time{}
		case enough && isAbsent(cause) && l.Cause != store.CauseAbsent && l.Cause != store.CauseLookedAgain:
			l = l.As(l.State, store.CauseLookedAgain, onceMore+cause.Message)
		case enough:
			l = l.As(store.Quarantined, causeOfFailure(cause), cause.Message)
			j.counts.Quarantined++
		default:
			l = l.As(l.State, causeOfFailure(cause), cause.Message)
		}
		if err := tx.UpdateLink(ctx, l); err != nil {
			return err
		}
		if err := e.doubtParent(ctx, tx, l, cause); err != nil {
			return err
		}
		return j.flush(ctx, tx, e)
	})
	if err != nil {
		return fmt.Errorf("note a failure: %w", err)
	}
	e.Log.WarnContext(ctx, "link failed", "project", r.ProjectID, "link", was.ID, "kind", string(cause.Kind))
	return nil
}

// afterFailures returns a link with all its tries before it. One that waits for nothing says no more why a try failed:
// what was tried has been done, or is asked about.
func (w *work) afterFailures(l store.Link) store.Link {
	l.Attempts, l.FirstTry, l.NextTry = 0, time.Time{}, time.Time{}
	if l.State == store.Live && w.wait == "" {
		l = l.As(l.State, store.NoCause, "")
	}
	return l
}

// onceMore begins what people are told of a link that would have been set aside, but for its item, or its ticket, not being
// where it was, while the tries before had failed for another reason: that is looked at before the next one, which is
// the last.
const onceMore = "looked at once more before it is set aside: "

// isAbsent reports whether a call failed since what it was about, or was below, is gone or elsewhere.
func isAbsent(cause *external.Error) bool {
	return cause.Kind == external.Gone || cause.Kind == external.NotFound || cause.Kind == external.Moved
}

// doubtParent has a comment's ticket read directly when the comment could not be
// written because the ticket, it seems, is not there. If that is so the comment waits
// with it, instead of failing until it is quarantined.
func (e *Engine) doubtParent(ctx context.Context, tx store.Tx, l store.Link, cause *external.Error) error {
	if cause.Kind != external.Gone && cause.Kind != external.NotFound || l.Parent == "" {
		return nil
	}
	parent, err := tx.Link(ctx, l.Parent)
	if err != nil {
		return err
	}
	return e.doubt(ctx, tx, parent)
}

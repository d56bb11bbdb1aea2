package engine

import (
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// Why a link rests or is over decides what becomes of it: see store.Cause. The sentence beside it is for people, and
// nothing is read out of it but what is told once more.

// isUnlinked reports whether a person ended a link, which nothing revives.
func isUnlinked(l store.Link) bool {
	return l.State == store.Tombstone && l.Cause == store.CauseUnlinked
}

// isMoved reports whether a link is over since its item was moved, and goes on elsewhere.
func isMoved(l store.Link) bool {
	_, is := goesOnAs(l)
	return is
}

// goesOnAs returns the id of the link as which one that is over goes on elsewhere.
func goesOnAs(l store.Link) (id string, is bool) {
	return l.Onward, l.State == store.Tombstone && l.Cause == store.CauseMoved
}

// isMadeAgain reports whether a link is over since its item was deleted, and what it stood for has another one.
func isMadeAgain(l store.Link) bool {
	return over(l) && l.Cause == store.CauseMadeAgain
}

// isTakenBack reports whether what the item of a link says was taken back, all of it, and does not come back with it.
func isTakenBack(l store.Link) bool {
	return wasTakenBack(l) && l.Cause != store.CauseTakenBackInPart
}

// wasTakenBack reports whether an item was taken back, be it that something stays there about which a person was told.
func wasTakenBack(l store.Link) bool {
	return l.Unseen == "" && (l.Cause == store.CauseTakenBack || l.Cause == store.CauseTakenBackInPart)
}

// isUndoneHere reports whether an undo deleted a remark here that still stands outside: it stays out wherever its
// ticket goes.
func isUndoneHere(l store.Link) bool {
	return l.State == store.Withdrawn && l.LocalID != "" && l.ExternalID != "" && l.Cause == store.CauseUndone
}

// isTombstone reports whether a link was over for another reason before what its item says was to be taken back: its
// ticket was deleted here, say. It is a tombstone again once that is done, and its ticket may still leave.
func isTombstone(l store.Link) bool {
	return over(l) && !slices.Contains([]store.Cause{store.CauseTakenBack, store.CauseTakenBackInPart, store.CauseUndone}, l.Cause)
}

// endsAs is why a link is over whose item its plan takes back.
func (w *work) endsAs() store.Cause {
	switch {
	case w.undo != nil:
		return store.CauseUndone
	case w.retracting && len(w.stays) > 0:
		return store.CauseTakenBackInPart
	case w.retracting:
		return store.CauseTakenBack
	}
	return store.NoCause // its ticket was deleted here
}

// causeOf is why a link is over of which a step finds its item gone, and ours deleted or to be.
func causeOf(s plan.Step) store.Cause {
	if s.Follows {
		return store.CauseFollowed
	}
	return store.NoCause
}

// causeOfWait is what sessions are to know of why a link rests.
func causeOfWait(wait string) store.Cause {
	switch wait {
	case heldBack:
		return store.CauseHeldBack
	case heldGone:
		return store.CauseHeldGone
	case heldTwin:
		return store.CauseHeldTwin
	case comesLate:
		return store.CauseComesLate
	}
	return store.NoCause
}

// causeOfFailure is what the next try of a link is to know of why this one failed.
func causeOfFailure(cause *external.Error) store.Cause {
	if isAbsent(cause) {
		return store.CauseAbsent
	}
	return store.NoCause
}

// madeAgain returns a link that is over as its ticket has another item, under another link, with how that came.
func madeAgain(l store.Link, how, by string) store.Link {
	l = l.As(store.Tombstone, store.CauseMadeAgain, againReason+how+by)
	l.Onward = by
	return l
}

// sameCause returns a link in a state for what another one rests or is over for.
func sameCause(l store.Link, state store.LinkState, other store.Link) store.Link {
	l = l.As(state, other.Cause, other.Reason)
	l.Onward = other.Onward
	return l
}

// inPart returns the link of an item in which something stays, if anything does.
func inPart(l store.Link, left []string) store.Link {
	if len(left) > 0 && l.Cause == store.CauseTakenBack {
		l.Cause = store.CauseTakenBackInPart
	}
	return l
}

// staysAway returns the link of an item that was to be taken back, and does not show or keeps something: a comment of
// ours that was deleted after it does not come back with it any more, see shownAgain. About a ticket a person is asked.
func staysAway(l store.Link) store.Link {
	if l.Kind == external.KindComment && l.Cause == store.CauseFollowed {
		l.Cause = store.NoCause
	}
	return l
}

// onwardSaid is what people were told of the link as which one goes on, or its ticket does: it names that. Empty: nothing.
func onwardSaid(l store.Link) string {
	for _, said := range strings.Split(l.Reason, "; ") {
		if l.Onward != "" && strings.HasSuffix(said, " "+l.Onward) {
			return said
		}
	}
	return ""
}

// besides returns a link with what there is to say of it besides, once.
func besides(l store.Link, said string) store.Link {
	if !strings.Contains(l.Reason, said) {
		l.Reason = and(l.Reason, said)
	}
	return l
}

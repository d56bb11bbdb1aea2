package store

// Cause is why a link rests or is over, as far as sessions need to know. What its Reason says is for people, and may
// be put otherwise at any time: what a session does hangs on the cause, and on the link's state. A cause outlives
// the state that it came with where a link that is over is to be taken back: it says for what it was over before.
type Cause string

// The causes. Where a link has none, sessions need not know why it rests or is over.
const (
	NoCause Cause = ""

	// Of one that is over.

	CauseUnlinked  Cause = "unlinked"   // a person ended it, and nothing revives it
	CauseTakenBack Cause = "taken_back" // its item was taken back, or what it said
	// CauseTakenBackInPart is CauseTakenBack where something stays in the item, about which a person was told: what
	// others wrote there, say.
	CauseTakenBackInPart Cause = "taken_back_in_part"
	CauseUndone          Cause = "undone"     // an undo took its item back, or deleted ours
	CauseFollowed        Cause = "followed"   // ours was deleted since its item was: should that show again, the link goes on
	CauseWentAlong       Cause = "went_along" // we deleted its item since ours was deleted
	CauseMoved           Cause = "moved"      // its item was moved, and goes on under another link: see Link.Onward
	CauseLeft            Cause = "left"       // its ticket goes on with another item, that was moved here: see Link.Onward
	CauseMadeAgain       Cause = "made_again" // its item was deleted, and what it stood for has another one: see Link.Onward

	// Of one that rests until something happens.

	CauseMovedAlong Cause = "moved_along" // a comment that was moved with its ticket, and has not been seen there yet
	CauseHeldBack   Cause = "held_back"   // a restored database may have forgotten what we did with its item: a person looks there
	CauseHeldGone   Cause = "held_gone"   // CauseHeldBack for a comment that is gone outside: ours stays
	CauseHeldTwin   Cause = "held_twin"   // it may be the twin of a ticket, about which a person is asked

	// Of one at work.

	CauseComesLate   Cause = "comes_late"   // its item may have been moved here from a project that nobody could ask when it came
	CauseAbsent      Cause = "absent"       // the last try of it failed, since its item or its ticket is gone or elsewhere
	CauseLookedAgain Cause = "looked_again" // CauseAbsent: that is looked at before the next try, which is the last
)

// As returns the link in a state, with why: what sessions go by, and what people read. It is not known any more under
// which one it goes on; whoever knows sets Onward.
func (l Link) As(state LinkState, cause Cause, reason string) Link {
	l.State, l.Cause, l.Onward, l.Reason = state, cause, "", reason
	return l
}

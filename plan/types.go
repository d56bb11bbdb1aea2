package plan

import (
	"maps"

	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Base is what each side held of a field when the other last incorporated it.
type Base struct {
	Local    ticket.Value `json:"l"`
	External ticket.Value `json:"e"`
	// Doubt is not empty after a write of unknown outcome to a system that cannot be
	// read: the elements of a set that may or may not have been changed, or any text for
	// another field. The local value is then written once more, whatever it is.
	Doubt ticket.Value `json:"d,omitzero"`
	// Over is an external value that cannot be read in our terms, as it stands outside,
	// which a person decided to write over. It holds for that very value only.
	Over ticket.Value `json:"o,omitzero"`
	// Refused identifies the local value that the external system refused last, see
	// [Mark]; empty: none. A field with it is written alone, so that one refusal tells
	// which field is to blame.
	Refused string `json:"x,omitempty"`
	// Ours says that we wrote the external value, as far as it is known.
	Ours bool `json:"u,omitempty"`
	// Was is the external value agreed on last, of an item that was gone, and ours deleted for that, and of which
	// something is heard since. External is empty then: nobody has agreed on what stands there by now.
	Was ticket.Value `json:"w,omitzero"`
}

// Afresh returns the bases of such an item, and AsBefore those that it had until then.
func (b Bases) Afresh(lead ticket.Field) Bases {
	return b.with(lead, func(v *Base) { v.External, v.Was = ticket.Value{}, v.External })
}

// AsBefore returns the bases of an item as they were before Afresh, if they are as that left them.
func (b Bases) AsBefore() Bases {
	for f := range b {
		if b.isAfresh(f) {
			return b.with(f, func(v *Base) { v.External, v.Was = v.Was, ticket.Value{} })
		}
	}
	return b
}

func (b Bases) isAfresh(f ticket.Field) bool { return b[f].External.IsEmpty() && !b[f].Was.IsEmpty() }

func (b Bases) with(f ticket.Field, change func(*Base)) Bases {
	out := make(Bases, len(b)+1)
	maps.Copy(out, b)
	v := out[f]
	change(&v)
	out[f] = v
	return out
}

// Bases holds the base of each field that was ever agreed on.
type Bases map[ticket.Field]Base

// Kind says how two values of a field came to disagree.
type Kind string

// The kinds of disagreement that a plan, or a write, brings to light.
const (
	BothEdited  Kind = "both_edited" // edited differently on both sides
	Overwritten Kind = "overwritten" // a write of ours replaced a value that nobody had seen
	Unmappable  Kind = "unmappable"  // one side has no word for what the other holds
	Refused     Kind = "refused"     // the external system refuses the local value
	Lossy       Kind = "lossy"       // what was written came back different
)

// Sticky reports whether a conflict of the kind does not park its field.
func (k Kind) Sticky() bool { return k == Overwritten || k == Lossy }

// Untold says which value of an unmappable field the other side has no word for.
type Untold string

// What cannot be told.
const (
	UntoldHere    Untold = "local"    // ours, outside
	UntoldOutside Untold = "external" // theirs, here
	UntoldItem    Untold = "item"     // either, and so the item is not made at all
)

// Strategy is how a conflict is resolved.
type Strategy string

// The strategies that a conflict may be decided by. ExternalWins, NewestWins and Merge may
// override what was written here: without a person's confirmation they act as Manual, and
// so they do wherever what they need is missing (see Rule.Prose, Input.Times).
const (
	LocalWins    Strategy = "local_wins"
	ExternalWins Strategy = "external_wins"
	NewestWins   Strategy = "newest_wins"
	Manual       Strategy = "manual"
	Merge        Strategy = "merge"
)

// Valid reports whether s is one of the five.
func (s Strategy) Valid() bool {
	switch s {
	case LocalWins, ExternalWins, NewestWins, Manual, Merge:
		return true
	}
	return false
}

// Side is one side of a link in canonical fields. Its zero value does not exist.
type Side struct {
	Exists  bool
	Deleted bool // existed, and is deleted or provably gone
	Fields  ticket.Fields
}

// Rule is one field that the mapping synchronises.
type Rule struct {
	Field    ticket.Field
	ReadOnly bool // the external side cannot be written
	// PushOnly fields take nothing from the external side; OnCreate ones are written
	// when an item is made, on either side, and never compared afterwards.
	PushOnly, OnCreate bool
	// Prose fields hold Markdown of several blocks, which Merge can merge.
	Prose bool
	// AnyCase sets hold elements that are one outside where they differ by the case of their
	// letters alone.
	AnyCase bool
	// Withheld says why privacy keeps the field here; empty: it does not. Such a field
	// is neither written nor read nor compared.
	Withheld string
	// Strategy in force for the field, and whether a person confirmed it.
	Strategy  Strategy
	Confirmed bool
}

// Parked is an open or decided conflict of a field.
type Parked struct {
	Kind Kind // empty: both edited
	// Local and External are the values that the conflict showed.
	Local, External ticket.Value
	// Sticky conflicts do not park the field and do not close when both sides agree.
	Sticky  bool
	Decided bool
	Value   ticket.Value // the decision
}

// Times are when a field that both sides edited was last edited on each, by that side's
// clock; zero where nobody can tell.
type Times struct {
	Local, External time.Time
	// Blur is by how much the external edit may be later than its time says.
	Blur time.Duration
}

// Input is everything known of one link.
type Input struct {
	Kind      external.Kind
	Linked    bool // both sides were once joined
	Local     Side
	External  Side
	Bases     Bases
	Rules     []Rule // in the order in which steps are wanted
	Direction external.Direction
	Verdict   external.Verdict
	Parked    map[ticket.Field]Parked
	// Times of the fields that a plan made without them named in Undated; nil before.
	Times map[ticket.Field]Times
	// Unfit says why the external value of a field cannot be told in our terms: a state
	// that the mapping does not know. Such a field rests; every other one flows.
	Unfit map[ticket.Field]string
	// Raw holds the external values of the fields in Unfit as they stand outside.
	Raw map[ticket.Field]ticket.Value
	// Refuse says why a local value cannot be written outside, or "" when it can. Nil
	// refuses nothing.
	Refuse func(ticket.Field, ticket.Value) string
	// Says reports whether the external field, as it stands, says already what a set that were written
	// there would: a field with room for some of its elements holds as many of them. Nil: where both read alike.
	Says func(ticket.Field, ticket.Value) bool
	// Respell returns an external value that is to come in, in the spelling of the local
	// one wherever both say the same. Nil: as it is.
	Respell func(f ticket.Field, local, external ticket.Value) ticket.Value
	// Leaves returns what of a local value may leave: a text without the passages that
	// privacy keeps here. Nil: all of it. It must be idempotent.
	Leaves func(ticket.Field, ticket.Value) ticket.Value
	// CanDelete reports whether the external system can delete such a comment.
	CanDelete bool
	// Whole is the conflict about the item as a whole that is not closed, or nil.
	Whole *Whole
	// Follow lets a ticket that nobody edited go the way of its deleted twin, once the
	// conflict about it has been shown for long enough. A person confirmed it.
	Follow bool
	// Remarks is how many comments a ticket has outside that was deleted here: a new one is
	// news that nobody has decided on.
	Remarks int
	// Twin is an external item that looks like the ticket and belongs to none, where the
	// ticket has no item outside, or one that is gone; or nil.
	Twin *Twin
	// Moved is where the external item lives now, where it was not deleted but moved out of
	// the project.
	Moved string
	// Onward is the connected project in which its link goes on; empty: there is none.
	Onward string
	// Normalize returns the value of a field as it would read back from the external
	// system after being written there, in canonical form. It must be idempotent.
	Normalize func(ticket.Field, ticket.Value) ticket.Value
}

// Action is what a step does.
type Action string

// The actions.
const (
	CreateHere    Action = "create_here"    // make the local item from the external one
	CreateOutside Action = "create_outside" // make the external item from the local one
	Apply         Action = "apply"          // write the local field
	Push          Action = "push"           // write the external field
	Adopt         Action = "adopt"          // both are alike: remember it
	OpenConflict  Action = "conflict"       // park the field
	KeepConflict  Action = "parked"         // it is parked already
	CloseConflict Action = "converged"      // both sides agree now
	Decide        Action = "decide"         // carry out a decision
	Drift         Action = "drift"          // an edit on a side that may not flow
	Withhold      Action = "withhold"       // privacy keeps it here
	Revive        Action = "revive"         // bring the local item back with the external values
	DeleteHere    Action = "delete_here"
	DeleteOutside Action = "delete_outside"
	Redact        Action = "redact"   // take a value of ours back outside: overwrite it with what says nothing
	Withdraw      Action = "withdraw" // take the external item back: delete it, or close it as not planned
	LinkGone      Action = "gone"     // the external side is gone
	Unfit         Action = "unfit"    // one side cannot hold what makes the item: it is not made
	MakeAgain     Action = "again"    // forget the external twin that is gone, and make another
	MoveOn        Action = "moved"    // the link goes on in the project that the item was moved to
	Unlink        Action = "unlink"   // leave both sides as they are, and stop synchronising them
	Link          Action = "link"     // join the ticket with an external item that exists already
	Separate      Action = "separate" // the ticket and an item that looks like it are different
	Nothing       Action = "nothing"
	Unexplained   Action = "unexplained" // a verification found a difference that no plan accounts for
	// Of an undo:
	Restore Action = "restore" // one side or both return to what they were
	Rejoin  Action = "rejoin"  // what was withdrawn is synchronised again
	Keep    Action = "keep"    // edited since: it stays, and a person decides
	Stay    Action = "stay"    // a person decided that what an undo kept stays as it is
	Cannot  Action = "cannot"  // it cannot be undone
)

// PersonDecided is the reason of a Decide step that carries out what somebody decided on a
// conflict; every other one carries out what a strategy says.
const PersonDecided = "a person decided"

// Step is one thing to do, or not to do, and why.
type Step struct {
	Field  ticket.Field // empty for a step about the whole item
	Action Action
	Before ticket.Value // what the side to be written holds now
	After  ticket.Value // what it shall hold
	// Base is the field's base once the step is done. A push takes its External from
	// what the system answers.
	Base   Base
	Reason string
	// Follows: ours is deleted since its item is, or stays so: should that show again, what became of ours is open.
	Follows bool
}

// Disagreement is a conflict to record.
type Disagreement struct {
	Field    ticket.Field
	Base     Base
	Local    ticket.Value
	External ticket.Value
	Kind     Kind     // empty: both edited
	Untold   Untold   // of Unmappable: what cannot be told
	Twin     string   // of TwinNew: the id of the item that looks like the ticket
	Reason   string   // for a person, where the kind does not say all
	Strategy Strategy // the one in force
	// Settled is set when the strategy decided at once; the losing value is recorded
	// and the steps carry the decision out.
	Settled bool
	// Value is what the strategy decided, where Settled.
	Value ticket.Value
	// Chunks are the parts of prose that Merge could not merge, clashes among them.
	Chunks []Chunk
	// Sticky is set when a kept losing value is only shown anew beside a local value
	// that moved. Without it, a sticky conflict of the field gives way to this one.
	Sticky bool
}

// Plan is what to do about one link.
type Plan struct {
	Steps     []Step
	Conflicts []Disagreement
	// Undated are the fields whose conflict Input.Times could settle: with them, plan again.
	Undated []ticket.Field
}

// Idle reports whether nothing has to be written on either side or remembered.
func (p Plan) Idle() bool {
	for _, s := range p.Steps {
		switch s.Action {
		case KeepConflict, Drift, Withhold, Unfit, Nothing, Keep, Cannot:
		default:
			return false
		}
	}
	return true
}

// Of returns the steps of the given action, in order.
func (p Plan) Of(a Action) []Step {
	var out []Step
	for _, s := range p.Steps {
		if s.Action == a {
			out = append(out, s)
		}
	}
	return out
}

// Digest identifies the pair of values that a person is shown, so that a decision
// made on other values can be refused.
func Digest(local, ext ticket.Value) string {
	b, err := json.Marshal([]ticket.Value{local, ext})
	if err != nil {
		panic(err) // unreachable: values always marshal
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:16])
}

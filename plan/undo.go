package plan

import (
	"slices"

	"github.com/extsync/extsync/ticket"
)

// Deed is what one session did to one field of a link, all its steps taken together: the
// first before and the last after of each side that it wrote. A session that only
// remembered something (both sides agreed, a conflict closed) did no deed: what it
// remembers is still true, and an undo has nothing to restore.
type Deed struct {
	Field ticket.Field
	// Here and There are the sides as the session wrote them. An edit that it applied was
	// written here, one that it pushed outside, a decision on both sides perhaps.
	Here, There Swap
	// Aside: what the session wrote outside was not the local value but a state on the way to
	// it, a closing or a notice. Whatever is here, edited or not, is then no reason to keep it.
	Aside bool
	// Was is the base before the session's first step, and Met identifies the one after its
	// last, see Met; empty when it is not known.
	Was Base
	Met string
}

// Swap is what one side held before and after. Done is false when it was not written.
type Swap struct {
	Done          bool
	Before, After ticket.Value
}

// Undoing is everything known of one link whose session is to be undone.
type Undoing struct {
	Input
	Deeds []Deed
	// Theirs names the local fields that somebody other than a session of this project has
	// written last.
	Theirs map[ticket.Field]bool
	// Apart: the external side is withdrawn, and what becomes of it concerns nobody here.
	Apart bool
	// Ended: the link is over, and nothing is written outside under it any more.
	Ended bool
	// Begun holds what an earlier attempt of the same undo has done already.
	Begun map[ticket.Field]Begun
}

// Begun says which sides of a field are restored already. One that is halfway is on its way
// outside, through the value Through.
type Begun struct {
	Here, There bool
	Halfway     bool
	Through     ticket.Value
}

// Undone is what is to become of one field.
type Undone struct {
	Field ticket.Field
	// Action is Restore, Keep (edited since: left as it is, and what would have been
	// restored is kept for a person), Cannot, or Nothing.
	Action Action
	// Here and There say what each side is to hold instead of what it holds now. Of a field
	// that is kept they say what would have been restored.
	Here, There Swap
	// Base is the field's base once both are restored. The external side of it is taken from
	// what the system answers where Was and the restored value read alike.
	Base   Base
	Reason string
}

// Undo decides for each deed of a session that is not undone yet what to restore. It is pure: the same link and
// the same deeds give the same answer, in the order of the deeds.
//
//	the field since          a text                       a set
//	as the session left it   both sides return            both sides return
//	not to leave any more    left alone, nobody is asked  left alone, nobody is asked
//	(written outside only)
//	edited, on any side      left alone, a person decides element by element: what the
//	                                                      session added goes, what it took
//	                                                      away comes back, the rest stays
//	written by a later       left alone, a person decides as above
//	session
//	back as it was before    nothing to do                nothing to do
func Undo(in Undoing) []Undone {
	out := make([]Undone, 0, len(in.Deeds))
	for _, d := range in.Deeds {
		b := in.Begun[d.Field]
		if d.Here.Done && !b.Here || d.There.Done && !b.There {
			out = append(out, in.undo(d))
		}
	}
	return out
}

// Met identifies a base: a field whose base has another one was written by a session since.
func Met(b Base) string { return Digest(plain(b.Local), plain(b.External)) }

// plain makes all empty values one.
func plain(v ticket.Value) ticket.Value {
	if v.IsEmpty() {
		return ticket.Value{}
	}
	return v
}

// undo decides one field.
func (in Undoing) undo(d Deed) Undone {
	u := Undone{Field: d.Field, Action: Cannot, Base: in.Bases[d.Field]}
	n := slices.IndexFunc(in.Rules, func(r Rule) bool { return r.Field == d.Field })
	if n < 0 {
		u.Reason = "the mapping does not carry the field any more"
		return u
	}
	f := newField(in.Input, in.Rules[n])
	begun := in.Begun[d.Field]
	u.Here = Swap{d.Here.Done && !begun.Here, f.local, d.Here.Before}
	u.There = Swap{d.There.Done && !begun.There, f.ext, d.There.Before}
	switch {
	case !in.Local.Exists || in.Local.Deleted:
		u.Reason = "it is deleted here"
	case u.There.Done && !d.Here.Done && in.stays(f) != "": // whether it was edited or not
		u.Reason = in.stays(f)
	case f.isSet(d):
		return in.undoSet(f, d, u)
	default:
		return in.undoText(f, d, u)
	}
	return u
}

func (f field) isSet(d Deed) bool {
	for _, v := range []ticket.Value{f.local, f.ext, d.Here.Before, d.Here.After, d.There.Before, d.There.After} {
		if v.IsSet() && !v.IsEmpty() {
			return true
		}
	}
	return false
}

// undoText decides a field that is one value.
func (in Undoing) undoText(f field, d Deed, u Undone) Undone {
	if reason := in.since(f, d); reason != "" {
		u.Action, u.Reason = Keep, reason
		return u
	}
	u.Here.Done = u.Here.Done && !f.local.Equal(u.Here.After)
	u.There.Done = u.There.Done && !in.holds(f, u.There.After)
	return in.restore(f, d.Was, u)
}

// asLeft says what both sides of a field hold where nobody has touched it since: as the
// session left them, or as this undo has by now.
func (in Undoing) asLeft(f field, d Deed) (here, there ticket.Value) {
	begun := in.Begun[d.Field]
	here, there = f.base.Local, f.base.External
	if k, parked := in.Parked[d.Field]; parked && !k.Sticky { // as it was when it was parked
		here, there = k.Local, k.External
	}
	if d.Here.Done {
		here = d.Here.After
	}
	if begun.Here {
		here = d.Here.Before
	}
	if d.There.Done {
		there = d.There.After
	}
	switch {
	case begun.There: // its base is restored, and so is the value outside
		there = f.ext
	case begun.Halfway:
		there = begun.Through
	}
	return here, there
}

// since says how a field was changed after the session, or "" when it was not.
func (in Undoing) since(f field, d Deed) string {
	begun := in.Begun[d.Field]
	here, there := in.asLeft(f, d)
	if !begun.There && d.Met != "" && Met(f.base) != d.Met && !in.asBefore(f, d) {
		return "a later session wrote it"
	}
	// A base holds what of the local value has left: where the session did not write here,
	// passages that never do are no edit.
	asItWas := f.local.Equal(here) || !d.Here.Done && (d.Aside || f.leaves.Equal(here))
	switch {
	case !asItWas && (!d.Here.Done || !f.local.Equal(d.Here.Before)), d.Here.Done && !begun.Here && in.Theirs[d.Field]:
		return "edited here since"
	case in.Apart && !d.There.Done:
	case !f.same(f.ext, there) && (!d.There.Done || !f.same(f.ext, d.There.Before)) && !in.External.Deleted:
		return "edited outside since"
	}
	return ""
}

// asBefore reports whether both sides hold again what they held before the session, by
// whatever way.
func (in Undoing) asBefore(f field, d Deed) bool {
	return (!d.Here.Done || f.local.Equal(d.Here.Before)) && (!d.There.Done || f.same(f.ext, d.There.Before))
}

// undoSet takes the session's own elements back, whatever became of the others.
func (in Undoing) undoSet(f field, d Deed, u Undone) Undone {
	base := f.base
	if u.Here.Done {
		u.Here.After = shift(f.local, d.Here.After, d.Here.Before)
		u.Here.Done = !u.Here.After.Equal(f.local)
		base = Base{Local: shift(base.Local, d.Here.After, d.Here.Before), External: f.rule.shift(base.External, f.each(d.Here.After), f.each(d.Here.Before))}
	}
	if u.There.Done {
		u.There.After = f.rule.shift(f.ext, d.There.After, d.There.Before)
		if f.norm(u.There.After).Len() < u.There.After.Len() {
			u.Action, u.Reason = Keep, "edited outside since, and there is no room for more"
			return u
		}
		u.There.Done = !in.holds(f, u.There.After)
	}
	return in.restore(f, base, u)
}

// holds reports whether a field holds a value outside. What was seen of an item before it was
// gone says nothing: it may have been written since, and stand so where the item was moved to.
func (in Undoing) holds(f field, v ticket.Value) bool {
	return !in.External.Deleted && f.same(f.ext, v)
}

// restore settles whether and how the sides are written.
func (in Undoing) restore(f field, was Base, u Undone) Undone {
	u.Base = was
	switch {
	case !u.Here.Done && !u.There.Done:
		u.Action, u.Base, u.Reason = Nothing, f.base, "it is as it was before"
	case u.There.Done && in.External.Deleted:
		u.Reason = "it is gone outside"
	case u.There.Done && in.Ended:
		u.Reason = "it is not synchronised any more"
	case u.There.Done && in.stays(f) != "":
		u.Reason = in.stays(f)
	case u.There.Done && !in.Direction.Out():
		u.Reason = "the direction of the project does not let it out"
	case u.There.Done && f.rule.ReadOnly:
		u.Reason = "the external system does not let it be written"
	case u.There.Done && in.Refuses(f.rule.Field, u.There.After) != "":
		u.Reason = in.Refuses(f.rule.Field, u.There.After)
	default:
		u.Action, u.Reason = Restore, "as it was before the session"
	}
	return u
}

// stays says why privacy keeps a field here by now, or "".
func (in Undoing) stays(f field) string {
	switch {
	case !in.Verdict.Out:
		return "it may not leave any more: " + in.Verdict.Reason
	case f.rule.Withheld != "":
		return "it may not leave any more: " + f.rule.Withheld
	}
	return ""
}

// InStep reports whether a field is at rest as it is: both sides as they were last agreed,
// or alike. Where they are alike it returns the base that says so, else nil. What is not in
// step the next session would change: after an undo it is parked.
func InStep(in Input, r Rule) (inStep bool, agreed *Base) {
	f := newField(in, r)
	if f.alike {
		return true, &Base{Local: f.leaves, External: f.ext}
	}
	return !f.localMoved && !f.extMoved, nil
}

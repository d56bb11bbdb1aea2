package plan

import (
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Hold returns a plan without what it would write outside, for a database that was
// restored from a backup: it may have forgotten that an edit went out and was changed
// there since, that an item was made, or that something was taken back. What came from
// outside flows as usual, unless we may have written it ourselves to take something back:
// then a label, a value or a comment is missing there, or a field holds one of the values
// that ours names for it, or an element of a set that ours names. A field that would be written outside, or come in so, is parked as
// a conflict instead, whatever its strategy, and a decision waits. When the plan would make, delete or take back a
// whole item, or delete a comment here, nothing of it is left, and whole is true: the link
// waits for a person. So does one whose item outside cannot be made, which may have been since
// the backup, under a rule that is forgotten.
func Hold(in Input, p Plan, ours map[ticket.Field][]ticket.Value) (held Plan, whole bool) {
	if slices.ContainsFunc(p.Steps, in.aboutWhole) {
		return Plan{}, true
	}
	parked := in.heldBack(p.Steps, ours)
	for _, d := range p.Conflicts {
		switch {
		case d.Settled && !d.Value.Equal(d.External):
			parked[d.Field] = "edited on both sides, as the restored database has it: who wrote outside may have seen what stands here"
		case !d.Settled && parked[d.Field] == "": // else it is recorded once it is carried out
			held.Conflicts = append(held.Conflicts, d)
		}
	}
	for _, s := range p.Steps {
		switch why := parked[s.Field]; {
		case s.Action == Decide && (why == "" || s.Reason == PersonDecided):
			s.Action, s.After, s.Base = KeepConflict, s.Before, in.Bases[s.Field]
			s.Reason = "decided; it waits until a person releases the project, whose database was restored"
			held.Steps = append(held.Steps, s)
		case why == "":
			held.Steps = append(held.Steps, s)
		case s.Action == Push || s.Action == Apply || s.Action == Decide:
			held.park(in, s, why)
		}
	}
	return held, false
}

// aboutWhole reports whether a step is one that a restored database holds with all others of its link.
func (in Input) aboutWhole(s Step) bool {
	switch s.Action {
	case CreateOutside, DeleteOutside, Withdraw, Redact, MakeAgain:
		return true
	case DeleteHere:
		return in.Kind == external.KindComment
	case Unfit:
		return !in.External.Exists
	}
	return false
}

// heldBack tells why fields are parked by what steps would do.
func (in Input) heldBack(steps []Step, ours map[ticket.Field][]ticket.Value) map[ticket.Field]string {
	parked := map[ticket.Field]string{}
	for _, s := range steps {
		switch {
		case s.Action == Push:
			parked[s.Field] = "edited here, as the restored database has it: it may have been there and been changed since"
		case s.Action == Apply && parked[s.Field] == "" && takesAway(s):
			parked[s.Field] = "missing outside, as the restored database has it: it may have been taken back since"
		case s.Action == Apply && parked[s.Field] == "" && slices.ContainsFunc(ours[s.Field], in.stands(s)):
			parked[s.Field] = "outside it reads as if what went there from here had been undone or taken back since, which the restored database has forgotten"
		}
	}
	return parked
}

// park opens a conflict in place of a step, once for each field.
func (p *Plan) park(in Input, s Step, why string) {
	if slices.ContainsFunc(p.Conflicts, func(d Disagreement) bool { return d.Field == s.Field }) {
		return // by its other half
	}
	d := newField(in, Rule{Field: s.Field, Strategy: Manual}).disagreement()
	d.Reason = why // that both sides were edited is not certain, as its kind says
	p.Conflicts = append(p.Conflicts, d)
	s.Action, s.Before, s.After, s.Base, s.Reason = OpenConflict, d.Local, d.External, d.Base, why
	p.Steps = append(p.Steps, s)
}

// stands returns whether a value is the text that the external side holds of a field, or holds an
// element that a step would take in.
func (in Input) stands(s Step) func(ticket.Value) bool {
	now, added := in.External.Fields[s.Field], ticket.Set(s.After.Minus(s.Before)...)
	return func(v ticket.Value) bool {
		if v.IsSet() {
			return slices.ContainsFunc(v.Elements(), added.Has)
		}
		return !now.IsSet() && in.Normalize(s.Field, v).Equal(in.Normalize(s.Field, now))
	}
}

// takesAway reports whether a step empties a value, or takes something out of a set.
func takesAway(s Step) bool {
	if s.Before.IsSet() || s.After.IsSet() {
		return len(s.Before.Minus(s.After)) > 0
	}
	return !s.Before.IsEmpty() && s.After.IsEmpty()
}

package plan

import "github.com/extsync/extsync/ticket"

// field is the comparison of one field with its bases. A base that was never
// recorded counts as empty on both sides.
type field struct {
	in   Input
	rule Rule
	base Base

	local, ext           ticket.Value
	localMoved, extMoved bool
	alike                bool
	// leaves is what of the local value may leave. Only that is compared: the other side
	// never incorporates more. partly says that there is more.
	leaves ticket.Value
	partly bool
}

func newField(in Input, r Rule) field {
	f := field{in: in, rule: r, base: in.Bases[r.Field]}
	f.local, f.ext = in.Local.Fields[r.Field], in.External.Fields[r.Field]
	f.leaves = f.in.leaves(r.Field, f.local)
	f.partly = !f.leaves.Equal(f.local)
	// All of it stands outside where it was agreed on before privacy kept a part.
	f.localMoved = !f.leaves.Equal(f.base.Local) && !f.local.Equal(f.base.Local)
	put, taken := f.beyond(f.ext, f.base.External), f.beyond(f.base.External, f.ext)
	f.extMoved = !f.same(f.ext, f.base.External) || len(put)+len(taken) > 0
	if f.partly && f.same(f.local, f.ext) {
		f.leaves = f.local // all of it stands there already: nothing of it is left to be kept
	}
	f.alike = (f.same(f.leaves, f.ext) || f.isOneSet()) && len(f.beyond(f.ext, f.leaves))+len(taken) == 0
	return f
}

func (in Input) leaves(f ticket.Field, v ticket.Value) ticket.Value {
	if in.Leaves == nil {
		return v
	}
	return in.Leaves(f, v)
}

// exposed reports whether the external side holds passages that privacy keeps here:
// whoever wrote them there, a push would take them away.
func (f field) exposed() bool { return !f.in.leaves(f.rule.Field, f.ext).Equal(f.ext) }

// same reports whether two values read alike on the external side. Values that are
// equal as they are need no normalising, which is by far the most frequent case.
func (f field) same(a, b ticket.Value) bool {
	return a.Equal(b) || f.norm(a).Equal(f.norm(b))
}

func (f field) norm(v ticket.Value) ticket.Value { return f.in.Normalize(f.rule.Field, v) }

// met is the base after the local side has taken note of the external value: a
// local value that differs from it is then an edit to be pushed.
func (f field) met() Base {
	return Base{Local: f.in.leaves(f.rule.Field, f.ext), External: f.ext}
}

func (f field) plan(p *Plan) {
	parked, is := f.in.Parked[f.rule.Field]
	if f.rule.Withheld != "" {
		switch {
		case parked.Decided:
			f.planDecided(p, parked)
		case parked.Kind == Unmappable || parked.Kind == Refused: // nobody is to be told it any more
			f.release(p)
		case f.localMoved || f.extMoved:
			f.add(p, Step{Action: Withhold, Before: f.ext, After: f.ext, Base: f.base, Reason: f.rule.Withheld})
		}
		return
	}
	if is && parked.Sticky {
		if f.planSticky(p, parked) {
			return
		}
		is = false // it parks nothing
	}
	switch reason := f.unreadable(); {
	case reason != "":
		f.planUnreadable(p, parked, is, reason)
	case is:
		f.planParked(p, parked)
	default:
		f.flow(p)
	}
}

// flow plans a field that nothing holds back.
func (f field) flow(p *Plan) {
	switch {
	case f.again() && !f.extMoved && f.mayPush():
		f.planOut(p)
	case !f.localMoved && !f.extMoved:
	case f.alike && (f.localMoved || !f.isOneSet()): // else it is spelled otherwise outside by now
		f.add(p, Step{Action: Adopt, Before: f.local, After: f.local,
			Base: Base{Local: f.leaves, External: f.ext}, Reason: f.whyAlike()})
	case !f.extMoved:
		f.planOut(p)
	case !f.localMoved:
		f.planIn(p)
	default:
		f.planBoth(p)
	}
}

func (f field) add(p *Plan, s Step) {
	s.Field = f.rule.Field
	p.Steps = append(p.Steps, s)
}

func (f field) mayPush() bool {
	return f.in.Direction.Out() && f.in.Verdict.Out && !f.rule.ReadOnly && !f.exposed()
}

func (f field) mayApply() bool { return f.in.Direction.In() && f.in.Verdict.In && !f.rule.PushOnly }

// Refuses says why a local value cannot be written outside, or "" when it can.
func (in Input) Refuses(f ticket.Field, v ticket.Value) string {
	if in.Refuse == nil {
		return ""
	}
	return in.Refuse(f, v)
}

// CannotTell says why a value could not be written outside if a field held it here, or "" where it could,
// stands there already, or is not to be written.
func (in Input) CannotTell(name ticket.Field, v ticket.Value) string {
	for _, r := range in.Rules {
		if r.Field != name || r.OnCreate || r.Withheld != "" {
			continue
		}
		in.Local.Fields = in.Local.Fields.Clone()
		in.Local.Fields[name] = v
		if f := newField(in, r); f.mayPush() && !f.alike {
			return in.Refuses(name, f.leaves)
		}
	}
	return ""
}

// planOut plans an edit made here only.
func (f field) planOut(p *Plan) {
	s := Step{Before: f.ext, After: f.leaves, Base: Base{Local: f.leaves, External: f.ext}}
	switch {
	case !f.in.Verdict.Out:
		s.Action, s.Reason = Withhold, f.in.Verdict.Reason
	case f.exposed():
		s.Action = Withhold
		s.Reason = "withheld: outside holds a passage that a rule keeps here, and a push would take it away there; remove it there first, or take it back"
	case !f.mayPush():
		s.Action, s.Reason = Drift, "edited here, and the edit may not go out"
	default:
		if reason := f.in.Refuses(f.rule.Field, f.leaves); reason != "" {
			f.open(p, UntoldHere, f.ext, reason)
			return
		}
		s.Action, s.Reason = Push, f.whyOut()
		if f.local.IsSet() || f.base.Local.IsSet() {
			if s.After = f.rule.shift(f.ext, f.each(f.base.Local), f.each(f.local)); s.After.IsEmpty() {
				s.After = f.local // a field of one had no room for what is left, and now it has
			}
			if !f.again() && f.stands(s.After) {
				s = Step{Action: Adopt, Before: f.local, After: f.local, Base: s.Base, Reason: NoRoom}
			}
		}
	}
	f.add(p, s)
}

// planIn plans an edit made outside only.
func (f field) planIn(p *Plan) {
	s := Step{Action: Apply, Before: f.local, After: f.ext, Base: f.met(), Reason: "edited outside only"}
	switch {
	case f.ext.IsSet() || f.base.External.IsSet():
		s.After, s.Base = f.came(f.local), f.taken()
	case f.in.Respell != nil:
		s.After = f.in.Respell(f.rule.Field, f.local, f.ext)
		s.Base.Local = f.in.leaves(f.rule.Field, s.After)
	}
	switch {
	case !f.mayApply():
		s.Action, s.Reason = Drift, "edited outside, and the edit may not come in"
	case f.partly && !f.same(f.local, f.base.External): // what came from there as it is holds no secret
		f.planBoth(p) // the edit was made without the passages that stand here alone
		return
	}
	f.add(p, s)
}

func (f field) disagreement() Disagreement {
	return Disagreement{Field: f.rule.Field, Base: f.base, Local: f.local, External: f.ext, Strategy: f.rule.Strategy}
}

// planParked plans a field whose conflict is not closed.
func (f field) planParked(p *Plan, k Parked) {
	same := f.local.Equal(k.Local) && f.same(f.ext, k.External)
	switch {
	case f.alike:
		f.add(p, Step{Action: CloseConflict, Before: f.local, After: f.local,
			Base: Base{Local: f.leaves, External: f.ext}, Reason: "both sides agree now"})
	case same && k.Decided:
		f.add(p, Step{Action: Decide, Before: f.local, After: k.Value, Base: f.met(), Reason: PersonDecided})
	case f.eased(k):
		f.release(p)
	case same:
		f.add(p, Step{Action: KeepConflict, Before: f.local, After: f.ext, Base: f.base, Reason: "waits for a decision"})
	default:
		d := f.disagreement()
		d.Kind, d.Strategy = k.Kind, Manual
		if k.Kind == Unmappable {
			d.Untold, d.Reason = UntoldHere, f.in.Refuses(f.rule.Field, f.leaves)
		}
		p.Conflicts = append(p.Conflicts, d)
		f.add(p, Step{Action: OpenConflict, Before: f.local, After: f.ext, Base: f.base,
			Reason: "the values moved since the conflict was shown"})
	}
}

// planSticky plans a field with a kept losing value. It reports whether the field
// is done for this round; otherwise the field flows as usual.
func (f field) planSticky(p *Plan, k Parked) bool {
	same := f.local.Equal(k.Local)
	if k.Kind == Lossy && f.alike {
		f.add(p, Step{Action: CloseConflict, Before: f.local, After: f.local,
			Base: Base{Local: f.leaves, External: f.ext}, Reason: "both sides agree now"})
		return true
	}
	if !k.Decided && (same || k.Kind == Lossy) {
		return false
	}
	if same {
		f.add(p, Step{Action: Decide, Before: f.local, After: k.Value, Base: f.base, Reason: PersonDecided})
		return true
	}
	p.Conflicts = append(p.Conflicts, Disagreement{Field: f.rule.Field, Kind: k.Kind, Base: f.base, Local: f.local, External: k.External, Strategy: Manual, Sticky: true})
	f.add(p, Step{Action: OpenConflict, Before: f.local, After: k.External, Base: f.base,
		Reason: "the local value moved since the conflict was shown"})
	return true
}

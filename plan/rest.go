package plan

import "github.com/extsync/extsync/ticket"

// Essential reports whether an item would be told wrongly without the field: without
// these it is not made at all, while any other that cannot be told is left out and rests.
func Essential(f ticket.Field) bool {
	return f == ticket.Title || f == ticket.Body || f == ticket.State
}

// Mark identifies a local value of a field that the external system refused, see
// [Base]. It is never empty.
func Mark(local ticket.Value) string { return Digest(local, ticket.Value{}) }

// raw is the external value as it stands outside.
func (in Input) raw(f ticket.Field) ticket.Value {
	if v, ok := in.Raw[f]; ok {
		return v
	}
	return in.External.Fields[f]
}

// unreadable says why the external value cannot be told in our terms, unless a person
// decided to write over that very value.
func (f field) unreadable() string {
	reason := f.in.Unfit[f.rule.Field]
	over := f.base.Over
	if reason != "" && !over.IsEmpty() && over.Equal(f.in.raw(f.rule.Field)) && f.mayPush() {
		return ""
	}
	return reason
}

// again reports whether the local value is to be written whether it moved or not.
func (f field) again() bool { return !f.base.Doubt.IsEmpty() || !f.base.Over.IsEmpty() }

// whyOut is why the local value is written outside.
func (f field) whyOut() string {
	switch {
	case !f.base.Doubt.IsEmpty():
		return "what became of the last write is not known: written once more"
	case !f.base.Over.IsEmpty():
		return "a person decided to write over what cannot be read"
	}
	return "edited here only"
}

// open records that a value cannot be told. The field rests from then on.
func (f field) open(p *Plan, u Untold, ext ticket.Value, reason string) {
	d := f.disagreement()
	d.Kind, d.Untold, d.External, d.Reason, d.Strategy = Unmappable, u, ext, reason, Manual
	p.Conflicts = append(p.Conflicts, d)
	f.add(p, Step{Action: OpenConflict, Before: f.local, After: ext, Base: f.base, Reason: reason})
}

// planUnreadable plans a field whose external value has no word here. It rests, beside
// what stands outside, until the mapping knows the word, the value there is another one,
// or a person decides on what to write over it.
func (f field) planUnreadable(p *Plan, k Parked, is bool, reason string) {
	shown := f.in.raw(f.rule.Field)
	same := is && k.Kind == Unmappable && f.local.Equal(k.Local) && shown.Equal(k.External)
	switch {
	case same && k.Decided:
		b := f.met()
		b.Over = shown
		f.add(p, Step{Action: Decide, Before: f.local, After: k.Value, Base: b, Reason: PersonDecided})
	case same:
		f.add(p, Step{Action: KeepConflict, Before: f.local, After: shown, Base: f.base, Reason: reason})
	default:
		f.open(p, UntoldOutside, shown, reason)
	}
}

// eased reports whether what made a field rest is gone, so that it flows again: the local
// value can be told now, or a refused one is another one now. That both sides were edited
// passes only when they agree.
func (f field) eased(k Parked) bool {
	switch k.Kind {
	case Unmappable:
		return !f.mayPush() || f.in.Refuses(f.rule.Field, f.leaves) == ""
	case Refused:
		return !f.mayPush() || !f.local.Equal(k.Local)
	}
	return false
}

// release closes the conflict of a field of which nothing is to be told any more.
func (f field) release(p *Plan) {
	f.add(p, Step{Action: CloseConflict, Before: f.local, After: f.local, Base: f.anew(), Reason: "what held the field back is gone"})
}

// withheld plans an item that may flow neither way. What a person has decided about it, or about its
// fields, does not wait for that to change, which may never be.
func (in Input) withheld(here, there bool) Plan {
	var p Plan
	switch {
	case !in.Linked:
	case here && there:
		if gone, is := in.letGo(); is {
			return gone
		}
		p.Steps = in.meetWhole()
		for _, r := range in.Rules {
			if k := in.Parked[r.Field]; k.Decided && !r.OnCreate {
				newField(in, r).planDecided(&p, k)
			}
		}
	case in.Whole != nil && in.Whole.Decided:
		return in.partly(here, there)
	}
	if len(p.Steps) == 0 {
		return one(Withhold, in.Verdict.Reason)
	}
	return p
}

// planDecided carries out here what a person has decided about a field that may not flow at present.
// It goes out once it may.
func (f field) planDecided(p *Plan, k Parked) {
	switch reason := f.unreadable(); {
	case k.Sticky:
		f.planSticky(p, k)
	case reason != "":
		f.planUnreadable(p, k, true, reason)
	default:
		f.planParked(p, k)
	}
}

// anew is the base of a field that flows again, with every try before it.
func (f field) anew() Base {
	b := f.base
	b.Over, b.Refused = ticket.Value{}, ""
	return b
}

// setAside plans an item that is not made, because one side cannot hold a field without
// which it would be told wrongly. The queue shows that field, and the link is set aside.
func setAside(in Input, s Step) Plan {
	local, ext := in.Local.Fields[s.Field], in.raw(s.Field)
	if k, is := in.Parked[s.Field]; is && k.Kind == Unmappable && k.Local.Equal(local) && k.External.Equal(ext) {
		return Plan{Steps: []Step{s}}
	}
	f := field{in: in, rule: Rule{Field: s.Field}, base: in.Bases[s.Field], local: local, ext: ext}
	var p Plan
	f.open(&p, UntoldItem, ext, s.Reason)
	return p
}

// SendAlone puts off what is written beside a field that was refused before: what nobody
// refused goes first, then one of the others at a time. A call is refused as a whole, and
// so it comes out which field is to blame; the rest is planned again right after.
func (p *Plan) SendAlone(in Input) {
	free, doubted := 0, 0
	for _, s := range p.Steps {
		switch {
		case !s.writes():
		case in.Bases[s.Field].Refused == "":
			free++
		default:
			doubted++
		}
	}
	if doubted == 0 || free+doubted == 1 {
		return
	}
	kept := p.Steps[:0]
	alone := false
	for _, s := range p.Steps {
		if s.writes() && in.Bases[s.Field].Refused != "" {
			if free > 0 || alone {
				continue
			}
			alone = true
		}
		kept = append(kept, s)
	}
	p.Steps = kept
}

// writes reports whether a step overwrites a field outside.
func (s Step) writes() bool { return s.Action == Push || s.Action == Redact }

package plan

import (
	"time"

	"github.com/extsync/extsync/ticket"
)

// planBoth plans a field that was edited differently on both sides.
func (f field) planBoth(p *Plan) {
	isSet := f.local.IsSet() || f.ext.IsSet()
	if isSet && f.mayApply() && f.mayPush() {
		// What was added or removed outside comes in; what is left of the difference
		// is an edit made here only, and goes out next.
		f.add(p, Step{Action: Apply, Before: f.local, After: f.came(f.local), Base: f.taken(),
			Reason: "edited on both sides: merged element by element"})
		return
	}
	v := verdict{reason: "edited on both sides: a person must decide"}
	if !isSet {
		v = f.judge(p)
	}
	d := f.disagreement()
	if d.Settled = v.settled; v.settled {
		// The external value is taken as seen. Where another one was decided on, what is
		// left of the difference is an edit made here only, and goes out next.
		d.Value = v.value
		f.add(p, Step{Action: Decide, Before: f.local, After: v.value, Base: f.met(), Reason: v.reason})
	} else {
		d.Strategy, d.Chunks = Manual, v.chunks
		f.add(p, Step{Action: OpenConflict, Before: f.local, After: f.ext, Base: f.base, Reason: v.reason})
	}
	p.Conflicts = append(p.Conflicts, d)
}

// verdict is what a strategy makes of a field that both sides edited.
type verdict struct {
	settled bool
	value   ticket.Value // where settled
	reason  string
	chunks  []Chunk // of prose that could not be merged
}

// judge asks the strategy. One that may let the external side win needs a person's
// confirmation, and one whose choice would have to go where it may not acts as Manual.
func (f field) judge(p *Plan) verdict {
	if f.partly {
		return verdict{reason: "edited outside without the passages that privacy keeps here: a person must decide"}
	}
	both := f.mayApply() && f.mayPush()
	switch s := f.rule.Strategy; {
	case s == LocalWins && f.mayPush():
		return verdict{settled: true, value: f.local, reason: "edited on both sides: the strategy keeps the local value"}
	case s == ExternalWins && f.rule.Confirmed && f.mayApply():
		return verdict{settled: true, value: f.ext, reason: "edited on both sides: the confirmed strategy takes the external value"}
	case s == Merge && f.rule.Confirmed && both && f.rule.Prose:
		return f.judgeMerge()
	case s == NewestWins && f.rule.Confirmed && both:
		return f.judgeNewest(p)
	}
	return verdict{reason: "edited on both sides: a person must decide"}
}

// judgeMerge merges prose. What comes of it must be fit to be written outside.
func (f field) judgeMerge() verdict {
	prose := f.prose()
	m := prose.Merging()
	v, reason := prose.Merged(m)
	if reason == "" {
		reason = f.in.Refuses(f.rule.Field, v)
	}
	if reason == "" {
		return verdict{settled: true, value: v, reason: "edited on both sides: the confirmed strategy merged both, block by block"}
	}
	return verdict{reason: "edited on both sides, and not merged: " + reason + "; a person must decide", chunks: m.Chunks()}
}

// prose is the field as a text that both sides edited.
func (f field) prose() Prose {
	p := Prose{Base: f.base, Local: f.local, External: f.ext, Normalize: f.norm}
	if f.in.Respell != nil {
		p.Respell = func(local, ext ticket.Value) ticket.Value { return f.in.Respell(f.rule.Field, local, ext) }
	}
	return p
}

// Margin is how far two edits must be apart for the newer one to win: clocks of two systems
// agree no better.
const Margin = 5 * time.Minute

// judgeNewest takes the newer edit, by the times that the two sides give it themselves.
func (f field) judgeNewest(p *Plan) verdict {
	if f.in.Times == nil {
		p.Undated = append(p.Undated, f.rule.Field)
	}
	t := f.in.Times[f.rule.Field]
	var reason string
	switch apart := t.Local.Sub(t.External).Abs(); {
	case t.External.IsZero():
		reason = "when the external value was written is not known"
	case t.Local.IsZero():
		reason = "when the local value was written is not known"
	case apart <= Margin+t.Blur:
		reason = "both edits were made within a few minutes, and clocks agree no better"
	case t.External.After(t.Local):
		return verdict{settled: true, value: f.ext, reason: "edited on both sides: the confirmed strategy takes the external value, which is newer"}
	default:
		if reason = f.in.Refuses(f.rule.Field, f.leaves); reason == "" {
			return verdict{settled: true, value: f.local, reason: "edited on both sides: the confirmed strategy keeps the local value, which is newer"}
		}
	}
	return verdict{reason: "edited on both sides: " + reason + "; a person must decide"}
}

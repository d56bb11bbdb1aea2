package engine

import (
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// canonical translates an external item's fields: mapped, and with what the privacy
// gate put into prose taken out again.
func canonical(p *peer, item external.Item) ticket.Fields {
	return p.canonicalFields(item.Kind, item.Fields)
}

// held is what an item holds for the planner. A field that it lacks holds what it held when it was seen last:
// nobody has emptied it.
func (p *peer) held(item external.Item, bases plan.Bases) ticket.Fields {
	f := canonical(p, item)
	for _, r := range p.mapping.Rules(item.Kind) {
		if b, known := bases[r.Field]; known && slices.ContainsFunc(r.External, item.Lacks) {
			f[r.Field] = b.External
		}
	}
	return f
}

func (p *peer) canonicalFields(kind external.Kind, f external.Fields) ticket.Fields {
	return p.restore(kind, p.toHere(kind, p.mapping.ToCanonical(kind, f)))
}

// canonicalField is canonicalFields for one of them: the planner asks for many, one by one.
func (p *peer) canonicalField(kind external.Kind, f ticket.Field, ext external.Fields) ticket.Value {
	r := p.mapping.Rule(kind, f)
	if r == nil {
		return ticket.Value{}
	}
	v := p.mapping.Canonical(r, ext)
	if r.Convert == mapping.Reference {
		v = p.toHere(kind, ticket.Fields{f: v})[f]
	}
	if r.Prose {
		v = ticket.Text(outbound.Restore(v.Text()))
	}
	return v
}

func (p *peer) restore(kind external.Kind, f ticket.Fields) ticket.Fields {
	rules := p.mapping.Rules(kind)
	for i := range rules {
		if r := &rules[i]; r.Prose {
			if v, ok := f[r.Field]; ok {
				f[r.Field] = ticket.Text(outbound.Restore(v.Text()))
			}
		}
	}
	return f
}

// normalize returns the planner's view of how a value reads back once written.
func (p *peer) normalize(kind external.Kind) func(ticket.Field, ticket.Value) ticket.Value {
	return func(f ticket.Field, v ticket.Value) ticket.Value {
		if v.IsEmpty() && f != ticket.State {
			return v
		}
		ext := p.adapter.Normalize(p.externalField(kind, f, v))
		if len(ext) == 0 {
			return v // what is not mapped, or can never be written, comes back as it is
		}
		return p.canonicalField(kind, f, ext)
	}
}

// says returns the planner's way to tell whether a push of a value would leave an item that holds now as it is:
// it holds one of several people, say, where it has room for one.
func (p *peer) says(kind external.Kind, now external.Fields) func(ticket.Field, ticket.Value) bool {
	return func(f ticket.Field, v ticket.Value) bool {
		return p.mapping.Says(kind, f, p.toThere(kind, ticket.Fields{f: v})[f], now)
	}
}

// externalField translates one local field, also one that the mapping lets come in alone.
func (p *peer) externalField(kind external.Kind, f ticket.Field, v ticket.Value) external.Fields {
	r := p.mapping.Rule(kind, f)
	if r == nil {
		return nil
	}
	if r.Direction == mapping.In { // what is not written by now may have been, and is held against what stands there
		both := *r
		both.Direction, r = mapping.Both, &both
	}
	if r.Convert == mapping.Reference && !v.IsEmpty() {
		v = p.eachReference(kind, ticket.Fields{f: v}, p.refs.there, unknownThere, unknownHere)[f]
	}
	return p.mapping.External(r, v)
}

// respell returns the planner's view of how an edit made outside comes in: the paragraphs
// that were not edited keep the bytes that their author typed.
func (p *peer) respell(kind external.Kind) func(ticket.Field, ticket.Value, ticket.Value) ticket.Value {
	r, ok := p.adapter.(adapters.Respeller)
	if !ok {
		return nil
	}
	return func(f ticket.Field, local, ext ticket.Value) ticket.Value {
		for _, rule := range p.mapping.Rules(kind) {
			if rule.Field == f && rule.Prose {
				return ticket.Text(r.Respell(kind, rule.External[0], local.Text(), ext.Text()))
			}
		}
		return ext
	}
}

// streamOf is the stream that lists items of a kind: comments come with their tickets where
// they have none of their own.
func (p *peer) streamOf(kind external.Kind) external.Stream {
	if kind == external.KindComment && p.caps.Has(external.StreamComments) {
		return external.StreamComments
	}
	return external.StreamTickets
}

// readable reports whether items can be read at all. A system that only takes what we
// send is never looked at, and never in doubt.
func (p *peer) readable() bool { return p.caps.ReadBatch > 0 }

// rules returns the mapped fields with the strategy in force for each.
func (p *peer) rules(w *work) []plan.Rule {
	mapped, rest := p.mapping.Rules(w.link.Kind), p.resting(w)
	rules := make([]plan.Rule, 0, len(mapped))
	for _, m := range mapped {
		if rest[m.Field] {
			continue
		}
		rule := plan.Rule{
			Field: m.Field, ReadOnly: m.ReadOnly || m.Direction == mapping.In, PushOnly: m.Direction == mapping.Out,
			OnCreate: m.OnCreate, Prose: m.Prose, AnyCase: p.anyCase(w.link.Kind, m.Field),
			Strategy: plan.Manual, Withheld: p.withheld(w, m),
		}
		for _, s := range p.project.Strategies {
			if s.Field == m.Field || s.Field == "" && rule.Strategy == plan.Manual && !p.named(m.Field) {
				rule.Strategy, rule.Confirmed = s.Strategy, s.ConfirmedBy != ""
			}
		}
		rules = append(rules, rule)
	}
	return rules
}

// anyCase reports whether the elements of a field are one outside where their letters differ
// by case alone.
func (p *peer) anyCase(kind external.Kind, f ticket.Field) bool {
	return p.capability(kind, p.externals(kind, f)[0]).AnyCase
}

// named reports whether the project has a strategy for that very field.
func (p *peer) named(f ticket.Field) bool {
	for _, s := range p.project.Strategies {
		if s.Field == f {
			return true
		}
	}
	return false
}

package engine

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/ticket"
)

// canonical translates an external item's fields: mapped, and with what the privacy
// gate put into prose taken out again.
func canonical(p *peer, item external.Item) ticket.Fields {
	return p.restore(item.Kind, p.mapping.ToCanonical(item.Kind, item.Fields))
}

func (p *peer) restore(kind external.Kind, f ticket.Fields) ticket.Fields {
	for _, r := range p.mapping.Rules(kind) {
		if v, ok := f[r.Field]; ok && r.Prose {
			f[r.Field] = ticket.Text(outbound.Restore(v.Text()))
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
		ext := p.adapter.Normalize(p.mapping.ToExternal(kind, ticket.Fields{f: v}))
		if len(ext) == 0 {
			return v // a field that is only read comes back as it is
		}
		return p.restore(kind, p.mapping.ToCanonical(kind, ext))[f]
	}
}

// rules returns the mapped fields with the strategy in force for each.
func (p *peer) rules(kind external.Kind) []plan.Rule {
	mapped := p.mapping.Rules(kind)
	rules := make([]plan.Rule, len(mapped))
	for i, m := range mapped {
		rules[i] = plan.Rule{Field: m.Field, ReadOnly: m.ReadOnly, Strategy: plan.Manual}
		for _, s := range p.project.Strategies {
			if s.Field == m.Field || s.Field == "" && rules[i].Strategy == plan.Manual && !p.named(m.Field) {
				rules[i].Strategy, rules[i].Confirmed = s.Strategy, s.ConfirmedBy != ""
			}
		}
	}
	return rules
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

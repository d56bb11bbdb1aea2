package engine

import (
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/ticket"
)

// withheld says why a rule of the project keeps a mapped field of a link here, or "". A
// comment whose text stays is kept as a whole, see outbound.Judge.
func (p *peer) withheld(w *work, m mapping.Rule) string {
	if w.link.Kind != external.KindTicket {
		return ""
	}
	_, stays := w.screen.Field(m.Field, m.Prose, w.ticket.Fields[m.Field])
	return stays
}

// leaves returns the planner's view of what of a local value may leave; nil: all of it.
func (p *peer) leaves(w *work) func(ticket.Field, ticket.Value) ticket.Value {
	if len(w.rules.Cuts) == 0 {
		return nil
	}
	if w.link.Kind != external.KindTicket {
		return func(_ ticket.Field, v ticket.Value) ticket.Value {
			leaves, _ := w.screen.Text(v)
			return leaves
		}
	}
	prose := map[ticket.Field]bool{}
	for _, m := range p.mapping.Rules(w.link.Kind) {
		prose[m.Field] = m.Prose
	}
	return func(f ticket.Field, v ticket.Value) ticket.Value {
		leaves, _ := w.screen.Field(f, prose[f], v)
		return leaves
	}
}

// leaving returns what of a local field may leave.
func (w *work) leaving(f ticket.Field) ticket.Value {
	v := w.input.Local.Fields[f]
	if w.input.Leaves == nil {
		return v
	}
	return w.input.Leaves(f, v)
}

// carries tells which canonical field each external one holds.
func (p *peer) carries(kind external.Kind) map[string]ticket.Field {
	out := map[string]ticket.Field{}
	for _, r := range p.mapping.Rules(kind) {
		for _, name := range r.External {
			out[name] = r.Field
		}
	}
	return out
}

// withoutKept takes out what the mapping sets in every new ticket where the field that
// it stands in is kept here.
func (p *peer) withoutKept(w *work, set external.Fields) external.Fields {
	for _, r := range p.mapping.Rules(w.link.Kind) {
		if !w.rules.Keeps(r.Field) {
			continue
		}
		for name := range set {
			if slices.Contains(r.External, name) {
				delete(set, name)
			}
		}
	}
	return set
}

package mapping

import (
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Mapping says which canonical field stands in which external ones. It is stored
// as JSON in versions; a session records the version it used. Its methods may be
// called by several goroutines and do not change it.
type Mapping struct {
	Version  int    `json:"version"`
	Tickets  []Rule `json:"tickets"`
	Comments []Rule `json:"comments"`
	Users    Users  `json:"users"`
	// Constants are what every ticket made outside begins with and no rule writes.
	Constants []Constant `json:"constants,omitempty"`
}

// Constant is a value that every ticket made outside begins with: Jira's issue type.
type Constant struct {
	External string       `json:"external"` // the external field
	Value    ticket.Value `json:"value"`
}

// Rules returns the rules of a kind in the order in which steps are wanted. The
// caller must not change them. A kind that is not mapped has none.
func (m Mapping) Rules(kind external.Kind) []Rule {
	switch kind {
	case external.KindTicket:
		return m.Tickets
	case external.KindComment:
		return m.Comments
	default:
		return nil
	}
}

// Externals names the external fields of tickets that the mapping uses, sorted.
func (m Mapping) Externals() []string {
	var names []string
	for i := range m.Tickets {
		names = append(names, m.Tickets[i].External...)
	}
	for _, c := range m.Constants {
		names = append(names, c.External)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// FieldOf returns the canonical field that the external field belongs to, and
// whether there is one.
func (m Mapping) FieldOf(kind external.Kind, externalName string) (ticket.Field, bool) {
	for _, r := range m.Rules(kind) {
		for _, n := range r.External {
			if n == externalName {
				return r.Field, true
			}
		}
	}
	return "", false
}

// ToExternal translates the fields present in f, empty ones included. Fields that are
// not mapped, only read, or cannot be written (see Unwritable) are left out.
func (m Mapping) ToExternal(kind external.Kind, f ticket.Fields) external.Fields {
	rules := m.Rules(kind)
	out := make(external.Fields, len(rules)+1)
	for i := range rules {
		r := &rules[i]
		if v, ok := f[r.Field]; ok && r.Writes() {
			m.write(r, v, out)
		}
	}
	return out
}

// Rule returns the rule of a canonical field, which the caller must not change; nil: it is
// not mapped.
func (m Mapping) Rule(kind external.Kind, f ticket.Field) *Rule {
	rules := m.Rules(kind)
	for i := range rules {
		if rules[i].Field == f {
			return &rules[i]
		}
	}
	return nil
}

// External is ToExternal for the field of one rule of the mapping.
func (m Mapping) External(r *Rule, v ticket.Value) external.Fields {
	if !r.Writes() {
		return nil
	}
	out := external.Fields{}
	m.write(r, v, out)
	return out
}

// ForCreate translates a new ticket: ToExternal, and the constants of the fields that
// it leaves empty.
func (m Mapping) ForCreate(f ticket.Fields) external.Fields {
	out := m.ToExternal(external.KindTicket, f)
	for i := range m.Tickets {
		if r := &m.Tickets[i]; m.foreign(r, f[r.Field], nil) {
			delete(out, r.External[0])
		}
	}
	for _, c := range m.Constants {
		if out[c.External].IsEmpty() {
			out[c.External] = c.Value
		}
	}
	return out
}

// Put translates as ToExternal does, for an item that is there and holds now: a field
// that means the same as the item's keeps the item's spelling. Writing "open" leaves
// "In Progress" as it is, writing "p4" an equivalent of it. A field that names somebody
// whom the item does not name already, and who is known in another project alone, is
// left out: the login there may be another person's here.
func (m Mapping) Put(kind external.Kind, f ticket.Fields, now external.Fields) external.Fields {
	rules := m.Rules(kind)
	out := make(external.Fields, len(rules)+1)
	for i := range rules {
		r := &rules[i]
		v, ok := f[r.Field]
		switch {
		case !ok || !r.Writes():
		case m.says(r, now, v):
			for _, name := range r.External {
				out[name] = now[name]
			}
		case r.Convert == Options && r.Set && r.Max == 0 && r.many() && m.unwritable(r, v) == fine:
			out[r.External[0]] = m.merge(r, v, now[r.External[0]])
		case m.foreign(r, v, now):
		case r.Set && r.many() && r.Max > 0 && v.Len() > r.Max && m.unwritable(r, v) == fine:
			out[r.External[0]] = m.fill(r, v, now)
		default:
			m.write(r, v, out)
		}
	}
	return out
}

// Says reports whether an item that holds now says already what the value means, so that
// Put would leave it as it is. A field that has room for some of a set says the set with
// as many of its elements as there is room for, whichever they are.
func (m Mapping) Says(kind external.Kind, f ticket.Field, v ticket.Value, now external.Fields) bool {
	r := m.Rule(kind, f)
	return r != nil && m.says(r, now, v)
}

// Canonical is ToCanonical for the field of one rule of the mapping.
func (m Mapping) Canonical(r *Rule, f external.Fields) ticket.Value { return m.read(r, f) }

// ToCanonical translates an item's fields. Every mapped field is present in the
// result; what the item does not have is empty. A value that cannot be told (see
// Unreadable) reads as "external:" and itself.
func (m Mapping) ToCanonical(kind external.Kind, f external.Fields) ticket.Fields {
	rules := m.Rules(kind)
	out := make(ticket.Fields, len(rules))
	for i := range rules {
		out[rules[i].Field] = m.read(&rules[i], f)
	}
	return out
}

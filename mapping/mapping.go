package mapping

import (
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
}

// Rule maps one canonical field.
type Rule struct {
	Field ticket.Field `json:"field"`
	// External names the fields that hold it, in the order that Convert expects.
	External []string `json:"external"`
	Convert  Convert  `json:"convert"`
	// ReadOnly fields are read and never written.
	ReadOnly bool `json:"read_only,omitempty"`
	// Prose holds Markdown: it is sanitised on the way out and restored on the way in.
	Prose bool `json:"prose,omitempty"`
	// Container holds the name of a container (a milestone), which must exist before
	// the field can name it.
	Container bool `json:"container,omitempty"`
}

// Convert names how a rule translates values.
type Convert string

// The conversions.
const (
	Same        Convert = "same"         // the value as it is, in one external field
	People      Convert = "people"       // a set of people, through Users, in one external field
	GitHubState Convert = "github_state" // the state, in GitHub's two fields state and state_reason
)

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

// ToExternal translates the fields present in f, empty ones included. Fields that
// are not mapped, or only read, are left out.
func (m Mapping) ToExternal(kind external.Kind, f ticket.Fields) external.Fields {
	rules := m.Rules(kind)
	out := make(external.Fields, len(rules)+1)
	for i := range rules {
		r := &rules[i]
		v, ok := f[r.Field]
		if !ok || r.ReadOnly {
			continue
		}
		switch r.Convert {
		case GitHubState:
			state, reason := githubState(v.Text())
			out[r.External[0]], out[r.External[1]] = ticket.Text(state), ticket.Text(reason)
		case People:
			out[r.External[0]] = m.Users.each(v, m.Users.Login)
		default:
			out[r.External[0]] = v
		}
	}
	return out
}

// ToCanonical translates an item's fields. Every mapped field is present in the
// result; what the item does not have is empty.
func (m Mapping) ToCanonical(kind external.Kind, f external.Fields) ticket.Fields {
	rules := m.Rules(kind)
	out := make(ticket.Fields, len(rules))
	for i := range rules {
		r := &rules[i]
		v := f[r.External[0]]
		switch r.Convert {
		case GitHubState:
			v = ticket.Text(canonicalState(v.Text(), f[r.External[1]].Text()))
		case People:
			v = m.Users.each(v, m.Users.Handle)
		default: // the value as it is
		}
		out[r.Field] = v
	}
	return out
}

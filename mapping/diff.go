package mapping

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Change is one difference between two mappings.
type Change struct {
	// Path says where, as in Finding.
	Path string `json:"path"`
	What string `json:"what"` // one sentence
	// Rebase is set when what both sides agreed on last, in terms of the first mapping,
	// says nothing in terms of the second: the field is compared afresh.
	Rebase bool `json:"rebase,omitempty"`
}

// Diff tells people what changes from a to b, in the order of their rules.
func Diff(a, b Mapping) []Change {
	var out []Change
	out = append(out, diffRules("tickets", a, b, a.Tickets, b.Tickets)...)
	out = append(out, diffRules("comments", a, b, a.Comments, b.Comments)...)
	out = append(out, diffConstants(a, b)...)
	return append(out, diffUsers(a, b)...)
}

// Rebase returns the fields of a kind whose bases are void when b takes the place of
// a, sorted: their values were agreed on in terms that have another meaning now.
func Rebase(a, b Mapping, kind external.Kind) []ticket.Field {
	var out []ticket.Field
	rules := a.Rules(kind)
	for i := range rules {
		r := ruleOf(b.Rules(kind), rules[i].Field)
		if r == nil || !agree(&a, &b, &rules[i], r) {
			out = append(out, rules[i].Field)
		}
	}
	for _, r := range b.Rules(kind) {
		if ruleOf(rules, r.Field) == nil {
			out = append(out, r.Field)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

func diffRules(kind string, a, b Mapping, from, to []Rule) []Change {
	var out []Change
	for i := range from {
		r, q := &from[i], ruleOf(to, from[i].Field)
		switch {
		case q == nil:
			out = append(out, Change{path(kind, r), fmt.Sprintf("is not mapped any more (was %s)", r.names()), true})
		case !reflect.DeepEqual(r, q):
			out = append(out, changed(kind, r, q, !agree(&a, &b, r, q))...)
		}
	}
	for i := range to {
		if ruleOf(from, to[i].Field) == nil {
			out = append(out, Change{path(kind, &to[i]), "is mapped to " + to[i].names(), true})
		}
	}
	return out
}

// changed names what differs between two rules of one field. Only what changes the
// meaning of values voids bases.
func changed(kind string, a, b *Rule, rebase bool) []Change {
	var out []Change
	say := func(differs bool, part, format string, args ...any) {
		if differs {
			out = append(out, Change{Path: path(kind, a) + part, What: fmt.Sprintf(format, args...)})
		}
	}
	say(!slices.Equal(a.External, b.External), ".external", "stands in %s, before in %s", b.names(), a.names())
	say(a.Convert != b.Convert, ".convert", "is translated as %s, before as %s", b.Convert, a.Convert)
	say(a.Type != b.Type, ".type", "the external field holds %s, before %s", b.Type, a.Type)
	say(a.Set != b.Set, ".set", "the external field holds a set: %t", b.Set)
	say(a.Max != b.Max, ".max", "%d elements are written at most (0: all), before %d", b.Max, a.Max)
	say(a.Prose != b.Prose, ".prose", "is prose: %t", b.Prose)
	say(a.Container != b.Container, ".container", "names a container: %t", b.Container)
	say(a.OnCreate != b.OnCreate, ".on_create", "is written only when an item is made: %t", b.OnCreate)
	say(a.direction() != b.direction(), ".direction", "goes %s, before %s", b.direction(), a.direction())
	say(a.Unmapped != b.Unmapped, ".unmapped", "values in no table: %s, before %s", b.Unmapped, a.Unmapped)
	say(!reflect.DeepEqual(a.Values, b.Values), ".values", "the table has %d lines, before %d", len(b.Values), len(a.Values))
	say(!maps.Equal(a.Categories, b.Categories), ".categories", "the categories of the external states are others")
	if len(out) > 0 {
		out[0].Rebase = rebase
	}
	return out
}

// direction is the effective one, with ReadOnly in it.
func (r *Rule) direction() Direction {
	switch {
	case r.ReadOnly || r.Direction == In:
		return In
	case r.Direction == Out:
		return Out
	}
	return Both
}

// String says both policies.
func (u Unmapped) String() string {
	word := func(p Policy) Policy {
		if p == "" {
			return "the default"
		}
		return p
	}
	if u.In == u.Out {
		return string(word(u.In))
	}
	return fmt.Sprintf("in %s, out %s", word(u.In), word(u.Out))
}

// agree reports whether every value that a could read and write means the same to b.
func agree(a, b *Mapping, r, q *Rule) bool {
	if !slices.Equal(r.External, q.External) || r.Convert != q.Convert || r.Set != q.Set || r.Type != q.Type && r.Convert == Date ||
		r.Prose != q.Prose || r.OnCreate && !q.OnCreate || r.direction() == Out && q.direction() != Out {
		return false
	}
	switch r.Convert {
	case People:
		return r.Unmapped == q.Unmapped && maps.Equal(a.Users.logins, b.Users.logins)
	case Options, States:
		return agreeOnTable(r, q)
	}
	return true
}

// agreeOnTable compares how every spelling that either rule knows is read and written. What
// a could not translate was never agreed on, so that b may.
func agreeOnTable(r, q *Rule) bool {
	outside, second, local := map[string]bool{"": true}, map[string]bool{"": true}, map[string]bool{"": true}
	for _, x := range []*Rule{r, q} {
		for _, p := range x.Values {
			for _, s := range p.External {
				outside[s] = true
			}
			for _, s := range p.And {
				second[s] = true
			}
			for _, s := range p.Local {
				local[s] = true
			}
		}
		for s := range x.Categories {
			outside[s] = true
		}
	}
	for s := range outside {
		for t := range second {
			was, why := r.in(s, t)
			if is, still := q.in(s, t); why == fine && (still != fine || is != was) {
				return false
			}
		}
	}
	for s := range local {
		was, why := r.leadOut(s)
		if is, still := q.leadOut(s); why == fine && (still != fine || is != was) {
			return false
		}
	}
	return r.Unmapped.In == q.Unmapped.In || r.Unmapped.In == "" || r.Unmapped.In == PolicyRefuse
}

func (r *Rule) in(s, second string) (string, trouble) {
	if r.Convert == States {
		return r.stateIn(s, second)
	}
	return r.optionIn(s)
}

// leadOut returns what a local value reads back as once written.
func (r *Rule) leadOut(s string) (string, trouble) {
	if r.Convert == States {
		a, b, why := r.stateOut(s)
		if why != fine {
			return s, why
		}
		return r.stateIn(a, b)
	}
	a, why := r.optionOut(s)
	if why != fine {
		return s, why
	}
	return r.optionIn(a)
}

func diffConstants(a, b Mapping) []Change {
	var out []Change
	find := func(list []Constant, name string) (ticket.Value, bool) {
		i := slices.IndexFunc(list, func(c Constant) bool { return c.External == name })
		if i < 0 {
			return ticket.Value{}, false
		}
		return list[i].Value, true
	}
	for _, c := range a.Constants {
		if v, ok := find(b.Constants, c.External); !ok {
			out = append(out, Change{Path: "constants." + c.External, What: "new tickets outside do not begin with it any more"})
		} else if !v.Equal(c.Value) {
			out = append(out, Change{Path: "constants." + c.External, What: fmt.Sprintf("new tickets outside begin with %q, before with %q", v, c.Value)})
		}
	}
	for _, c := range b.Constants {
		if _, ok := find(a.Constants, c.External); !ok {
			out = append(out, Change{Path: "constants." + c.External, What: fmt.Sprintf("new tickets outside begin with %q", c.Value)})
		}
	}
	return out
}

func diffUsers(a, b Mapping) []Change {
	all := maps.Clone(a.Users.logins)
	if all == nil {
		all = map[string]string{}
	}
	maps.Copy(all, b.Users.logins)
	var out []Change
	for _, handle := range slices.Sorted(maps.Keys(all)) {
		was, had := a.Users.logins[handle]
		is, has := b.Users.logins[handle]
		at := "users." + handle
		switch {
		case !has:
			out = append(out, Change{Path: at, What: fmt.Sprintf("has no account outside any more (was %s)", was)})
		case !had:
			out = append(out, Change{Path: at, What: "has the account " + is})
		case was != is:
			out = append(out, Change{Path: at, What: fmt.Sprintf("has the account %s, before %s", is, was)})
		}
	}
	return out
}

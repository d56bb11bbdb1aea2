package mapping

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// read translates what the rule's external fields hold.
func (m *Mapping) read(r *Rule, f external.Fields) ticket.Value {
	v := f[r.External[0]]
	switch r.Convert {
	case GitHubState:
		return ticket.Text(canonicalState(v.Text(), f[r.External[1]].Text()))
	case States:
		s, _ := r.stateIn(v.Text(), r.second(f))
		return ticket.Text(s)
	case Same, Reference, ContainerTitle, "":
		if v.IsEmpty() || v.IsSet() == r.many() {
			return v
		}
	case People:
		if r.Unmapped.In != PolicyKeep && len(m.Users.logins) == 0 && v.IsSet() == r.many() {
			return v
		}
	default: // element by element
	}
	if v.Len() > 1 && !r.many() { // which one is meant nobody can say
		return ticket.Text(externalPrefix + v.Text())
	}
	return m.each(r, v, r.many(), inward)
}

// write puts the value into the rule's external fields, unless it cannot be written.
func (m *Mapping) write(r *Rule, v ticket.Value, out external.Fields) {
	switch r.Convert {
	case GitHubState:
		state, reason := githubState(v.Text())
		out[r.External[0]], out[r.External[1]] = ticket.Text(state), ticket.Text(reason)
		return
	case States:
		if a, b, why := r.stateOut(v.Text()); why == fine {
			out[r.External[0]] = ticket.Text(a)
			if len(r.External) > 1 {
				out[r.External[1]] = ticket.Text(b)
			}
		}
		return
	case Same, Reference, ContainerTitle, "":
		if v.IsEmpty() || r.whole(v) {
			out[r.External[0]] = v
			return
		}
	case People:
		if r.Unmapped.Out != PolicyKeep && len(m.Users.logins) == 0 && r.whole(v) {
			out[r.External[0]] = v
			return
		}
	default: // element by element
	}
	if m.unwritable(r, v) == fine {
		out[r.External[0]] = m.each(r, v, r.Set, outward)
	}
}

// way is a direction of translation.
type way bool

const (
	inward  way = false
	outward way = true
)

// each translates element by element, into a set or into the first of them.
func (m *Mapping) each(r *Rule, v ticket.Value, many bool, w way) ticket.Value {
	if !v.IsSet() || !many {
		var s string
		if v.Len() > 0 {
			s = v.At(0)
		}
		if s, _ = m.element(r, s, w); !many {
			return ticket.Text(s)
		}
		if s == "" {
			return ticket.Value{}
		}
		return ticket.Set(s)
	}
	elems := v.Elements()
	if w == outward && r.Max > 0 {
		elems = elems[:min(r.Max, len(elems))]
	}
	for i, e := range elems {
		elems[i], _ = m.element(r, e, w)
	}
	return ticket.Set(elems...)
}

// element translates one element and says why that cannot be done.
func (m *Mapping) element(r *Rule, s string, w way) (string, trouble) {
	switch r.Convert {
	case Options:
		if w == inward {
			return r.optionIn(s)
		}
		return r.optionOut(s)
	case Number, Date, Bool:
		return r.plain(s, w)
	case People:
		if w == inward {
			return m.Users.handle(s, r.Unmapped.In), fine
		}
		return m.Users.login(s, r.Unmapped.Out)
	}
	return s, fine
}

// merge writes a set of options element by element, so that those which are there
// already keep their spelling.
func (m *Mapping) merge(r *Rule, v ticket.Value, now ticket.Value) ticket.Value {
	var out []string
	for i := range v.Len() {
		written, _ := r.optionOut(v.At(i))
		means, _ := r.optionIn(written)
		there := false
		for j := range now.Len() {
			if s, why := r.optionIn(now.At(j)); why == fine && s == means {
				out, there = append(out, now.At(j)), true
			}
		}
		if !there {
			out = append(out, written)
		}
	}
	return ticket.Set(out...)
}

// fill writes a set of which there is no room for all: those of its elements that stand there stay, in their
// spelling, and the first of the others fill up what room is left. Nobody makes way for somebody who comes first.
func (m *Mapping) fill(r *Rule, v ticket.Value, now external.Fields) ticket.Value {
	name, there := r.External[0], ticket.Value{}
	var out []string
	for _, s := range now[name].Elements() {
		means := m.read(r, external.Fields{name: ticket.Set(s)})
		if means.Len() == 1 && len(means.Minus(v)) == 0 {
			out, there = append(out, s), ticket.Set(append(there.Elements(), means.At(0))...)
		}
	}
	for _, s := range v.Minus(there) {
		if written, _ := m.element(r, s, outward); len(out) < r.Max && written != "" {
			out = append(out, written)
		}
	}
	return ticket.Set(out...)
}

// second returns what the second external field holds, if there is one.
func (r *Rule) second(f external.Fields) string {
	if len(r.External) < 2 {
		return ""
	}
	return f[r.External[1]].Text()
}

// says reports whether the item already says what v means.
func (m *Mapping) says(r *Rule, now external.Fields, v ticket.Value) bool {
	_, ok := now[r.External[0]]
	has := m.read(r, now)
	if !ok { // an absent field is empty, but an item without a state says nothing
		return now != nil && has.IsEmpty() && v.IsEmpty()
	}
	if has.Equal(v) {
		return true
	}
	if room := r.room(); r.many() && room > 0 && v.Len() > room && has.Len() >= room { // as many as it can hold
		return len(has.Minus(v)) == 0
	}
	return has.Equal(m.canon(r, v))
}

// canon returns how a value reads back once it is written.
func (m *Mapping) canon(r *Rule, v ticket.Value) ticket.Value {
	if m.unwritable(r, v) != fine {
		return v
	}
	switch r.Convert {
	case Same, Reference, ContainerTitle, "", People:
		if r.whole(v) {
			return v
		}
	default: // what is written may mean the same as other spellings
	}
	out := make(external.Fields, len(r.External))
	m.write(r, v, out)
	return m.read(r, out)
}

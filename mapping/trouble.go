package mapping

import (
	"fmt"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// trouble is why a value cannot be translated.
type trouble uint8

const (
	fine trouble = iota
	notInTable
	opaque
	ambiguous
	notNumber
	notDate
	notBool
	nobody
	several
)

// Unreadable says of each field whose canonical value cannot be told from the item why
// not, and what to do. Such a value reads as "external:" and itself; it is to be kept
// outside as it is, and neither taken over nor written. It is nil when all is well.
// The sentences name options of the external system, never free text.
func (m Mapping) Unreadable(kind external.Kind, f external.Fields) map[ticket.Field]string {
	var out map[ticket.Field]string
	rules := m.Rules(kind)
	for i := range rules {
		r := &rules[i]
		s, why := m.unreadable(r, f)
		if why == fine {
			continue
		}
		if out == nil {
			out = map[ticket.Field]string{}
		}
		out[r.Field] = r.sayUnreadable(s, why)
	}
	return out
}

// unreadable returns the first element that cannot be read, and why.
func (m *Mapping) unreadable(r *Rule, f external.Fields) (string, trouble) {
	switch r.Convert {
	case States:
		s := f[r.External[0]].Text()
		_, why := r.stateIn(s, r.second(f))
		return s, why
	case GitHubState:
	default:
		v := f[r.External[0]]
		if v.Len() > 1 && !r.many() {
			return "", several
		}
		if !r.strict() {
			break
		}
		for i := range v.Len() {
			if _, why := m.element(r, v.At(i), inward); why != fine {
				return v.At(i), why
			}
		}
	}
	return "", fine
}

// strict reports whether there are elements that the conversion cannot translate.
func (r *Rule) strict() bool {
	switch r.Convert {
	case Options, Number, Date, Bool:
		return true
	}
	return false
}

// Unwritable says of each field in f that cannot be written outside why not, and what
// to do. ToExternal and Put leave such a field out. It is nil when all is well. The
// sentences name handles and the words of a table, never free text.
func (m Mapping) Unwritable(kind external.Kind, f ticket.Fields) map[ticket.Field]string {
	var out map[ticket.Field]string
	rules := m.Rules(kind)
	for i := range rules {
		r := &rules[i]
		v, ok := f[r.Field]
		if !ok || !r.Writes() {
			continue
		}
		why := m.unwritable(r, v)
		if why == fine {
			continue
		}
		if out == nil {
			out = map[ticket.Field]string{}
		}
		out[r.Field] = m.sayUnwritable(r, v, why)
	}
	return out
}

// unwritable returns why the value cannot be written.
func (m *Mapping) unwritable(r *Rule, v ticket.Value) trouble {
	switch r.Convert {
	case States:
		_, _, why := r.stateOut(v.Text())
		return why
	case GitHubState:
		return fine
	}
	if v.Len() > 1 && !r.many() {
		return several
	}
	if !r.many() && strings.HasPrefix(v.Text(), externalPrefix) && r.Set {
		return opaque
	}
	if !r.strict() && (r.Convert != People || r.Unmapped.Out != PolicyKeep) {
		return fine
	}
	for i := range v.Len() {
		if _, why := m.element(r, v.At(i), outward); why != fine {
			return why
		}
	}
	return fine
}

func (r *Rule) sayUnreadable(s string, why trouble) string {
	name := r.External[0]
	switch why {
	case notNumber:
		return fmt.Sprintf("%s holds something that is no decimal number; mend it there, or map the field as text", name)
	case notDate:
		return fmt.Sprintf("%s holds something that is no date; mend it there, or map the field as text", name)
	case notBool:
		return fmt.Sprintf("%s holds something that is neither true nor false; mend it there, or map the field as text", name)
	case several:
		return fmt.Sprintf("%s holds several values, and %s takes one; leave one there, or map it to a field of its own", name, r.Field)
	}
	if r.Type != external.TypeOption && r.Type != external.TypeState {
		return fmt.Sprintf("%s holds a value that is not in the table of %s; add it there", name, r.Field)
	}
	return fmt.Sprintf("%s is %q, which is not in the table of %s; add it there, or say what unknown values mean", name, s, r.Field)
}

func (m *Mapping) sayUnwritable(r *Rule, v ticket.Value, why trouble) string {
	switch why {
	case opaque:
		return fmt.Sprintf("the value stands for one of %s that is not in the table of %s; add that one, or choose another", r.External[0], r.Field)
	case ambiguous:
		return fmt.Sprintf("the value would be read back as another one; add it to the table of %s", r.Field)
	case notNumber:
		return fmt.Sprintf("%s takes a decimal number, such as 3 or 0.5", r.External[0])
	case notDate:
		return fmt.Sprintf("%s takes a day, such as 2006-01-02", r.External[0])
	case notBool:
		return fmt.Sprintf("%s takes true or false", r.External[0])
	case several:
		return fmt.Sprintf("%s takes one value; choose one", r.External[0])
	case nobody:
		for i := range v.Len() {
			if _, why := m.Users.login(v.At(i), r.Unmapped.Out); why != fine {
				return fmt.Sprintf("%q has no account outside that we know of; add a line to users, or take them off", v.At(i))
			}
		}
	}
	if _, custom := r.Field.CustomName(); custom {
		return fmt.Sprintf("the value is not in the table of %s; add it there", r.Field)
	}
	return fmt.Sprintf("%q is not in the table of %s; add what it is called in %s", v.Text(), r.Field, r.External[0])
}

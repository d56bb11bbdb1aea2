package linear

import (
	"strconv"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Normalize returns the fields as Linear would show them: a title is one trimmed line, a
// label's name has no blanks around it, an
// issue without a priority has the one of that name, a number has no zeros behind its
// point, and Markdown is what Linear writes from its document, see canonical.
func (a *adapter) Normalize(f external.Fields) external.Fields {
	out := make(external.Fields, len(f))
	for name, v := range f {
		switch name {
		case fieldTitle:
			v = replaced(v, strings.Join(strings.Fields(v.Text()), " "))
		case fieldDescription, fieldBody:
			v = replaced(v, canonical(v.Text()))
		case fieldLabels:
			v = trimmed(v)
		case fieldPriority:
			if v.IsEmpty() {
				v = ticket.Text(priorities()[0])
			}
		case fieldEstimate:
			if n, err := strconv.ParseFloat(v.Text(), 64); err == nil {
				v = replaced(v, number(&n))
			}
		}
		out[name] = v
	}
	return out
}

// trimmed is the set without blanks around its elements, and without empty ones.
func trimmed(v ticket.Value) ticket.Value {
	var out []string
	for _, e := range v.Elements() {
		if e = strings.TrimSpace(e); e != "" {
			out = append(out, e)
		}
	}
	return ticket.Set(out...)
}

// replaced keeps the value where the text is the same.
func replaced(v ticket.Value, s string) ticket.Value {
	if v.Text() == s && !v.IsSet() {
		return v
	}
	return ticket.Text(s)
}

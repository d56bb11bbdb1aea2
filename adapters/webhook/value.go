package webhook

import (
	"fmt"
	"math/big"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// value reads what a program gave for the field, as it is spelled for every system.
func (f field) value(v any) (ticket.Value, error) {
	if v == nil {
		return ticket.Value{}, nil
	}
	if !f.Set {
		s, ok := scalar(v)
		if !ok {
			return ticket.Value{}, errType
		}
		return f.tidy(ticket.Text(s)), nil
	}
	all, ok := v.([]any)
	if !ok {
		return ticket.Value{}, errType
	}
	elements := make([]string, 0, len(all))
	for _, e := range all {
		s, ok := scalar(e)
		if !ok {
			return ticket.Value{}, errType
		}
		elements = append(elements, s)
	}
	return f.tidy(ticket.Set(elements...)), nil
}

// tidy returns a value as it reads back once written: numbers and times in their one
// spelling, texts as the settings say that the system keeps them.
func (f field) tidy(v ticket.Value) ticket.Value {
	if !f.Set {
		if v.IsSet() {
			return v
		}
		return ticket.Text(f.tidyText(v.Text()))
	}
	var out []string
	for _, e := range v.Elements() {
		if e = f.tidyText(e); e != "" {
			out = append(out, e)
		}
	}
	return ticket.Set(out...)
}

func (f field) tidyText(s string) string {
	if f.crlf {
		s = withLF(s)
	}
	if f.trim {
		s = strings.TrimSpace(s)
	}
	switch f.Type {
	case external.TypeNumber:
		return decimal(s)
	case external.TypeTime:
		if t, err := time.Parse(time.RFC3339Nano, s); err == nil {
			return t.UTC().Format(time.RFC3339Nano)
		}
	}
	return s
}

// withLF takes any CRs before a LF for one line end: taking one off each time would
// change the text again at the next pass.
func withLF(s string) string {
	if !strings.Contains(s, "\r\n") {
		return s
	}
	lines := strings.Split(s, "\n")
	for i := range lines[:len(lines)-1] {
		lines[i] = strings.TrimRight(lines[i], "\r")
	}
	return strings.Join(lines, "\n")
}

// decimal spells a number in one way: no plus, no needless zeros, no exponent. What is
// no such number stays as it is.
func decimal(s string) string {
	digits := strings.Trim(s, "+-.0123456789")
	if s == "" || digits != "" || len(s) > maxDigits {
		return s
	}
	n, ok := new(big.Rat).SetString(s)
	if !ok {
		return s
	}
	_, fraction, _ := strings.Cut(s, ".")
	out := n.FloatString(len(fraction))
	if strings.Contains(out, ".") {
		out = strings.TrimRight(strings.TrimRight(out, "0"), ".")
	}
	if out == "-0" {
		return "0"
	}
	return out
}

// json is the value as a program gets it: a number or truth as such, a set as an array,
// nothing as null where the type has no empty text.
func (f field) json(v ticket.Value) (any, error) {
	v = f.tidy(v)
	if f.Set {
		return texts(v.Elements()), nil
	}
	s := v.Text()
	switch f.Type {
	case external.TypeText, external.TypeProse:
		return s, nil
	case external.TypeNumber:
		if s == "" {
			return nil, nil
		}
		n, err := number(s)
		if err != nil {
			return nil, fmt.Errorf("field %s is no number", f.Name)
		}
		return n, nil
	case external.TypeBool:
		if s != "" && s != "true" && s != "false" {
			return nil, fmt.Errorf("field %s is neither true nor false", f.Name)
		}
		if s != "" {
			return s == "true", nil
		}
	}
	if s == "" {
		return nil, nil
	}
	return s, nil
}

func texts(all []string) []any {
	out := make([]any, len(all))
	for n, s := range all {
		out[n] = s
	}
	return out
}

// fits says what the system would refuse about the value; nil where it fits.
func (f field) fits(v ticket.Value) error {
	v = f.tidy(v)
	all := []string{v.Text()}
	if f.Set {
		all = v.Elements()
	}
	for _, s := range all {
		if f.MaxRunes > 0 && utf8.RuneCountInString(s) > f.MaxRunes {
			return fmt.Errorf("field %s is longer than %d characters; shorten it", f.Name, f.MaxRunes)
		}
	}
	if f.Set && f.MaxItems > 0 && len(all) > f.MaxItems {
		return fmt.Errorf("field %s has more than %d elements; take some away", f.Name, f.MaxItems)
	}
	return nil
}

package mapping

import (
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// plain translates a number, a day or a truth value. What is none stays opaque.
func (r *Rule) plain(s string, w way) (string, trouble) {
	if s == "" {
		return "", fine
	}
	var ok bool
	made, why := s, notNumber
	switch r.Convert {
	case Number:
		made, ok = number(s)
	case Date:
		why = notDate
		if w == inward {
			made, ok = day(s)
		} else if ok = ticket.IsDate(s); ok && r.Type == external.TypeTime {
			made += "T00:00:00Z"
		}
	default:
		made, why = strings.ToLower(s), notBool
		ok = made == "true" || made == "false"
	}
	switch {
	case ok:
		return made, fine
	case w == inward:
		return externalPrefix + s, why
	}
	return s, why
}

// number spells a decimal number in its shortest form.
func number(s string) (string, bool) {
	if !ticket.IsNumber(s) {
		return s, false
	}
	s, minus := strings.CutPrefix(s, "-")
	if strings.Contains(s, ".") {
		s = strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
	}
	s = strings.TrimLeft(s, "0")
	if s == "" || s[0] == '.' {
		s = "0" + s
	}
	if minus && s != "0" {
		s = "-" + s
	}
	return s, true
}

// day returns the day of a day or of a time, which counts in UTC.
func day(s string) (string, bool) {
	if ticket.IsDate(s) {
		return s, true
	}
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return s, false
	}
	return t.UTC().Format(time.DateOnly), true
}

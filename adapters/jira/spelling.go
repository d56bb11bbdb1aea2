package jira

import (
	"strconv"
	"strings"
	"time"
)

// number spells a number as Jira shows it: no exponent, no zeros behind. What is none
// stays as it is; null is empty.
func number(s string) string {
	s = strings.TrimSpace(s)
	if s == "null" {
		return ""
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f || f > 1e15 || f < -1e15 {
		return s
	}
	return strconv.FormatFloat(f, 'f', -1, 64)
}

// date spells a date, also of a time or of a changelog's "2026-05-04 00:00:00.0".
func date(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > len(time.DateOnly) {
		if _, err := time.Parse(time.DateOnly, s[:len(time.DateOnly)]); err == nil {
			return s[:len(time.DateOnly)]
		}
	}
	return s
}

// instant spells a time in UTC. What is none stays as it is.
func instant(s string) string {
	t, ok := parseTime(strings.TrimSpace(s))
	if !ok {
		return s
	}
	return t.Format(time.RFC3339)
}

// oneLine is what Jira keeps of a summary: no line ends, no blanks around it.
func oneLine(s string) string {
	if strings.ContainsAny(s, "\r\n\x00") {
		s = strings.NewReplacer("\r\n", " ", "\r", " ", "\n", " ", "\x00", "").Replace(s)
	}
	return strings.TrimSpace(s)
}

// label is what Jira can hold of a label: it refuses white space.
func label(s string) string { return strings.Join(strings.Fields(s), "_") }

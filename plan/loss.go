package plan

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/extsync/extsync/ticket"
)

// WhatWasLost says for a person how what an external system kept differs from what was
// written: in numbers and places, without a word of either.
func WhatWasLost(written, kept ticket.Value) string {
	switch {
	case kept.IsEmpty() && !written.IsEmpty():
		return "it kept nothing of it"
	case written.IsSet() || kept.IsSet():
		return lostElements(written, kept)
	}
	a, b := written.Text(), kept.Text()
	long, left := utf8.RuneCountInString(a), utf8.RuneCountInString(b)
	switch {
	case strings.HasPrefix(a, b):
		return fmt.Sprintf("it kept the first %d of %d characters", left, long)
	case unspaced(a) == unspaced(b):
		return "only white space differs"
	}
	at := alike(a, b)
	return fmt.Sprintf("it kept %d characters of %d, the first difference in line %d", left, long, 1+strings.Count(a[:at], "\n"))
}

func lostElements(written, kept ticket.Value) string {
	if lost := len(written.Minus(kept)); lost > 0 {
		return fmt.Sprintf("it left out %d of %d elements", lost, written.Len())
	}
	return fmt.Sprintf("it holds %d elements that were to be taken away", len(kept.Minus(written)))
}

// alike returns how many bytes two texts begin with in common.
func alike(a, b string) (n int) {
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

func unspaced(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}

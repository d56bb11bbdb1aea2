package twin

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// Candidate is one ticket or external item as the detector sees it.
type Candidate struct {
	ID    string // unique among those of its side
	Kind  external.Kind
	Title string
	// Body is the text as it reads outside, so that equal texts are equal bytes.
	Body string
	// Silent is set when the text is not to be looked at, because privacy keeps it: it
	// equals none and names nobody.
	Silent bool
	// Names are what texts call it by: its id here, or its key and address outside. A bare
	// number is not one, "#12" is.
	Names []string
	// Taken is set when it belongs to something already. It is not paired, but what it
	// looks like as well is ambiguous.
	Taken bool
}

// Degree is how much two that look alike have in common.
type Degree string

// The degrees.
const (
	Exact  Degree = "exact"  // the same title and the same text, which is not empty
	Likely Degree = "likely" // the same title, and one names the other or nobody else bears it
)

// Pair is a ticket here and an item outside that are likely the same, and why.
type Pair struct {
	Here, There string // ids of the candidates
	Degree      Degree
	Reason      string // for a person
}

// Find returns the pairs that are likely the same, in ascending order of Here. Nobody is
// in two of them, and nobody who fits two others is in any. Pairs that apart holds are
// known to be different; nil: none. The order of the candidates does not matter, and
// exchanging the sides exchanges the halves of each pair.
func Find(here, there []Candidate, apart func(here, there string) bool) []Pair {
	theirs := byTitle(there)
	var pairs []Pair
	for k, ours := range byTitle(here) {
		pairs = append(pairs, findIn(ours, theirs[k], apart)...)
	}
	slices.SortFunc(pairs, func(a, b Pair) int { return cmp.Compare(a.Here, b.Here) })
	return pairs
}

// title is what candidates must have in common to be looked at together.
type title struct {
	kind external.Kind
	text string
}

func byTitle(list []Candidate) map[title][]Candidate {
	groups := map[title][]Candidate{}
	for _, c := range list {
		if plain := ticket.PlainTitle(c.Title); plain != "" {
			k := title{c.Kind, plain}
			groups[k] = append(groups[k], c)
		}
	}
	return groups
}

// findIn pairs candidates of one title.
func findIn(here, there []Candidate, apart func(here, there string) bool) (pairs []Pair) {
	for _, a := range here {
		for _, b := range there {
			if a.Taken || b.Taken || apart != nil && apart(a.ID, b.ID) {
				continue
			}
			if degree, reason := relation(a, b); degree != "" {
				if only(a, there) && only(b, here) {
					pairs = append(pairs, Pair{a.ID, b.ID, degree, reason})
				}
			} else if len(here) == 1 && len(there) == 1 && telling(a.Title) {
				pairs = append(pairs, Pair{a.ID, b.ID, Likely, "the same title, which nothing else bears; " + difference(a, b)})
			}
		}
	}
	return pairs
}

// only reports whether at most one of the others stands in a relation to a candidate.
func only(c Candidate, others []Candidate) bool {
	n := 0
	for _, o := range others {
		if degree, _ := relation(c, o); degree != "" {
			n++
		}
	}
	return n < 2
}

// relation says what two of one title have in common besides it. It is symmetric.
func relation(a, b Candidate) (Degree, string) {
	switch {
	case a.Silent || b.Silent:
		return "", ""
	case plainText(a.Body) != "" && plainText(a.Body) == plainText(b.Body):
		return Exact, "the same title and the same text"
	case mentions(a, b) || mentions(b, a):
		return Likely, "the same title, and one names the other"
	}
	return "", ""
}

func difference(a, b Candidate) string {
	switch {
	case a.Silent || b.Silent:
		return "the texts are not compared"
	case plainText(a.Body) == "" && plainText(b.Body) == "":
		return "neither has a text"
	}
	return "the texts differ"
}

// plainText is a text without what nobody sees: how its words are spaced.
func plainText(s string) string { return strings.Join(strings.Fields(s), " ") }

// mentions reports whether a names b in its text or title.
func mentions(a, b Candidate) bool {
	return slices.ContainsFunc(b.Names, func(name string) bool { return names(a.Body, name) || names(a.Title, name) })
}

// names reports whether a name stands in a text as a word of its own.
func names(text, name string) bool {
	for from := 0; name != ""; {
		at := strings.Index(text[from:], name)
		if at < 0 {
			return false
		}
		at += from
		before, _ := utf8.DecodeLastRuneInString(text[:at])
		after, _ := utf8.DecodeRuneInString(text[at+len(name):])
		if !isWord(before) && !isWord(after) {
			return true
		}
		from = at + len(name)
	}
	return false
}

func isWord(r rune) bool {
	return r == '_' || r == '/' || r == '-' || unicode.IsLetter(r) || unicode.IsDigit(r)
}

// A title tells what it is about when it has three words and a dozen letters. Titles like
// "Bug" or "Update docs" are given again and again to different things.
const (
	tellingWords   = 3
	tellingLetters = 12
)

// telling reports whether a title says enough for two that bear it to be the same.
func telling(s string) bool {
	plain, letters := ticket.PlainTitle(s), 0
	for _, r := range plain {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			letters++
		}
	}
	return len(strings.Fields(plain)) >= tellingWords && letters >= tellingLetters
}

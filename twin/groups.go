package twin

import (
	"cmp"
	"slices"
	"strings"
)

// Group is what looks alike, on whatever side: at least two.
type Group struct {
	Title  string   // as its first member spells it
	IDs    []string // of the candidates, in ascending order
	Degree Degree
	Reason string // for a person
}

// Groups returns what looks alike in one list, in ascending order of title and first id: those
// that say exactly the same, and of the rest those whose common title tells what they are
// about. Nobody is in two groups. The order of the list does not matter.
func Groups(list []Candidate) []Group {
	var out []Group
	for _, alike := range byTitle(list) {
		slices.SortFunc(alike, func(a, b Candidate) int { return cmp.Compare(a.ID, b.ID) })
		for len(alike) > 1 {
			same, rest := split(alike)
			if len(same) == 0 {
				break
			}
			out, alike = append(out, group(same, Exact, "the same title and the same text")), rest
		}
		if len(alike) > 1 && telling(alike[0].Title) {
			out = append(out, group(alike, Likely, "the same title; the texts differ, or there is none"))
		}
	}
	slices.SortFunc(out, func(a, b Group) int { return cmp.Or(cmp.Compare(a.Title, b.Title), cmp.Compare(a.IDs[0], b.IDs[0])) })
	return out
}

// split takes out of a list the first who says exactly what another one says, and all who
// say the same.
func split(list []Candidate) (same, rest []Candidate) {
	for _, first := range list {
		same, rest = nil, nil
		for _, c := range list {
			if degree, _ := relation(first, c); degree == Exact {
				same = append(same, c)
			} else {
				rest = append(rest, c)
			}
		}
		if len(same) > 1 {
			return same, rest
		}
	}
	return nil, list
}

func group(list []Candidate, d Degree, reason string) Group {
	g := Group{Title: strings.Join(strings.Fields(list[0].Title), " "), Degree: d, Reason: reason}
	for _, c := range list {
		g.IDs = append(g.IDs, c.ID)
	}
	return g
}

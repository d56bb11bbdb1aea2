package mapping

import (
	"strings"
	"unicode"
)

// plainName keeps the letters and digits of a name, in lower case: "Due date",
// "dueDate" and "due_date" are one.
func plainName(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// similar says how alike two names are, from 0 to 1: by the pairs of letters that they
// share (Dice's coefficient).
func similar(a, b string) float64 {
	a, b = plainName(a), plainName(b)
	if a == b && a != "" {
		return 1
	}
	x, y := pairs(a), pairs(b)
	if len(x)+len(y) == 0 {
		return 0
	}
	shared, all := 0, 0
	for p, n := range x {
		shared += min(n, y[p])
		all += n
	}
	for _, n := range y {
		all += n
	}
	return 2 * float64(shared) / float64(all)
}

func pairs(s string) map[[2]rune]int {
	out := map[[2]rune]int{}
	runes := []rune(s)
	for i := 1; i < len(runes); i++ {
		out[[2]rune{runes[i-1], runes[i]}]++
	}
	return out
}

// alike is how similar two names must be before one is suggested for the other.
const alike = 0.5

// closest returns the name most similar to s, if any is alike; among equals the first.
func closest(s string, names []string) (string, bool) {
	best, at := "", 0.0
	for _, n := range names {
		if x := similar(s, n); x >= alike && x > at {
			best, at = n, x
		}
	}
	return best, best != ""
}

package simtest

import (
	"slices"
	"testing"

	"github.com/extsync/extsync/ticket"
)

func set(ids ...int) map[int]bool {
	m := map[int]bool{}
	for _, id := range ids {
		m[id] = true
	}
	return m
}

// TestOracle plants histories and asks the oracle what was lost.
func TestOracle(t *testing.T) {
	for _, c := range []struct {
		reason     string
		saw        [][]int // by token: what its author saw
		deletes    [][]int
		removed    []int
		live, kept map[int]bool
		excused    map[int]bool
		lost       []int
	}{
		{reason: "a live value is not lost", saw: [][]int{nil}, live: set(1)},
		{reason: "a value that is nowhere is lost", saw: [][]int{nil}, lost: []int{1}},
		{reason: "overwritten by somebody who saw it", saw: [][]int{nil, {1}}, live: set(2)},
		{reason: "overwritten through a chain of people", saw: [][]int{nil, {1}, {2}}, live: set(3)},
		{reason: "overwritten by somebody who saw an older value only", saw: [][]int{nil, {1}, {1}}, live: set(3), lost: []int{2}},
		{reason: "the loser of a conflict is kept", saw: [][]int{nil, {1}, {1}}, live: set(3), kept: set(2)},
		{reason: "seen by the author of a value that is itself lost", saw: [][]int{nil, {1}}, lost: []int{1, 2}},
		{reason: "deleted by somebody who saw it", saw: [][]int{nil}, deletes: [][]int{{1}}},
		{reason: "a deletion does not cover what its author had not seen", saw: [][]int{nil, {1}}, deletes: [][]int{{1}}, lost: []int{2}},
		{reason: "a label that was taken off", saw: [][]int{nil}, removed: []int{1}},
		{reason: "lost in a window that cannot be audited, and said so", saw: [][]int{nil}, excused: set(1)},
	} {
		o := Oracle{deletes: c.deletes, removed: c.removed}
		for _, saw := range c.saw {
			o.wrote(0, "x", ticket.Title, "", saw...)
		}
		var got []int
		for _, tok := range o.lost(c.live, c.kept, c.excused) {
			got = append(got, tok.id)
		}
		if !slices.Equal(got, c.lost) {
			t.Errorf("%s: got lost %v, want %v", c.reason, got, c.lost)
		}
	}
}

// TestTokenIn reads tokens as values carry them: the first word that is one.
func TestTokenIn(t *testing.T) {
	for text, want := range map[string]int{
		"k12": 12, "k7 \t": 7, "k3\r\nx\n": 3, "": 0, "k": 0, "x12": 0, "open": 0, "- [ ] k4": 4, "**k5** k6": 5, "xk7": 0, "k8x k9": 9,
		"walk and\nk10": 10, "[k11](https://example.com/k12)": 11, "ék13": 0, `{"text":"k14"}`: 14,
	} {
		if got := tokenIn(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
}

// TestEachToken finds all of them, in JSON too.
func TestEachToken(t *testing.T) {
	var got []int
	eachToken(unescaped(`{"a":"k1\nk2 ok3 k4","b":["k5"]}`), func(id int) { got = append(got, id) })
	if want := []int{1, 2, 4, 5}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

package plan_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/plan"
)

// alignments returns every longest way to pair equal blocks of both texts without crossing.
func alignments(o, x []string) [][]int {
	var best [][]int
	longest := -1
	var walk func(pairs []int, from int)
	walk = func(pairs []int, from int) {
		if i := len(pairs); i < len(o) {
			for j := from; j < len(x); j++ {
				if o[i] == x[j] {
					walk(append(slices.Clone(pairs), j), j+1)
				}
			}
			walk(append(slices.Clone(pairs), -1), from)
			return
		}
		n := 0
		for _, j := range pairs {
			if j >= 0 {
				n++
			}
		}
		if n > longest {
			best, longest = nil, n
		}
		if n == longest {
			best = append(best, pairs)
		}
	}
	walk(nil, 0)
	return best
}

// plainMerge is the merge that everyone knows, over one way to pair the blocks.
func plainMerge(o, a, b []string, inA, inB []int) (out []string, clean bool) {
	i, j, k := 0, 0, 0
	for i <= len(o) {
		s := i
		for s < len(o) && (inA[s] < 0 || inB[s] < 0) {
			s++
		}
		endA, endB := len(a), len(b)
		if s < len(o) {
			endA, endB = inA[s], inB[s]
		}
		oo, aa, bb := o[i:s], a[j:endA], b[k:endB]
		switch {
		case slices.Equal(oo, bb), slices.Equal(aa, bb):
			out = append(out, aa...)
		case slices.Equal(oo, aa):
			out = append(out, bb...)
		default:
			return nil, false
		}
		if s < len(o) {
			out = append(out, o[s])
		}
		i, j, k = s+1, endA+1, endB+1
	}
	return out, true
}

// TestPlacesAreCertain: whichever way equal lines are paired, the merge that everyone
// knows either clashes, or doubles or loses something, or comes to what ours comes to.
// Where two ways come to different texts, ours has no opinion.
func TestPlacesAreCertain(t *testing.T) {
	small := texts("- [ ] a\n", "- [x] a\n", "\n", "alpha\n", "beta\n")
	merged, refused := 0, 0
	rapid.Check(t, func(rt *rapid.T) {
		o := small.Draw(rt, "o")
		a, b := edit(rt, o, "a"), edit(rt, o, "b")
		bo, ba, bb := plan.Blocks(o), plan.Blocks(a), plan.Blocks(b)
		if len(bo) > 7 || len(ba) > 9 || len(bb) > 9 {
			rt.Skip("too many ways")
		}
		m := plan.MergeText(o, a, b)
		for _, inA := range alignments(bo, ba) {
			for _, inB := range alignments(bo, bb) {
				plain, clean := plainMerge(bo, ba, bb, inA, inB)
				if !clean || !keepsCounts(bo, ba, bb, plain) || !m.Clean() {
					continue
				}
				if got := strings.Join(plain, ""); got != m.Text() {
					rt.Fatalf("merge(%q, %q, %q) = %q, and paired otherwise %q", o, a, b, m.Text(), got)
				}
			}
		}
		if m.Clean() {
			merged++
		} else {
			refused++
		}
	})
	if merged == 0 || refused == 0 {
		t.Errorf("%d clean merges and %d others: the test has seen one kind only", merged, refused)
	}
}

func keepsCounts(o, a, b, m []string) bool {
	n := func(text []string, s string) (n int) {
		for _, x := range text {
			if x == s {
				n++
			}
		}
		return n
	}
	for _, s := range slices.Concat(o, a, b) {
		no, na, nb, nm := n(o, s), n(a, s), n(b, s), n(m, s)
		fair := na == no && nm == nb || nb == no && nm == na || na == nb && nm == na
		if strings.TrimSpace(s) != "" && !fair {
			return false
		}
	}
	return true
}

// TestStaleAncestorDoublesNothing: a merge that is made again onto the text that one side
// had already incorporated comes to the same number of every block, or to no merge.
func TestStaleAncestorDoublesNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o, a, b := three(rt)
		m := plan.MergeText(o, a, b)
		if !m.Clean() {
			rt.Skip("no merge")
		}
		again := plan.MergeText(o, a, m.Text())
		for _, s := range plan.Blocks(again.Text()) {
			if again.Clean() && strings.TrimSpace(s) != "" && times(again.Text(), s) != times(m.Text(), s) {
				rt.Fatalf("merge(%q, %q, %q) = %q, and merged again %q", o, a, b, m.Text(), again.Text())
			}
		}
	})
}

// TestMergeExamples are cases to read.
func TestMergeExamples(t *testing.T) {
	tests := []struct {
		reason, o, a, b string
		want            string // "!": they clash
	}{
		{"two paragraphs with a blank line between them", "one\n\ntwo\n", "one here\n\ntwo\n", "one\n\ntwo there\n", "one here\n\ntwo there\n"},
		{"the same paragraph", "one\n", "one here\n", "one there\n", "!"},
		{"neighbouring items touch", "- a\n- b\n", "- a!\n- b\n", "- a\n- b!\n", "!"},
		{"items apart do not", "- a\n- b\n- c\n", "- a!\n- b\n- c\n", "- a\n- b\n- c!\n", "- a!\n- b\n- c!\n"},
		{"both tick the same box", "- [ ] a\n- b\n", "- [x] a\n- b\n", "- [x] a\n- b\n", "- [x] a\n- b\n"},
		{"both append", "a\n", "a\nb\n", "a\nc\n", "!"},
		{"an item among equal ones has no certain place", "- [ ] x\n- [ ] x\n- end\n", "- [ ] x\n- end\n", "- [ ] x\n- [x] x\n- end\n", "!"},
		{"the text that other merges double", "alpha\n- [x] x\n", "alpha\n- [x] x\nalpha\n- [x] x\n", "- [x] x\n", "!"},
		{"both move one block, each elsewhere", "a\n\nb\n\nc\n\n# x\n", "# x\na\n\nb\n\nc\n\n", "a\n\n# x\nb\n\nc\n\n", "!"},
		{"one deletes what the other moves", "# a\n# b\n# c\n# d\n", "# b\n# c\n# d\n", "# b\n# c\n# a\n# d\n", "!"},
		{"both add the same at different places", "# a\n# b\n# c\n", "# new\n# a\n# b\n# c\n", "# a\n# b\n# new\n# c\n", "!"},
		{"an end of the last line", "a\n\nb", "a\n\nb\n", "a!\n\nb", "a!\n\nb\n"},
		{"other line ends are another text", "a\n\nb\n", "a\r\n\r\nb\r\n", "a\n\nb!\n", "!"},
		{"code is one block, whatever stands in it", "```\nx\n\ny\n```\n\nend\n", "```\nx!\n\ny\n```\n\nend\n", "```\nx\n\ny!\n```\n\nend\n", "!"},
		{"one empties the text, the other edits it", "a\n", "", "b\n", "!"},
		{"nothing before", "", "a\n", "b\n", "!"},
	}
	for _, tt := range tests {
		m := plan.MergeText(tt.o, tt.a, tt.b)
		if got := m.Text(); m.Clean() == (tt.want == "!") || m.Clean() && got != tt.want {
			t.Errorf("%s: %q, clean %v; want %q", tt.reason, got, m.Clean(), tt.want)
		}
	}
}

// FuzzMerge holds texts of any bytes against the laws.
func FuzzMerge(f *testing.F) {
	f.Add("a\n\nb\n", "a!\n\nb\n", "a\n\nb!\n")
	f.Add("- [ ] x\n- [ ] x\n", "- [x] x\n- [ ] x\n", "- [ ] x\n")
	f.Add("```\na\n", "```\na\n```\n\nb", "x\r\n```\na\n")
	f.Fuzz(func(t *testing.T, o, a, b string) {
		for _, s := range []string{o, a, b} {
			lossless(t, s)
		}
		lawful(t, o, a, b)
		if m := plan.MergeText(o, a, o); !m.Clean() || m.Text() != a {
			t.Fatalf("merge(%q, %q, o) = %q", o, a, m.Text())
		}
		if one, two := plan.MergeText(o, a, b), plan.MergeText(o, b, a); one.Clean() != two.Clean() || one.Clean() && one.Text() != two.Text() {
			t.Fatalf("the sides of (%q, %q, %q) differ: %q and %q", o, a, b, one.Text(), two.Text())
		}
	})
}

// TestLongTextsAreNotMerged: what would take too long clashes as a whole.
func TestLongTextsAreNotMerged(t *testing.T) {
	var long strings.Builder
	for range 2100 {
		long.WriteString("- x\n")
	}
	m := plan.MergeText(long.String(), long.String()+"- y\n", "- z\n"+long.String())
	if m.Clashes() != 1 || len(m.Chunks()) != 1 {
		t.Errorf("%d chunks, %d clashes; want the whole text to be one", len(m.Chunks()), m.Clashes())
	}
}

// TestMovedToTheEndAndDeleted: a block that is moved to the end of a text, or from there,
// loses or gains its line end. It is the same block all the same: what the other side did to
// it is not merged with that.
func TestMovedToTheEndAndDeleted(t *testing.T) {
	for _, test := range []struct{ reason, base, local, external string }{
		{"moved to the end here, deleted there", "one\n\nmid\n\nlast\n", "mid\n\nlast\n\none", "mid\n\nlast\n"},
		{"moved to the end here, replaced there by something elsewhere", "one\n\nfirst\n\nmid\n\nlast\n", "first\n\nmid\n\nlast\n\none", "first\n\nnew\n\nmid\n\nlast\n"},
		{"moved from the end here, deleted there", "first\n\nmid\n\nlast", "last\n\nfirst\n\nmid\n\n", "first\n\nmid\n\n"},
	} {
		for _, m := range []plan.Merging{plan.MergeText(test.base, test.local, test.external), plan.MergeText(test.base, test.external, test.local)} {
			if m.Clean() {
				t.Errorf("%s: merged to %q", test.reason, m.Text())
			}
		}
	}
}

// TestLetOutOfItsFence: one side breaks the fence before another, whose code is a paragraph then. The
// other side has deleted it, fence and all: it does not come back.
func TestLetOutOfItsFence(t *testing.T) {
	const (
		base    = "top\n\n```\none\n\ncode\n```\n\n```\ntwo\n\ncode\n```\n"
		deleted = "new\n\ntop\n\n```\none\n\ncode\n```\n\ncode\n```\n"
		broken  = "top\n\n```\none\n\nother\n\n```\ntwo\n\ncode\n```\n"
	)
	for _, m := range []plan.Merging{plan.MergeText(base, deleted, broken), plan.MergeText(base, broken, deleted)} {
		if m.Clean() {
			t.Errorf("merged to %q", m.Text())
		}
	}
}

// TestMadeAComment: one side puts paragraphs into a comment, which nobody sees any more, and the
// other side edits one of them: a person is asked, as where they were deleted.
func TestMadeAComment(t *testing.T) {
	for _, tt := range []struct{ reason, base, local, external string }{
		{
			"an edit would be hidden", "top\n\none\n\ntwo\n\nthree\n\nend\n",
			"top\n\n<!--\none\n\ntwo\n\nthree\n-->\n\nend\n", "top\n\none\n\ntwo, edited\n\nthree\n\nend\n",
		},
		{
			"all that follows would be", "top\n\none\n\ntwo\n\nthree\n",
			"top\n\n<!-- one\n\ntwo\n\nthree\n", "top\n\none\n\ntwo\n\nthree, edited\n",
		},
	} {
		for _, m := range []plan.Merging{plan.MergeText(tt.base, tt.local, tt.external), plan.MergeText(tt.base, tt.external, tt.local)} {
			if m.Clean() {
				t.Errorf("%s: merged to %q", tt.reason, m.Text())
			}
		}
	}
}

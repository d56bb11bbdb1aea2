package plan_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/plan"
)

// blocksOf draws texts out of few lines, so that most of them stand several times: that
// is what checklists are like, and where merges go wrong.
func texts(lines ...string) *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(lines), 0, 7).Draw(t, "lines"), "")
		if rapid.IntRange(0, 4).Draw(t, "unended") == 0 {
			s = strings.TrimSuffix(s, "\n")
		}
		return s
	})
}

func anyText() *rapid.Generator[string] {
	return texts("- [ ] a\n", "- [x] a\n", "- [ ] b\n", "\n", "\n", "alpha\n", "beta\n", "# head\n", "```\ncode\n\ncode\n```\n", "```\n", "<!-- note\n", "beta -->\n", "alpha\r\n", "\r\n", "  \n")
}

// edit changes a text a little: it drops, doubles, moves and inserts lines.
func edit(t *rapid.T, text, name string) string {
	l := strings.SplitAfter(text, "\n")
	for range rapid.IntRange(0, 3).Draw(t, name+" edits") {
		at := rapid.IntRange(0, len(l)-1).Draw(t, name+" at")
		to := rapid.IntRange(0, len(l)-1).Draw(t, name+" to")
		switch rapid.IntRange(0, 3).Draw(t, name+" how") {
		case 0:
			if l = slices.Delete(l, at, at+1); len(l) == 0 {
				l = []string{""}
			}
		case 1:
			l = slices.Insert(l, to, l[at])
		case 2:
			l = slices.Insert(l, at, anyText().Draw(t, name+" new"))
		default:
			s := l[at]
			l = slices.Insert(slices.Delete(l, at, at+1), min(to, len(l)-1), s)
		}
	}
	return strings.Join(l, "")
}

// three draws a text and two edits of it; sometimes three texts that have nothing in common.
func three(t *rapid.T) (o, a, b string) {
	o = anyText().Draw(t, "o")
	if rapid.IntRange(0, 5).Draw(t, "unrelated") == 0 {
		return o, anyText().Draw(t, "a"), anyText().Draw(t, "b")
	}
	return o, edit(t, o, "a"), edit(t, o, "b")
}

func TestBlocksLoseNothing(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { lossless(rt, rapid.OneOf(anyText(), rapid.String()).Draw(rt, "text")) })
}

func lossless(t interface{ Fatalf(string, ...any) }, s string) {
	b := plan.Blocks(s)
	if strings.Join(b, "") != s {
		t.Fatalf("%q came back as %q", s, b)
	}
	for n, x := range b {
		if x == "" || n < len(b)-1 && !strings.HasSuffix(x, "\n") {
			t.Fatalf("block %d of %q is %q: empty, or it does not end a line", n, s, x)
		}
	}
}

func TestBlocks(t *testing.T) {
	tests := []struct {
		reason string
		blocks []string
	}{
		{"paragraphs and the blank lines between them", []string{"one\ntwo\n", "\n \n", "three"}},
		{"items, each with the lines that go on", []string{"- [ ] one\n  more\n", "- [x] two\n", "  * deeper\n", "1. first\n", "2) second\n"}},
		{"headings of one line", []string{"# Head\n", "text\n", "## Next ##\n", "####### no head\n"}},
		{"code with its blank lines and what looks like items in it", []string{"```go\n- x\n\n# y\n```\n", "text\n"}},
		{"code that is fenced by more", []string{"~~~~\n~~~\n~~~~~\n", "- one"}},
		{"code that nothing ends", []string{"text\n", "```\nall\n\nthe rest"}},
		{"code in a line is no fence", []string{"```x``` and\nmore\n"}},
		{"other line ends", []string{"one\r\ntwo\r\n", "\r\n", "- three\r\n"}},
		{"a comment with its blank lines and what looks like items in it", []string{"text\n", "<!-- one\n\n- two\n```\n--> three\n", "four\n"}},
		{"a comment that nothing ends hides the rest", []string{"<!--\none\n\ntwo"}},
		{"a comment of one line is text", []string{"one\n<!-- two -->\nthree\n"}},
		{"rules and emphasis are no items", []string{"*bold*\n---\n-1\n1.5\n"}},
	}
	for _, tt := range tests {
		if got := plan.Blocks(strings.Join(tt.blocks, "")); !slices.Equal(got, tt.blocks) {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.blocks)
		}
	}
}

// TestALongBlockIsCutOnce: a log of a thousand lines in one fence, or a paragraph of as many, is
// cut out of its text and not put together line by line, which takes seconds for the longest.
func TestALongBlockIsCutOnce(t *testing.T) {
	long := strings.Repeat("line\n", 1000)
	for _, text := range []string{long, "```\n" + long + "```\n"} {
		if n := testing.AllocsPerRun(1, func() { plan.Blocks(text) }); n > 10 {
			t.Errorf("%.0f allocations for one block", n)
		}
	}
}

func clean(t *rapid.T, law, o, a, b, want string) {
	m := plan.MergeText(o, a, b)
	if !m.Clean() || m.Text() != want {
		t.Fatalf("%s: merge(%q, %q, %q) = %q, clean %v; want %q", law, o, a, b, m.Text(), m.Clean(), want)
	}
}

// TestMergeIdentity: an edit on one side only, or the same on both, is taken as it is.
func TestMergeIdentity(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o, a, _ := three(rt)
		clean(rt, "merge(o,a,o) = a", o, a, o, a)
		clean(rt, "merge(o,o,a) = a", o, o, a, a)
		clean(rt, "merge(o,a,a) = a", o, a, a, a)
	})
}

// TestMergeSymmetry: changing the sides changes the names, clean or not.
func TestMergeSymmetry(t *testing.T) {
	other := map[plan.ChunkKind]plan.ChunkKind{
		plan.ChunkAgreed: plan.ChunkAgreed, plan.ChunkClash: plan.ChunkClash,
		plan.ChunkLocal: plan.ChunkExternal, plan.ChunkExternal: plan.ChunkLocal,
	}
	rapid.Check(t, func(rt *rapid.T) {
		o, a, b := three(rt)
		one, two := plan.MergeText(o, a, b).Chunks(), plan.MergeText(o, b, a).Chunks()
		if len(one) != len(two) {
			rt.Fatalf("%d chunks and %d", len(one), len(two))
		}
		for n, c := range one {
			if want := (plan.Chunk{Kind: other[c.Kind], Base: c.Base, Local: c.External, External: c.Local}); two[n] != want {
				rt.Fatalf("chunk %d: %+v, and the other way round %+v", n, c, two[n])
			}
		}
	})
}

// TestMergeChunks: the chunks are the texts, and a choice for each clash makes one of them.
func TestMergeChunks(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		o, a, b := three(rt)
		m := plan.MergeText(o, a, b)
		var base, local, ext, mine strings.Builder
		takes := make([]plan.Take, m.Clashes())
		n := 0
		for _, c := range m.Chunks() {
			base.WriteString(c.Base)
			local.WriteString(c.Local)
			ext.WriteString(c.External)
			taken := c.Local
			switch c.Kind {
			case plan.ChunkClash:
				takes[n] = rapid.SampledFrom([]plan.Take{plan.TakeLocal, plan.TakeExternal}).Draw(rt, "take")
				if takes[n] == plan.TakeExternal {
					taken = c.External
				}
				n++
			case plan.ChunkExternal:
				taken = c.External
			}
			mine.WriteString(taken)
		}
		if base.String() != o || local.String() != a || ext.String() != b {
			rt.Fatalf("the chunks of (%q, %q, %q) do not make the texts", o, a, b)
		}
		if got, err := m.Compose(takes...); err != nil || got != mine.String() {
			rt.Fatalf("composed %q, %v, want %q", got, err, mine.String())
		}
		if _, err := m.Compose(slices.Concat(takes, []plan.Take{plan.TakeLocal})...); err == nil {
			rt.Fatal("one choice too many was taken")
		}
	})
}

// TestSeparatedEditsMerge: edits of blocks with an untouched one between them merge, each
// in its place, where every block stands once.
func TestSeparatedEditsMerge(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		n := rapid.IntRange(3, 8).Draw(rt, "blocks")
		o, a, b, want := "", "", "", ""
		last := 'o' // who changed the block before
		for i := range n {
			block := "- item " + string(rune('a'+i)) + "\n"
			mine := rapid.SampledFrom([]string{"", "- other " + string(rune('a'+i)) + "\n", block + "- new " + string(rune('a'+i)) + "\n"}).Draw(rt, "edit")
			who := rapid.SampledFrom([]rune{'o', 'o', 'a', 'b'}).Draw(rt, "who")
			if who != last && who != 'o' && last != 'o' {
				who = 'o'
			}
			last = who
			o += block
			switch who {
			case 'a':
				a, b, want = a+mine, b+block, want+mine
			case 'b':
				a, b, want = a+block, b+mine, want+mine
			default:
				a, b, want = a+block, b+block, want+block
			}
		}
		clean(rt, "separated edits", o, a, b, want)
	})
}

// lawful holds a clean merge against what may be said of it without knowing how it was
// made: its blocks are those of the texts, as many as the side that changed their number
// has, and no side's order is broken.
func lawful(t interface{ Fatalf(string, ...any) }, o, a, b string) {
	m := plan.MergeText(o, a, b)
	if !m.Clean() {
		return
	}
	got := m.Text()
	for _, s := range plan.Blocks(got) {
		no, na, nb, n := times(o, s), times(a, s), times(b, s), times(got, s)
		if na+nb == 0 {
			t.Fatalf("merge(%q, %q, %q) = %q invents %q", o, a, b, got, s)
		}
		if strings.TrimSpace(s) != "" && n > max(na, nb) {
			t.Fatalf("merge(%q, %q, %q) = %q doubles %q", o, a, b, got, s)
		}
		_ = no
	}
	for _, s := range plan.Blocks(o + "\n" + a + "\n" + b) {
		no, na, nb, n := times(o, s), times(a, s), times(b, s), times(got, s)
		switch {
		case strings.TrimSpace(s) == "":
		case na < no && nb == no && n != na:
			t.Fatalf("merge(%q, %q, %q) = %q: %q was deleted on one side and survives", o, a, b, got, s)
		case nb < no && na == no && n != nb:
			t.Fatalf("merge(%q, %q, %q) = %q: %q was deleted on one side and survives", o, a, b, got, s)
		case n < min(na, nb):
			t.Fatalf("merge(%q, %q, %q) = %q loses %q", o, a, b, got, s)
		}
	}
	if end := strings.HasSuffix; got != "" && !end(got, "\n") && (a == "" || end(a, "\n")) && (b == "" || end(b, "\n")) {
		t.Fatalf("merge(%q, %q, %q) = %q lost its last line's end", o, a, b, got)
	}
}

func times(text, block string) (n int) {
	for _, s := range plan.Blocks(text) {
		if s == block {
			n++
		}
	}
	return n
}

func TestMergeLaws(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) { o, a, b := three(rt); lawful(rt, o, a, b) })
}

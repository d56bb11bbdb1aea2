package markup

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/yuin/goldmark/ast"
	"pgregory.net/rapid"
)

// checkKeep checks the laws of Keep.
func checkKeep(t interface {
	Helper()
	Errorf(string, ...any)
}, ours, theirs string, norm func(string) string) (got string) {
	t.Helper()
	got = Keep(ours, theirs, norm)
	if n, want := norm(got), norm(theirs); n != want {
		t.Errorf("Keep says something else\n  ours %q\ntheirs %q\n   got %q\n reads %q\n  want %q", ours, theirs, got, n, want)
	}
	if norm(ours) == norm(theirs) && got != ours {
		t.Errorf("Keep respells what did not change\n  ours %q\ntheirs %q\n   got %q", ours, theirs, got)
	}
	return got
}

var (
	bulletForm = regexp.MustCompile(`(?m)^( *)[-+*] `)
	setextForm = regexp.MustCompile(`(?m)^([A-Za-z].*)\n=+$`)
	strongForm = regexp.MustCompile(`__(\w+)__`)
)

// lineNorm is the normal form of a system that rewrites line by line, shows
// comments as text and knows nothing of references.
func lineNorm(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	s = setextForm.ReplaceAllString(s, "# $1")
	s = bulletForm.ReplaceAllString(s, "$1* ")
	s = strongForm.ReplaceAllString(s, "**$1**")
	s = strings.ReplaceAll(strings.ReplaceAll(s, `\<!--`, "<!--"), "<!--", `\<!--`)
	for strings.Contains(s, "\n\n\n") {
		s = strings.ReplaceAll(s, "\n\n\n", "\n\n")
	}
	return strings.Trim(s, "\n")
}

func norms() map[string]func(string) string {
	return map[string]func(string) string{
		"jira": ADF.Normalize, "line by line": lineNorm,
		"all alike":  func(string) string { return "" },
		"as it is":   func(s string) string { return s },
		"in capital": strings.ToUpper,
	}
}

// TestKeepLaws brings any text in over any other.
func TestKeepLaws(t *testing.T) {
	for name, norm := range norms() {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				texts := rapid.OneOf(markdown(), commented())
				ours := texts.Draw(t, "ours")
				theirs := norm(texts.Draw(t, "theirs"))
				checkKeep(t, ours, theirs, norm)
				checkKeep(t, ours, norm(ours), norm)
			})
		})
	}
}

// TestKeepEditsLaws edits a text as the other system shows it: lines of it are
// changed, taken out and put in.
func TestKeepEditsLaws(t *testing.T) {
	for name, norm := range norms() {
		t.Run(name, func(t *testing.T) {
			whole, all := 0, 0
			rapid.Check(t, func(t *rapid.T) {
				ours := rapid.OneOf(markdown(), commented()).Draw(t, "ours") + "\n\n" + markdown().Draw(t, "more")
				lines := strings.Split(norm(ours), "\n")
				at := rapid.IntRange(0, len(lines)-1).Draw(t, "at")
				switch rapid.SampledFrom([]string{"change", "delete", "insert"}).Draw(t, "edit") {
				case "change":
					lines[at] += " edited"
				case "delete":
					lines = append(lines[:at], lines[at+1:]...)
				case "insert":
					lines[at] += "\n\nnew\n"
				}
				theirs := norm(strings.Join(lines, "\n"))
				if all++; checkKeep(t, ours, theirs, norm) == theirs {
					whole++
				}
			})
			t.Logf("%d of %d texts are theirs byte for byte", whole, all)
		})
	}
}

// tame draws blocks that stand apart, spelled in many ways, with the comments and
// definitions that show nothing.
func tame() *rapid.Generator[[]string] {
	return rapid.SliceOfN(rapid.SampledFrom([]string{"A paragraph", "two __lines__\nof  one", "hard  \nbreak", "Setext\n===", "Other\n---", "# Hash #", "* a\n* b", "+   wide\n+   items\n\n    more",
		"1) one\n1) two", "- [ ] task\n- [X] done", "~~~\ncode\n\ncode\n~~~", "    indented", "> quote\nlazy", "|a|b|\n|:-|-|\n|_c_|d|", "***", "<!-- x -->", "<!--\nx\n\ny\n-->", "see [ref], [ref][]",
		"[ref]: http://x", "> [!note]\n> hm", "text <!-- y --> more", "&amp; &#42;", "<http://auto.link>", "![i](http://h/i.png)", "<details>\n<summary>s</summary>", "</details>"}), 1, 12)
}

// TestKeepChangesOneParagraph: an edit of one paragraph outside leaves every byte
// before and behind it.
func TestKeepChangesOneParagraph(t *testing.T) {
	checked := 0
	rapid.Check(t, func(t *rapid.T) {
		var b strings.Builder
		newline := rapid.SampledFrom([]string{"\n", "\r\n"}).Draw(t, "newline")
		for _, s := range tame().Draw(t, "blocks") {
			b.WriteString(strings.ReplaceAll(s, "\n", newline) + newline)
			b.WriteString(rapid.SampledFrom([]string{"", newline, newline, newline + newline, "  " + newline}).Draw(t, "blank"))
		}
		checked += checkEdits(t, b.String(), ADF.Normalize)
	})
	if checked < 50 {
		t.Errorf("only %d edits", checked)
	}
}

// checkEdits edits each paragraph of a text as the other system shows it, in turn,
// and looks that nothing else of the text changes.
func checkEdits(t interface {
	Helper()
	Errorf(string, ...any)
}, ours string, norm func(string) string) (edits int) {
	t.Helper()
	normal := norm(ours)
	k := keeper{norm: norm}
	was, shown := k.spelling(ours, normal), cutUnits(normal)
	if len(was.parts()) != len(shown.units) {
		return 0
	}
	part := 0
	for i := range was.units {
		at := part
		part += len(was.units[i].parts)
		if part != at+1 || shown.units[at].kind != ast.KindParagraph {
			continue
		}
		u := shown.units[at]
		for _, edited := range []string{shown.text(at) + " edited", "Edited.", "edited " + shown.text(at)} {
			theirs := norm(normal[:u.start] + edited + normal[u.end:])
			if len(cutUnits(theirs).units) != len(shown.units) {
				continue // it became another text
			}
			edits++
			got := checkKeep(t, ours, theirs, norm)
			if !strings.HasPrefix(got, ours[:was.units[i].start]) || !strings.HasSuffix(got, ours[was.units[i].end:]) {
				t.Errorf("an edit changes more than its paragraph\n  ours %q\n shows %q\ntheirs %q\n   got %q", ours, normal, theirs, got)
			}
		}
	}
	return edits
}

// TestCorpusKeep edits each paragraph of real texts.
func TestCorpusKeep(t *testing.T) {
	for _, name := range []string{"jira", "line by line"} {
		edits := 0
		for i, md := range corpus(t) {
			if i%smaller == 0 {
				edits += checkEdits(t, md, norms()[name])
			}
		}
		t.Logf("%s: %d edits", name, edits)
		if edits < 1000/smaller {
			t.Errorf("%s: only %d edits", name, edits)
		}
	}
}

// TestKeepLargeTexts keeps work about linear.
func TestKeepLargeTexts(t *testing.T) {
	for _, c := range []struct{ reason, ours string }{
		{"many paragraphs", many("a_b_\n\n", 5_000)},
		{"one long list", many("* item *x*\n", 5_000)},
		{"one long table", "|a|b|\n|-|-|\n" + many("|x_y|`z`|\n", 3_000)},
		{"many comments", many("a <!-- x -->\n\n<!-- y -->\n", 3_000)},
		{"comments in one paragraph", many("a <!-- x --> ", 5_000)},
		{"comments that never end", many("a <!-- ", 9_000)},
		{"one long line", many("some words_here ", 10_000)},
		{"many definitions", many("[a]: http://b\n", 4_000) + "\nsee [a]"},
		{"deep quotes", many(">", 5_000) + " a"},
		{"links that never close", many("[a](", 2_000)},
	} {
		for name, theirs := range map[string]string{"an edit": ADF.Normalize(c.ours) + "\n\nmore", "another text": many("b\n\n", 2_000)} {
			start := time.Now()
			checkKeep(t, c.ours, theirs, ADF.Normalize)
			took := time.Since(start)
			if t.Logf("%s, %s: %v", c.reason, name, took); took > 20*time.Second {
				t.Errorf("%s, %s takes %v", c.reason, name, took)
			}
		}
	}
}

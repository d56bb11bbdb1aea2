package markup

import (
	"bytes"
	"regexp"
	"strings"
	"testing"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/extension"
	gmhtml "github.com/yuin/goldmark/renderer/html"
	"pgregory.net/rapid"
)

// TestComments shows what Jira gets of texts with comments.
func TestComments(t *testing.T) {
	for _, c := range []struct{ reason, md, want string }{
		{"a block of its own", "a\n\n<!-- x -->\n\nb", "a\n\nb"},
		{"of several lines, empty ones too", "<!--\nx\n\ny\n-->\n\nb", "b"},
		{"nothing else", "<!-- x -->", ""},
		{"inside text, with one blank around", "a <!-- x --> b", "a b"},
		{"inside a word", "a<!-- x -->b", "ab"},
		{"inside marks", "**a <!-- x --> b**", "**a b**"},
		{"at the end of a line", "a <!-- x -->\nb", "a\nb"},
		{"over several lines", "a <!-- x\ny --> b", "a b"},
		{"text behind one is HTML and no Markdown", "<!-- x --> *a* &amp; b", "\\*a\\* & b"},
		{"and its tags are marks", "<!-- x --><b>a</b> *b*", "**a** \\*b\\*"},
		{"it parts lists", "- a\n\n<!-- -->\n\n- b", "- a\n\n+ b"},
		{"in an item", "- a\n  <!-- x -->\n- b <!-- y -->", "- a\n- b"},
		{"in a cell", "|a <!-- x -->|\n|-|\n|<!-- y -->|", "| a |\n| --- |\n| |"},
		{"in a heading", "# a <!-- x -->", "# a"},
		{"in a section", "<details>\n<!-- x -->\n<summary>a <!-- y --></summary>\n\n<!-- z -->\nb\n\n</details>", "<details>\n<summary>a</summary>\n\nb\n\n</details>"},
		{"behind one, what is no mark is left to be refused", "<!-- x --><b><p it's></b><!--\ninternal\n-->", "<!-- x --><b><p it's></b><!--\n\ninternal\n-->"},
		{"and what does not end", "<!-- x --> a <!-- internal", "<!-- x --> a <!-- internal"},
		{"in a tag in the text of a picture", "![a <b title='<!-- internal -->'>b](http://c)", "![a b](http://c)"},
		{"in code it is code", "`<!-- x -->`\n\n```\n<!-- y -->\n```", "`<!-- x -->`\n\n```\n<!-- y -->\n```"},
		{"escaped it is text", `\<!-- x -->`, `\<!-- x -->`},
		{"one that does not end inside text is text", "a <!-- x\n\nb -->", "a <!-- x\n\nb -->"},
		{"one that does not end hides the rest", "a\n\n<!-- x\n\nb", "a"},
		{"empty ones", "a <!--> b <!---> c <!---->", "a b c"},
		{"a tag that is none is text", "a<String> *b <c d>*", "a\\<String> *b \\<c d>*"},
		{"a task", "- [ ] <!-- x --> a", "- [ ] a"},
		{"in the name of a link", "[a <!-- x -->](http://b)", "[a](http://b)"},
		{"in the text of a picture", "![a <!-- x -->](http://b)", "![a](http://b)"},
	} {
		for _, f := range formats() {
			if got := f.Normalize(c.md); got != c.want {
				t.Errorf("%s:\n got %q\nwant %q", c.reason, got, c.want)
			}
			checkMarkdown(t, f, c.md)
			checkHidden(t, f, c.md)
		}
	}
}

// secret is what comments hold in tests.
const secret = "internal"

var commentForm = regexp.MustCompile(`(?s)<!--(?:-?>|.*?-->|.*$)`)

// checkHidden looks that Jira gets no secret which a page of GitHub does not show.
// The page is drawn by code that shares nothing with ours but the parser.
func checkHidden(t interface {
	Helper()
	Errorf(string, ...any)
}, f Format, md string) {
	t.Helper()
	raw, err := f.New(md)
	if err != nil || !strings.Contains(raw, secret) && !strings.Contains(f.Normalize(md), secret) {
		return
	}
	var page bytes.Buffer
	if err := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithRendererOptions(gmhtml.WithUnsafe())).Convert([]byte(md), &page); err != nil {
		t.Errorf("%v", err)
	}
	if shown := commentForm.ReplaceAllString(page.String(), ""); !strings.Contains(shown, secret) {
		t.Errorf("a comment leaks\n   of %q\n page %q\n  raw %q\n norm %q", md, page.String(), raw, f.Normalize(md))
	}
}

// commented draws texts with comments in all places.
func commented() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 4).Draw(t, "parts") {
			b.WriteString(rapid.OneOf(markdown(), rapid.SampledFrom([]string{"", "", "a ", "- ", "> ", "  ", "    ", "# ", "| ", "\n", "\n\n", "*", "<b>", "<div>", "<details>\n", "[", "!["})).Draw(t, "before"))
			b.WriteString(rapid.SampledFrom([]string{"<!-- internal -->", "<!-- internal -->", "<!--internal-->", "<!--\ninternal\n-->", "<!-- a\n\ninternal -->", "<!-- internal", "<!-->", "<!-- -->", "<!-- a -- internal -->",
				"<div><!-- internal --></div>", "<b title='<!-- internal -->'>", "<p it's><!-- internal -->", "<!-- a --><!-- internal -->", "<!-- a --> x <!-- internal -->", "<!-- a --> x <!-- internal", "<!-- a --><b><!--\ninternal", "<pre><!-- </pre> internal -->", "<summary><!-- internal --></summary>"}).Draw(t, "comment"))
			b.WriteString(rapid.SampledFrom([]string{"", " ", "\n", "\n\n", " b\n", " -->", "</b><!--\n", "<!--", "](http://x)", "</b>", "*", " |\n|-|\n"}).Draw(t, "after"))
		}
		return b.String()
	})
}

func TestCommentLaws(t *testing.T) {
	for _, f := range formats() {
		sent, all := 0, 0
		rapid.Check(t, func(t *rapid.T) {
			md := commented().Draw(t, "md")
			all++
			if !checkMarkdown(t, f, md) {
				sent++
			}
			checkHidden(t, f, md)
		})
		t.Logf("%v: %d of %d texts sent", f, sent, all)
	}
}

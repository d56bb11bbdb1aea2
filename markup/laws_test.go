package markup

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// checkMarkdown checks the laws that begin with a Markdown text.
func checkMarkdown(t interface {
	Helper()
	Errorf(string, ...any)
}, f Format, md string) (damaged bool) {
	t.Helper()
	n := f.Normalize(md)
	if _, slow, _ := normalize(&printer{newParser()}, md); slow != n {
		t.Errorf("the fast path differs\n  of %q\nslow %q\nfast %q", md, slow, n)
	}
	if nn := f.Normalize(n); nn != n {
		t.Errorf("Normalize is not idempotent\n   of %q\n once %q\ntwice %q", md, n, nn)
	}
	if len(f.Damage("", md)) > 0 {
		return true
	}
	raw, err := f.New(md)
	if err != nil {
		t.Errorf("New: %v of %q", err, md)
		return false
	}
	if f == ADF && raw != "" {
		if err := validADF(raw); err != nil {
			t.Errorf("%v\nin %s\nof %q", err, raw, md)
		}
	}
	got, err := f.Read(raw)
	if err != nil || got != n {
		t.Errorf("%v: Read(New(m)) is not Normalize(m): %v\n   of %q\n want %q\n  got %q\n  raw %q", f, err, md, n, got, raw)
	}
	checkRaw(t, f, raw)
	return false
}

// checkRaw checks the laws that begin with a raw form.
func checkRaw(t interface {
	Helper()
	Errorf(string, ...any)
}, f Format, raw string) {
	t.Helper()
	md, err := f.Read(raw)
	if err != nil {
		return
	}
	back, err := f.Write(raw, md)
	if err != nil || back != raw {
		t.Errorf("Write(r, Read(r)) is not r: %v\n  raw %q\n   md %q\n back %q", err, raw, md, back)
	}
	if n := f.Normalize(md); n != md {
		t.Errorf("Normalize(Read(r)) is not Read(r)\n  raw %q\n read %q\n norm %q", raw, md, n)
	}
}

// checkPut checks the law of a change over what is there.
func checkPut(t interface {
	Helper()
	Errorf(string, ...any)
}, f Format, raw, md string) {
	t.Helper()
	if _, err := f.Read(raw); err != nil || len(f.Damage(raw, md)) > 0 {
		return
	}
	put, err := f.Write(raw, md)
	if err != nil {
		t.Errorf("Write: %v", err)
		return
	}
	got, err := f.Read(put)
	if n := f.Normalize(md); err != nil || got != n {
		t.Errorf("Read(Write(r, m)) is not Normalize(m): %v\n  raw %q\n   md %q\n want %q\n  got %q", err, raw, md, n, got)
	}
}

func formats() []Format { return []Format{ADF, Wiki} }

// words are what texts are made of: everything that could be taken for markup.
func words() *rapid.Generator[string] {
	return rapid.SampledFrom([]string{"a", "word", "snake_case", "*", "**", "_", "__", "~", "~~", "`", "``", "[", "]", "(", ")", "!", "|", "-", "--", "+", "#", "##",
		">", "<", "&", "&amp;", "&#42;", "\\", "\\\\", "{", "}", "{{", "}}", "{code}", "{quote}", "{*}", "^", "=", "===", "---", ":", ".", "1.", "1)", "h1.", "bq.", "http://a.b/c_d",
		"https://x.y/?q=(z)", "www.a.bc", "me@x.org", "<u>", "</u>", "<br>", "<b>", "</b>", "<sub>", "</sub>", "[a](b)", "![i](http://h/i.png)", "[^1]", "@ann", "é", "日本", "\u00a0", "\t",
		"*b*", "**s**", "`c`", "~~d~~", "***x***", "[ ]", "[x]", "[!NOTE]", "||", "??", ":)", "(x)", "C:\\dir", "[~u]", "{color:red}", "{color}", "#jira-0123456789", "$", "%", "\"", "'"})
}

func lineText() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "n") {
			b.WriteString(words().Draw(t, "w"))
			if rapid.Bool().Draw(t, "space") {
				b.WriteByte(' ')
			}
		}
		return b.String()
	})
}

// markdown draws texts of blocks, nested and broken in all ways.
func markdown() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			for range rapid.IntRange(0, 2).Draw(t, "depth") {
				b.WriteString(rapid.SampledFrom([]string{"- ", "> ", "1. ", "  ", "    ", "* ", "2) ", "# ", "### ", "> [!TIP]\n> ", "- [x] ", "+ "}).Draw(t, "prefix"))
			}
			b.WriteString(rapid.OneOf(lineText(), lineText(), rapid.SampledFrom([]string{"```", "```go", "---", "***", "| a | b |\n|---|---|\n| c | d |", "<details><summary>s</summary>",
				"</details>", "<!-- c -->", "[a]: http://b", "| |\n|-|\n|x|", "~~~"})).Draw(t, "text"))
			b.WriteString(rapid.SampledFrom([]string{"\n", "\n", "\n\n", "  \n", "\\\n", "\r\n", ""}).Draw(t, "end"))
		}
		return b.String()
	})
}

func TestMarkdownLaws(t *testing.T) {
	for _, f := range formats() {
		damaged, all := 0, 0
		rapid.Check(t, func(t *rapid.T) {
			all++
			if checkMarkdown(t, f, markdown().Draw(t, "md")) {
				damaged++
			}
		})
		t.Logf("%v: %d of %d texts damaged", f, damaged, all)
	}
}

func TestPutLaws(t *testing.T) {
	for _, f := range formats() {
		rapid.Check(t, func(t *rapid.T) {
			raw, err := f.New(markdown().Draw(t, "raw"))
			if err != nil {
				return
			}
			checkPut(t, f, raw, markdown().Draw(t, "md"))
		})
	}
}

func TestWikiLaws(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		raw := wikiRaw().Draw(t, "raw")
		checkRaw(t, Wiki, raw)
		checkPut(t, Wiki, raw, markdown().Draw(t, "md"))
	})
}

func wikiRaw() *rapid.Generator[string] {
	return rapid.Custom(func(t *rapid.T) string {
		var b strings.Builder
		for range rapid.IntRange(1, 6).Draw(t, "lines") {
			b.WriteString(rapid.SampledFrom([]string{"", "", "* ", "# ", "** ", "*# ", "- ", "h2. ", "bq. ", "|", "||", "{quote}", "{panel}", "{panel:title=Note}", "{panel:title=▸ x}", "{code}", "{code:java}", "{noformat}", "----", "{quote}\n"}).Draw(t, "prefix"))
			b.WriteString(lineText().Draw(t, "text"))
			b.WriteString(rapid.SampledFrom([]string{"", "", "{quote}", "{panel}", "{code}", "|", "||", "\\\\", "[~bob]", "!a.png!", "{noformat}", "[a|http://b|smart-link]"}).Draw(t, "suffix"))
			b.WriteString(rapid.SampledFrom([]string{"\n", "\n", "\n\n", "\r\n", ""}).Draw(t, "end"))
		}
		return b.String()
	})
}

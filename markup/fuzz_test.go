package markup

import "testing"

func FuzzMarkdownRoundTrip(f *testing.F) {
	for _, s := range []string{"# a\n\ntext *em* `c`\n\n- [ ] x\n  1. y\n", "| a | b |\n|---|---|\n| `x\\|y` | z |\n", "> [!NOTE]\n> x\n\n> y\n", "<details>\n<summary>s</summary>\n\nx\n\n</details>\n",
		"a\\\nb  \nc<br>d\n", "[a](<b c> \"t\") <http://x.y> ![i](http://z)\n\n[r]: u\n[r]\n", "```go\nx\n```\n\n    y\n\t- z\n", "\x00\xff\r\n\r~~a~~ **b**c_d_ &amp;\\*"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, md string) {
		for _, format := range formats() {
			checkMarkdown(t, format, md)
		}
	})
}

func FuzzADFRead(f *testing.F) {
	for _, s := range []string{``, `null`, `{}`, `{"type":"doc","version":1,"content":[{"type":"paragraph","content":[{"type":"text","text":"a","marks":[{"type":"strong"}]}]}]}`,
		`{"type":"doc","content":[{"type":"table","content":[{"type":"tableRow","content":[{"type":"tableHeader","content":[]}]}]},{"type":"panel","content":[{"type":"rule"}]}]}`,
		`{"type":"doc","content":[{"type":"bulletList","content":[{"type":"listItem","content":[{"type":"mention","attrs":{"text":"@a"}}]}]},[],1,"\ud800"]}`} {
		f.Add(s, "a\n\nb")
	}
	f.Fuzz(func(t *testing.T, raw, md string) {
		checkRaw(t, ADF, raw)
		checkPut(t, ADF, raw, md)
	})
}

func FuzzWikiRead(f *testing.F) {
	for _, s := range []string{"h1. a\n\n*b* _c_ {{d}} -e- +f+ ^g^ ~h~\n", "* a\n** b\n*# c\n{code:java}\nx\n{code}\n", "||a||b||\n|c|[d|http://e]|\n", "{quote}x{quote}\n{panel:title=Note}y{panel}\n----\nbq. z",
		"!a.png|thumbnail! [~u] [^f] {color:red}x{color} a\\\\b {*}c{*}d \\* &#42;", "{noformat}\nq\n{noformat}\r\n\r\nend"} {
		f.Add(s, "a\n\nb")
	}
	f.Fuzz(func(t *testing.T, raw, md string) {
		checkRaw(t, Wiki, raw)
		checkPut(t, Wiki, raw, md)
	})
}

func FuzzKeep(f *testing.F) {
	f.Add("# a_\r\n* b\r\n\r\n<!-- internal -->\r\n[d]\r\n\r\n[d]: http://e\r\n", "# A\n\n- b\n- c\n\n[d](http://e)")
	f.Add("> a\nlazy\n\n```\ncode", "> a\n> Lazy\n\n```\ncode\n```\n\nmore")
	f.Add("1) a\n1) b <!-- internal -->\n\n       d\n***\n|x|\n|-|\n|y|\n", "1. a\n2. B\n\n---\n\n| x |\n| --- |\n| z |")
	f.Fuzz(func(t *testing.T, ours, theirs string) {
		checkKeep(t, ours, ADF.Normalize(theirs), ADF.Normalize)
		checkHidden(t, ADF, ours)
	})
}

package markup

import (
	"strings"
	"testing"
)

// TestWikiReads shows each construct as a reader sees it.
func TestWikiReads(t *testing.T) {
	for _, c := range []struct{ reason, raw, want string }{
		{"a heading", "h2. Title *b*", "## Title **b**"},
		{"phrase marks", "*a* _b_ -c- +d+ ^e^ ~f~ {{g}}", "**a** *b* ~~c~~ <u>d</u> <sup>e</sup> <sub>f</sub> `g`"},
		{"marks need the edges of words", "a*b*c 2*3*4 snake_case_name e-mail-s", `a\*b\*c 2\*3\*4 snake_case_name e-mail-s`},
		{"marks in braces do not", "a{*}b{*}c", "a**b**c"},
		{"a dash is a dash", "a - b -- c --- d", "a - b -- c --- d"},
		{"nested marks", "*a _b_ c*", "**a *b* c**"},
		{"a newline breaks the line", "a\nb", "a\nb"},
		{"so do two backslashes", `a\\b`, "a\nb"},
		{"escapes", `\*a\* \{b} \[c] &#42;`, `\*a\* {b} \[c\] \*`},
		{"code", "{code:java}\nx *y*\n{code}", "```java\nx *y*\n```"},
		{"code with parameters", "{code:title=A.java|borderStyle=solid|java}\nx\n{code}", "```java\nx\n```"},
		{"preformatted text", "{noformat}x *y*{noformat}", "```\nx *y*\n```"},
		{"code that never ends is text", "{code}\nx", "{code}\nx"},
		{"a quote", "{quote}\na\n\nb\n{quote}", "> a\n>\n> b"},
		{"a quote of one line", "bq. a *b*", "> a **b**"},
		{"lists", "* a\n** b\n*# c\n* d", "- a\n  - b\n\n  1. c\n- d"},
		{"numbers", "# a\n# b", "1. a\n2. b"},
		{"a list of dashes", "- a\n- b", "- a\n- b"},
		{"an item that goes on", "* a\nb\n* c", "- a\n  b\n- c"},
		{"code in an item", "# a\n{code}\nx\n{code}\n# b", "1. a\n   ```\n   x\n   ```\n2. b"},
		{"a task as we write it", "* [ ] a\n* [x] b", "- [ ] a\n- [x] b"},
		{"a table", "||a||b||\n|c|d \\| e|", "| a | b |\n| --- | --- |\n| c | d \\| e |"},
		{"a table without a header", "|a|[b|http://c]|", "| | |\n| --- | --- |\n| a | [b](http://c) |"},
		{"links", "[a|http://b] [http://c] [d|http://e|tip] [f|mailto:g@h.i]", `[a](http://b) <http://c> [d](http://e "tip") [f](mailto:g@h.i)`},
		{"a bare URL", "see http://a.b/c_d.", "see http://a.b/c_d."},
		{"brackets without a target are text", "[a] [x", `[a] [x`},
		{"an image", "!http://a.b/c.png! !http://a.b/c.png|alt=D!", "![](http://a.b/c.png) ![D](http://a.b/c.png)"},
		{"an exclamation is none", "Hello! World!", "Hello! World!"},
		{"a user shows by name", "[~ann]", "[@ann](#jira-"},
		{"but not by account id", "[~accountid:5b10ac8d82e05b22cc7d4ef5]", "[@user](#jira-"},
		{"an attachment", "!a.png|thumbnail!", "[a.png](#jira-"},
		{"a file", "[^a.txt]", "[a.txt](#jira-"},
		{"coloured text stays text", "{color:red}a{color}", "[a](#jira-"},
		{"a macro nobody knows", "{chart:type=pie}", "[chart:type=pie](#jira-"},
		{"a panel is a placeholder", "{panel:title=T|bgColor=#fff}\nx\n{panel}", "[Jira panel: x](#jira-"},
		{"a panel of ours is an alert", "{panel:title=Warning}\nx\n{panel}", "> [!WARNING]\n> x"},
		{"a panel of ours is a section", "{panel:title=▸ S}\n* x\n{panel}", "<details>\n<summary>S</summary>\n\n- x\n\n</details>"},
		{"a rule", "a\n----\nb", "a\n\n---\n\nb"},
		{"a line of Windows", "h1. a\r\n\r\nb\r\n", "# a\n\nb"},
	} {
		got, err := Wiki.Read(c.raw)
		if err != nil || !shows(got, c.want) {
			t.Errorf("%s: %v\nread %q\nwant %q", c.reason, err, got, c.want)
		}
		if strings.Contains(got, "5b10ac8d") {
			t.Errorf("%s: an account id shows: %q", c.reason, got)
		}
		checkRaw(t, Wiki, c.raw)
	}
}

// TestWikiWrites shows how new Markdown is spelled.
func TestWikiWrites(t *testing.T) {
	for _, c := range []struct{ reason, md, want string }{
		{"marks at the edges of words", "**a** *b* ~~c~~ `d` <u>e</u>", "*a* _b_ -c- {{d}} +e+"},
		{"marks inside words need braces", "a**b**c", "a{*}b{*}c"},
		{"what would be a mark is escaped", `\*a\* \_b\_ -c- +d+ {e} [f] !g! 2 * 3 - 4`, `\*a* \_b_ \-c- \+d+ \{e} \[f] \!g! 2 * 3 - 4`},
		{"snake_case needs no escape", "snake_case e-mail 2*3", "snake_case e-mail 2*3"},
		{"what would be a block is escaped", "h1. a\nbq. b\n\\# c\n\\- d\n|e", "h1&#46; a\nbq&#46; b\n\\# c\n\\- d\n\\|e"},
		{"pictures and dashes that Jira draws", "a :) (x) b -- c", `a \:) \(x) b \-\- c`},
		{"a backslash before punctuation", `C:\dir\\*`, `C:\dir&#92;*`},
		{"code", "```go\n{x}\n```", "{code:go}\n{x}\n{code}"},
		{"code with {code} in it", "```\n{code}\n```", "{noformat}\n{code}\n{noformat}"},
		{"nested lists", "- a\n  1. b\n- [x] c", "* a\n*# b\n* \\[x] c"},
		{"a table", "|a|b\\|c|\n|-|-|\n|d||", "||a||b\\|c||\n|d| |"},
		{"links", `[a](http://b "c") http://d.e <http://f>`, "[a|http://b|c] http://d.e http://f"},
		{"an alert", "> [!TIP]\n> a", "{panel:title=Tip}\na\n{panel}"},
		{"a section", "<details>\n<summary>S</summary>\n\n- a\n\n> b\n\n</details>", "{panel:title=▸ S}\n* a\n\n{quote}\nb\n{quote}\n{panel}"},
		{"several breaks", "a<br><br>b", "a\\\\\nb"},
		{"a mention typed stays text", "@ann", "@ann"},
	} {
		got, err := Wiki.New(c.md)
		if err != nil || got != c.want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.reason, err, got, c.want)
		}
	}
}

// TestWikiPuts changes one thing and looks at what else changes: nothing.
func TestWikiPuts(t *testing.T) {
	const raw = "  h1. One\r\n\r\n\r\nTwo [~ann] and {color:red}red{color} !a.png|width=9! \r\n* a\r\n* b\r\n|| x ||y||\r\n| 1|2 |\r\n\r\n{panel:bgColor=#fff}z{panel}\r\n"
	for _, c := range []struct{ reason, from, to, old, new string }{
		{"a heading", "One", "First", "h1. One", "h1. First"},
		{"text around a user, a colour and an attachment", "Two", "2", "Two [~ann] and {color:red}red{color} !a.png|width=9! \r\n", "2 [~ann] and {color:red}red{color} !a.png|width=9! \r\n"},
		{"coloured text", "[red]", "[blood]", "Two [~ann] and {color:red}red{color} !a.png|width=9! \r\n", "Two [~ann] and {color:red}blood{color} !a.png|width=9! \r\n"},
		{"an item", "- b", "- c", "* b", "* c"},
		{"a table", "| 1 |", "| 3 |", "|| x ||y||\r\n| 1|2 |", "||x||y||\r\n|3|2|"},
	} {
		md, err := Wiki.Read(raw)
		if err != nil {
			t.Fatal(err)
		}
		changed := strings.Replace(md, c.from, c.to, 1)
		got, err := Wiki.Write(raw, changed)
		if want := strings.Replace(raw, c.old, c.new, 1); err != nil || got != want {
			t.Errorf("%s: %v\n got %q\nwant %q", c.reason, err, got, want)
		}
		checkPut(t, Wiki, raw, changed)
	}
}

// TestASpaceThatDoesNotBreak stays where it is, also at the end of a line: it is part of the text.
func TestASpaceThatDoesNotBreak(t *testing.T) {
	for _, md := range []string{
		"a\u00a0", "\u00a0a", "a\u00a0\nb", "a\n\u00a0b", "- a\u00a0", "# \u3000a\u2003", "**a**\u00a0", "a\n\n\u00a0\n\nb",
		"| a\u00a0 | b |\n| --- | --- |\n| c | \u00a0 |",
	} {
		raw, err := Wiki.Write("", md)
		if err != nil {
			t.Errorf("%q: %v", md, err)
			continue
		}
		if got, err := Wiki.Read(raw); err != nil || got != md {
			t.Errorf("%q was written as %q and reads %q (%v)", md, raw, got, err)
		}
	}
}

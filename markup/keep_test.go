package markup

import (
	"strings"
	"testing"
)

func TestKeep(t *testing.T) {
	for _, c := range []struct{ reason, ours, theirs, want string }{
		{"the paragraph that changed alone", "# H\r\ntext *a* __b__\r\n\r\n* x\r\n* y\r\n\r\n\r\nSee [r]\r\n***\r\nend\r\n\r\n[r]: http://x\r\n", "# H\n\ntext *a* **b**\n\n- x\n- y\n\nSee [r](http://x)\n\n---\n\nnew end",
			"# H\r\ntext *a* __b__\r\n\r\n* x\r\n* y\r\n\r\n\r\nSee [r]\r\n***\r\nnew end\r\n\r\n[r]: http://x\r\n"},
		{"a paragraph more", "a_\n===\n\n\nb\n", "# a\\_\n\nnew\n\nb", "a_\n===\n\n\nnew\n\n\nb\n"},
		{"a paragraph less", "__a__\n\nb\n\n* c\n", "**a**\n\n- c", "__a__\n\n* c\n"},
		{"an item", "intro\n*   one __x__\n*   two\n\n*   three\n", "intro\n\n- one **x**\n- 2\n- three", "intro\n*   one __x__\n* 2\n\n*   three\n"},
		{"an item more, in a list with numbers", "1) one_\n1) two_\n", "1. one\\_\n2. more\n3. two\\_", "1) one_\n2) more\n1) two_\n"},
		{"an item of an indented list", "  * a_\n  * b", "- a\\_\n- c\n  d", "  * a_\n  * c\n    d"},
		{"a row", "|a|b|\n|:-|-:|\n|c_|d|\n|e_|f|\n", "| a | b |\n| --- | --- |\n| c\\_ | D |\n| e\\_ | f |", "|a|b|\n|:-|-:|\n| c\\_ | D |\n|e_|f|\n"},
		{"a line", "__a__  \nb\\\n__c__", "**a**\nB\n**c**", "__a__  \nB\n__c__"},
		{"a line of code", "~~~go\na\nb\n~~~", "```go\na\nB\n```", "~~~go\na\nB\n~~~"},
		{"a line of a lazy quote", "> __a__\nb\n> c", "> **a**\n> b\n> C", "> __a__\nb\n> C"},
		{"a heading underlined", "__a__\n===\nb\n", "# A\n\nb", "# A\nb\n"},
		{"a comment between what stays", "a_\n\n<!-- x -->\n\nb\n\nc", "a\\_\n\nb\n\nC", "a_\n\n<!-- x -->\n\nb\n\nC"},
		{"a comment before and behind what changed", "<!-- x -->\na\n<!-- y -->\n\nb_\n", "A\n\nb\\_", "<!-- x -->\nA\n<!-- y -->\n\nb_\n"},
		{"a comment under a heading that got text", "# A\n<!-- x -->\n\n# B\n<!-- y -->\n", "# A\n\na\n\n# B\n\nb", "# A\n<!-- x -->\n\na\n\n# B\n<!-- y -->\n\nb\n"},
		{"a comment inside what changed", "a <!-- x --> b\n\nc", "a B\n\nc", "a B <!-- x -->\n\nc"},
		{"a comment inside an item that changed", "* a <!-- x -->\n* b", "- A\n- b", "* A <!-- x -->\n* b"},
		{"a comment inside a row that changed", "|a|\n|-|\n|b <!-- x -->|\n", "| a |\n| --- |\n| B |", "|a|\n|-|\n| B |\n\n<!-- x -->\n"},
		{"a comment where all was deleted", "a\n\n<!-- x -->\n", "", "<!-- x -->\n"},
		{"code that shows a comment is no comment", "a `<!-- x -->`", "b", "b"},
		{"definitions stay", "[a]: http://x\nsee [a], [b]\n\n[b]: http://y\nend", "see [a](http://x), [b](http://y)\n\nEND", "[a]: http://x\nsee [a], [b]\n\n[b]: http://y\nEND"},
		{"a paragraph would go on in the list above", "* a\n***\nb", "- a\n\nB", "* a\n\nB"},
		{"code that never ends, before what is new", "a_\n\nb\n\n```\nc", "a\\_\n\nb\n\n```\nc\n```\n\nd", "a_\n\nb\n\n```\nc\n```\n\nd"},
		{"one list that cannot keep its items beside one that can", "1. a_\n2. b_\n\nc\n\n* d_\n* e\n", "1. b\\_\n\nc\n\n- d\\_\n- E", "1. b\\_\n\nc\n\n* d_\n* E\n"},
		{"a list deleted between two paragraphs", "a_\n* b\n\nc_", "a\\_\n\nc\\_", "a_\n\nc_"},
	} {
		if got := ADF.Keep(c.ours, c.theirs); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", c.reason, got, c.want)
		}
		checkKeep(t, c.ours, c.theirs, ADF.Normalize)
	}
}

// TestKeepHides: a system without comments shows them as text. Ours stay hidden.
func TestKeepHides(t *testing.T) {
	const ours = "a_ <!-- internal -->\n\n<!-- more -->\n\n* b <!-- x -->\n* c\n"
	for reason, c := range map[string]struct{ from, to, want string }{
		"the paragraph with it was edited": {"a_", "A", "A <!-- internal -->\n\n<!-- more -->\n\n* b <!-- x -->\n* c\n"},
		"the item with it was edited":      {"b ", "B ", "a_ <!-- internal -->\n\n<!-- more -->\n\n* B <!-- x -->\n* c\n"},
		"the comment was edited":           {"internal", "public", "a_ \\<!-- public -->\n\n<!-- more -->\n\n* b <!-- x -->\n* c\n"},
	} {
		theirs := strings.Replace(lineNorm(ours), c.from, c.to, 1)
		if got := checkKeep(t, ours, theirs, lineNorm); got != c.want {
			t.Errorf("%s:\n got %q\nwant %q", reason, got, c.want)
		}
	}
}

package model_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/simulator/linear/model"
)

func TestCanonical(t *testing.T) {
	for _, c := range []struct{ reason, in, want string }{
		{"ends are trimmed", "\n\na  \r\nb\n\n\n", "a\nb"},
		{"blank lines collapse", "a\n\n\n\nb", "a\n\nb"},
		{"bullets", "- a\n+ b\n  - c", "* a\n* b\n  * c"},
		{"tasks", "* [X] a\n- [ ] b", "- [x] a\n- [ ] b"},
		{"numbers", "3. a\n3. b\n\ntext\n\n1) c", "3. a\n4. b\n\ntext\n\n1. c"},
		{"nested numbers", "1. a\n   1. b\n   1. c\n1. d\n   1. e", "1. a\n   1. b\n   2. c\n2. d\n   1. e"},
		{"underlined headings", "One\n===\n\nTwo\n---", "# One\n\n## Two"},
		{"closing marks of headings", "## a ##", "## a"},
		{"rules", "a\n\n***\n\n_ _ _", "a\n\n---\n\n---"},
		{"fences", "~~~go\n- a  \n~~~\n- b", "```go\n- a  \n```\n* b"},
		{"bold", "__a b__ and `__c__`", "**a b** and `__c__`"},
		{"a lone asterisk", "2 * 3", `2 \* 3`},
		{"HTML comments are seen", "a <!-- id=1 -->", `a \<!-- id=1 --\>`},
		{"what is canonical stays", "# a\n\n* b\n* c\n\n1. d\n\n> e", "# a\n\n* b\n* c\n\n1. d\n\n> e"},
		{"nothing", " \n ", ""},
	} {
		if got := model.Canonical(c.in); got != c.want {
			t.Errorf("%s: got %q, want %q", c.reason, got, c.want)
		}
	}
}

func TestCanonicalIsIdempotent(t *testing.T) {
	parts := []string{"a", "b c", "- ", "* ", "+ ", "1. ", "2) ", "[x] ", "[ ] ", "#", "# ", "==", "---", "***", "___", "~~~", "```", "`", "__", "**", "*",
		" * ", "<!--", "-->", "\\", "\n", "\n\n", " ", "  ", "\t", ">", "> ", "|", "é"}
	rapid.Check(t, func(t *rapid.T) {
		s := strings.Join(rapid.SliceOfN(rapid.SampledFrom(parts), 0, 14).Draw(t, "parts"), "")
		once := model.Canonical(s)
		if twice := model.Canonical(once); twice != once {
			t.Fatalf("%q becomes %q, then %q", s, once, twice)
		}
	})
}

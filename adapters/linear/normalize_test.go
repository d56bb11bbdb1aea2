package linear_test

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/linear"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/linear/model"
)

// normalized is one field as the adapter says it would read.
func normalized(t interface{ Fatal(...any) }, field, s string) string {
	a, err := linear.New(adapters.Config{})
	if err != nil {
		t.Fatal(err)
	}
	return a.Normalize(external.Fields{field: text(s)})[field].Text()
}

func TestNormalize(t *testing.T) {
	tests := []struct{ reason, field, in, want string }{
		{"a title is one trimmed line", "title", "  a\t b\n", "a b"},
		{"no priority has a name", "priority", "", "No priority"},
		{"a number has no zeros behind its point", "estimate", "3.0", "3"},
		{"no estimate is none", "estimate", "", ""},
		{"bullets are stars", "description", "- a\n+ b\n  - c", "* a\n* b\n  * c"},
		{"tasks", "description", "* [X] done\n+ [ ] todo", "- [x] done\n- [ ] todo"},
		{"numbers count on", "description", "3) a\n3) b\n   1. c\n1. d", "3. a\n4. b\n   1. c\n5. d"},
		{"headings", "description", "Title\n===\n\nSub\n---\n\n### Third ###", "# Title\n\n## Sub\n\n### Third"},
		{"rules", "description", "a\n\n* * *\n\n___", "a\n\n---\n\n---"},
		{"blocks of code stay", "description", "~~~ go\n- a  \n\n\n__b__\n~~~", "```go\n- a  \n\n\n__b__\n```"},
		{"bold", "description", "__a__ and `__b__`", "**a** and `__b__`"},
		{"an HTML comment is text that everybody sees", "description", "a <!-- extsync:key -->", `a \<!-- extsync:key --\>`},
		{"a star between words", "description", "2 * 3", `2 \* 3`},
		{"line ends", "description", "a \r\nb\r\n\r\n\r\nc\n\n", "a\nb\n\nc"},
		{"comments too", "body", "- a", "* a"},
	}
	for _, tt := range tests {
		got := normalized(t, tt.field, tt.in)
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.reason, got, tt.want)
		}
		if again := normalized(t, tt.field, got); again != got {
			t.Errorf("%s: again gives %q", tt.reason, again)
		}
	}
}

// What the adapter expects of Markdown is what the simulator makes of it, on any text,
// and expecting it twice changes nothing.
func TestMarkdownAsTheSimulator(t *testing.T) {
	piece := rapid.SampledFrom([]string{
		"a", "word ", " ", "\t", "\n", "\n\n", "\r\n", "\r", "- ", "* ", "+ ", "1. ", "7) ", "12", "[ ] ", "[x] ", "[X]", "#", "## ", " ##",
		"===", "---", "***", "* * *", "___", "```", "~~~", "````", "`", "__", "_", "**", "<!--", "-->", `\`, "\f", "> ", "    ", "é", "|", "\u00a0",
	})
	rapid.Check(t, func(rt *rapid.T) {
		s := strings.Join(rapid.SliceOfN(piece, 0, 24).Draw(rt, "text"), "")
		got := normalized(rt, "description", s)
		if want := model.Canonical(s); got != want {
			rt.Fatalf("%q: got %q, the simulator has %q", s, got, want)
		}
		if again := normalized(rt, "description", got); again != got {
			rt.Fatalf("%q: first %q, then %q", s, got, again)
		}
	})
}

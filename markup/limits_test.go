package markup

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func many(s string, n int) string { return strings.Repeat(s, n/smaller) }

// TestLargeTexts keeps work about linear: each text is one that naive parsing takes
// minutes for.
func TestLargeTexts(t *testing.T) {
	for _, c := range []struct{ reason, md string }{
		{"one character more than GitHub takes", strings.Repeat("word ", 13108)[:65_537]},
		{"ten thousand items", many("- item *x*\n", 10_000)},
		{"a megabyte without a newline", many("some words_here ", 65_536)},
		{"every word emphasised", many("**a** _b_ `c` ", 5_000)},
		{"marks that never end", many("*a {{b [c !d ~~e ", 4_000)},
		{"brackets that never close", many("[", 30_000)},
		{"links that never close", many("[a](", 2_000)},
		{"a quarter of a megabyte of them", many("[a](", 65_536)},
		{"links that do close", many("[a](b) ", 9_000)},
		{"deep quotes", many(">", 5_000) + " a"},
		{"deep lists", many("- ", 3_000) + "a"},
		{"as deep as GitHub takes", many("> ", 32_000) + "a"},
		{"quotes and lists as deep", many("- > 1. ", 9_000) + "a"},
		{"deep emphasis", many("*", 20_000) + "a" + many("*", 20_000)},
		{"tags that never close", many("<b><u>", 5_000) + "a"},
		{"many paragraphs", many("a-b\n\n", 10_000)},
		{"backslashes", many(`\`, 65_537)},
		{"one long table", "|a|b|\n|-|-|\n" + many("|x_y|`z`|\n", 3_000)},
	} {
		for _, f := range formats() {
			start := time.Now()
			raw, err := f.New(c.md)
			var damage *DamageError
			if err != nil && !errors.As(err, &damage) {
				t.Errorf("%s: %v", c.reason, err)
			}
			if _, err := f.Read(raw); err != nil {
				t.Errorf("%s: does not read back: %v", c.reason, err)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%s: format %d takes %v", c.reason, f, took)
			} else {
				t.Logf("%s: format %d takes %v, damage %v", c.reason, f, took, damage)
			}
		}
	}
}

// TestLargeRaw does the same for what Jira may hold.
func TestLargeRaw(t *testing.T) {
	for _, c := range []struct{ reason, raw string }{
		{"openings without an end", many("{code}{quote", 5_000)},
		{"quotes in a row", many("{quote}", 10_001)},
		{"marks that never end", many("*a _b -c {*}d {{e [f !g {color:red}h ", 5_000)},
		{"bars", many("|", 65_537)},
		{"deep markers", many("*", 5_000) + " a"},
		{"many lines of items", many("* a\n** b\n", 10_000)},
		{"brackets", many("[", 65_537)},
		{"pictures", many("!a", 32_000)},
	} {
		start := time.Now()
		checkRaw(t, Wiki, c.raw)
		if took := time.Since(start); took > 20*time.Second {
			t.Errorf("%s takes %v", c.reason, took)
		} else {
			t.Logf("%s: %v", c.reason, took)
		}
	}
}

// TestLargeKept does the same for what is written over a text of ours.
func TestLargeKept(t *testing.T) {
	for _, c := range []struct{ reason, ours, theirs string }{
		{"as deep as GitHub takes", many("- ", 32_000) + "a", many("- ", 32_000) + "b"},
		{"quotes as deep, with a comment", many("> ", 32_000) + "a <!-- b -->", "c"},
		{"one item as deep", "- a <!-- b -->\n- " + many("> ", 32_000), "- c\n- " + many("> ", 32_000)},
	} {
		start := time.Now()
		if got := Wiki.Keep(c.ours, c.theirs); Wiki.Normalize(got) != Wiki.Normalize(c.theirs) {
			t.Errorf("%s: %.80q says another thing", c.reason, got)
		}
		if took := time.Since(start); took > 5*time.Second {
			t.Errorf("%s takes %v", c.reason, took)
		} else {
			t.Logf("%s: %v", c.reason, took)
		}
	}
}

func deepADF(levels int) string {
	return `{"type":"doc","version":1,"content":[` + strings.Repeat(`{"type":"bulletList","content":[{"type":"listItem","content":[`, levels/2) +
		`{"type":"paragraph","content":[{"type":"text","text":"x"}]}` + strings.Repeat(`]}]}`, levels/2) + `]}`
}

func TestDepth(t *testing.T) {
	_, err := ADF.Read(deepADF(200))
	if !errors.Is(err, ErrTooDeep) || !strings.Contains(err.Error(), "202 levels") {
		t.Errorf("200 levels: %v", err)
	}
	if _, err := ADF.Write(deepADF(200), "x"); !errors.Is(err, ErrTooDeep) {
		t.Errorf("a write over 200 levels: %v", err)
	}
	checkRaw(t, ADF, deepADF(50))
	if _, err := ADF.Read(strings.Repeat("[", 1_000_000)); !errors.Is(err, ErrTooDeep) {
		t.Errorf("a million brackets: %v", err)
	}
	deep := strings.Repeat("> ", 200) + "x"
	if n := ADF.Normalize(deep); n != deep {
		t.Errorf("a text too deep is its own normal form, got %q", n)
	}
	if l := ADF.Damage("", deep); len(l) != 1 || l[0].What != tooMuch {
		t.Errorf("a text too deep: %v", l)
	}
}

func TestMalformed(t *testing.T) {
	for _, c := range []struct{ reason, raw string }{
		{"no JSON", "h1. wiki"}, {"cut short", `{"type":"doc"`}, {"another root", `{"type":"paragraph"}`}, {"a number", "5"}, {"an array", "[]"}, {"two values", `{"type":"doc"}{}`},
	} {
		if _, err := ADF.Read(c.raw); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v", c.reason, err)
		}
		if _, err := ADF.Write(c.raw, "x"); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s, written over: %v", c.reason, err)
		}
	}
	for _, raw := range []string{"", " ", "null", `{"type":"doc","version":1,"content":[]}`, `{"type":"doc"}`, `{"type":"doc","content":null}`} {
		if md, err := ADF.Read(raw); md != "" || err != nil {
			t.Errorf("an empty document %q reads %q, %v", raw, md, err)
		}
		if out, err := ADF.Write(raw, "x"); err != nil || validADF(out) != nil {
			t.Errorf("over %q: %q, %v", raw, out, err)
		}
	}
	if _, err := Format(0).Read(""); err == nil {
		t.Error("the zero format reads")
	}
}

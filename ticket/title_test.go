package ticket

import (
	"testing"

	"pgregory.net/rapid"
)

func TestPlainTitle(t *testing.T) {
	for _, c := range []struct{ why, title, want string }{
		{"case and spaces say nothing", "  Fix the\tLOGIN  page ", "fix the login page"},
		{"nor does punctuation at the end", "Fix the login page!.", "fix the login page"},
		{"who copies an issue writes its key before the title", "[ABC-12] Fix the login page", "fix the login page"},
		{"with a colon", "ABC-12: Fix the login page", "fix the login page"},
		{"with a dash", "ABC2-12 - Fix the login page", "fix the login page"},
		{"as GitHub counts", "#7 Fix the login page", "fix the login page"},
		{"a key alone is a title", "ABC-12", "abc-12"},
		{"a word with a dash is no key", "re-open the page", "re-open the page"},
		{"nor is a year", "2026-11 report of the month", "2026-11 report of the month"},
		{"a key in the middle says something", "Revert ABC-12 at once", "revert abc-12 at once"},
		{"nothing is nothing", " . ", ""},
		{"other scripts have words too", "ÄNDERN  Größe", "ändern größe"},
	} {
		if got := PlainTitle(c.title); got != c.want {
			t.Errorf("%s: %q gives %q, want %q", c.why, c.title, got, c.want)
		}
	}
}

// Comparing is an equivalence only if what was made plain stays as it is.
func TestPlainTitleIsIdempotent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		title := rapid.StringOf(rapid.RuneFrom([]rune("aB1#-:[]. \tÄ漢"))).Draw(t, "title")
		once := PlainTitle(title)
		if twice := PlainTitle(once); twice != once {
			t.Fatalf("%q gives %q, and that gives %q", title, once, twice)
		}
	})
}

func TestTitleKey(t *testing.T) {
	if TitleKey("Fix the login page") != TitleKey("[ABC-12] fix  the LOGIN page.") {
		t.Error("titles that read alike have different keys")
	}
	if TitleKey("Fix the login page") == TitleKey("Fix the logout page") {
		t.Error("different titles have one key")
	}
	if got := TitleKey(" - "); got != "" {
		t.Errorf("a title that says nothing has the key %q", got)
	}
}

package github

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func ours(key string) bool { return strings.HasPrefix(key, "k-") }

// What is appended comes off again, byte for byte, whatever the text looks like.
func TestMarkerRoundTrip(t *testing.T) {
	piece := rapid.OneOf(rapid.String(), rapid.SampledFrom([]string{
		"\n", "\r\n", "\n\n", "<!-- extsync:", " -->", "<!-- extsync:foreign -->", "<!--", "k-1",
	}))
	rapid.Check(t, func(t *rapid.T) {
		body := strings.Join(rapid.SliceOfN(piece, 0, 8).Draw(t, "body"), "")
		if kept, key := splitMarker(body, ours); key != "" || kept != body {
			return // the text holds a key of ours by itself
		}
		got, key := splitMarker(withMarker(body, "k-2"), ours)
		if got != body || key != "k-2" {
			t.Fatalf("%q came back as %q with the key %q", body, got, key)
		}
	})
}

func TestMarkersInTexts(t *testing.T) {
	for _, c := range []struct{ body, text, key, why string }{
		{"a\n\n<!-- extsync:k-1 -->", "a", "k-1", "as we write it"},
		{"a\r\n\r\n<!-- extsync:k-1 -->", "a", "k-1", "after an edit in GitHub's pages"},
		{"<!-- extsync:k-1 -->", "", "k-1", "an empty body"},
		{"a\n\n<!-- extsync:k-1 -->\nb", "a\n\nb", "k-1", "somebody wrote behind it"},
		{"- a\n\n<!-- extsync:k-1 --> b", "- a\n\nb", "k-1", "somebody wrote on its line"},
		{"```\na\n```\r\n\r\n<!-- extsync:k-1 -->\r\n    b", "```\na\n```\n\n    b", "k-1", "somebody wrote code behind it"},
		{"a\n\n<!-- extsync:k-1 -->\n\nb", "a\n\nb", "k-1", "somebody wrote a paragraph behind it"},
		{"a\n\n<!-- extsync:k-1 -->\n", "a\n", "k-1", "somebody ended its line"},
		{"a\n\n<!-- extsync:k-1 -->\n\n<!-- extsync:k-2 -->", "a", "k-2", "two of ours"},
		{"a<!-- extsync:k-1 -->b<!-- extsync:k-2 -->", "ab", "k-2", "the last one is ours, a copy goes too"},
		{"a\n\n<!-- extsync:forged -->", "a\n\n<!-- extsync:forged -->", "", "not a key of ours"},
		{"a <!-- extsync:k-1", "a <!-- extsync:k-1", "", "not closed"},
		{"<!-- extsync:k 1 -->", "<!-- extsync:k 1 -->", "", "a key has no space"},
		{"<!-- extsync: <!-- extsync:k-1 -->", "<!-- extsync: ", "k-1", "one within the other"},
	} {
		text, key := splitMarker(c.body, ours)
		if text != c.text || key != c.key {
			t.Errorf("%q: %q with key %q, want %q with %q: %s", c.body, text, key, c.text, c.key, c.why)
		}
	}
}

func TestAMarkerFitsItsRoom(t *testing.T) {
	key := strings.Repeat("k", maxKey)
	if !validKey(key) || len(withMarker("x", key))-1 != markerRoom {
		t.Errorf("a key of %d characters takes %d, want %d", maxKey, len(withMarker("x", key))-1, markerRoom)
	}
	if validKey(key+"k") || validKey("") || validKey("a--b") || validKey("a>b") {
		t.Error("a key that cannot stand in a comment is accepted")
	}
}

package linear_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// realTexts are the bodies of real issues and comments; without the optional folder beside
// the repository the test is skipped and says so.
func realTexts(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range []string{"issues.json", "comments.json"} {
		raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "github-ivy", name))
		if err != nil {
			t.Skipf("SKIPPED: needs ../shared/data/github-ivy/%s beside the repository: %v", name, err)
		}
		var items []struct{ Body string }
		if err := json.Unmarshal(raw, &items); err != nil {
			t.Fatal(err)
		}
		for _, it := range items {
			if it.Body != "" {
				out = append(out, it.Body)
			}
		}
	}
	return out
}

// plain reports whether a block of Markdown is one line that is a paragraph and nothing
// else.
func plain(block string) bool {
	return block != "" && !strings.ContainsAny(block, "`>#*|<\n\t_~\\=") && !strings.ContainsAny(block[:1], " -+0123456789[!")
}

// fenced reports whether the blocks leave one of code open.
func fenced(blocks []string) bool {
	return strings.Count("\n"+strings.Join(blocks, "\n\n"), "\n```")%2 != 0
}

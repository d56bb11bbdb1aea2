package markup

import (
	"encoding/json"
	"os"
	"path/filepath"
	"sort"
	"testing"
)

// corpus returns the texts of real issues and comments; without the optional folder
// beside the repository the test is skipped and says so.
func corpus(t testing.TB) []string {
	t.Helper()
	var out []string
	for _, name := range []string{"issues.json", "comments.json"} {
		path := filepath.Join("..", "..", "shared", "data", "github-ivy", name)
		raw, err := os.ReadFile(path)
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

func TestCorpus(t *testing.T) {
	texts := corpus(t)
	for _, f := range formats() {
		damaged, kinds := 0, map[string]int{}
		for i, md := range texts {
			losses := f.Damage("", md)
			n := f.Normalize(md)
			if nn := f.Normalize(n); nn != n {
				t.Errorf("text %d: Normalize is not idempotent:\n%q\n%q", i, n, nn)
			}
			if len(losses) > 0 {
				damaged++
				seen := map[string]bool{}
				for _, l := range losses {
					if !seen[l.What] {
						seen[l.What] = true
						kinds[l.What]++
					}
				}
				t.Logf("text %d: %v", i, losses)
				continue
			}
			raw, err := f.New(md)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := f.Read(raw); err != nil || got != n {
				t.Errorf("text %d: %v\n%q\n%q", i, err, n, got)
			}
		}
		var names []string
		for k := range kinds {
			names = append(names, k)
		}
		sort.Strings(names)
		for _, k := range names {
			t.Logf("%s: %d texts", k, kinds[k])
		}
		t.Logf("%d of %d texts damaged", damaged, len(texts))
	}
}

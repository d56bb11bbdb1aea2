package markup

import (
	"encoding/json"
	"os"
	"path/filepath"
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

// TestCorpus holds the laws to real texts and counts those that Jira cannot hold.
func TestCorpus(t *testing.T) {
	texts := corpus(t)
	for _, f := range formats() {
		damaged, kinds := 0, map[string]int{}
		for _, md := range texts {
			if !checkMarkdown(t, f, md) {
				continue
			}
			damaged++
			seen := map[string]bool{}
			for _, l := range f.Damage("", md) {
				if !seen[l.What] {
					seen[l.What] = true
					kinds[l.What]++
				}
			}
		}
		t.Logf("format %d: %d of %d texts damaged: %v", f, damaged, len(texts), kinds)
		if damaged*100 > 2*len(texts) {
			t.Errorf("format %d: more than 2 %% of real texts are damaged", f)
		}
	}
}

// TestCorpusEdits changes one paragraph of each real text in turn, and looks that
// the raw form of every other block stays.
func TestCorpusEdits(t *testing.T) {
	edits := 0
	for _, f := range formats() {
		for i, md := range corpus(t) {
			raw, err := f.New(md)
			if err != nil {
				continue // TestCorpus counts them
			}
			before := rawBlocks(t, f, raw)
			blocks, _, _ := normalize(&printer{newParser()}, md)
			for at := range blocks {
				if blocks[at].kind != paragraph {
					continue
				}
				blocks[at].line = append(blocks[at].line[:len(blocks[at].line):len(blocks[at].line)], inline{what: text, text: " edited"})
				changed := (&printer{newParser()}).blocks(blocks, false)
				blocks[at].line = blocks[at].line[:len(blocks[at].line)-1]
				got, err := f.Write(raw, changed)
				if err != nil {
					continue // an image alone that got a neighbour
				}
				edits++
				after := rawBlocks(t, f, got)
				for k := range before {
					if len(after) != len(before) || (after[k] == before[k]) == (k == at) {
						t.Errorf("format %d, text %d: an edit of block %d changed block %d\n%q\n%q", f, i, at, k, before, after)
						break
					}
				}
			}
		}
	}
	t.Logf("%d edits", edits)
	if edits < 1000 {
		t.Errorf("only %d edits", edits)
	}
}

// rawBlocks returns the raw form of each block.
func rawBlocks(t *testing.T, f Format, raw string) []string {
	t.Helper()
	doc, err := f.open(raw, &printer{newParser()})
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	switch doc := doc.(type) {
	case *adfDocument:
		for _, n := range doc.doc.nodes {
			out = append(out, n.raw())
		}
	case *wikiDocument:
		for _, u := range doc.units {
			out = append(out, doc.raw[u.start:u.end])
		}
	}
	return out
}

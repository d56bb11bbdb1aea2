package simtest

import (
	"os"
	"path/filepath"
	"testing"
)

// TestCorpus plays every stored schedule: none may break an invariant, and one that was
// stored for a planted bug still finds it. A schedule drifts when the simulation learns
// something new that it meets; a few may, until simrun -renew stores them afresh.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob("testdata/corpus/*.tape")
	if err != nil || len(files) < 15 {
		t.Fatalf("%d tapes, %v", len(files), err)
	}
	planted, drifted := 0, 0
	for _, file := range files {
		f, err := os.Open(file)
		if err != nil {
			t.Fatal(err)
		}
		tape, err := ParseTape(f)
		_ = f.Close() // it was read only
		if err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		if tape.What == "" || tape.Invariant == "" || tape.Mutant == "" && tape.Mended == "" {
			t.Errorf("%s says not what it is for", file)
		}
		if v := Run(tape.Options()).Violation; v != nil {
			t.Errorf("%s: %s: %s\nrepeat with: go run ./internal/simtest/simrun -tape internal/simtest/%s", file, v.Invariant, v.What, file)
		}
		if tape.Mutant == "" {
			continue
		}
		planted++
		m := mutant(t, tape.Mutant)
		o := tape.Options()
		o.Mutant = &m
		if Run(o).Violation == nil {
			drifted++
			t.Logf("%s does not show its bug any more: go run ./internal/simtest/simrun -renew internal/simtest/testdata/corpus %q", file, tape.Mutant)
		}
	}
	if drifted*2 > planted {
		t.Errorf("%d of %d tapes of planted bugs show nothing any more: renew them", drifted, planted)
	}
}

package simtest

import (
	"fmt"
	"testing"
)

func TestDbg(t *testing.T) {
	for _, m := range Mutants() {
		if m.Name != "cursor advanced before apply" && m.Name != "cursor set from our clock" {
			continue
		}
		inv := map[string]int{}
		moved := 0
		for s := uint64(1); s < 2000; s++ {
			r := Run(Options{Seed: s, Profile: AllOn, Mutant: &m})
			if r.Violation != nil {
				inv[r.Violation.Invariant+r.Violation.What[:min(60, len(r.Violation.What))]]++
			}
			moved += r.Faults[faultCrashAfterTx]
		}
		fmt.Println(m.Name, inv, moved)
	}
}

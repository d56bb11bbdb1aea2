package simtest

import (
	"cmp"
	"testing"
)

// TestBends: each check and each rule of the oracle is needed. Where it is left out or bent,
// a planted bug goes unseen in a schedule that shows it otherwise, or the engine is accused
// of what it did not do.
func TestBends(t *testing.T) {
	const most = 1500
	for _, b := range bends() {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			if b.mutant == "" {
				for seed := range uint64(most) {
					if Run(Options{Seed: seed, Profile: AllOn, bent: b.name}).Violation != nil {
						t.Logf("the engine is accused in schedule %d", seed)
						return
					}
				}
				t.Fatalf("nobody is accused in %d schedules", most)
			}
			m := mutant(t, b.mutant)
			if m.Rare && raceDetector {
				t.Skip("too many schedules under the race detector")
			}
			for seed := range uint64(most) {
				o := Options{Seed: seed, Profile: cmp.Or(m.Profile, AllOn), Mutant: &m}
				if Run(o).Violation == nil {
					continue
				}
				if o.bent = b.name; Run(o).Violation == nil {
					t.Logf("unseen in schedule %d", seed)
					return
				}
			}
			t.Fatalf("%s is found in each of %d schedules as without the bend", m.Name, most)
		})
	}
}

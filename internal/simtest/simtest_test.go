package simtest

import "testing"

func TestOne(t *testing.T) {
	for seed := range uint64(200) {
		r := Run(Options{Seed: seed, Profile: Mixed})
		if r.Violation != nil {
			r = Run(Options{Seed: seed, Profile: Mixed, Trace: true})
			for _, l := range r.Trace {
				t.Log(l)
			}
			t.Fatalf("seed %d %s: %+v", seed, r.Profile, r.Violation)
		}
	}
}

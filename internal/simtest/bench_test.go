package simtest

import "testing"

// BenchmarkRun measures one run of the mixed profile.
func BenchmarkRun(b *testing.B) {
	b.ReportAllocs()
	for n := range b.N {
		Run(Options{Seed: uint64(n), Profile: Mixed})
	}
}

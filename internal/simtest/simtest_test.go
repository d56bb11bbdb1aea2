package simtest

import (
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/outbound"
)

// runs is how many schedules TestSimulation does: SIM_RUNS, or 2,000.
func runs(t *testing.T) int {
	t.Helper()
	s := os.Getenv("SIM_RUNS")
	if s == "" {
		return 2000
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 {
		t.Fatalf("SIM_RUNS=%q: want a number of runs", s)
	}
	return n
}

// TestSimulation does a series of schedules; none may break an invariant, and every
// kind of fault and act must have happened.
func TestSimulation(t *testing.T) {
	n := runs(t)
	sum := Do(Plan{Runs: n, Seed: 1, Profile: Mixed, Workers: runtime.GOMAXPROCS(0)})
	sum.Print(testWriter{t})
	for _, v := range sum.Violations {
		t.Errorf("seed %d: %s: %s\nrepeat with: go run ./internal/simtest/simrun -trace -seed %d -profile %s",
			v.Seed, v.Violation.Invariant, v.Violation.What, v.Seed, v.Profile)
	}
	if never := sum.Never(); len(never) > 0 {
		t.Errorf("never happened in %d runs: %v", n, never)
	}
}

// testWriter shows lines in the test's log.
type testWriter struct{ t *testing.T }

func (w testWriter) Write(b []byte) (int, error) {
	w.t.Helper()
	w.t.Log(string(b[:max(len(b)-1, 0)]))
	return len(b), nil
}

// TestDeterminism: a seed gives the same run again, with and without a trace (I21).
func TestDeterminism(t *testing.T) {
	for _, p := range []Profile{AllOn, Hub, Vendors} {
		for seed := range uint64(40) {
			a, b := Run(Options{Seed: seed, Profile: p}), Run(Options{Seed: seed, Profile: p, Trace: true})
			if a.Hash != b.Hash || a.Sent != b.Sent {
				t.Fatalf("%s, seed %d: two runs differ", p, seed)
			}
			if len(b.Trace) == 0 {
				t.Fatalf("%s, seed %d: no trace", p, seed)
			}
		}
	}
}

// TestProcessors: how many processors and workers there are changes nothing in any run (I21).
func TestProcessors(t *testing.T) { //nolint:paralleltest // it sets how many processors there are
	const n = 200
	was := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(was)
	hashes := func(workers int) []uint64 {
		out := make([]uint64, n)
		var next atomic.Int64
		var group sync.WaitGroup
		for range workers {
			group.Go(func() {
				for seed := next.Add(1) - 1; seed < n; seed = next.Add(1) - 1 {
					r := Run(Options{Seed: uint64(seed), Profile: Mixed})
					out[seed] = r.Hash ^ r.Sent<<1 ^ uint64(r.Calls)
				}
			})
		}
		group.Wait()
		return out
	}
	var want []uint64
	for _, c := range []struct{ processors, workers int }{{1, 1}, {2, 3}, {8, 8}} {
		runtime.GOMAXPROCS(c.processors)
		got := hashes(c.workers)
		if want == nil {
			want = got
		}
		for seed := range got {
			if got[seed] != want[seed] {
				t.Fatalf("seed %d: another run with %d processors and %d workers", seed, c.processors, c.workers)
			}
		}
	}
}

// TestPlateau: what was met before is not new, and a part that shows nothing new counts 0.
func TestPlateau(t *testing.T) {
	met := func(faults ...faultKind) map[situation]struct{} {
		m := map[situation]struct{}{}
		for _, f := range faults {
			m[situation{fault: f}] = struct{}{}
		}
		return m
	}
	p := newPlateau(20)
	for _, m := range []map[situation]struct{}{met(faultRefused, faultHung), met(faultHung), met(faultRefused), nil, met(faultZombie)} {
		p.add(m)
	}
	var out strings.Builder
	if p.show(&out); out.String() != "new situations in each 2 runs: 2 0 1\n" {
		t.Error(out.String())
	}
}

// TestPairs: two runs that differ in what never leaves send the same, and they really
// differ, so that the comparison can fail.
func TestPairs(t *testing.T) {
	for _, p := range []Profile{AllOn, Hub, Vendors} {
		n := map[Profile]int{AllOn: 150, Hub: 150, Vendors: 30}[p]
		sum := Pairs(Plan{Runs: n, Seed: 1, Profile: p, Workers: runtime.GOMAXPROCS(0)})
		for _, v := range sum.Differ {
			t.Errorf("%s, seed %d: %s: %s", p, v.Seed, v.Violation.Invariant, v.Violation.What)
		}
		for k, n := range sum.Secret {
			if n == 0 {
				t.Errorf("%s: no run holds %s", p, secretKind(k))
			}
		}
	}
	m := Mutant{Name: "passages left in", tx: ruleless(func(r *outbound.Rules) { r.Cuts = nil })}
	if sum := Pairs(Plan{Runs: 30, Seed: 1, Profile: AllOn, Workers: 1, Mutant: &m}); sum.Failed == 0 {
		t.Error("passages are left in, and no pair shows it")
	}
}

// TestSparedSchedulesHoldNoSecret: what a paired series does not run at all would have been
// no pair.
func TestSparedSchedulesHoldNoSecret(t *testing.T) {
	spared := 0
	for seed := range uint64(200) {
		o := Options{Seed: seed, Profile: Mixed}
		if mayHoldSecrets(o) {
			continue
		}
		spared++
		if r := Run(o); r.Secrets != [secretKinds]int{} {
			t.Errorf("seed %d holds secrets: %v", seed, r.Secrets)
		}
	}
	if spared == 0 {
		t.Error("no schedule is spared")
	}
}

// TestMutants: every known bug is found within the bound, by an invariant that is
// about it. The bounds are a few times what was needed when they were set.
func TestMutants(t *testing.T) {
	for _, m := range Mutants() {
		t.Run(m.Name, func(t *testing.T) {
			t.Parallel()
			if m.Unfound != "" {
				t.Skip("not found in 20,000 schedules: " + m.Unfound)
			}
			if m.Rare && raceDetector {
				t.Skip("it takes thousands of schedules, too many under the race detector: make mutants")
			}
			h := Find(m, 1, 20_000)
			if h.Found == "" {
				t.Fatalf("not found in %d schedules", h.Runs)
			}
			t.Logf("found by %s after %d schedules, in %s", h.Found, h.Runs, h.Took)
		})
	}
}

// TestBlindOracle: an oracle that takes everything for accounted for finds no lost
// value, whatever is planted; the bank of bugs would show it.
func TestBlindOracle(t *testing.T) {
	m := mutant(t, "last writer wins")
	seen := func(bent string) int {
		n := 0
		for seed := range uint64(200) {
			r := Run(Options{Seed: seed, Profile: AllOn, Mutant: &m, bent: bent})
			if r.Violation != nil && r.Violation.Invariant == "I2" {
				n++
			}
		}
		return n
	}
	if n := seen("skip loss"); n != 0 {
		t.Errorf("the blinded oracle found %d losses", n)
	}
	if n := seen(""); n == 0 {
		t.Error("the oracle found no loss where the last writer wins")
	}
}

func mutant(t *testing.T, name string) Mutant {
	t.Helper()
	all := Mutants()
	i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == name })
	if i < 0 {
		t.Fatalf("there is no mutant %q", name)
	}
	return all[i]
}

// TestTrackersDiffer: the two trackers of a run are not of one kind.
func TestTrackersDiffer(t *testing.T) {
	same := 0
	for seed := range uint64(100) {
		w := newWorld(Options{Seed: seed, Profile: AllOn})
		var caps [2]memory.Options
		for i := range w.trackers[:w.projects] {
			caps[i] = w.trackers[i]
			caps[i].Now, caps[i].LagOf, caps[i].Key = nil, nil, ""
		}
		if caps[0].History == caps[1].History && caps[0].CreateKey == caps[1].CreateKey {
			same++
		}
	}
	if same > 0 {
		t.Errorf("%d of 100 runs have trackers of one kind", same)
	}
}

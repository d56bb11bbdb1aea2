package simtest

import (
	"fmt"
	"io"
	"maps"
	"sync"
	"time"
)

// Plan is a series of runs.
type Plan struct {
	Runs    int
	Seed    uint64 // of the first run
	Profile Profile
	Workers int
	Mutant  *Mutant
	// Until stops at the first violation.
	Until bool
	// Turned does each run with other knobs besides, see [Turned]; else one in twenty.
	Turned bool
}

// Summary is what a series showed.
type Summary struct {
	Took            time.Duration
	Memory, Vendors Tally
	ByProfile       map[Profile]int
	Violations      []Result // the first few, by seed
	plateau         *plateau
	Failed          int // how many runs broke an invariant
	Repeats         int // runs beside the first of a schedule: once more, with other secrets, with other knobs
}

// Tally counts what happened in the runs of one kind.
type Tally struct {
	Runs      int
	Calls     int
	Requests  int // of HTTP
	Writes    int
	Verbs     int
	Rounds    int
	Conflicts int
	Faults    [faultKinds]int
	Acts      [actKinds]int
	Grid      grid
	Isolated  [sickKinds]int
	Reached   map[situation]struct{} // different situations
}

// Runs is how many there were.
func (s Summary) Runs() int { return s.Memory.Runs + s.Vendors.Runs }

// keepViolations is how many violations a summary keeps in full.
const keepViolations = 10

// Do runs the series on all workers. One run in a hundred is done twice, and once
// more with other private texts: the trace must be the same (I21), and so must be
// all that was sent (I5). One in twenty is done twice with other knobs: it must end
// in the same place (I18, I19).
func Do(p Plan) Summary {
	began := time.Now()
	sum := Summary{ByProfile: map[Profile]int{}, plateau: newPlateau(p.Runs)}
	var mu sync.Mutex
	next, done := 0, false
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if next >= p.Runs || done {
			return 0, false
		}
		next++
		return p.Seed + uint64(next) - 1, true
	}
	var group sync.WaitGroup
	for range max(p.Workers, 1) {
		group.Go(func() {
			var own Summary
			own.ByProfile = map[Profile]int{}
			known := roles{}
			for {
				seed, ok := take()
				if !ok {
					break
				}
				r := checked(Options{Seed: seed, Profile: p.Profile, Mutant: p.Mutant, roles: known}, p.Turned)
				own.add(r)
				sum.plateau.add(r.Reached)
				if r.Violation != nil && p.Until {
					mu.Lock()
					done = true
					mu.Unlock()
				}
			}
			mu.Lock()
			defer mu.Unlock()
			sum.merge(own)
		})
	}
	group.Wait()
	sum.Took = time.Since(began)
	return sum
}

// twice is how often a run is repeated, with itself and with other private texts: one in so
// many. knobbed is how often it is done with other knobs: what hangs on the order of things is
// rare, and shows in nothing else.
const (
	twice   = 100
	knobbed = 20
)

func checked(o Options, always bool) Result {
	r := Run(o)
	if (always || lot(o.Seed, "turned")%knobbed == 0) && r.Violation == nil && o.Mutant == nil {
		r.repeats += 2
		if d := turned(o); d != "" {
			r.Violation = &Violation{"I18", "with the due links in another order, or with other knobs (I19), it ends elsewhere: " + d}
		}
	}
	if lot(o.Seed, "twice")%twice != 0 || r.Violation != nil {
		return r
	}
	r.repeats++
	if again := Run(o); again.Hash != r.Hash {
		r.Violation = &Violation{"I21", "the same seed gave two different runs"}
		return r
	}
	if r.Secrets != [secretKinds]int{} { // without one there is no other run
		r.repeats++
	}
	r.Violation = tells(r, o)
	return r
}

func (s *Summary) add(r Result) {
	of := &s.Memory
	if r.Profile == Vendors {
		of = &s.Vendors
	}
	of.merge(&Tally{1, r.Calls, r.Requests, r.Writes, r.Verbs, r.Rounds, r.Conflicts, r.Faults, r.Acts, r.Grid, r.Isolated, r.Reached})
	s.ByProfile[r.Profile]++
	s.Repeats += r.repeats
	if r.Violation != nil {
		s.Failed++
		if len(s.Violations) < keepViolations {
			s.Violations = append(s.Violations, r)
		}
	}
}

func (t *Tally) merge(o *Tally) {
	t.Runs, t.Calls, t.Requests, t.Writes = t.Runs+o.Runs, t.Calls+o.Calls, t.Requests+o.Requests, t.Writes+o.Writes
	t.Verbs, t.Rounds, t.Conflicts = t.Verbs+o.Verbs, t.Rounds+o.Rounds, t.Conflicts+o.Conflicts
	for k, n := range o.Faults {
		t.Faults[k] += n
	}
	for k, n := range o.Acts {
		t.Acts[k] += n
	}
	for k, n := range o.Isolated {
		t.Isolated[k] += n
	}
	t.Grid.merge(&o.Grid)
	if t.Reached == nil {
		t.Reached = map[situation]struct{}{}
	}
	maps.Copy(t.Reached, o.Reached)
}

func (s *Summary) merge(o Summary) {
	s.Memory.merge(&o.Memory)
	s.Vendors.merge(&o.Vendors)
	s.Failed += o.Failed
	s.Repeats += o.Repeats
	for p, n := range o.ByProfile {
		s.ByProfile[p] += n
	}
	s.Violations = append(s.Violations, o.Violations...)
}

// How many runs of a kind it takes for a fault that never fired to be a fault of the
// simulation.
const (
	enoughMemory  = 2000
	enoughVendors = 700 // as many as are among 50,000
)

// Never returns the kinds of fault and act that never happened though there were runs
// enough: a schedule that does not reach them proves nothing about them.
func (s Summary) Never() []string {
	var out []string
	mixed := s.mixed()
	if mixed && s.Memory.Runs >= enoughMemory {
		out = append(out, s.Memory.never("in memory", func(k faultKind) bool { return !k.wired() }, func(k actKind) bool { return k.spec().needs != vendors })...)
	}
	if s.Vendors.Runs >= enoughVendors {
		all := func(faultKind) bool { return true }
		out = append(out, s.Vendors.never("with vendors", all, func(k actKind) bool {
			return k.cannotWithVendors() == "" && (s.Vendors.Runs >= enoughCellsVendors || !k.rareWithVendors())
		})...)
	}
	if mixed && s.Memory.Runs >= enoughCellsMemory {
		out = append(out, s.Memory.emptyCells(false)...)
	}
	if s.Vendors.Runs >= enoughCellsVendors {
		out = append(out, s.Vendors.emptyCells(true)...)
	}
	return out
}

// mixed reports whether several profiles were drawn: none draws everything that there is.
func (s Summary) mixed() bool {
	n := 0
	for _, runs := range s.ByProfile {
		if runs > 0 {
			n++
		}
	}
	return n > 1
}

func (t Tally) never(where string, fault func(faultKind) bool, act func(actKind) bool) (out []string) {
	for k, n := range t.Faults {
		if n == 0 && fault(faultKind(k)) {
			out = append(out, faultKind(k).String()+" "+where)
		}
	}
	for k, n := range t.Acts {
		if n == 0 && act(actKind(k)) {
			out = append(out, actKind(k).String()+" "+where)
		}
	}
	for k, n := range t.Isolated {
		if n == 0 && (where == "in memory" || t.Runs >= enoughCellsVendors) {
			out = append(out, "beside others: "+sickKind(k).String()+" "+where)
		}
	}
	return out
}

// Print writes the summary for a person.
func (s Summary) Print(out io.Writer) {
	runs, each := s.Runs()+s.Repeats, s.Took.Seconds()
	fmt.Fprintf(out, "%d schedules, %d runs with the repeats, in %s: %.0f schedules/s, %.0f runs/s\n",
		s.Runs(), runs, s.Took.Round(time.Millisecond), float64(s.Runs())/each, float64(runs)/each)
	for _, p := range Profiles() {
		fmt.Fprintf(out, "  %-10s %d\n", p, s.ByProfile[p])
	}
	fmt.Fprintf(out, "%-36s %12s %12s\n", "per run:", "in memory", "vendors")
	a, b := s.Memory, s.Vendors
	for _, line := range []struct {
		what string
		a, b int
	}{
		{"faults", sum(a.Faults), sum(b.Faults)}, {"calls of the engine", a.Calls, b.Calls}, {"requests", a.Requests, b.Requests},
		{"writes", a.Writes, b.Writes}, {"edits", a.Verbs, b.Verbs}, {"conflicts", a.Conflicts, b.Conflicts}, {"quiet rounds", a.Rounds, b.Rounds},
	} {
		fmt.Fprintf(out, "  %-34s %12.2f %12.2f\n", line.what, a.per(line.a), b.per(line.b))
	}
	for k := range sickKinds {
		fmt.Fprintf(out, "  %-34s %12d %12d\n", "runs beside "+k.String(), a.Isolated[k], b.Isolated[k])
	}
	fmt.Fprintf(out, "situations met: %d in memory, %d with vendors\n", len(a.Reached), len(b.Reached))
	s.plateau.show(out)
	if a.Runs > 0 {
		a.printGrid(out, "in memory", false)
	}
	if b.Runs > 0 {
		b.printGrid(out, "with vendors", true)
	}
	for _, n := range s.Never() {
		fmt.Fprintf(out, "never happened: %s\n", n)
	}
	fmt.Fprintf(out, "violations: %d\n", s.Failed)
}

func (t Tally) per(n int) float64 { return float64(n) / float64(max(t.Runs, 1)) }

func sum(counts [faultKinds]int) (n int) {
	for _, c := range counts {
		n += c
	}
	return n
}

package simtest

import (
	"fmt"
	"io"
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
}

// Summary is what a series showed.
type Summary struct {
	Runs       int
	Took       time.Duration
	Calls      int
	Writes     int
	Verbs      int
	Rounds     int
	Conflicts  int
	Faults     [faultKinds]int
	Acts       [actKinds]int
	ByProfile  map[Profile]int
	Violations []Result // the first few, by seed
	Failed     int      // how many runs broke an invariant
}

// keepViolations is how many violations a summary keeps in full.
const keepViolations = 10

// Do runs the series on all workers. One run in a hundred is done twice, and once
// more with other private texts: the trace must be the same (I21), and so must be
// all that was sent (I5).
func Do(p Plan) Summary {
	began := time.Now()
	sum := Summary{ByProfile: map[Profile]int{}}
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
			for {
				seed, ok := take()
				if !ok {
					break
				}
				r := checked(Options{Seed: seed, Profile: p.Profile, Mutant: p.Mutant})
				own.add(r)
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

// twice is how often a run is repeated: one in so many.
const twice = 100

func checked(o Options) Result {
	r := Run(o)
	if o.Seed%twice != 0 || r.Violation != nil {
		return r
	}
	if again := Run(o); again.Hash != r.Hash {
		r.Violation = &Violation{"I21", "the same seed gave two different runs"}
		return r
	}
	o.Salt = "another secret, of another length"
	if other := Run(o); other.Sent != r.Sent || other.Violation != nil {
		r.Violation = &Violation{"I5", "a private text changed what was sent"}
	}
	return r
}

func (s *Summary) add(r Result) {
	s.Runs++
	s.Calls += r.Calls
	s.Writes += r.Writes
	s.Verbs += r.Verbs
	s.Rounds += r.Rounds
	s.Conflicts += r.Conflicts
	s.ByProfile[r.Profile]++
	for k, n := range r.Faults {
		s.Faults[k] += n
	}
	for k, n := range r.Acts {
		s.Acts[k] += n
	}
	if r.Violation != nil {
		s.Failed++
		if len(s.Violations) < keepViolations {
			s.Violations = append(s.Violations, r)
		}
	}
}

func (s *Summary) merge(o Summary) {
	s.Runs, s.Calls, s.Writes, s.Verbs = s.Runs+o.Runs, s.Calls+o.Calls, s.Writes+o.Writes, s.Verbs+o.Verbs
	s.Rounds, s.Conflicts, s.Failed = s.Rounds+o.Rounds, s.Conflicts+o.Conflicts, s.Failed+o.Failed
	for p, n := range o.ByProfile {
		s.ByProfile[p] += n
	}
	for k, n := range o.Faults {
		s.Faults[k] += n
	}
	for k, n := range o.Acts {
		s.Acts[k] += n
	}
	s.Violations = append(s.Violations, o.Violations...)
}

// Never returns the kinds of fault and act that never happened: a schedule that does
// not reach them proves nothing about them.
func (s Summary) Never() []string {
	var out []string
	for k, n := range s.Faults {
		if n == 0 {
			out = append(out, faultKind(k).String())
		}
	}
	for k, n := range s.Acts {
		if n == 0 {
			out = append(out, actKind(k).String())
		}
	}
	return out
}

// Print writes the summary for a person.
func (s Summary) Print(out io.Writer) {
	per := func(n int) float64 { return float64(n) / float64(max(s.Runs, 1)) }
	faults := 0
	for _, n := range s.Faults {
		faults += n
	}
	fmt.Fprintf(out, "%d runs in %s: %.0f runs/s\n", s.Runs, s.Took.Round(time.Millisecond), float64(s.Runs)/s.Took.Seconds())
	for _, p := range Profiles() {
		fmt.Fprintf(out, "  %-10s %d\n", p, s.ByProfile[p])
	}
	fmt.Fprintf(out, "per run: %.1f faults, %.1f calls, %.1f writes, %.1f edits, %.2f conflicts, %.1f quiet rounds\n",
		per(faults), per(s.Calls), per(s.Writes), per(s.Verbs), per(s.Conflicts), per(s.Rounds))
	fmt.Fprintln(out, "faults:")
	for k, n := range s.Faults {
		fmt.Fprintf(out, "  %-34s %d\n", faultKind(k), n)
	}
	for _, n := range s.Never() {
		fmt.Fprintf(out, "never happened: %s\n", n)
	}
	fmt.Fprintf(out, "violations: %d\n", s.Failed)
}

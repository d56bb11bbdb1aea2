package simtest

import (
	"slices"
)

// Shrunk is what is left of a failing schedule.
type Shrunk struct {
	Mask   Mask
	Result Result // of the schedule that is left, with its trace
	Before Size
	After  Size
	Runs   int // that it took
}

// Size says how much happens in a schedule.
type Size struct{ Steps, Faults, Features, Projects int }

// Shrink leaves out of a failing run whatever can be left out so that it still breaks the
// same invariant: steps, projects, features, single faults, until no single removal keeps
// the failure. It reports false when the run does not fail.
func Shrink(o Options) (Shrunk, bool) {
	s := &shrinker{o: o}
	first := s.run(o.Mask)
	if first.Violation == nil {
		return Shrunk{Runs: s.runs}, false
	}
	s.want = first.Violation.Invariant
	s.best, s.projects = o.Mask, first.Projects
	out := Shrunk{Before: s.size(first)}
	if s.best.Steps == nil {
		for n := range first.Steps {
			s.best.Steps = append(s.best.Steps, n+1)
		}
	}
	for again := true; again; {
		again = s.fewerSteps()
		again = s.fewerProjects() || again
		again = s.fewerFeatures() || again
		again = s.fewerFaults() || again
	}
	s.o.Trace = true
	out.Mask, out.Result = s.best, s.run(s.best)
	out.After, out.Runs = s.size(out.Result), s.runs
	return out, true
}

type shrinker struct {
	o    Options
	want string
	best Mask
	runs int

	projects int
}

func (s *shrinker) run(m Mask) Result {
	s.runs++
	o := s.o
	o.Mask = m
	return Run(o)
}

// try takes a smaller mask if the schedule still fails in the same way.
func (s *shrinker) try(m Mask) bool {
	r := s.run(m)
	if r.Violation == nil || r.Violation.Invariant != s.want {
		return false
	}
	s.best = m
	return true
}

// size counts what a run had.
func (s *shrinker) size(r Result) Size {
	z := Size{Steps: r.Steps, Faults: r.Firings, Projects: r.Projects}
	if s.best.Steps != nil {
		z.Steps = len(s.best.Steps)
	}
	for _, f := range features() {
		if r.On&f != 0 {
			z.Features++
		}
	}
	return z
}

// fewerSteps leaves out halves, quarters and at last single steps.
func (s *shrinker) fewerSteps() (less bool) {
	for size := max(len(s.best.Steps)/2, 1); ; size /= 2 {
		for at := 0; at < len(s.best.Steps); {
			m := s.best
			m.Steps = slices.Delete(slices.Clone(m.Steps), at, min(at+size, len(m.Steps)))
			if s.try(m) {
				less = true
			} else {
				at += size
			}
		}
		if size <= 1 {
			return less
		}
	}
}

func (s *shrinker) fewerProjects() bool {
	for n := 1; n < s.projects; n++ {
		m := s.best
		m.Projects = n
		if s.try(m) {
			s.projects = n
			return true
		}
	}
	return false
}

func (s *shrinker) fewerFeatures() (less bool) {
	on := s.run(s.best).On
	for _, f := range features() {
		if on&f == 0 || f == vendors {
			continue
		}
		m := s.best
		m.Without = append(slices.Clone(m.Without), f.name())
		less = s.try(m) || less
	}
	return less
}

// fewerFaults leaves out single faults, the last ones first: what comes after a fault that
// is left out is drawn anew.
func (s *shrinker) fewerFaults() (less bool) {
	for changed := true; changed; {
		changed = false
		fired := s.run(s.best).Fired
		for n := len(fired) - 1; n >= 0; n-- {
			m := s.best
			m.Spared = append(slices.Clone(m.Spared), fired[n])
			if s.try(m) {
				less, changed = true, true
				break
			}
		}
	}
	return less
}

package simtest

import (
	"slices"
)

// Mask leaves parts of a schedule out. The zero mask leaves nothing out.
type Mask struct {
	Steps    []int    // those that happen, by their numbers from 1; nil: all
	Without  []string // features that are off, by name
	Spared   []Firing // faults that would have happened
	Projects int      // how many of those that were drawn; 0: all
}

// Firing is one fault of a schedule: the n-th that its step draws, from 1. The rounds of
// the quiet phase have none.
type Firing struct{ Step, N int }

// keeps reports whether a step happens.
func (m Mask) keeps(step int) bool { return m.Steps == nil || slices.Contains(m.Steps, step) }

// spares reports whether a fault does not happen.
func (m Mask) spares(step, n int) bool {
	return len(m.Spared) > 0 && slices.Contains(m.Spared, Firing{step, n})
}

// apply narrows what a seed drew.
func (m Mask) apply(s setting) setting {
	for _, name := range m.Without {
		s.on &^= featureNamed(name)
	}
	if m.Projects > 0 && m.Projects < s.projects {
		s.projects = m.Projects
	}
	return s
}

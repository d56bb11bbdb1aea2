package simtest

import (
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// situation is something that a schedule reached: what the engine did next after a fault
// in some phase, and whether it opened a conflict. How many different ones a series meets,
// and how many of them are new, tells when longer series stop to teach.
type situation struct {
	fault    faultKind
	phase    phase
	action   plan.Action
	conflict store.ConflictKind
}

// cover counts a fault where it struck.
func (w *world) cover(k faultKind) {
	p := w.phaseNow()
	w.grid.ByPhase[k][p]++
	w.grid.ByCall[k][w.call]++
	w.struck = situation{fault: k, phase: p}
	w.hurt = true
	w.reached[w.struck] = struct{}{}
}

// didStep notes a step of the engine under the last fault.
func (w *world) didStep(a plan.Action) {
	if w.hurt {
		w.reached[situation{fault: w.struck.fault, phase: w.struck.phase, action: a}] = struct{}{}
	}
}

// opened notes a conflict under the last fault.
func (w *world) opened(c store.ConflictKind) {
	if w.hurt {
		w.reached[situation{fault: w.struck.fault, phase: w.struck.phase, conflict: c}] = struct{}{}
	}
}

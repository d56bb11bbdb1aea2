package simtest

import (
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// situation is something that a schedule reached: what the engine did next after a fault
// in some phase, and whether it opened a conflict. How many different ones a series meets,
// and how many of them are new, tells when longer series stop to teach.
type situation struct {
	fault    faultKind
	phase    phase
	action   plan.Action
	conflict store.ConflictKind
	field    ticket.Field // that the step or the conflict is about; empty: the whole item
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
func (w *world) didStep(a plan.Action, f ticket.Field) {
	if w.hurt {
		w.reached[situation{fault: w.struck.fault, phase: w.struck.phase, action: a, field: f}] = struct{}{}
	}
}

// opened notes a conflict under the last fault.
func (w *world) opened(c store.ConflictKind, f ticket.Field) {
	if w.hurt {
		w.reached[situation{fault: w.struck.fault, phase: w.struck.phase, conflict: c, field: f}] = struct{}{}
	}
}

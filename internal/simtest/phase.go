package simtest

import (
	"runtime"
	"strings"
)

// phase is a part of the loop: where the engine was when a fault struck.
type phase int

// The phases. People is everything outside a session: edits, decisions, webhooks.
const (
	phasePeople phase = iota
	phaseBegin
	phaseObserve
	phaseRepair
	phasePlan
	phaseApply
	phasePush
	phaseAudit
	phaseRecord
	phasePoll
	phaseVerify
	phaseUndo
	phaseUnknown
	phases
)

// String returns the phase's name.
func (p phase) String() string {
	return [phases]string{"people", "begin", "observe", "repair", "plan", "apply", "push", "audit", "record", "poll", "verify", "undo", "unknown"}[p]
}

// callKind is what the engine was doing at one of its ports.
type callKind int

// The kinds of call.
const (
	callNone callKind = iota
	callTx
	callWalk
	callLook
	callWrite
	callAudit
	callNames // of containers
	callKinds
)

// String returns the kind's name.
func (k callKind) String() string {
	return [callKinds]string{"none", "transaction", "walk", "look", "write", "audit", "names"}[k]
}

// callNamed translates what ports call themselves.
func callNamed(what string) callKind {
	switch what {
	case "tx":
		return callTx
	case "list":
		return callWalk
	case "read":
		return callLook
	case "write":
		return callWrite
	case "history":
		return callAudit
	case "containers":
		return callNames
	}
	return callNone
}

// entries are the methods of the engine that are one phase by themselves. Sync is several.
func entries() map[string]phase {
	return map[string]phase{
		"Begin": phaseBegin, "Observe": phaseObserve, "Repair": phaseRepair, "Guard": phasePlan, "Record": phaseRecord, "Poll": phasePoll, "Pending": phasePoll,
		"Spot": phaseVerify, "VerifySample": phaseVerify, "NextRollback": phasePoll, "Witness": phasePoll, "Undo": phaseUndo,
	}
}

// parts are the functions under Sync that begin a phase.
func parts() map[string]phase {
	return map[string]phase{
		"peer": phasePlan, "due": phasePlan, "gather": phasePlan, "look": phasePlan,
		"date": phasePlan, "prove": phasePlan, "recall": phasePlan, "hearRemarks": phasePlan, "takeBack": phasePlan, "readAll": phasePlan, "readRemarks": phasePlan,
		"commentsLeft": phasePlan, "readThere": phasePlan, "enquire": phasePlan,
		"prepare": phaseApply, "moveOn": phaseApply,
		"push": phasePush, "sendBatch": phasePush,
		"auditWrites": phaseAudit,
		"settle":      phaseRecord, "releaseAlone": phaseRecord, "linkFailed": phaseRecord, "delay": phaseRecord, "breakLoop": phaseRecord,
		"restUnproved": phaseRecord, "tookBack": phaseRecord, "Restored": phaseRecord,
	}
}

// engineMethod is how the runtime names the engine's methods.
const engineMethod = "github.com/extsync/extsync/engine.(*Engine)."

// role is what a line of the program has to do with phases.
type role struct {
	phase phase
	kind  roleKind
}

type roleKind int

const (
	noRole  roleKind = iota // nothing
	isEntry                 // it is in a method that is one phase by itself, or that people call
	isPart                  // it is in a function under Sync that begins a phase
	isSync                  // it is in Sync
)

// roles remembers the roles of those lines that were met on a stack, by their address:
// finding out the name of a function takes longer than all else that a fault does.
type roles map[uintptr]role

func (r roles) of(pc uintptr) role {
	known, met := r[pc]
	if met {
		return known
	}
	f, _ := runtime.CallersFrames([]uintptr{pc}).Next()
	out := roleOf(f.Function)
	r[pc] = out
	return out
}

func roleOf(function string) role {
	name, ok := strings.CutPrefix(function, engineMethod)
	if !ok {
		return role{}
	}
	name, _, _ = strings.Cut(name, ".") // its function literals
	if p, is := entries()[name]; is {
		return role{p, isEntry}
	}
	if p, is := parts()[name]; is {
		return role{p, isPart}
	}
	switch {
	case name == "Sync":
		return role{kind: isSync}
	case name[0] < 'a': // people, through another method
		return role{phasePeople, isEntry}
	}
	return role{}
}

// phaseNow reads off the stack where in the loop the engine is: the innermost function that
// begins a phase, below the innermost session.
func (w *world) phaseNow() phase {
	pcs, inner := w.stack[:], phaseUnknown
	for _, pc := range pcs[:runtime.Callers(3, pcs)] {
		switch r := w.roles.of(pc); r.kind {
		case isEntry:
			return r.phase
		case isSync:
			return inner
		case isPart:
			if inner == phaseUnknown {
				inner = r.phase
			}
		case noRole:
		}
	}
	return phasePeople
}

// grid counts faults by phase and by call.
type grid struct {
	ByPhase [faultKinds][phases]int
	ByCall  [faultKinds][callKinds]int
}

func (g *grid) merge(o *grid) {
	for k := range g.ByPhase {
		for p, n := range o.ByPhase[k] {
			g.ByPhase[k][p] += n
		}
		for c, n := range o.ByCall[k] {
			g.ByCall[k][c] += n
		}
	}
}

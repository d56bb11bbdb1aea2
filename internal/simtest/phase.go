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
	phaseUnknown
	phases
)

// String returns the phase's name.
func (p phase) String() string {
	return [phases]string{"people", "begin", "observe", "repair", "plan", "apply", "push", "audit", "record", "poll", "verify", "unknown"}[p]
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
	return map[string]callKind{
		"tx": callTx, "list": callWalk, "read": callLook, "write": callWrite, "history": callAudit, "containers": callNames,
	}[what]
}

// entries are the methods of the engine that are one phase by themselves. Sync is several.
func entries() map[string]phase {
	return map[string]phase{
		"Begin": phaseBegin, "Observe": phaseObserve, "Repair": phaseRepair, "Guard": phasePlan, "Record": phaseRecord, "Poll": phasePoll, "Pending": phasePoll,
		"Spot": phaseVerify, "VerifySample": phaseVerify,
	}
}

// parts are the functions under Sync that begin a phase.
func parts() map[string]phase {
	return map[string]phase{
		"peer": phasePlan, "due": phasePlan, "gather": phasePlan, "look": phasePlan,
		"date": phasePlan, "prove": phasePlan, "hearRemarks": phasePlan, "takeBack": phasePlan,
		"prepare": phaseApply,
		"push":    phasePush, "sendBatch": phasePush,
		"auditWrites": phaseAudit,
		"settle":      phaseRecord, "linkFailed": phaseRecord, "delay": phaseRecord, "breakLoop": phaseRecord,
		"restUnproved": phaseRecord, "tookBack": phaseRecord,
	}
}

// engineMethod is how the runtime names the engine's methods.
const engineMethod = "github.com/extsync/extsync/engine.(*Engine)."

// phaseNow reads off the stack where in the loop the engine is: the innermost function that
// begins a phase, below the innermost session.
func phaseNow() phase {
	var pcs [96]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	inner := phaseUnknown
	entries, parts := entries(), parts()
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		name, ok := strings.CutPrefix(f.Function, engineMethod)
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, ".") // its function literals
		if p, is := entries[name]; is {
			return p
		}
		if p, is := parts[name]; is && inner == phaseUnknown {
			inner = p
		}
		switch {
		case name == "Sync":
			return inner
		case name[0] < 'a': // people, through another method
			return phasePeople
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

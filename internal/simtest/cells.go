package simtest

import (
	"fmt"
	"io"
	"slices"
	"strings"
)

// calls says what the engine does at its ports in each phase. In memory there are no
// containers to be named.
func (p phase) calls() []callKind {
	return [phases][]callKind{
		phasePeople:  {callNone, callTx},
		phaseBegin:   {callTx},
		phaseObserve: {callTx, callWalk},
		phaseRepair:  {callTx, callLook, callAudit},
		phasePlan:    {callTx, callLook, callAudit, callWalk}, // a history dates a disputed field
		phaseApply:   {callTx, callNames},
		phasePush:    {callTx, callWrite},
		phaseAudit:   {callTx, callAudit},
		phaseRecord:  {callTx},
		phasePoll:    {callTx, callWalk},
		phaseVerify:  {callTx, callLook},
		phaseUndo:    {callTx, callLook, callWrite, callAudit, callNames},
	}[p]
}

// strikes says at which calls a kind of fault can strike, and why at no others. It is the
// one table of the cells of the report that stay empty.
func (k faultKind) strikes() (at []callKind, otherwise string) {
	asked := []callKind{callWalk, callLook, callWrite, callAudit, callNames}
	switch k {
	case faultRefused, faultLimited, faultCrashBefore, faultCrashAfter, faultInsideBefore, faultInsideAfter,
		faultNestedSame, faultNestedOther:
		return asked, "it takes a call to the tracker"
	case faultServerError, faultPage, faultWireLimited, faultWireRequest, faultWireReply, faultCut:
		return asked, "it takes a request to the vendor"
	case faultBetween:
		return asked, "it takes a call of several requests"
	case faultLostRequest, faultLostReply, faultRival, faultToggled, faultHung, faultHintEarly:
		return []callKind{callWrite}, "it takes a write"
	case faultDrift:
		return []callKind{callWalk}, "it takes a list with a second page"
	case faultCrashBeforeTx, faultCrashAfterTx, faultInsideTx:
		return []callKind{callTx}, "it takes a transaction of a session"
	case faultRetriedTx:
		return []callKind{callNone, callTx}, "it takes a transaction"
	case faultZombie, faultPaused:
		return []callKind{callNone}, "the schedule does it between sessions"
	case faultHintLost, faultHintDoubled, faultHintLate:
		return []callKind{callNone, callWrite}, "webhooks come between sessions, or in the middle of a write"
	case faultRestored:
		return append([]callKind{callNone}, asked...), "it takes a call, or happens between sessions"
	case faultForged, faultStaleEdit:
		return append([]callKind{callNone}, asked...), "people act between sessions, or in the middle of a call"
	}
	return nil, "nobody has said yet at which calls it strikes: a line here"
}

// cannot says why a kind of fault never strikes in a phase; empty: it can.
func (k faultKind) cannot(p phase, wired bool) string {
	at, why := k.strikes()
	if p == phasePeople && (k == faultCrashBeforeTx || k == faultCrashAfterTx) {
		return "people's own calls do not crash: whether an edit was taken only they could say"
	}
	if p == phasePeople && k == faultInsideTx {
		return "it takes a step of a session, between two transactions of which people act"
	}
	for _, c := range p.calls() {
		if slices.Contains(at, c) && (wired || c != callNames) {
			return ""
		}
	}
	return why
}

// How many runs it takes for a cell that stayed empty to be a fault of the simulation.
const (
	enoughCellsMemory  = 45_000 // as many as are among 50,000
	enoughCellsVendors = 10_000
	// What takes two rare things at once is looked for in long series alone.
	enoughRare = 1_000_000
)

// rare reports whether a kind of fault meets a phase in a few runs of ten thousand only. A
// database goes back once in a run, of one profile in many, and seldom during a spot check.
func (k faultKind) rare(p phase, wired bool) bool {
	return wired || k == faultRestored && p == phaseVerify || p == phaseUndo || (k == faultForged || k == faultStaleEdit) && p != phasePeople && p != phaseObserve
}

// emptyCells returns the cells of fault by phase that can happen and never did.
func (t Tally) emptyCells(wired bool) (out []string) {
	for k := range faultKinds {
		if k.wired() && !wired {
			continue
		}
		for p := range phaseUnknown {
			if t.Runs < enoughRare && k.rare(p, wired) {
				continue
			}
			if t.Grid.ByPhase[k][p] == 0 && k.cannot(p, wired) == "" {
				out = append(out, k.String()+" in "+p.String())
			}
		}
		if n := t.Grid.ByPhase[k][phaseUnknown]; n > 0 {
			out = append(out, fmt.Sprintf("a phase for %d of %s: add the engine's function to parts", n, k))
		}
	}
	return out
}

// printGrid writes the tables of faults by phase and by call, in Markdown.
func (t Tally) printGrid(out io.Writer, where string, wired bool) {
	fmt.Fprintf(out, "\n| fault, %s |", where)
	for p := range phaseUnknown {
		fmt.Fprintf(out, " %s |", p)
	}
	for c := callTx; c < callKinds; c++ {
		fmt.Fprintf(out, " at a %s |", c)
	}
	fmt.Fprintf(out, "\n|%s\n", strings.Repeat("---|", 1+int(phaseUnknown)+int(callKinds)-1))
	for k := range faultKinds {
		if k.wired() && !wired {
			continue
		}
		fmt.Fprintf(out, "| %s |", k)
		for p := range phaseUnknown {
			fmt.Fprintf(out, " %s |", cell(t.Grid.ByPhase[k][p], k.cannot(p, wired) != ""))
		}
		for c := callTx; c < callKinds; c++ {
			at, _ := k.strikes()
			fmt.Fprintf(out, " %s |", cell(t.Grid.ByCall[k][c], !slices.Contains(at, c) || c == callNames && !wired))
		}
		fmt.Fprintln(out)
	}
}

// cell is a count, or that there can be none.
func cell(n int, cannot bool) string {
	if n == 0 && cannot {
		return "-"
	}
	return itoa(n)
}

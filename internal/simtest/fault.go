package simtest

// faultKind is one way in which a schedule goes wrong.
type faultKind int

// The kinds of fault.
const (
	faultRefused faultKind = iota
	faultLostRequest
	faultLostReply
	faultLimited
	faultCrashBefore
	faultCrashAfter
	faultCrashBeforeTx
	faultCrashAfterTx
	faultRetriedTx
	faultInsideBefore
	faultInsideAfter
	faultRival
	faultDrift
	faultNestedSame
	faultNestedOther
	faultHung
	faultZombie
	faultPaused
	faultHintLost
	faultHintDoubled
	faultHintEarly
	faultHintLate
	faultForged
	faultStaleEdit
	faultServerError // from here on with vendors alone
	faultPage
	faultWireLimited
	faultWireRequest
	faultWireReply
	faultCut
	faultBetween
	faultKinds
)

// String returns the kind's name.
func (k faultKind) String() string {
	return [faultKinds]string{
		"refused call", "lost request", "lost reply", "rate limit", "crash before call", "crash after call",
		"crash before transaction", "crash after transaction", "transaction run twice",
		"edit before call", "edit after call", "rival's edit between look and write", "edit between two pages",
		"session inside call (same project)", "session inside call (other project)", "call outlived", "zombie step",
		"pause",
		"hint lost", "hint doubled", "hint early", "hint late", "forged marker", "edit on a stale view",
		"server error", "page for people", "vendor's limit", "request cut", "answer cut off", "answer cut short",
		"edit between two requests of a call",
	}[k]
}

// feature is what must be on for the kind to fire.
func (k faultKind) feature() feature {
	switch k {
	case faultRefused, faultServerError, faultPage:
		return refusals
	case faultLostRequest, faultWireRequest:
		return lostRequests
	case faultLostReply, faultWireReply, faultCut:
		return lostReplies
	case faultLimited, faultWireLimited:
		return limits
	case faultCrashBefore, faultCrashAfter:
		return crashes
	case faultCrashBeforeTx, faultCrashAfterTx, faultRetriedTx:
		return crashesInStore
	case faultInsideBefore, faultInsideAfter, faultRival, faultDrift, faultBetween:
		return insideCalls
	case faultNestedSame, faultNestedOther, faultHung:
		return nested
	case faultPaused:
		return pauses
	case faultZombie:
		return zombies
	case faultForged:
		return forgery
	case faultStaleEdit:
		return staleEdits
	}
	return hints
}

// hits reports whether a fault fires now, and counts it.
func (w *world) hits(k faultKind) bool {
	if w.calm || !w.has(k.feature()) {
		return false
	}
	p := w.chance[k]
	if k == faultCrashBeforeTx || k == faultCrashAfterTx || k == faultRetriedTx {
		p /= 5 // there are many more transactions than calls
	}
	if w.sched.Float64() >= p {
		return false
	}
	w.fire(k)
	return true
}

func (w *world) fire(k faultKind) {
	w.fired[k]++
	w.trace.add("!", k.String())
}

// crash is the panic by which a process dies.
type crash struct{}

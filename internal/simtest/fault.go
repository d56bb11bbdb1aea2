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
	faultInsideTx
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
	faultToggled
	faultHidden
	faultRestored
	faultServerError // from here on with vendors alone
	faultPage
	faultWireLimited
	faultWireRequest
	faultWireReply
	faultCut
	faultBetween
	faultKinds
)

// faultSpec is what there is to say of one kind.
type faultSpec struct {
	name string
	on   feature // what must be on for it to happen
}

// spec is the table of all kinds, a line each.
func (k faultKind) spec() faultSpec {
	return [faultKinds]faultSpec{
		faultRefused:       {"refused call", refusals},
		faultLostRequest:   {"lost request", lostRequests},
		faultLostReply:     {"lost reply", lostReplies},
		faultLimited:       {"rate limit", limits},
		faultCrashBefore:   {"crash before call", crashes},
		faultCrashAfter:    {"crash after call", crashes},
		faultCrashBeforeTx: {"crash before transaction", crashesInStore},
		faultCrashAfterTx:  {"crash after transaction", crashesInStore},
		faultRetriedTx:     {"transaction run twice", crashesInStore},
		faultInsideBefore:  {"edit before call", insideCalls},
		faultInsideAfter:   {"edit after call", insideCalls},
		faultInsideTx:      {"edit before transaction", insideCalls},
		faultRival:         {"rival's edit between look and write", insideCalls},
		faultDrift:         {"edit between two pages", insideCalls},
		faultNestedSame:    {"session inside call (same project)", nested},
		faultNestedOther:   {"session inside call (other project)", nested},
		faultHung:          {"call outlived", nested},
		faultZombie:        {"zombie step", zombies},
		faultPaused:        {"pause", pauses},
		faultHintLost:      {"hint lost", hints},
		faultHintDoubled:   {"hint doubled", hints},
		faultHintEarly:     {"hint early", hints},
		faultHintLate:      {"hint late", hints},
		faultForged:        {"forged marker", forgery},
		faultStaleEdit:     {"edit on a stale view", staleEdits},
		faultToggled:       {"privacy changed inside call", insideCalls | privacy},
		faultHidden:        {"project out of sight", deletions | refusals},
		faultRestored:      {"database restored", backups},
		faultServerError:   {"server error", refusals},
		faultPage:          {"page for people", refusals},
		faultWireLimited:   {"vendor's limit", limits},
		faultWireRequest:   {"request cut", lostRequests},
		faultWireReply:     {"answer cut off", lostReplies},
		faultCut:           {"answer cut short", lostReplies},
		faultBetween:       {"edit between two requests of a call", insideCalls},
	}[k]
}

// String returns the kind's name.
func (k faultKind) String() string { return k.spec().name }

// feature is what must be on for the kind to fire.
func (k faultKind) feature() feature { return k.spec().on }

// wired reports whether it happens on the way to a vendor alone.
func (k faultKind) wired() bool { return k >= faultServerError && k <= faultBetween }

// maxFirings is far beyond what goes wrong in one step. Where people act at each page of a
// list, which their acts make longer, it would never end.
const maxFirings = 1000

// hits reports whether a fault fires now, and counts it.
func (w *world) hits(k faultKind) bool {
	if w.calm || !w.armed[k] || w.firings >= maxFirings {
		return false
	}
	p, lots := w.chance[k], &w.chances
	switch k {
	case faultCrashBeforeTx, faultCrashAfterTx, faultRetriedTx:
		p /= 5 // there are many more transactions than calls
	case faultInsideTx:
		p, lots = p/5, &w.gaps
	}
	if k == faultDrift && w.phaseNow() == phasePlan {
		p = 0.5 // few lists right before a deletion have several pages
	}
	if lots.Float64() >= p {
		return false
	}
	if w.firings++; w.mask.spares(w.stepNo, w.firings) {
		return false
	}
	w.drawn++
	w.drew = append(w.drew, Firing{w.stepNo, w.firings})
	w.fire(k)
	return true
}

func (w *world) fire(k faultKind) {
	w.fired[k]++
	w.cover(k)
	w.trace.add("!", k.String())
}

// crash is the panic by which a process dies.
type crash struct{}

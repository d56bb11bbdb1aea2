package stage

import (
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"
)

// FaultKind says what goes wrong. Simulators add kinds of their own to those here.
type FaultKind string

// The faults that every vendor can have: of calls, then of webhooks.
const (
	ReplyLost      FaultKind = "reply_lost"      // applied, then the connection is cut without an answer
	RequestLost    FaultKind = "request_lost"    // the connection is cut before anything is applied
	ServerError    FaultKind = "server_error"    // Status; nothing applied unless Applied
	Latency        FaultKind = "latency"         // waits Delay first; combines with other faults
	ResetMidBody   FaultKind = "reset_mid_body"  // applied, the connection is cut in the middle of the answer, after Delay
	HTMLPage       FaultKind = "html_page"       // 200 with a page for people, as from a proxy; nothing applied
	BadCredentials FaultKind = "bad_credentials" // as for a revoked token
	PermissionLost FaultKind = "permission_lost" // as if the caller had no right; combines with other faults

	WebhookLost    FaultKind = "webhook_lost"    // never sent
	WebhookDoubled FaultKind = "webhook_doubled" // sent twice with one id
	WebhookLate    FaultKind = "webhook_late"    // sent after those of the next round of Deliver, so out of order
	WebhookEarly   FaultKind = "webhook_early"   // sent before the call that caused it is answered
)

// CommonFaults lists the kinds above.
func CommonFaults() []FaultKind {
	return []FaultKind{ReplyLost, RequestLost, ServerError, Latency, ResetMidBody, HTMLPage, BadCredentials, PermissionLost,
		WebhookLost, WebhookDoubled, WebhookLate, WebhookEarly}
}

// Fault is one thing that goes wrong, and when. With neither Next nor Probability it hits every matching call.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Calls it can hit: kinds as in Counters, groups of them such as issues.*, read, write; empty: all. For webhooks their events.
	Calls       []string      `json:"calls,omitempty"`
	Skip        int           `json:"skip,omitempty"`        // let that many matching calls pass first
	Next        int           `json:"next,omitempty"`        // hit that many, then go away
	Probability float64       `json:"probability,omitempty"` // hit each matching call with this chance, drawn from Options.Seed
	Status      int           `json:"status,omitempty"`      // of ServerError and of kinds that say so
	Applied     bool          `json:"applied,omitempty"`     // ServerError: after the write took effect
	Delay       time.Duration `json:"delay,omitempty"`       // of Latency and ResetMidBody; JSON: nanoseconds
	RetryAfter  string        `json:"retry_after,omitempty"` // the header's value, of kinds that say so
}

func (f Fault) webhook() bool { return strings.HasPrefix(string(f.Kind), "webhook_") }

// matches says whether the fault can hit a call known by any of the names.
func (f Fault) matches(write bool, names ...string) bool {
	if len(f.Calls) == 0 {
		return true
	}
	return slices.ContainsFunc(f.Calls, func(want string) bool {
		group, isGroup := strings.CutSuffix(want, "*")
		named := slices.ContainsFunc(names, func(n string) bool { return n == want || (isGroup && strings.HasPrefix(n, group)) })
		return named || (want == "write" && write) || (want == "read" && !write)
	})
}

// strike says whether the fault hits now, and uses it up. A spent Next is marked -1 for sweep.
func (f *Fault) strike(rng *rand.Rand) bool {
	switch {
	case f.Next < 0:
		return false
	case f.Skip > 0:
		f.Skip--
		return false
	case f.Probability > 0 && rng.Float64() >= f.Probability:
		return false
	}
	if f.Next > 0 {
		if f.Next--; f.Next == 0 {
			f.Next = -1
		}
	}
	return true
}

// Faults switches faults on and off. Its methods are safe for concurrent use; the zero value has none.
type Faults struct {
	mu     sync.Mutex
	active []Fault
}

// Set replaces all faults.
func (b *Faults) Set(faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.active = slices.Clone(faults)
}

// Add switches further faults on.
func (b *Faults) Add(faults ...Fault) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.active = append(b.active, faults...)
}

// Clear switches all faults off.
func (b *Faults) Clear() { b.Set() }

// Active lists the faults that are on, with what is left of Skip and Next.
func (b *Faults) Active() []Fault {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.active)
}

// Draw decides which faults hit a call known by any of the names. Several can, but only one that decides the answer: the first.
func (b *Faults) Draw(rng *rand.Rand, write bool, names ...string) Plan {
	b.mu.Lock()
	defer b.mu.Unlock()
	var p Plan
	for k := range b.active {
		f := &b.active[k]
		if !f.webhook() && f.matches(write, names...) && p.admits(*f) && f.strike(rng) {
			p.add(*f)
		}
	}
	b.sweep()
	return p
}

// DrawWebhook decides what happens to the webhook of an event; empty means nothing.
func (b *Faults) DrawWebhook(rng *rand.Rand, event string) FaultKind {
	b.mu.Lock()
	defer b.mu.Unlock()
	for k := range b.active {
		f := &b.active[k]
		if f.webhook() && f.matches(true, event) && f.strike(rng) {
			hit := f.Kind
			b.sweep()
			return hit
		}
	}
	return ""
}

func (b *Faults) sweep() {
	b.active = slices.DeleteFunc(b.active, func(f Fault) bool { return f.Next < 0 })
}

package github

import (
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/stage"
)

// FaultKind says what goes wrong.
type FaultKind string

// The faults of calls, then those of webhooks.
const (
	ReplyLost      FaultKind = "reply_lost"      // applied, then the connection is cut without an answer
	RequestLost    FaultKind = "request_lost"    // the connection is cut before anything is applied
	ServerError    FaultKind = "server_error"    // Status (default 502); nothing applied unless Applied
	Latency        FaultKind = "latency"         // waits Delay first; combines with other faults
	ResetMidBody   FaultKind = "reset_mid_body"  // applied, the connection is cut in the middle of the answer, after Delay
	HTMLPage       FaultKind = "html_page"       // 200 with a page for people, as from a proxy; nothing applied
	PrimaryLimit   FaultKind = "primary_limit"   // as if the hourly budget were used up
	SecondaryLimit FaultKind = "secondary_limit" // as if called too fast
	BadCredentials FaultKind = "bad_credentials" // 401, as for a revoked token
	PermissionLost FaultKind = "permission_lost" // as if the user had no role in the repository

	WebhookLost    FaultKind = "webhook_lost"    // never sent; GitHub does not try again by itself
	WebhookDoubled FaultKind = "webhook_doubled" // sent twice with one id
	WebhookLate    FaultKind = "webhook_late"    // sent after those of the next round of Deliver, so out of order
	WebhookEarly   FaultKind = "webhook_early"   // sent before the call that caused it is answered
)

// Fault is one thing that goes wrong, and when. With neither Next nor Probability it hits every matching call.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// Calls it can hit: kinds such as issues.create, groups such as issues.*, read, write; empty: all. For webhooks: issues.opened,
	// issue_comment.*, ...
	Calls       []string      `json:"calls,omitempty"`
	Skip        int           `json:"skip,omitempty"`        // let that many matching calls pass first
	Next        int           `json:"next,omitempty"`        // hit that many, then go away
	Probability float64       `json:"probability,omitempty"` // hit each matching call with this chance, drawn from Options.Seed
	Status      int           `json:"status,omitempty"`      // of ServerError; of SecondaryLimit and PrimaryLimit 403 or 429
	Applied     bool          `json:"applied,omitempty"`     // ServerError: after the write took effect
	Delay       time.Duration `json:"delay,omitempty"`       // of Latency and ResetMidBody; JSON: nanoseconds
	RetryAfter  string        `json:"retry_after,omitempty"` // of SecondaryLimit: the header's value, "-" for none; of PrimaryLimit: seconds to the reset; default 60
}

func (k FaultKind) known() bool {
	return slices.Contains([]FaultKind{ReplyLost, RequestLost, ServerError, Latency, ResetMidBody, HTMLPage, PrimaryLimit,
		SecondaryLimit, BadCredentials, PermissionLost, WebhookLost, WebhookDoubled, WebhookLate, WebhookEarly}, k)
}

func (f Fault) webhook() bool { return strings.HasPrefix(string(f.Kind), "webhook_") }

func (f Fault) matches(kind string, write bool) bool {
	if len(f.Calls) == 0 {
		return true
	}
	return slices.ContainsFunc(f.Calls, func(want string) bool {
		group, isGroup := strings.CutSuffix(want, "*")
		return want == kind || (isGroup && strings.HasPrefix(kind, group)) || (want == "write" && write) || (want == "read" && !write)
	})
}

// Faults switches faults on and off. Its methods are safe for concurrent use.
type Faults struct{ s *Sim }

// Faults returns the switchboard.
func (s *Sim) Faults() Faults { return Faults{s} }

// Set replaces all faults.
func (f Faults) Set(faults ...Fault) { f.s.locked(func() { f.s.faults.active = slices.Clone(faults) }) }

// Add switches further faults on.
func (f Faults) Add(faults ...Fault) {
	f.s.locked(func() { f.s.faults.active = append(f.s.faults.active, faults...) })
}

// Clear switches all faults off.
func (f Faults) Clear() { f.Set() }

// Active lists the faults that are on, with what is left of Skip and Next.
func (f Faults) Active() []Fault {
	f.s.mu.Lock()
	defer f.s.mu.Unlock()
	return slices.Clone(f.s.faults.active)
}

// faultBook holds the active faults.
type faultBook struct{ active []Fault }

// draw decides which faults hit a call. Several can, but only one that decides the answer.
func (b *faultBook) draw(rng *rand.Rand, kind string, write bool) faultPlan {
	var p faultPlan
	if len(b.active) == 0 {
		return p
	}
	for k := range b.active {
		f := &b.active[k]
		if f.webhook() || !f.matches(kind, write) || !p.admits(*f) || !f.strike(rng) {
			continue
		}
		p.add(*f)
	}
	b.sweep()
	return p
}

// drawWebhook decides what happens to one webhook; empty means nothing.
func (b *faultBook) drawWebhook(rng *rand.Rand, kind string) FaultKind {
	for k := range b.active {
		f := &b.active[k]
		if f.webhook() && f.matches(kind, true) && f.strike(rng) {
			hit := f.Kind
			b.sweep()
			return hit
		}
	}
	return ""
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

func (b *faultBook) sweep() {
	b.active = slices.DeleteFunc(b.active, func(f Fault) bool { return f.Next < 0 })
}

// faultPlan is what goes wrong with one call.
type faultPlan struct {
	delay          time.Duration
	permissionLost bool
	main           *Fault
	fired          bool
}

func (p *faultPlan) admits(f Fault) bool {
	return f.Kind == Latency || f.Kind == PermissionLost || p.main == nil
}

func (p *faultPlan) add(f Fault) {
	p.fired = true
	switch f.Kind {
	case Latency:
		p.delay += f.Delay
	case PermissionLost:
		p.permissionLost = true
	default:
		p.main = &f
	}
}

func (p *faultPlan) kind() FaultKind {
	if p.main == nil {
		return ""
	}
	return p.main.Kind
}

// before gives the answer of a fault that keeps the call from happening.
func (p *faultPlan) before() (reply, bool) {
	switch {
	case p.kind() == HTMLPage:
		return reply{status: http.StatusOK, body: stage.LogInPage()}, true
	case p.kind() == ServerError && !p.main.Applied:
		return p.serverError(), true
	}
	return reply{}, false
}

// after gives the answer of a fault that hides a call which did happen.
func (p *faultPlan) after() (reply, bool) {
	if p.kind() == ServerError {
		return p.serverError(), true
	}
	return reply{}, false
}

func (p *faultPlan) serverError() reply {
	status := p.main.Status
	if status == 0 {
		status = http.StatusBadGateway
	}
	if status == http.StatusBadGateway || status == http.StatusGatewayTimeout {
		return reply{status: status, body: stage.StatusPage(status)}
	}
	return reply{status: status, body: errorJSON{Message: http.StatusText(status), Doc: docs}}
}

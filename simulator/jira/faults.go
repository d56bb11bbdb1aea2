package jira

import (
	"net/http"

	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/stage"
)

// FaultKind says what goes wrong.
type FaultKind = stage.FaultKind

// The faults of calls, then those of webhooks.
const (
	ReplyLost                = stage.ReplyLost      // applied, then the connection is cut without an answer
	RequestLost              = stage.RequestLost    // the connection is cut before anything is applied
	ServerError              = stage.ServerError    // Status (default 503); nothing applied unless Applied
	Latency                  = stage.Latency        // waits Delay first; combines with other faults
	ResetMidBody             = stage.ResetMidBody   // applied, the connection is cut in the middle of the answer, after Delay
	HTMLPage                 = stage.HTMLPage       // 200 with a page for people, as from a proxy; nothing applied
	Conflict       FaultKind = "conflict"           // 409, as when two updates collide; nothing applied
	QuotaLimit     FaultKind = "quota_limit"        // 429 jira-quota-tenant-based: pause everything
	BurstLimit     FaultKind = "burst_limit"        // 429 jira-burst-based: this endpoint and method
	IssueLimit     FaultKind = "issue_limit"        // 429 jira-per-issue-on-write: this issue
	BadCredentials           = stage.BadCredentials // 401, as for a revoked token
	PermissionLost           = stage.PermissionLost // as if the user had no right in any project
	TokenExpired   FaultKind = "page_token_stale"   // 400, as for a page token that is too old; only calls that send one

	WebhookLost    = stage.WebhookLost    // never sent, and never tried again
	WebhookDoubled = stage.WebhookDoubled // sent twice with one identifier
	WebhookLate    = stage.WebhookLate    // sent after those of the next round of Deliver, so out of order
	WebhookEarly   = stage.WebhookEarly   // sent before the call that caused it is answered
)

// faultKinds lists the kinds above.
func faultKinds() []FaultKind {
	return append(stage.CommonFaults(), Conflict, QuotaLimit, BurstLimit, IssueLimit, TokenExpired)
}

// Fault is one thing that goes wrong, and when. With neither Next nor Probability it hits every matching call. Calls it can hit:
// kinds such as issues.create, groups such as issues.*, read, write; empty: all. For webhooks their events:
// jira:issue_updated, comment_*, ...
//
// RetryAfter of the limits and of ServerError is the header's value, "-" for none; of the limits by default 30.
type Fault = stage.Fault

// Faults switches faults on and off. Its methods are safe for concurrent use.
type Faults = stage.Faults

// Faults returns the switchboard.
func (s *Sim) Faults() *Faults { return &s.faults }

// before gives the answer of a fault that keeps the call from happening.
func before(p *stage.Plan) (reply, bool) {
	switch {
	case p.Kind() == HTMLPage:
		return reply{status: http.StatusOK, body: stage.LogInPage()}, true
	case p.Before():
		return serverError(p), true
	case p.Kind() == Conflict:
		return refusal(model.Refuse(http.StatusConflict, "The issue could not be updated because it is being updated by another request.")), true
	case p.Kind() == BadCredentials:
		return unauthenticated(), true
	}
	return reply{}, false
}

// after gives the answer of a fault that hides a call which did happen.
func after(p *stage.Plan) (reply, bool) {
	if p.After() {
		return serverError(p), true
	}
	return reply{}, false
}

func serverError(p *stage.Plan) reply {
	status := p.Status(http.StatusServiceUnavailable)
	r := refusal(model.Refuse(status, "%s", http.StatusText(status)))
	if status == http.StatusBadGateway || status == http.StatusGatewayTimeout {
		r = reply{status: status, body: stage.StatusPage(status)}
	}
	if a := p.Main.RetryAfter; a != "" && a != "-" {
		r.header = http.Header{"Retry-After": {a}}
	}
	return r
}

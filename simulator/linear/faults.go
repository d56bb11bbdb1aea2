package linear

import (
	"net/http"

	"github.com/extsync/extsync/simulator/linear/model"
	"github.com/extsync/extsync/simulator/stage"
)

// FaultKind says what goes wrong.
type FaultKind = stage.FaultKind

// The faults of calls, then those of webhooks.
const (
	ReplyLost                 = stage.ReplyLost      // applied, then the connection is cut without an answer
	RequestLost               = stage.RequestLost    // the connection is cut before anything is applied
	ServerError               = stage.ServerError    // Status (default 502); nothing applied unless Applied
	Latency                   = stage.Latency        // waits Delay first; combines with other faults
	ResetMidBody              = stage.ResetMidBody   // applied, the connection is cut in the middle of the answer, after Delay
	HTMLPage                  = stage.HTMLPage       // 200 with a page for people, as from a proxy; nothing applied
	RequestLimit    FaultKind = "request_limit"      // as if the hourly requests were used up
	ComplexityLimit FaultKind = "complexity_limit"   // as if the hourly points were used up
	PartialErrors   FaultKind = "partial_errors"     // applied; one field that can be null fails, the rest is answered, with 200
	BadCredentials            = stage.BadCredentials // as for a revoked token
	PermissionLost            = stage.PermissionLost // FORBIDDEN, as if the token had no scope

	WebhookLost    = stage.WebhookLost    // never sent
	WebhookDoubled = stage.WebhookDoubled // sent twice with one id
	WebhookLate    = stage.WebhookLate    // sent after those of the next round of Deliver, so out of order
	WebhookEarly   = stage.WebhookEarly   // sent before the call that caused it is answered
)

// faultKinds lists the kinds above.
func faultKinds() []FaultKind {
	return append(stage.CommonFaults(), RequestLimit, ComplexityLimit, PartialErrors)
}

// Fault is one thing that goes wrong, and when. With neither Next nor Probability it hits every matching call. Calls it can hit:
// root fields such as issueCreate, groups such as issue*, several joined as comments+issues, read, write;
// empty: all. For webhooks: Issue.create, Comment.*, ...
//
// RetryAfter of the limits is the header's value; empty for none, as Linear mostly does.
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
	status := p.Status(http.StatusBadGateway)
	if status == http.StatusBadGateway || status == http.StatusGatewayTimeout {
		return reply{status: status, body: stage.StatusPage(status)}
	}
	return refusal(status, &model.Error{Code: "INTERNAL_SERVER_ERROR", Type: "internal error", Message: http.StatusText(status), Status: status})
}

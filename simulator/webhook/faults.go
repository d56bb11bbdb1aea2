package webhook

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/stage"
)

// FaultKind is a way for a call to go wrong.
type FaultKind = stage.FaultKind

// The kinds of fault.
const (
	RequestLost           = stage.RequestLost // the connection breaks before anything is done
	ReplyLost             = stage.ReplyLost   // it breaks after everything was done
	Status      FaultKind = "status"          // nothing is done; Fault.Status is answered
	StatusAfter FaultKind = "status_after"    // everything is done; Fault.Status is answered all the same
	HTML        FaultKind = "html"            // everything is done, and a page for people answered with 200
	Huge        FaultKind = "huge"            // everything is done, and 8 MiB answered
	Redirect    FaultKind = "redirect"        // nothing is done; the answer points elsewhere
)

// Fault hits the next calls that match, at least one. Status is that of Status and StatusAfter, RetryAfter the header that goes with it.
type Fault = stage.Fault

func known(k FaultKind) bool {
	return slices.Contains([]FaultKind{RequestLost, ReplyLost, Status, StatusAfter, HTML, Huge, Redirect}, k)
}

// Faults adds faults to those that still wait for their calls.
func (s *Sim) Faults(add ...Fault) {
	for _, f := range add {
		f.Next = max(f.Next, 1)
		s.faults.Add(f)
	}
}

// ClearFaults takes all faults away.
func (s *Sim) ClearFaults() { s.faults.Clear() }

// before answers a call that must not be done.
func before(p *stage.Plan) (stage.Answer, bool) {
	switch p.Kind() {
	case Status:
		return refusal(p.Main), true
	case Redirect:
		return stage.Answer{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://elsewhere.example/"}}}, true
	}
	return stage.Answer{}, false
}

func refusal(f *Fault) stage.Answer {
	out := failure(f.Status, "a fault was asked for")
	if f.RetryAfter != "" {
		out.Header.Set("Retry-After", f.RetryAfter)
	}
	return out
}

// hugeAnswer is more than any client should read.
const hugeAnswer = 8 << 20

// after replaces the answer of a call that was done.
func after(p *stage.Plan, out stage.Answer) stage.Answer {
	switch p.Kind() {
	case StatusAfter:
		return refusal(p.Main)
	case HTML:
		return stage.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<html>welcome</html>")}
	case Huge:
		body := []byte(`{"padding":"` + strings.Repeat("x", hugeAnswer) + `"}`)
		return stage.Answer{Status: out.Status, Header: http.Header{"Content-Length": {strconv.Itoa(len(body))}}, Body: body}
	}
	return out
}

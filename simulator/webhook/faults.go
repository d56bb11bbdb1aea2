package webhook

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/stage"
)

// FaultKind is a way for a call to go wrong.
type FaultKind string

// The kinds of fault.
const (
	RequestLost FaultKind = "request_lost" // the connection breaks before anything is done
	ReplyLost   FaultKind = "reply_lost"   // it breaks after everything was done
	Status      FaultKind = "status"       // nothing is done; Fault.Status is answered
	StatusAfter FaultKind = "status_after" // everything is done; Fault.Status is answered all the same
	HTML        FaultKind = "html"         // everything is done, and a page for people answered with 200
	Huge        FaultKind = "huge"         // everything is done, and 8 MiB answered
	Redirect    FaultKind = "redirect"     // nothing is done; the answer points elsewhere
)

// Fault hits the next calls that match.
type Fault struct {
	Kind       FaultKind `json:"kind"`
	Calls      []string  `json:"calls,omitempty"` // "read", "write" or kinds as in Counters; empty: all
	Next       int       `json:"next"`            // how many; at least one
	Status     int       `json:"status,omitempty"`
	RetryAfter string    `json:"retry_after,omitempty"` // that header, with Status
}

func (f Fault) known() bool {
	return slices.Contains([]FaultKind{RequestLost, ReplyLost, Status, StatusAfter, HTML, Huge, Redirect}, f.Kind)
}

func (f Fault) hits(kind string, write bool) bool {
	group := "read"
	if write {
		group = "write"
	}
	return len(f.Calls) == 0 || slices.Contains(f.Calls, kind) || slices.Contains(f.Calls, group)
}

// Faults adds faults to those that still wait for their calls.
func (s *Sim) Faults(add ...Fault) {
	s.locked(func() {
		for _, f := range add {
			f.Next = max(f.Next, 1)
			s.faults = append(s.faults, f)
		}
	})
}

// ClearFaults takes all faults away.
func (s *Sim) ClearFaults() { s.locked(func() { s.faults = nil }) }

// draw takes the fault that hits a call, if any.
func (s *Sim) draw(kind string, write bool) Fault {
	for n := range s.faults {
		f := s.faults[n]
		if !f.hits(kind, write) {
			continue
		}
		if s.faults[n].Next--; s.faults[n].Next == 0 {
			s.faults = slices.Delete(s.faults, n, n+1)
		}
		return f
	}
	return Fault{}
}

// before answers a call that must not be done.
func (f Fault) before() (stage.Answer, bool) {
	switch f.Kind {
	case Status:
		return f.refusal(), true
	case Redirect:
		return stage.Answer{Status: http.StatusTemporaryRedirect, Header: http.Header{"Location": {"https://elsewhere.example/"}}}, true
	}
	return stage.Answer{}, false
}

func (f Fault) refusal() stage.Answer {
	out := failure(f.Status, "a fault was asked for")
	if f.RetryAfter != "" {
		out.Header.Set("Retry-After", f.RetryAfter)
	}
	return out
}

// hugeAnswer is more than any client should read.
const hugeAnswer = 8 << 20

// after replaces the answer of a call that was done.
func (f Fault) after(out stage.Answer) stage.Answer {
	switch f.Kind {
	case StatusAfter:
		return f.refusal()
	case HTML:
		return stage.Answer{Status: http.StatusOK, Header: http.Header{"Content-Type": {"text/html"}}, Body: []byte("<html>welcome</html>")}
	case Huge:
		body := []byte(`{"padding":"` + strings.Repeat("x", hugeAnswer) + `"}`)
		return stage.Answer{Status: out.Status, Header: http.Header{"Content-Length": {strconv.Itoa(len(body))}}, Body: body}
	}
	return out
}

package stage

import (
	"context"
	"net/http"
	"time"
)

// Plan is what goes wrong with one call. The zero value is nothing.
type Plan struct {
	Delay          time.Duration // waited first
	PermissionLost bool
	Main           *Fault // decides the answer; nil: none does
	Fired          bool   // any fault hit
}

func (p *Plan) admits(f Fault) bool {
	return f.Kind == Latency || f.Kind == PermissionLost || p.Main == nil
}

func (p *Plan) add(f Fault) {
	p.Fired = true
	switch f.Kind {
	case Latency:
		p.Delay += f.Delay
	case PermissionLost:
		p.PermissionLost = true
	default:
		p.Main = &f
	}
}

// Kind is the kind of the fault that decides the answer, empty for none.
func (p *Plan) Kind() FaultKind {
	if p.Main == nil {
		return ""
	}
	return p.Main.Kind
}

// Status is the status that the deciding fault asks for, or a default.
func (p *Plan) Status(byDefault int) int {
	if p.Main == nil || p.Main.Status == 0 {
		return byDefault
	}
	return p.Main.Status
}

// Before says that a server error keeps the call from happening.
func (p *Plan) Before() bool { return p.Kind() == ServerError && !p.Main.Applied }

// After says that a server error hides a call which did happen.
func (p *Plan) After() bool { return p.Kind() == ServerError && p.Main.Applied }

// Play sends the answer of a call as the plan allows: late, in half or not at all, cutting the connection by panicking with
// http.ErrAbortHandler, as net/http wants. When the request is lost it calls lost instead of answer.
func (p *Plan) Play(w http.ResponseWriter, r *http.Request, sleep func(context.Context, time.Duration), lost func(),
	answer func(context.Context) Answer) {
	if p.Delay > 0 {
		sleep(r.Context(), p.Delay)
	}
	if p.Kind() == RequestLost {
		lost()
		panic(http.ErrAbortHandler)
	}
	out := answer(r.Context())
	switch p.Kind() {
	case ReplyLost:
		panic(http.ErrAbortHandler)
	case ResetMidBody:
		out.WriteHalf(w)
		sleep(r.Context(), p.Main.Delay)
		panic(http.ErrAbortHandler)
	}
	out.Write(w)
}

package simtest

import (
	"context"
	"path"
	"runtime"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// spot is a line of the engine that calls a port, as the stack tells.
type spot struct {
	file string
	line int
}

// Moment says on which side of a call the process dies.
type Moment string

// The moments: the call was not made; it was made, and nobody heard of it.
const (
	Before Moment = "before"
	After  Moment = "after"
)

// points watches the places at which the engine calls its ports, and lets the process die
// at one of them.
type points struct {
	hits map[spot]int
	at   spot // where to die; the zero spot: nowhere
	when Moment
	pass int // the how-manieth time, from 1
	died bool
}

// around makes a call on a port, unless the process dies before it, or after it.
func (w *world) around(call func()) {
	if w.acting > 0 || w.depth == 0 { // people's own calls do not crash, see crashAt
		call()
		return
	}
	p, at := w.points, here()
	p.hits[at]++
	mine := !p.died && p.at == at && p.hits[at] == p.pass
	if mine && p.when == Before {
		p.died = true
		w.fire(faultCrashBefore)
		w.die()
	}
	if mine { // a fault of the schedule's own may have it die inside the call
		defer func() { p.died = true }()
	}
	call()
	if mine && p.when == After {
		w.fire(faultCrashAfter)
		w.die()
	}
}

// here is the line of the engine that calls. A transaction may come through wrappers of the
// engine's own.
func here() spot {
	var pcs [24]uintptr
	frames := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs[:])])
	for more := true; more; {
		var f runtime.Frame
		f, more = frames.Next()
		if strings.HasPrefix(f.Function, enginePackage) && !strings.HasSuffix(f.Function, ".Tx") {
			return spot{path.Base(f.File), f.Line}
		}
	}
	return spot{}
}

const enginePackage = "github.com/extsync/extsync/engine."

// pointStore, pointClock, pointConnector and pointAdapter stand between the engine and
// the ports it is given otherwise.
type pointStore struct {
	store.Store
	w *world
}

// Tx implements store.Store.
func (s pointStore) Tx(ctx context.Context, fn func(store.Tx) error) (err error) {
	s.w.around(func() { err = s.Store.Tx(ctx, fn) })
	return err
}

type pointClock struct {
	engine.Clock
	w *world
}

// Now implements engine.Clock.
func (c pointClock) Now() (now time.Time) {
	c.w.around(func() { now = c.Clock.Now() })
	return now
}

// Sleep implements engine.Clock.
func (c pointClock) Sleep(ctx context.Context, d time.Duration) (err error) {
	c.w.around(func() { err = c.Clock.Sleep(ctx, d) })
	return err
}

type pointConnector struct{ connector }

// For implements engine.Connector.
func (c pointConnector) For(ctx context.Context, p store.Project) (a adapters.Adapter, err error) {
	c.w.around(func() { a, err = c.connector.For(ctx, p) })
	for _, peer := range c.w.peers {
		if err == nil && peer.id == p.ID {
			a = pointAdapter{&richPort{peer.port}}
			if c.w.bare {
				a = struct{ adapters.Adapter }{a}
			}
		}
	}
	return a, err
}

type pointAdapter struct{ *richPort }

// Capabilities and all other verbs implement adapters.Adapter and the extra verbs.
func (a pointAdapter) Capabilities() (out external.Capabilities) {
	a.w.around(func() { out = a.richPort.Capabilities() })
	return out
}

// Probe passes.
func (a pointAdapter) Probe(ctx context.Context) (out external.Identity, err error) {
	a.w.around(func() { out, err = a.richPort.Probe(ctx) })
	return out, err
}

// Account passes.
func (a pointAdapter) Account(ctx context.Context) (out string, err error) {
	a.w.around(func() { out, err = a.richPort.Account(ctx) })
	return out, err
}

// Project passes.
func (a pointAdapter) Project(ctx context.Context) (out external.Project, err error) {
	a.w.around(func() { out, err = a.richPort.Project(ctx) })
	return out, err
}

// Schema passes.
func (a pointAdapter) Schema(ctx context.Context) (out external.Schema, err error) {
	a.w.around(func() { out, err = a.richPort.Schema(ctx) })
	return out, err
}

// Changes passes.
func (a pointAdapter) Changes(ctx context.Context, s external.Stream, win external.Window, page, version string) (out external.Page, err error) {
	a.w.around(func() { out, err = a.richPort.Changes(ctx, s, win, page, version) })
	return out, err
}

// Read passes.
func (a pointAdapter) Read(ctx context.Context, refs []external.Ref) (out []external.Item, err error) {
	a.w.around(func() { out, err = a.richPort.Read(ctx, refs) })
	return out, err
}

// Write passes.
func (a pointAdapter) Write(ctx context.Context, op adapters.Op) (out external.Item, err error) {
	a.w.around(func() { out, err = a.richPort.Write(ctx, op) })
	return out, err
}

// WriteBatch passes.
func (a pointAdapter) WriteBatch(ctx context.Context, ops []adapters.Op) (out []adapters.Result, err error) {
	a.w.around(func() { out, err = a.richPort.WriteBatch(ctx, ops) })
	return out, err
}

// History passes.
func (a pointAdapter) History(ctx context.Context, q []adapters.HistoryQuery) (out [][]external.Revision, err error) {
	a.w.around(func() { out, err = a.richPort.History(ctx, q) })
	return out, err
}

// Containers passes.
func (a pointAdapter) Containers(ctx context.Context) (out []external.Container, err error) {
	a.w.around(func() { out, err = a.richPort.Containers(ctx) })
	return out, err
}

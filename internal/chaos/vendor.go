package chaos

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/ticket"
)

// vendor is one simulated system, served over HTTP, with all that can go wrong there.
type vendor struct {
	fleet.Site
	*system
	w    *world
	side int // 1 and up; 0 is ours
	wire *wire
	m    *fleet.Member

	// mu is held for each request and each edit of a person: what a person sees is what
	// his edit replaces.
	mu     sync.Mutex
	rng    *rand.Rand // what goes wrong
	tokens map[place][]int
	bursts [2]int // requests that fail from now on, for an outage and for a limit
	locked bool   // the token is revoked
	poison string // part of the path of a ticket that always fails
	writes int    // that the product made
}

// Account is the site's, at the address that it is served at.
func (v *vendor) Account() fleet.Account {
	a := v.Site.Account()
	a.BaseURL = "http://" + v.wire.address() + v.path
	if v.System() == "webhook" {
		host := `{"plain_http": ["` + v.wire.address() + `"],`
		a.Settings = json.RawMessage(strings.Replace(string(a.Settings), "{", host, 1))
	}
	return a
}

// chance is how often a request goes wrong in a storm.
const chance = 0.04

// ServeHTTP answers a request of the product.
func (v *vendor) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the client is gone
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	for _, id := range v.w.ledger.leaks(simtest.TokensIn(ticket.Text(string(body)))) {
		v.w.story.violate("I5: %s %s at %s carries the value %d of a ticket that is private", r.Method, r.URL.Path, v.m.Name, id)
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	before := v.Counters().Writes
	defer func() {
		if n := v.Counters().Writes - before; n > 0 {
			v.writes += n
			v.replaced()
		}
	}()
	k := v.draw(r)
	if k != "" {
		v.w.story.fault(k, v.w.crew.doing(), v.m.Name+" "+r.Method+" "+r.URL.Path)
	}
	v.serve(k, rw, r)
	if !v.w.calm.Load() && v.rng.Float64() < chance && v.Counters().Writes > before {
		v.early(r.Context())
	}
}

// early has webhooks of a write arrive before its answer.
func (v *vendor) early(ctx context.Context) {
	if n := v.deliver(ctx); n > 0 {
		v.w.story.fault(HookEarly, v.w.crew.doing(), v.m.Name)
	}
}

// draw says what goes wrong with a request; empty: nothing.
func (v *vendor) draw(r *http.Request) Kind {
	switch {
	case v.poison != "" && r.Method != http.MethodGet && strings.HasSuffix(r.URL.Path, v.poison):
		return Poisoned
	case v.w.calm.Load():
		return ""
	case v.locked:
		return TokenRevoked
	case v.bursts[0] > 0:
		v.bursts[0]--
		return Outage
	case v.bursts[1] > 0:
		v.bursts[1]--
		return Throttled
	case v.rng.Float64() >= chance:
		return ""
	}
	one := []Kind{ReplyLost, ReplyLost, RequestLost, ServerError, ErrorAfterWrite, ResetMidBody, HTMLPage, Limited}
	return one[v.rng.IntN(len(one))]
}

// serve answers, with one thing going wrong.
func (v *vendor) serve(k Kind, rw http.ResponseWriter, r *http.Request) {
	switch k {
	case RequestLost:
		panic(http.ErrAbortHandler)
	case ServerError, Outage:
		http.Error(rw, "<html>Bad Gateway</html>", http.StatusBadGateway)
	case HTMLPage:
		rw.Header().Set("Content-Type", "text/html")
		_, _ = rw.Write([]byte("<!DOCTYPE html><title>Log in</title>")) // to a client that may be gone
	case Limited, Throttled:
		v.strike(v.limit, rw, r)
	case TokenRevoked:
		v.strike(v.revoked, rw, r)
	case Poisoned:
		v.strike(stage.Fault{Kind: stage.ServerError, Status: http.StatusUnprocessableEntity}, rw, r)
	case ReplyLost, ErrorAfterWrite, ResetMidBody:
		kept := httptest.NewRecorder()
		v.handler.ServeHTTP(kept, r)
		spoil(k, rw, kept)
	default:
		v.handler.ServeHTTP(rw, r)
	}
}

// spoil sends the answer of a request that was carried out, or what is left of it.
func spoil(k Kind, rw http.ResponseWriter, kept *httptest.ResponseRecorder) {
	switch k {
	case ReplyLost:
		panic(http.ErrAbortHandler)
	case ErrorAfterWrite:
		http.Error(rw, "<html>Gateway Timeout</html>", http.StatusGatewayTimeout)
		return
	}
	for name, values := range kept.Header() {
		rw.Header()[name] = values
	}
	whole := kept.Body.Bytes()
	rw.Header().Set("Content-Length", strconv.Itoa(len(whole)+1))
	rw.WriteHeader(kept.Code)
	_, _ = rw.Write(whole[:len(whole)/2]) // the client may be gone
	_ = http.NewResponseController(rw).Flush()
	panic(http.ErrAbortHandler)
}

// strike has the simulator itself answer one request as its vendor would in trouble.
func (v *vendor) strike(f stage.Fault, rw http.ResponseWriter, r *http.Request) {
	f.Next = 1
	v.faults(f)
	defer v.heal()
	v.handler.ServeHTTP(rw, r)
}

// replaced compares what stands at the vendor with what stood there: what is gone after
// a write of ours was replaced by it.
func (v *vendor) replaced() {
	was := v.tokens
	v.look()
	for at, old := range was {
		for _, id := range old {
			if !contains(v.tokens[at], id) {
				v.w.ledger.vanished(id, at)
			}
		}
	}
}

// look remembers where each token stands.
func (v *vendor) look() {
	v.tokens = map[place][]int{}
	v.each(func(at place, value ticket.Value) { v.tokens[at] = simtest.TokensIn(value) })
}

// each goes through all texts of the vendor.
func (v *vendor) each(f func(at place, value ticket.Value)) {
	for _, i := range v.Look() {
		f(place{v.side, i.ID, ticket.Title}, ticket.Text(i.Title))
		f(place{v.side, i.ID, ticket.Body}, ticket.Text(i.Body))
		f(place{v.side, i.ID, ticket.Labels}, ticket.Set(i.Labels...))
		for _, c := range i.Comments {
			f(place{v.side, "comment " + c.ID, ticket.Body}, ticket.Text(c.Body))
		}
	}
}

func contains(list []int, id int) bool {
	for _, x := range list {
		if x == id {
			return true
		}
	}
	return false
}

// deliver sends what webhooks are due, and returns how many.
func (v *vendor) deliver(ctx context.Context) int {
	n, err := v.post(ctx, v.w.mail.client)
	if err != nil && !errors.Is(err, context.Canceled) {
		v.w.story.tell("%s could not deliver: %v", v.m.Name, err)
	}
	return n
}

// keepDelivering sends webhooks until ctx ends.
func (v *vendor) keepDelivering(ctx context.Context) {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			v.deliver(ctx)
		}
	}
}

package jira

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
)

const maxRequest = 10 << 20

// ServeHTTP answers one request. A connection that a fault cuts is cut by panicking with http.ErrAbortHandler, as net/http wants.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, "/_sim/") {
		s.serveAdmin(w, r)
		return
	}
	w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat)) // the simulator's clock, not the machine's
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c := s.arrive(r, body)
	if c.plan.delay > 0 {
		s.opts.Sleep(r.Context(), c.plan.delay)
	}
	if c.plan.kind() == RequestLost {
		s.locked(func() { s.counts.add(c.route, 0, true) })
		panic(http.ErrAbortHandler)
	}
	out := s.answer(c)
	for _, d := range c.early {
		s.send(r.Context(), s.opts.WebhookClient, d)
	}
	if c.plan.kind() == ReplyLost {
		panic(http.ErrAbortHandler)
	}
	if c.plan.kind() == ResetMidBody {
		out.writeHalf(w)
		s.opts.Sleep(r.Context(), c.plan.main.Delay)
		panic(http.ErrAbortHandler)
	}
	out.write(w)
}

// rendered is a reply ready to be sent.
type rendered struct {
	status int
	header http.Header
	body   []byte
}

// begin sends all but the body.
func (o rendered) begin(w http.ResponseWriter) {
	maps.Copy(w.Header(), o.header)
	if o.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(o.body)))
	}
	w.WriteHeader(o.status)
}

func (o rendered) write(w http.ResponseWriter) {
	o.begin(w)
	_, _ = w.Write(o.body) // a client that has gone away needs no answer
}

// writeHalf sends half of the body; the connection is to be cut then.
func (o rendered) writeHalf(w http.ResponseWriter) {
	o.begin(w)
	_, _ = w.Write(o.body[:len(o.body)/2]) // cut in any case
	if f, ok := w.(http.Flusher); ok {
		f.Flush()
	}
}

// arrive makes the call of a request, logs it and draws its faults.
func (s *Sim) arrive(r *http.Request, body []byte) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.resolve(r.Method, r.URL.EscapedPath())
	c := &call{sim: s, target: t, method: r.Method, query: r.URL.Query(), header: r.Header, body: body}
	c.view = view{world: s.world, edition: s.opts.Edition, base: schemeOf(r) + "://" + r.Host + t.prefix, version: t.release}
	if t.route.service != "api" { // boards and sprints speak of the rest as v2 does
		c.version = "2"
	}
	c.wiki = c.version == "2"
	c.plan = s.faults.draw(s.rng, t.route.kind, t.route.write)
	s.log.add(Request{Kind: t.route.kind, Method: r.Method, Path: r.URL.RequestURI(), Body: string(body), At: s.opts.Now()})
	return c
}

// answer does the call's work under the lock.
func (s *Sim) answer(c *call) rendered {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cause = c
	defer func() { s.cause = nil }()
	out := s.decide(c)
	o := rendered{status: out.status, header: out.header}
	if o.header == nil {
		o.header = http.Header{}
	}
	if page, isRaw := out.body.(rawBody); isRaw {
		o.header.Set("Content-Type", page.contentType)
		o.body = page.data
	} else if out.body != nil {
		o.header.Set("Content-Type", "application/json;charset=UTF-8")
		o.body = marshal(out.body)
	}
	if c.token != nil {
		s.limits.charge(c, o.status, s.opts.Now(), o.header)
	}
	s.counts.add(c.route, o.status, c.plan.fired)
	return o
}

// rawBody is a body that is not JSON.
type rawBody struct {
	contentType string
	data        []byte
}

func marshal(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(fmt.Sprintf("simulator: reply cannot be encoded: %v", err)) // our own types: a bug here, never input
	}
	return bytes.TrimRight(b.Bytes(), "\n")
}

// decide takes the call through faults, credentials and limits to its handler.
func (s *Sim) decide(c *call) reply {
	if r, done := c.plan.before(); done {
		return r
	}
	if c.token = s.authenticate(c.header); c.token == nil {
		return unauthenticated()
	}
	c.user = c.token.user
	if c.plan.permissionLost {
		nobody := *c.user
		nobody.Inactive, nobody.Admin = true, false
		c.user = &nobody
	}
	if r, refused := s.limits.check(c, s.opts.Now()); refused {
		return r
	}
	out, err := c.route.handle(c)
	if err != nil {
		return refuse(err)
	}
	if r, done := c.plan.after(); done {
		return r
	}
	return out
}

// refuse renders an error; what is not one of the model's own is a bug and says so.
func refuse(err error) reply {
	var e *model.Error
	if !errors.As(err, &e) {
		e = model.Refuse(http.StatusInternalServerError, "%s", err)
	}
	return refusal(e)
}

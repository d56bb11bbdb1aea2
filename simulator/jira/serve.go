package jira

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/stage"
)

const maxRequest = 10 << 20

// ServeHTTP answers one request. A connection that a fault cuts is cut by panicking with http.ErrAbortHandler, as net/http wants.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, stage.ControlPath) {
		s.controls().ServeHTTP(w, r)
		return
	}
	w.Header().Set("Date", s.opts.Now().UTC().Format(http.TimeFormat)) // the simulator's clock, not the machine's
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	c := s.arrive(r, body)
	c.plan.Play(w, r, s.opts.Sleep, func() { s.note(c, 0) }, func(ctx context.Context) stage.Answer {
		out := s.answer(c)
		s.post.SendNow(ctx, s.opts.WebhookClient, c.early)
		return out
	})
}

// arrive makes the call of a request, logs it and draws its faults.
func (s *Sim) arrive(r *http.Request, body []byte) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	t := s.resolve(r.Method, r.URL.EscapedPath())
	c := &call{sim: s, target: t, method: r.Method, query: r.URL.Query(), header: r.Header, body: body}
	c.view = view{world: s.world, edition: s.opts.Edition, base: stage.SchemeOf(r) + "://" + r.Host + t.prefix, version: t.release}
	if t.route.service != "api" { // boards and sprints speak of the rest as v2 does
		c.version = "2"
	}
	c.wiki = c.version == "2"
	c.plan = s.faults.Draw(s.rng, t.route.write, t.route.kind)
	s.log.Add(stage.Note(t.route.kind, r, body, s.opts.Now()))
	return c
}

// note counts a finished call; status 0 is a reply never sent.
func (s *Sim) note(c *call, status int) {
	s.locked(func() { s.counts.Add(c.route.kind, c.route.write, status, c.plan.Fired) })
}

// answer does the call's work under the lock.
func (s *Sim) answer(c *call) stage.Answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cause = c
	defer func() { s.cause = nil }()
	out := s.decide(c)
	o := stage.Answer{Status: out.status, Header: out.header}
	if o.Header == nil {
		o.Header = http.Header{}
	}
	if page, isRaw := out.body.(stage.Page); isRaw {
		o.Header.Set("Content-Type", page.Type)
		o.Body = page.Data
	} else if out.body != nil {
		o.Header.Set("Content-Type", "application/json;charset=UTF-8")
		o.Body = stage.Marshal(out.body)
	}
	if c.token != nil {
		s.limits.charge(c, o.Status, s.opts.Now(), o.Header)
	}
	s.counts.Add(c.route.kind, c.route.write, o.Status, c.plan.Fired)
	return o
}

// decide takes the call through faults, credentials and limits to its handler.
func (s *Sim) decide(c *call) reply {
	if r, done := before(&c.plan); done {
		return r
	}
	if c.token = s.authenticate(c.header); c.token == nil {
		return unauthenticated()
	}
	c.user = c.token.user
	if c.plan.PermissionLost {
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
	if r, done := after(&c.plan); done {
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

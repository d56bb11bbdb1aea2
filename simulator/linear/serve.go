package linear

import (
	"context"
	"io"
	"net/http"
	"slices"
	"strings"

	"github.com/extsync/extsync/simulator/linear/graphql"
	"github.com/extsync/extsync/simulator/linear/model"
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
	c.plan.Play(w, r, s.opts.Sleep, func() { s.locked(func() { s.counts.add(c, 0) }) }, func(ctx context.Context) stage.Answer {
		out := s.answer(c)
		s.post.SendNow(ctx, s.opts.WebhookClient, c.early)
		return out
	})
}

// arrive makes the call of a request, logs it and draws its faults.
func (s *Sim) arrive(r *http.Request, body []byte) *call {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.parse(r, body)
	c.plan = s.faults.Draw(s.rng, c.write, append(slices.Clip(c.fields), c.kind)...)
	s.log.Add(stage.Note(c.kind, r, body, s.opts.Now()))
	return c
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
	o.Header.Set("Content-Type", "application/json; charset=utf-8")
	if page, isRaw := out.body.(stage.Page); isRaw {
		o.Header.Set("Content-Type", page.Type)
		o.Body = page.Data
	} else {
		o.Body = stage.Marshal(out.body)
	}
	if c.token != nil {
		s.limits.charge(c, s.opts.Now(), o.Header)
	}
	s.counts.add(c, o.Status)
	return o
}

// decide takes the call through faults, credentials, limits and validation to the tracker.
func (s *Sim) decide(c *call) reply {
	if r, done := before(&c.plan); done {
		return r
	}
	token, refused := s.authenticate(c.header)
	if refused == nil && c.plan.Kind() == BadCredentials {
		refused = unauthenticated(http.StatusUnauthorized, "Authentication required, not authenticated")
	}
	if refused != nil {
		return refusal(refused.status, refused.Error)
	}
	c.token = token
	if r, limited := s.limits.check(c, s.opts.Now()); limited {
		return r
	}
	if c.op == nil {
		return malformed(c.errors)
	}
	out := s.run(c)
	if r, done := after(&c.plan); done {
		return r
	}
	return out
}

func malformed(errs []graphql.Error) reply {
	for k := range errs {
		errs[k].Extensions = extensions(&model.Error{Code: "GRAPHQL_VALIDATION_FAILED", Type: "graphql error", User: errs[k].Message, Status: http.StatusBadRequest})
	}
	return reply{status: http.StatusBadRequest, body: answer{errs}}
}

// run executes the operation. A mutation that leaves no data answers the status of Options.MutationErrors, all else 200.
func (s *Sim) run(c *call) reply {
	c.finished = true
	v := &viewer{s: s, world: s.world, tables: s.tables, token: c.token, user: s.world.User(c.token.Login),
		permissionLost: c.plan.PermissionLost, spoil: c.plan.Kind() == PartialErrors}
	name := "Query"
	if c.write {
		name = "Mutation"
	}
	out := c.op.Run(root{v, name})
	status := http.StatusOK
	if c.write && out.Data == nil {
		status = s.opts.MutationErrors
	}
	return reply{status: status, body: out}
}

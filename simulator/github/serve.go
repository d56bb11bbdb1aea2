package github

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"

	"github.com/extsync/extsync/simulator/github/model"
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
	defer s.depart(c)
	c.plan.Play(w, r, s.opts.Sleep, func() { s.note(c, 0) }, func(ctx context.Context) stage.Answer {
		out := s.answer(c)
		s.post.SendNow(ctx, s.opts.WebhookClient, c.early)
		return out
	})
}

// arrive makes the call of a request, counts it and draws its faults.
func (s *Sim) arrive(r *http.Request, body []byte) *call {
	t := resolve(r.Method, r.URL.EscapedPath())
	c := &call{sim: s, target: t, method: r.Method, query: r.URL.Query(), header: r.Header, body: body, view: viewOf(r, t.prefix)}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight++
	c.plan = s.faults.Draw(s.rng, t.route.write, t.route.kind)
	s.log.Add(stage.Note(t.route.kind, r, body, s.opts.Now()))
	return c
}

func (s *Sim) depart(*call) { s.locked(func() { s.inFlight-- }) }

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
	out, header := s.decide(c)
	if out.header == nil {
		out.header = http.Header{}
	}
	o := stage.Answer{Status: out.status, Header: out.header}
	o.Header.Set("Content-Type", "application/json; charset=utf-8")
	o.Header.Set("X-GitHub-Api-Version-Selected", "2022-11-28")
	if page, isRaw := out.body.(stage.Page); isRaw {
		o.Header.Set("Content-Type", page.Type)
		o.Body = page.Data
	} else if out.body != nil {
		o.Body = stage.Marshal(out.body)
	}
	if c.method == http.MethodGet && o.Status == http.StatusOK {
		tag := etag(c, o)
		o.Header.Set("ETag", tag)
		o.Header.Set("Cache-Control", "private, max-age=60, s-maxage=60")
		if matches(c.header.Get("If-None-Match"), tag) {
			o.Status, o.Body = http.StatusNotModified, nil
		}
	}
	if header {
		s.limits.charge(c, o.Status, s.opts.Now(), o.Header)
	}
	s.counts.Add(c.route.kind, c.route.write, o.Status, c.plan.Fired)
	return o
}

// decide takes the call through faults, credentials, limits and rights to its handler. limited says whether the reply belongs to a
// known caller, whose limits it counts against.
func (s *Sim) decide(c *call) (out reply, limited bool) {
	if r, done := before(&c.plan); done {
		return r, false
	}
	var err error
	if c.token, err = s.authenticate(c.header); err == nil && c.plan.Kind() == BadCredentials {
		err = &model.Error{Status: http.StatusUnauthorized, Message: "Bad credentials"}
	}
	if err != nil {
		return c.refuse(err), false
	}
	if c.token.Login != "" {
		c.user = s.world.User(c.token.Login)
	}
	if r, refused := s.limits.check(c, s.opts.Now(), s.inFlight); refused {
		c.refused = true
		return r, true
	}
	out, err = c.run()
	if err != nil {
		return c.refuse(err), true
	}
	if r, done := after(&c.plan); done {
		return r, true
	}
	return out, true
}

// run finds the repository, checks the rights and calls the handler.
func (c *call) run() (reply, error) {
	if c.inRepo {
		moved := false
		if c.repoID != 0 {
			c.repo = c.sim.world.RepoByID(c.repoID)
		} else {
			c.repo, moved = c.sim.world.Repo(c.owner, c.name)
		}
		if c.repo == nil {
			return reply{}, model.NotFound()
		}
		if err := c.enter(); err != nil {
			return reply{}, err
		}
		if moved {
			return c.redirect(c.view.repoByID(c.repo) + c.tail()), nil
		}
	} else if err := c.enter(); err != nil {
		return reply{}, err
	}
	return c.route.handle(c)
}

// tail rebuilds the path below the repository, with its query.
func (c *call) tail() string {
	var b strings.Builder
	names, numbers := c.names, c.numbers
	for _, p := range c.route.path {
		b.WriteByte('/')
		switch p {
		case "*":
			b.WriteString(escape(names[0]))
			names = names[1:]
		case "#":
			b.WriteString(strconv.FormatInt(numbers[0], 10))
			numbers = numbers[1:]
		default:
			b.WriteString(p)
		}
	}
	if len(c.query) > 0 {
		b.WriteString("?" + c.query.Encode())
	}
	return b.String()
}

func (c *call) redirect(location string) reply {
	return reply{
		status: http.StatusMovedPermanently,
		header: http.Header{"Location": {location}},
		body:   errorJSON{Message: "Moved Permanently", URL: location, Doc: docs},
	}
}

const docs = "https://docs.github.com/rest"

// refuse renders an error; what is not one of the model's own is a bug and says so.
func (c *call) refuse(err error) reply {
	var e *model.Error
	if !errors.As(err, &e) {
		e = &model.Error{Status: http.StatusInternalServerError, Message: err.Error()}
	}
	if e.MovedTo != nil {
		visible := c.sim.role(c.token, e.MovedTo.Repo) > RoleNone
		if !visible {
			return c.refuse(model.NotFound())
		}
		return c.redirect(c.view.issueByID(e.MovedTo) + strings.TrimPrefix(c.tail(), "/issues/"+strconv.FormatInt(c.numbers[0], 10)))
	}
	return reply{status: e.Status, body: errorJSON{Message: e.Message, Errors: e.Details, Doc: docs, Status: strconv.Itoa(e.Status)}}
}

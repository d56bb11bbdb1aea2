package webhook

import (
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/simulator/webhook/model"
)

const maxRequest = 4 << 20

func jsonAnswer(status int, body []byte) stage.Answer {
	return stage.Answer{Status: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: body}
}

func jsonReply(status int, v any) stage.Answer {
	return jsonAnswer(status, stage.Marshal(v))
}

func failure(status int, message string) stage.Answer {
	return jsonReply(status, map[string]string{"error": message})
}

// refused turns an error of the model into its answer.
func refused(err error) stage.Answer {
	var e *model.Error
	if errors.As(err, &e) {
		return failure(e.Status, e.Message)
	}
	return failure(http.StatusInternalServerError, "something broke")
}

// call is one request on its way through the simulator.
type call struct {
	s *Sim
	route
	request *http.Request
	body    []byte
	account Account
	project *model.Project
}

// ServeHTTP answers one request. A connection that a fault cuts is cut by panicking with http.ErrAbortHandler, as net/http wants.
func (s *Sim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasPrefix(r.URL.Path, stage.ControlPath) {
		s.controls().ServeHTTP(w, r)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		failure(http.StatusRequestEntityTooLarge, "the body is too long").Write(w)
		return
	}
	out, cut := s.answer(&call{s: s, route: resolve(r), request: r, body: body})
	if cut {
		panic(http.ErrAbortHandler)
	}
	out.Write(w)
}

// answer does the call's work under the lock, with the fault that hits it.
func (s *Sim) answer(c *call) (out stage.Answer, cut bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log.Add(Request{stage.Note(c.kind, c.request, c.body, s.o.Now()), c.request.Header.Get("webhook-id")})
	p := s.faults.Draw(s.rng, c.write, c.kind)
	if p.Kind() == RequestLost {
		return stage.Answer{}, true
	}
	s.counts.add(c.kind, c.write)
	if out, done := before(&p); done {
		return out, false
	}
	out = c.run()
	return after(&p, out), p.Kind() == ReplyLost
}

// run checks who calls and hands the call to its route.
func (c *call) run() stage.Answer {
	if c.do == nil {
		return failure(http.StatusNotFound, "there is nothing at this address")
	}
	if c.s.o.Blind && !c.write {
		return failure(http.StatusForbidden, "nothing can be read here")
	}
	if err := c.authenticate(); err != nil {
		return refused(err)
	}
	if c.write && c.account.ReadOnly {
		return failure(http.StatusForbidden, "the account may not write")
	}
	if c.projectKey != "" {
		p, err := c.s.world.Project(c.projectKey)
		if err != nil {
			return refused(err)
		}
		c.project = p
	}
	if !c.write {
		return c.do(c)
	}
	kept, known := c.s.world.Once(c.request.Header.Get("webhook-id"), func() model.Answer {
		out := c.do(c)
		return model.Answer{Status: out.Status, Body: out.Body}
	})
	if known {
		c.s.counts.Repeats++
	}
	return jsonAnswer(kept.Status, kept.Body)
}

// authenticate takes a bearer token, or for a delivery its signature.
func (c *call) authenticate() error {
	if c.kind == kindHook {
		return c.verifyHook()
	}
	token, _ := strings.CutPrefix(c.request.Header.Get("Authorization"), "Bearer ")
	a, known := c.s.accounts[token]
	if !known || token == "" {
		return &model.Error{Status: http.StatusUnauthorized, Message: "the token is not accepted"}
	}
	c.account = a
	return nil
}

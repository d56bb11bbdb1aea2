package jira

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/stage"
)

// call is one request on its way through the simulator.
type call struct {
	sim *Sim
	target
	view
	method  string
	query   url.Values
	header  http.Header
	body    []byte
	plan    stage.Plan
	token   *tokenState
	early   []*delivery // webhooks that overtake the reply
	objects int         // in the answer, for the points quota
}

// caller is who calls, and in which language of rich text.
func (c *call) caller() model.Caller {
	return model.Caller{User: c.user, Wiki: c.wiki}
}

// issue finds the issue that the first value of the path names, moved ones by their old key; 404 where the caller may not browse.
func (c *call) issue() (*model.Issue, error) { return c.issueNamed(c.values[0]) }

func (c *call) issueNamed(idOrKey string) (*model.Issue, error) {
	i := c.world.Issue(idOrKey)
	if i == nil || !i.Project.May(c.user, model.Browse) {
		return nil, model.NoIssue()
	}
	return i, nil
}

// project finds the project that the first value of the path names.
func (c *call) project() (*model.Project, error) {
	p := c.world.Project(c.values[0])
	if p == nil || !p.May(c.user, model.Browse) {
		return nil, model.Refuse(http.StatusNotFound, "No project could be found with key '%s'.", c.values[0])
	}
	return p, nil
}

// decode reads the JSON object of a request; what is none, or has a wrong type, is a 400.
func (c *call) decode(into any) error {
	body := bytes.TrimSpace(c.body)
	if len(body) == 0 || !json.Valid(body) {
		return model.Refuse(http.StatusBadRequest, "There was an error parsing JSON. Check that your request body is valid.")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return model.Refuse(http.StatusBadRequest, "Invalid request payload. Refer to the REST API documentation and try again.")
	}
	return nil
}

// number reads a query parameter; absent or broken is the default, and never more than most.
func (c *call) number(name string, byDefault, most int) int {
	n, err := strconv.Atoi(c.query.Get(name))
	if err != nil || n < 0 {
		return byDefault
	}
	return min(n, most)
}

// list reads a query parameter that is repeated or separated by commas.
func (c *call) list(name string) []string { return split(c.query[name]) }

func split(values []string) []string {
	var out []string
	for _, v := range values {
		for _, p := range strings.Split(v, ",") {
			if p = strings.TrimSpace(p); p != "" {
				out = append(out, p)
			}
		}
	}
	return out
}

func (c *call) now() time.Time { return c.sim.opts.Now() }

// reply is what a handler answers; body is marshalled as JSON, nil means none.
type reply struct {
	status int
	header http.Header
	body   any
}

type object = map[string]any

func ok(body any) (reply, error)      { return reply{status: http.StatusOK, body: body}, nil }
func created(body any) (reply, error) { return reply{status: http.StatusCreated, body: body}, nil }
func noContent() (reply, error)       { return reply{status: http.StatusNoContent}, nil }

// errorJSON is Jira's error body; both keys are always there.
type errorJSON struct {
	Messages []string          `json:"errorMessages"`
	Errors   map[string]string `json:"errors"`
	Status   int               `json:"status,omitempty"`
}

func errorBody(e *model.Error) errorJSON {
	b := errorJSON{Messages: e.Messages, Errors: e.Fields}
	if b.Messages == nil {
		b.Messages = []string{}
	}
	if b.Errors == nil {
		b.Errors = map[string]string{}
	}
	return b
}

func refusal(e *model.Error) reply { return reply{status: e.Status, body: errorBody(e)} }

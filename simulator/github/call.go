package github

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"unicode/utf8"

	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/stage"
)

// call is one request on its way through the simulator.
type call struct {
	sim *Sim
	target
	method  string
	query   url.Values
	header  http.Header
	body    []byte
	view    view
	plan    stage.Plan
	token   *tokenState
	user    *model.User
	repo    *model.Repo
	role    Role
	early   []*delivery // webhooks that overtake the reply
	refused bool        // by a limit
}

// number is the k-th number of the path.
func (c *call) number(k int) int { return int(c.numbers[k]) }

// issue finds the issue the path names; a transferred one is a redirect.
func (c *call) issue() (*model.Issue, error) { return c.repo.Issue(c.number(0)) }

// decode reads the JSON object of a request as GitHub does: broken JSON is a 400, a wrong type a 422.
func (c *call) decode(into any) error {
	body := bytes.TrimSpace(c.body)
	if !utf8.Valid(body) || !json.Valid(body) {
		return &model.Error{Status: http.StatusBadRequest, Message: "Problems parsing JSON"}
	}
	if body[0] != '{' {
		return &model.Error{Status: http.StatusBadRequest, Message: "Body should be a JSON object"}
	}
	if err := json.Unmarshal(body, into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) {
			return &model.Error{Status: http.StatusUnprocessableEntity,
				Message: "Invalid request.\n\nFor 'properties/" + wrong.Field + "', " + wrong.Value + " is not a " + wrong.Type.String() + "."}
		}
		return &model.Error{Status: http.StatusUnprocessableEntity, Message: "Invalid request.\n\n" + err.Error()}
	}
	return nil
}

// reply is what a handler answers; body is marshalled as JSON, nil means none.
type reply struct {
	status int
	header http.Header
	body   any
}

func ok(body any) (reply, error)      { return reply{status: http.StatusOK, body: body}, nil }
func created(body any) (reply, error) { return reply{status: http.StatusCreated, body: body}, nil }
func noContent() (reply, error)       { return reply{status: http.StatusNoContent}, nil }

// errorJSON is GitHub's error body.
type errorJSON struct {
	Message string         `json:"message"`
	Errors  []model.Detail `json:"errors,omitempty"`
	URL     string         `json:"url,omitempty"`
	Doc     string         `json:"documentation_url"`
	Status  string         `json:"status,omitempty"`
}

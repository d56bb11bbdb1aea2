package jira

import (
	"bytes"
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/extsync/extsync/adapters"
)

// call records what really happened on the wire during one call.
type call struct {
	kind    string
	write   bool
	tried   bool // a request was handed to the network
	status  int  // of the last answer; zero when none came
	header  http.Header
	failure []byte // the body of an answer that is no success
}

// callKey finds the call in a request's context.
type callKey struct{}

var (
	// errNotJSON is what a proxy's page for people becomes.
	errNotJSON = errors.New("the answer is not JSON")
	errTooLong = errors.New("the answer is longer than it may be")
	// errAnonymous is an answer to nobody: see loginFailed.
	errAnonymous = errors.New("the answer is what anybody may see")
)

// maxAnswer bounds what one answer may hold: a page of a hundred issues whose texts have
// full length, as documents, with twenty comments each.
const maxAnswer = 256 << 20

// maxFailure bounds what is kept of the body of a refusal.
const maxFailure = 1 << 20

// transport signs, meters and records each request. It reads answers to their end:
// go-jira's Do leaves the body open when it decodes nothing, and its typed calls give
// nobody the body to close.
type transport struct {
	inner       http.RoundTripper
	host        string
	user, token string
	timeout     time.Duration // of one request with its answer
	meter       adapters.Meter
}

// RoundTrip makes one request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	made, _ := req.Context().Value(callKey{}).(*call)
	if made == nil {
		made = &call{}
	}
	made.tried, made.status, made.header, made.failure = true, 0, nil, nil
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	defer cancel()
	resp, err := t.inner.RoundTrip(t.signed(req.Clone(ctx)))
	if err != nil {
		t.tell(made, adapters.Rate{})
		return nil, err
	}
	defer resp.Body.Close()
	made.status, made.header = resp.StatusCode, resp.Header.Clone()
	t.tell(made, rate(resp.Header))
	return t.whole(made, resp)
}

func (t *transport) signed(req *http.Request) *http.Request {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "extsync")
	switch {
	case t.token == "" || req.URL.Host != t.host:
	case t.user != "":
		req.SetBasicAuth(t.user, t.token)
	default:
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	return req
}

// whole reads an answer to its end and returns it with the body in memory.
func (t *transport) whole(made *call, resp *http.Response) (*http.Response, error) {
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return nil, err
	case len(body) > maxAnswer:
		return nil, errTooLong
	case resp.StatusCode/100 != 2:
		made.failure = body[:min(len(body), maxFailure)]
	case loginFailed(resp.Header) && isJSON(resp.Header):
		return nil, errAnonymous
	case len(body) == 0 && (made.write || resp.StatusCode == http.StatusNoContent):
		body = []byte("null") // done, and nothing to show
	case !isJSON(resp.Header):
		return nil, errNotJSON // an empty answer to a question would pass for an empty list
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	return resp, nil
}

func (t *transport) tell(made *call, r adapters.Rate) {
	if t.meter != nil {
		t.meter.Called(made.kind, made.write, r)
	}
}

func isJSON(h http.Header) bool {
	kind, _, err := mime.ParseMediaType(h.Get("Content-Type"))
	return err == nil && kind == "application/json"
}

// rate reads Jira's account of the allowance, whose reset is in ISO 8601.
// Source: https://developer.atlassian.com/cloud/jira/platform/rate-limiting/
func rate(h http.Header) adapters.Rate {
	remaining, err1 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err2 := isoTime(h.Get("X-RateLimit-Reset"))
	if err1 != nil || err2 != nil {
		return adapters.Rate{}
	}
	return adapters.Rate{Known: true, Remaining: remaining, Reset: reset}
}

// isoTime reads ISO 8601 with or without seconds, as Jira's headers have it.
func isoTime(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		t, err = time.Parse("2006-01-02T15:04Z07:00", s)
	}
	return t.UTC(), err
}

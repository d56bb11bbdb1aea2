package github

import (
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
	kind   string
	write  bool
	tried  bool // a request was handed to the network
	status int  // of the last answer; zero when none came
	header http.Header
}

// callKey finds the call in a request's context.
type callKey struct{}

// errNotJSON is what a proxy's page for people becomes.
var errNotJSON = errors.New("the answer is not JSON")

// maxAnswer bounds what one answer may hold: a page of a hundred issues with bodies
// of full length is below 30 MB.
const maxAnswer = 64 << 20

// transport signs, meters and records each request.
type transport struct {
	inner http.RoundTripper
	host  string
	token string
	// timeout bounds one request with its answer. It is not http.Client's, whose timer
	// runs until the body is closed: go-github replaces the body of every answer that is
	// no success, 304 included, and closes the replacement.
	timeout time.Duration
	meter   adapters.Meter
}

// RoundTrip makes one request.
//
// The answer goes on without the headers by which go-github would refuse later calls
// by itself, on this machine's clock: the allowance is shared by all workers and
// kept by the engine, which hears of it through the meter.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	made, _ := req.Context().Value(callKey{}).(*call)
	if made == nil {
		made = &call{}
	}
	made.tried, made.status, made.header = true, 0, nil
	if t.token != "" && req.URL.Host == t.host {
		req = req.Clone(req.Context())
		req.Header.Set("Authorization", "Bearer "+t.token)
	}
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	resp, err := t.inner.RoundTrip(req.WithContext(ctx))
	if err != nil {
		cancel()
		t.tell(made, adapters.Rate{})
		return nil, err
	}
	made.status, made.header = resp.StatusCode, resp.Header.Clone()
	t.tell(made, rate(resp.Header))
	resp.Header.Del("X-RateLimit-Reset")
	resp.Header.Del("Retry-After")
	if !readable(resp) {
		resp.Body.Close()
		cancel()
		return nil, errNotJSON
	}
	resp.Body = &limited{resp.Body, maxAnswer, cancel}
	return resp, nil
}

func (t *transport) tell(made *call, r adapters.Rate) {
	if t.meter != nil {
		t.meter.Called(made.kind, made.write, r)
	}
}

// readable reports whether a success carries JSON where it must: go-github takes an
// empty answer for an empty list.
func readable(resp *http.Response) bool {
	if resp.StatusCode/100 != 2 || resp.StatusCode == http.StatusNoContent || resp.StatusCode == http.StatusAccepted {
		return true
	}
	kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	return err == nil && kind == "application/json" && resp.ContentLength != 0
}

// rate reads GitHub's account of the allowance.
func rate(h http.Header) adapters.Rate {
	remaining, err1 := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	reset, err2 := strconv.ParseInt(h.Get("X-RateLimit-Reset"), 10, 64)
	if err1 != nil || err2 != nil {
		return adapters.Rate{}
	}
	return adapters.Rate{Known: true, Remaining: remaining, Reset: time.Unix(reset, 0).UTC()}
}

// limited fails a body that is longer than it may be, instead of cutting it short. It
// ends the request's timeout with the body.
type limited struct {
	io.ReadCloser
	left int64
	done context.CancelFunc
}

// Read reads on until the limit.
func (l *limited) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errors.New("the answer is longer than it may be")
	}
	n, err := l.ReadCloser.Read(p[:min(int64(len(p)), l.left)])
	l.left -= int64(n)
	if err != nil {
		l.done()
	}
	return n, err
}

// Close ends the answer, read or not.
func (l *limited) Close() error {
	l.done()
	return l.ReadCloser.Close()
}

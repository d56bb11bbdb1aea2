package linear

import (
	"context"
	"errors"
	"io"
	"mime"
	"net/http"
	"strconv"
	"time"

	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/extsync/extsync/adapters"
)

// call records what really happened on the wire during one call.
type call struct {
	kind     string
	write    bool
	tried    bool // a request was handed to the network
	status   int  // of the answer; zero when none came
	header   http.Header
	refusals gqlerror.List
}

// callKey finds the call in a request's context.
type callKey struct{}

// errNotJSON is what a proxy's page for people becomes.
var errNotJSON = errors.New("the answer is not JSON")

// maxAnswer bounds what one answer may hold: fifty long descriptions and a hundred long
// comments are below 30 MB.
const maxAnswer = 64 << 20

// transport signs, meters and records each request. The generated client shows no
// headers, and Linear's account of our allowance stands in headers alone.
type transport struct {
	inner         http.RoundTripper
	host          string
	authorization string
	timeout       time.Duration // of one request with its answer
	meter         adapters.Meter
}

// RoundTrip makes one request.
func (t *transport) RoundTrip(req *http.Request) (*http.Response, error) {
	made, _ := req.Context().Value(callKey{}).(*call)
	if made == nil {
		made = &call{}
	}
	made.tried, made.status, made.header = true, 0, nil
	ctx, cancel := context.WithTimeout(req.Context(), t.timeout)
	req = req.Clone(ctx)
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "extsync")
	if t.authorization != "" && req.URL.Host == t.host {
		req.Header.Set("Authorization", t.authorization)
	}
	resp, err := t.inner.RoundTrip(req)
	if err != nil {
		cancel()
		t.tell(made, adapters.Rate{})
		return nil, err
	}
	made.status, made.header = resp.StatusCode, resp.Header.Clone()
	t.tell(made, rate(resp.Header))
	if kind, _, err := mime.ParseMediaType(resp.Header.Get("Content-Type")); resp.StatusCode == http.StatusOK && (err != nil || kind != "application/json") {
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

// The allowances that Linear accounts for in the headers X-RateLimit-<name>-Remaining
// and -Reset, in milliseconds since 1970.
// Source: https://linear.app/developers/rate-limiting
const (
	requestsLimit   = "Requests"
	complexityLimit = "Complexity"
	endpointLimit   = "Endpoint-Requests"
)

// allowance reads one account.
func allowance(h http.Header, name string) (remaining float64, reset time.Time, ok bool) {
	remaining, err1 := strconv.ParseFloat(h.Get("X-RateLimit-"+name+"-Remaining"), 64)
	at, err2 := strconv.ParseFloat(h.Get("X-RateLimit-"+name+"-Reset"), 64)
	return remaining, time.UnixMilli(int64(at)).UTC(), err1 == nil && err2 == nil
}

// rate is how many calls like this one are left: of requests, or as many as the points
// of complexity allow, if those are fewer.
func rate(h http.Header) adapters.Rate {
	remaining, reset, ok := allowance(h, requestsLimit)
	if !ok {
		return adapters.Rate{}
	}
	out := adapters.Rate{Known: true, Remaining: int(remaining), Reset: reset}
	price, err := strconv.ParseFloat(h.Get("X-Complexity"), 64)
	if points, reset, ok := allowance(h, complexityLimit); ok && err == nil && price > 0 && points/price < remaining {
		out.Remaining, out.Reset = int(points/price), reset
	}
	return out
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
	return n, err
}

// Close ends the answer, read or not.
func (l *limited) Close() error {
	l.done()
	return l.ReadCloser.Close()
}

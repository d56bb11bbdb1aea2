// Package official holds what passes over HTTP against the vendors' official OpenAPI
// descriptions, for tests: of the simulators' answers as much as of the adapters'
// requests. [GitHub] and [Jira] make a [Checker] to be put before a simulator's
// transport. The descriptions are not part of the repository; where the folder that
// holds them is absent, a test is skipped and says so.
package official

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
)

// Shared returns the path of a file in the optional folder beside the repository, seen
// from a package up directories below its root. Without the file it skips the test.
func Shared(t *testing.T, up int, path string) string {
	t.Helper()
	full, err := shared(up, path)
	if err != nil {
		t.Skipf("SKIPPED: needs ../shared/%s beside the repository: %v", path, err)
	}
	return full
}

func shared(up int, path string) (string, error) {
	full := filepath.Join(strings.Repeat("../", up+1)+"shared", filepath.FromSlash(path))
	_, err := os.Stat(full)
	return full, err
}

// Deviation is a place where the vendor does not fit its own description.
type Deviation struct {
	Text   string // what the validator says, or the name of an amendment
	Reason string
}

// vendor is one vendor's description and where reality differs from it.
type vendor struct {
	files      []string
	deviations []Deviation
	// undescribed reports whether an operation has no description on purpose.
	undescribed func(path string) bool
	// path brings the path of a request into the description's form.
	path func(string) string
	// amend brings a body into what the description can describe, telling which deviations
	// it met.
	amend func(body []byte, met func(text string)) []byte
}

// Checker is a RoundTripper that validates what passes through it: every answer, and
// every request that was accepted. A deviation that is not listed fails the test.
type Checker struct {
	t       *testing.T
	vendor  vendor
	routers []routers.Router
	next    http.RoundTripper

	mu   sync.Mutex
	seen map[string]bool // operation and status
	met  map[string]bool // deviations
}

// GitHub checks against GitHub's description; up is how many directories the calling
// test's package lies below the root of the repository.
func GitHub(t *testing.T, up int, next http.RoundTripper) *Checker {
	t.Helper()
	return newChecker(t, up, github(), next)
}

// Jira checks against the descriptions of Jira Cloud's platform and software interfaces.
func Jira(t *testing.T, up int, next http.RoundTripper) *Checker {
	t.Helper()
	return newChecker(t, up, jira(), next)
}

func newChecker(t *testing.T, up int, v vendor, next http.RoundTripper) *Checker {
	t.Helper()
	c := &Checker{t: t, vendor: v, next: next, seen: map[string]bool{}, met: map[string]bool{}}
	for _, file := range v.files {
		doc, err := openapi3.NewLoader().LoadFromFile(Shared(t, up, file))
		if err != nil {
			t.Fatal(err)
		}
		doc.Servers = nil
		router, err := legacy.NewRouter(doc, openapi3.DisableExamplesValidation(), openapi3.DisableSchemaPatternValidation(),
			openapi3.DisableSchemaDefaultsValidation())
		if err != nil {
			t.Fatal(err)
		}
		c.routers = append(c.routers, router)
	}
	return c
}

// Before returns a checker of the same test and book before another transport.
func (c *Checker) Before(next http.RoundTripper) http.RoundTripper { return passing{c, next} }

type passing struct {
	*Checker
	to http.RoundTripper
}

// RoundTrip passes the request on and validates both ways.
func (p passing) RoundTrip(r *http.Request) (*http.Response, error) { return p.pass(p.to, r) }

// Saw reports whether an operation was answered with a status: "GET /user 200".
func (c *Checker) Saw(operation string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.seen[operation]
}

// Operations returns how many operations with their statuses passed.
func (c *Checker) Operations() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return len(c.seen)
}

// Stale fails the test for every listed deviation that nothing showed.
func (c *Checker) Stale() {
	c.t.Helper()
	for _, d := range c.vendor.deviations {
		if !c.met[d.Text] {
			c.t.Errorf("deviation %q is no longer one: remove it", d.Text)
		}
	}
}

// RoundTrip passes the request on and validates both ways.
func (c *Checker) RoundTrip(r *http.Request) (*http.Response, error) { return c.pass(c.next, r) }

func (c *Checker) pass(next http.RoundTripper, r *http.Request) (*http.Response, error) {
	var sent []byte
	if r.Body != nil {
		var err error
		if sent, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
		r.Body = io.NopCloser(bytes.NewReader(sent))
	}
	resp, err := next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err // a connection cut in the middle: nothing to hold against anything
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	c.check(r, sent, resp, body)
	return resp, nil
}

func (c *Checker) check(r *http.Request, sent []byte, resp *http.Response, body []byte) {
	in := r.Clone(context.Background())
	in.URL = &url.URL{Path: r.URL.Path, RawPath: r.URL.RawPath, RawQuery: r.URL.RawQuery}
	if c.vendor.path != nil {
		in.URL.Path, in.URL.RawPath = c.vendor.path(r.URL.Path), ""
	}
	in.Body = io.NopCloser(bytes.NewReader(sent))
	route, params, err := c.route(in)
	if err != nil {
		if c.vendor.undescribed == nil || !c.vendor.undescribed(in.URL.Path) {
			c.t.Errorf("%s %s: %v", r.Method, r.URL.Path, err)
		}
		return
	}
	operation := fmt.Sprintf("%s %s %d", r.Method, route.Path, resp.StatusCode)
	c.note(c.seen, operation)
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true}
	input := &openapi3filter.RequestValidationInput{Request: in, PathParams: params, Route: route, Options: options}
	if resp.StatusCode < 300 {
		c.report("request "+operation, openapi3filter.ValidateRequest(context.Background(), input))
	}
	if c.vendor.amend != nil {
		body = c.vendor.amend(body, func(text string) { c.note(c.met, text) })
	}
	c.report("response "+operation, openapi3filter.ValidateResponse(context.Background(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: input, Status: resp.StatusCode, Header: resp.Header, Body: io.NopCloser(bytes.NewReader(body)), Options: options,
	}))
}

func (c *Checker) route(in *http.Request) (route *routers.Route, params map[string]string, err error) {
	for _, router := range c.routers {
		if route, params, err = router.FindRoute(in); err == nil {
			return route, params, nil
		}
	}
	return nil, nil, err
}

func (c *Checker) note(in map[string]bool, what string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	in[what] = true
}

// report fails the test unless the deviation is a listed one.
func (c *Checker) report(where string, err error) {
	if err == nil {
		return
	}
	for _, d := range c.vendor.deviations {
		if strings.Contains(where+": "+err.Error(), d.Text) {
			c.note(c.met, d.Text)
			return
		}
	}
	c.t.Errorf("%s: %.700v", where, err)
}

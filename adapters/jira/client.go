package jira

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	gojira "github.com/andygrunwald/go-jira"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

const defaultTimeout = 30 * time.Second

// client makes the calls to one Jira with one credential.
type client struct {
	jira    *gojira.Client
	edition edition
	base    *url.URL
	// addressed is false where the configuration names no address: Jira has no public
	// one. The pure methods work all the same.
	addressed bool
}

func newClient(cfg adapters.Config, e edition) (*client, error) {
	base, err := baseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	addressed := base.Host != ""
	if !addressed {
		base.Scheme, base.Host = "https", "jira.invalid" // never spoken to, see send
	}
	timeout := cfg.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	inner := cfg.Transport
	if inner == nil {
		inner = http.DefaultTransport
	}
	// A redirect ends in itself: net/http would turn a redirected PUT into a GET that
	// succeeds and changes nothing, and a redirected read leads to a login page.
	hc := &http.Client{
		Transport: &transport{
			inner: inner, host: base.Host, user: cfg.User, token: cfg.Token, timeout: timeout, meter: cfg.Meter,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	j, err := gojira.NewClient(hc, base.String())
	if err != nil {
		return nil, fail(external.Invalid, "read the Jira address", wantAddress, err)
	}
	return &client{jira: j, edition: e, base: base, addressed: addressed}, nil
}

const wantAddress = "want something like https://example.atlassian.net or https://api.atlassian.com/ex/jira/{cloudId}"

func baseURL(s string) (*url.URL, error) {
	if s == "" {
		return &url.URL{Path: "/"}, nil
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" {
		return nil, fail(external.Invalid, "read the Jira address", wantAddress, err)
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/"
	return u, nil
}

// request is one call of our own making.
type request struct {
	what   string // for people
	kind   string // for the meter
	method string // empty: GET
	path   string // below the base address
	body   any
	into   any  // what the answer is decoded into; nil: nothing
	write  bool // it changes something
	// explain lets Jira's own words into the error. They may quote values, so only calls
	// that carry no ticket content ask for it.
	explain bool
}

// send makes one call. The call comes back also with an error.
func (c *client) send(ctx context.Context, r request) (*call, error) {
	made := &call{kind: r.kind, write: r.write}
	if !c.addressed {
		return made, fail(external.Invalid, r.what, "no address is set; "+wantAddress, nil)
	}
	if r.method == "" {
		r.method = http.MethodGet
	}
	err := c.raw(context.WithValue(ctx, callKey{}, made), r)
	return made, classify(r.what, made, err, r.explain)
}

func (c *client) raw(ctx context.Context, r request) error {
	req, err := c.jira.NewRequestWithContext(ctx, r.method, r.path, r.body)
	if err != nil {
		return err
	}
	resp, err := c.jira.Do(req, r.into)
	if err != nil {
		return err
	}
	return resp.Body.Close() // Do leaves it open when it decodes nothing
}

// typed makes one call through one of go-jira's own methods.
func (c *client) typed(ctx context.Context, what, kind string, write bool, f func(context.Context) error) error {
	made := &call{kind: kind, write: write}
	if !c.addressed {
		return fail(external.Invalid, what, "no address is set; "+wantAddress, nil)
	}
	err := f(context.WithValue(ctx, callKey{}, made))
	return classify(what, made, err, false)
}

// at returns a path of the platform's interface, each part escaped.
func (c *client) at(parts ...string) string {
	escaped := make([]string, len(parts))
	for n, p := range parts {
		escaped[n] = url.PathEscape(p)
	}
	return c.edition.api() + strings.Join(escaped, "/")
}

// withQuery puts a query behind a path.
func withQuery(path string, q url.Values) string {
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}

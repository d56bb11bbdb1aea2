package github

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// PublicAPI is the address of GitHub's public service.
const PublicAPI = "https://api.github.com/"

const (
	defaultTimeout = 30 * time.Second
	pageSize       = 100
	maxRedirects   = 5
)

// client makes the calls to one repository with one credential. It holds no state
// between calls.
type client struct {
	gh          *gogithub.Client
	owner, repo string
	graphql     string // address of the GraphQL interface
}

func newClient(cfg adapters.Config) (*client, error) {
	base, err := baseURL(cfg.BaseURL)
	if err != nil {
		return nil, err
	}
	owner, repo, err := splitKey(cfg.ProjectKey)
	if err != nil {
		return nil, err
	}
	timeout := cfg.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	inner := cfg.Transport
	if inner == nil {
		inner = http.DefaultTransport
	}
	gh := gogithub.NewClient(&http.Client{
		Transport:     &transport{inner: inner, host: base.Host, token: cfg.Token, timeout: timeout, meter: cfg.Meter},
		CheckRedirect: checkRedirect,
	})
	gh.BaseURL, gh.UserAgent = base, "extsync"
	return &client{gh: gh, owner: owner, repo: repo, graphql: graphqlURL(base)}, nil
}

// checkRedirect follows reads within one host. net/http would turn a redirected
// PATCH into a GET that succeeds and changes nothing; a read of another host would
// believe a stranger. Both end in the 301 itself.
func checkRedirect(req *http.Request, via []*http.Request) error {
	first := via[0]
	same := req.URL.Host == first.URL.Host && req.URL.Scheme == first.URL.Scheme
	if first.Method != http.MethodGet || !same || len(via) > maxRedirects {
		return http.ErrUseLastResponse
	}
	return nil
}

func baseURL(s string) (*url.URL, error) {
	if s == "" {
		s = PublicAPI
	}
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" {
		return nil, fail(external.Invalid, "read the API address",
			"want something like https://github.example.com/api/v3", err)
	}
	u.Path = strings.TrimRight(u.Path, "/") + "/"
	return u, nil
}

// graphqlURL derives the GraphQL address: GitHub Enterprise has REST at /api/v3 and
// GraphQL at /api/graphql; elsewhere it stands below the REST address.
func graphqlURL(base *url.URL) string {
	u := *base
	if p, enterprise := strings.CutSuffix(u.Path, "/v3/"); enterprise {
		u.Path = p + "/"
	}
	u.Path += "graphql"
	return u.String()
}

// splitKey takes "owner/name" apart. An empty key stays empty.
func splitKey(key string) (string, string, error) {
	if key == "" {
		return "", "", nil
	}
	owner, repo, _ := strings.Cut(key, "/")
	if !validName(owner) || !validName(repo) {
		return "", "", fail(external.Invalid, "read the repository's name", "want owner/name", nil)
	}
	return owner, repo, nil
}

// validName reports whether s can be an owner's or repository's name, and so stands
// for itself in a path.
func validName(s string) bool {
	return s != "" && s != "." && s != ".." && strings.Trim(s,
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") == ""
}

func (c *client) key() string { return c.owner + "/" + c.repo }

func (c *client) path(rest string) string { return "repos/" + c.owner + "/" + c.repo + "/" + rest }

// read makes one call that changes nothing. The call comes back also with an error.
func (c *client) read(ctx context.Context, what, kind string, f func(context.Context) error) (*call, error) {
	return c.do(ctx, what, &call{kind: kind}, f)
}

// write makes one call that changes something.
func (c *client) write(ctx context.Context, what, kind string, f func(context.Context) error) error {
	_, err := c.do(ctx, what, &call{kind: kind, write: true}, f)
	return err
}

func (c *client) do(ctx context.Context, what string, made *call, f func(context.Context) error) (*call, error) {
	err := f(context.WithValue(ctx, callKey{}, made))
	return made, classify(what, made, err)
}

// pages makes read calls until GitHub names no next page.
func (c *client) pages(ctx context.Context, what, kind string, f func(context.Context, gogithub.ListOptions) error) error {
	for page := 1; page > 0; {
		made, err := c.read(ctx, what, kind, func(ctx context.Context) error {
			return f(ctx, gogithub.ListOptions{Page: page, PerPage: pageSize})
		})
		if err != nil {
			return err
		}
		page = nextPage(made.header.Get("Link"), page)
	}
	return nil
}

// send makes a request that go-github has no method for, or a wrong one.
func (c *client) send(ctx context.Context, method, path string, header http.Header, body, into any) error {
	req, err := c.gh.NewRequest(method, path, body)
	if err != nil {
		return err
	}
	for name := range header {
		req.Header.Set(name, header.Get(name))
	}
	_, err = c.gh.Do(ctx, req, into)
	return err
}

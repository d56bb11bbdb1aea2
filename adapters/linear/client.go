package linear

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	"github.com/Khan/genqlient/graphql"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// PublicAPI is the address of Linear's public service.
const PublicAPI = "https://api.linear.app/graphql"

const (
	defaultTimeout = 30 * time.Second
)

// client makes the calls to one team with one credential.
type client struct{ gql graphql.Client }

func newClient(cfg adapters.Config, s settings) (*client, error) {
	at := cfg.BaseURL
	if at == "" {
		at = PublicAPI
	}
	u, err := url.Parse(at)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Host == "" || u.RawQuery != "" {
		return nil, fail(external.Invalid, "read the API address", "want something like "+PublicAPI, err)
	}
	timeout := cfg.Timeout
	if timeout <= 0 {
		timeout = defaultTimeout
	}
	inner := cfg.Transport
	if inner == nil {
		inner = http.DefaultTransport
	}
	t := &transport{inner: inner, host: u.Host, authorization: s.authorization(cfg.Token), timeout: timeout, meter: cfg.Meter}
	// A redirected POST would become a GET; Linear has none.
	stay := func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &client{gql: complete{graphql.NewClient(u.String(), &http.Client{Transport: t, CheckRedirect: stay})}}, nil
}

// complete is a client that takes an answer without data and without errors for none:
// decoded, it would be an empty list, and everything would seem to be gone.
type complete struct{ graphql.Client }

var errNoData = errors.New("the answer holds no data")

// MakeRequest makes the request and fills what resp.Data points to.
func (c complete) MakeRequest(ctx context.Context, req *graphql.Request, resp *graphql.Response) error {
	var raw json.RawMessage
	into := resp.Data
	resp.Data = &raw
	if err := c.Client.MakeRequest(ctx, req, resp); err != nil {
		return err
	}
	resp.Data = into
	if s := string(raw); s == "" || s == "null" || s == "{}" {
		return errNoData
	}
	return json.Unmarshal(raw, into)
}

// read makes one call that changes nothing. The call comes back also with an error.
func (c *client) read(ctx context.Context, what, kind string, f func(context.Context) error) (*call, error) {
	made := &call{kind: kind}
	return made, c.do(ctx, what, made, f)
}

// write makes one call that changes something.
func (c *client) write(ctx context.Context, what, kind string, f func(context.Context) error) (*call, error) {
	made := &call{kind: kind, write: true}
	return made, c.do(ctx, what, made, f)
}

func (c *client) do(ctx context.Context, what string, made *call, f func(context.Context) error) error {
	err := f(context.WithValue(ctx, callKey{}, made))
	made.refusals = refusalsIn(err)
	return classify(what, made, err)
}

// send makes a request that is not among the generated ones.
func (c *client) send(ctx context.Context, name, query string, variables, into any) error {
	return c.gql.MakeRequest(ctx, &graphql.Request{OpName: name, Query: query, Variables: variables}, &graphql.Response{Data: into})
}

// pages follows a connection to its end.
func pages(f func(after *string) (pageFields, error)) error {
	var after *string
	for {
		p, err := f(after)
		if err != nil {
			return err
		}
		if !p.HasNextPage || p.EndCursor == nil {
			return nil
		}
		if after != nil && *after == *p.EndCursor {
			return fail(external.Temporary, "follow a list", "a page ends where it began; it is read again later", nil)
		}
		after = p.EndCursor
	}
}

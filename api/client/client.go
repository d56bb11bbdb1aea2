// Package client speaks the API of package api over HTTP. [New] makes a [Client]; its
// methods are the operations, and their shapes are in package v1. What the server
// refuses comes back as a *v1.Problem; a server that cannot be reached, as an
// *UnreachableError.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
)

// Client calls one server. It may be used by several goroutines.
type Client struct {
	base  string
	token string
	// Actor is the local handle in whose name edits are made; empty: the server's
	// default.
	Actor string
	// Key is the Idempotency-Key of a request that makes a ticket or comment, of one that may
	// have been carried out before; empty: each gets a key of its own. With a Key the client
	// is good for one such request: the server knows a second one for the first, or refuses it.
	Key  string
	http *http.Client
}

// timeout bounds one call. The server answers within a minute, also where it waits.
const timeout = 75 * time.Second

// maxAnswer bounds an answer, in bytes: a page of tickets with the longest texts.
const maxAnswer = 256 << 20

// New makes a client of the server at base ("http://127.0.0.1:7245") that shows the
// admin token.
func New(base, token string) *Client {
	return &Client{base: strings.TrimRight(base, "/"), token: token, http: &http.Client{Timeout: timeout}}
}

// UnreachableError says that no answer came.
type UnreachableError struct {
	Base string
	Err  error
}

// Error names the address and what to do.
func (e *UnreachableError) Error() string {
	return fmt.Sprintf("the API at %s does not answer (%v); start it with `extsync dev`, or name another with --api", e.Base, e.Err)
}

// Unwrap returns the cause.
func (e *UnreachableError) Unwrap() error { return e.Err }

// request is one call: what is sent, and the If-Match header where it is not zero.
type request struct {
	method, path string
	query        url.Values
	body         any
	seen         int64
	key          string // the Idempotency-Key, of a request that may be repeated
}

// do makes the call and decodes the answer into out, unless it is nil.
func (c *Client) do(ctx context.Context, r request, out any) error {
	b, err := c.persist(ctx, r)
	if err != nil {
		return err
	}
	if out == nil {
		return nil
	}
	if err := json.Unmarshal(b, out); err != nil {
		return fmt.Errorf("%s %s: the answer is not what this version expects; is it an extsync of the same version? %w", r.method, r.path, err)
	}
	return nil
}

// send makes one call and returns the body of its answer.
func (c *Client) send(ctx context.Context, r request) ([]byte, error) {
	req, err := c.build(ctx, r)
	if err != nil {
		return nil, err
	}
	res, err := c.http.Do(req)
	if err != nil {
		var u *url.Error
		if errors.As(err, &u) {
			err = u.Err // without the address, which is named already
		}
		return nil, &UnreachableError{c.base, err}
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return nil, &UnreachableError{c.base, err}
	}
	if res.StatusCode >= http.StatusBadRequest {
		return nil, refusal(c.base, res.StatusCode, b)
	}
	return b, nil
}

func (c *Client) build(ctx context.Context, r request) (*http.Request, error) {
	var body io.Reader
	if r.body != nil {
		b, err := json.Marshal(r.body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", r.method, r.path, err)
		}
		body = bytes.NewReader(b)
	}
	address := c.base + r.path
	if len(r.query) > 0 {
		address += "?" + r.query.Encode()
	}
	req, err := http.NewRequestWithContext(ctx, r.method, address, body)
	if err != nil {
		return nil, fmt.Errorf("the address of the API: want something like http://127.0.0.1:7245: %w", err)
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
	if c.Actor != "" {
		req.Header.Set("Extsync-Actor", c.Actor)
	}
	if r.key != "" {
		req.Header.Set("Idempotency-Key", r.key)
	}
	if r.seen > 0 {
		req.Header.Set("If-Match", fmt.Sprintf("%q", fmt.Sprint(r.seen)))
	}
	return req, nil
}

// foreignError says that something else than our API answered, a proxy say.
type foreignError struct {
	base   string
	status int
}

// Error names what it answered.
func (e *foreignError) Error() string {
	return fmt.Sprintf("%s answered %d %s and no problem: is it the API of extsync?", e.base, e.status, http.StatusText(e.status))
}

// refusal reads the problem that the server answered with.
func refusal(base string, status int, b []byte) error {
	p := &v1.Problem{}
	if err := json.Unmarshal(b, p); err != nil || p.Type == "" {
		return &foreignError{base, status}
	}
	return p
}

// ask makes a call whose answer is one value.
func ask[T any](ctx context.Context, c *Client, r request) (T, error) {
	var out T
	err := c.do(ctx, r, &out)
	return out, err
}

package client

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/google/uuid"

	v1 "github.com/extsync/extsync/api/v1"
)

// repeats returns the pauses before a request with a key is sent again whose answer was lost: a
// server that is started anew is back by then.
func repeats() []time.Duration {
	return []time.Duration{250 * time.Millisecond, time.Second, 3 * time.Second}
}

// UnknownError says that a request may have been carried out, or not: no answer came to any
// of its repetitions.
type UnknownError struct {
	Key string // sent again with it, it is carried out once
	Err error
}

// Error says what to do.
func (e *UnknownError) Error() string {
	return fmt.Sprintf("%v; %s", e.Err, e.Advice())
}

// Advice says what to do, without the reason.
func (e *UnknownError) Advice() string {
	return fmt.Sprintf("whether it was made is not known: the same command with --idempotency-key %s makes it once, within a day", e.Key)
}

// Unwrap returns why there was no answer.
func (e *UnknownError) Unwrap() error { return e.Err }

// keyed returns the request with the client's key, or one of its own.
func (c *Client) keyed(r request) request {
	if r.key = c.Key; r.key == "" {
		r.key = uuid.NewString()
	}
	return r
}

// persist makes the call. One with a key is repeated while its answers are lost: the server
// knows it again.
func (c *Client) persist(ctx context.Context, r request) ([]byte, error) {
	b, err := c.send(ctx, r)
	if r.key == "" || err == nil || isUnsent(err) || !isLost(err) {
		return b, err
	}
	for _, pause := range repeats() {
		if isSlow(err) || ctx.Err() != nil {
			break // the next answer would be as late
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		if b, err = c.send(ctx, r); err == nil || !isLost(err) {
			return b, err
		}
	}
	return nil, &UnknownError{r.key, err}
}

// isUnsent reports whether a call has not even reached the server.
func isUnsent(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "dial"
}

// isLost reports whether an error leaves open if the call was carried out.
func isLost(err error) bool {
	var away *UnreachableError
	var p *v1.Problem
	var foreign *foreignError
	switch {
	case errors.As(err, &p):
		return p.Status >= http.StatusInternalServerError || p.Type == v1.KeyInUse
	case errors.As(err, &foreign):
		return foreign.status >= http.StatusInternalServerError // a proxy's
	}
	return errors.As(err, &away)
}

func isSlow(err error) bool {
	var late interface{ Timeout() bool }
	return errors.As(err, &late) && late.Timeout()
}

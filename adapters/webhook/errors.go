package webhook

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"code.dny.dev/ssrf"

	"github.com/extsync/extsync/external"
)

var errTooLarge = errors.New("the answer is larger than it may be")

func fail(kind external.ErrorKind, what, message string, cause error) error {
	return &external.Error{Kind: kind, Op: what, Message: message, Err: cause}
}

// unreadable is an answer that came and that the settings do not fit.
func unreadable(what string, cause error) error {
	if cause == nil {
		return nil
	}
	kind := external.Invalid
	if errors.Is(cause, errStopped) {
		kind = external.Temporary
	}
	return fail(kind, what, "what came is not what the settings expect: "+cause.Error(), cause)
}

// broken is a call without a usable answer. A write may have happened unless the
// connection was never made.
func broken(made call, err error) error {
	cause := err
	var u *url.Error
	if errors.As(err, &u) { // its text holds the address, and that ids
		cause = u.Err
	}
	switch {
	case guarded(cause):
		return fail(external.Forbidden, made.what, "its address"+host(u)+" is not a public one; "+
			"an operator can permit it with --allow-address NETWORK", cause)
	case made.write && !neverSent(cause):
		return fail(external.Ambiguous, made.what, "no usable answer came; the write may have happened", cause)
	case errors.Is(cause, errNotJSON):
		return fail(external.Temporary, made.what, "the answer is not JSON; check the address of the settings and any proxy", cause)
	case errors.Is(cause, errTooLarge):
		return fail(external.Invalid, made.what, fmt.Sprintf("the answer is larger than %d bytes; ask for smaller pages", maxAnswer), cause)
	case errors.Is(cause, context.Canceled):
		return fail(external.Temporary, made.what, "the call was cancelled", cause)
	}
	return fail(external.Temporary, made.what, "the host"+host(u)+" does not answer; check the address and the network", cause)
}

// guarded reports whether our own network guard refused the address.
func guarded(err error) bool {
	return errors.Is(err, ssrf.ErrProhibitedIP) || errors.Is(err, ssrf.ErrProhibitedNetwork) || errors.Is(err, ssrf.ErrProhibitedPort)
}

func host(u *url.Error) string {
	if u == nil {
		return ""
	}
	parsed, err := url.Parse(u.URL)
	if err != nil {
		return ""
	}
	return " (" + parsed.Host + ")"
}

// neverSent reports whether the request did not get as far as the server.
func neverSent(err error) bool {
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	return errors.As(err, &op) && op.Op == "dial" || errors.As(err, &cert)
}

// refused is an answer that is no success. Only 2xx is one.
func refused(made call, a answer) error {
	kind, message := verdictOn(made, a.status)
	e := &external.Error{Kind: kind, Op: made.what, Message: message}
	if after := a.header.Get("Retry-After"); kind == external.RateLimited || after != "" && a.status >= 500 {
		e.RetryAfter = retryAfter(a.header, time.Now())
	}
	return e
}

// verdictOn says what a status means, and what to do about it.
func verdictOn(made call, status int) (external.ErrorKind, string) {
	switch {
	case status/100 == 3:
		return external.Moved, "it redirects elsewhere, which is not followed; put the present address into the settings"
	case status >= 500 || status == http.StatusRequestTimeout:
		return unsure(made, status)
	}
	switch status {
	case http.StatusUnauthorized:
		return external.Unauthorised, "the credential is not accepted: the token or the signing secret is not the one that the system knows, or the clocks differ"
	case http.StatusForbidden:
		return external.Forbidden, "the credential may not do this; give its account the permission there"
	case http.StatusNotFound:
		return external.NotFound, "it does not exist or may not be seen; check the project's key and the address of the settings"
	case http.StatusGone:
		if made.named {
			return external.Gone, "it was deleted"
		}
		return external.Forbidden, "the receiver wants nothing more at this address (410); connect the project again once it does"
	case http.StatusConflict, http.StatusPreconditionFailed:
		return external.Conflict, "the system saw a colliding change; read again"
	case http.StatusTooManyRequests:
		return external.RateLimited, "the system's rate limit is used up; nothing was done"
	}
	return external.Invalid, fmt.Sprintf("the system refuses the request with status %d; its log may say why", status)
}

// unsure is a server's failure. A write may have happened, also where the system knows a repeat by its id:
// it would drop what was edited in between together with that.
func unsure(made call, status int) (external.ErrorKind, string) {
	if made.write {
		return external.Ambiguous, fmt.Sprintf("the system failed with status %d; the write may have happened", status)
	}
	return external.Temporary, fmt.Sprintf("the system failed with status %d", status)
}

// Waits: a minute where a limit says nothing, an hour at most.
const (
	unknownWait = time.Minute
	shortWait   = time.Second
	longWait    = time.Hour
)

// retryAfter reads how long to wait, against the server's clock where it tells it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	wait, after := unknownWait, h.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil {
		wait = time.Duration(min(seconds, int(longWait.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		wait = at.Sub(now)
	}
	return max(shortWait, min(wait, longWait))
}

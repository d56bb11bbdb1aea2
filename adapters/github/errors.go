package github

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	gogithub "github.com/google/go-github/v62/github"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

// errNotModified is a 304. It is no failure and stays in this package.
var errNotModified = errors.New("not modified")

// errAssignee is the cause of a refusal that names an assignee.
var errAssignee = errors.New("somebody cannot be assigned")

func fail(kind external.ErrorKind, what, message string, cause error) error {
	return &external.Error{Kind: kind, Op: what, Message: message, Err: cause}
}

// classify turns what go-github reports into an *external.Error. It goes by the
// recorded answer, because go-github types only some refusals (no 429, no 304).
// Addresses and bodies stay out of the error: they may hold ticket content.
func classify(what string, made *call, err error) error {
	switch {
	case err == nil:
		return nil
	case isExternal(err):
		return err
	case made.status == http.StatusNotModified:
		return errNotModified
	case made.status == 0 || made.status/100 == 2:
		return broken(what, made, err)
	}
	return refused(what, made, reply(err))
}

func isExternal(err error) bool {
	var e *external.Error
	return errors.As(err, &e)
}

// reply returns GitHub's error body, as far as there was one.
func reply(err error) *gogithub.ErrorResponse {
	var plain *gogithub.ErrorResponse
	var limit *gogithub.RateLimitError
	var abuse *gogithub.AbuseRateLimitError
	switch {
	case errors.As(err, &plain):
		return plain
	case errors.As(err, &limit):
		return &gogithub.ErrorResponse{Message: limit.Message}
	case errors.As(err, &abuse):
		return &gogithub.ErrorResponse{Message: abuse.Message, DocumentationURL: "secondary-rate-limits"}
	}
	return &gogithub.ErrorResponse{}
}

// broken is a call without a usable answer. A write may have happened unless the
// connection was never made.
func broken(what string, made *call, err error) error {
	cause := err
	var u *url.Error
	if errors.As(err, &u) { // its text holds the address
		cause = u.Err
	}
	var blocked *adapters.BlockedError
	if made.write && made.tried && !neverSent(cause) {
		return fail(external.Ambiguous, what, "no usable answer came; the write may have happened", cause)
	}
	switch {
	case errors.Is(cause, errNotJSON):
		return fail(external.Temporary, what, "something other than GitHub's API answered; check the API address and any proxy", cause)
	case made.status != 0:
		return fail(external.Temporary, what, "the answer broke off or could not be read", cause)
	case errors.As(cause, &blocked):
		return fail(external.Temporary, what, blocked.Error(), cause)
	case errors.Is(cause, context.Canceled):
		return fail(external.Temporary, what, "the call was cancelled", cause)
	}
	return fail(external.Temporary, what, "the host does not answer"+host(u)+"; check the address and the network", cause)
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
	return (errors.As(err, &op) && op.Op == "dial") || errors.As(err, &cert)
}

// refused is an answer that is not a success.
func refused(what string, made *call, r *gogithub.ErrorResponse) error {
	kind, message := verdict(made, r)
	e := &external.Error{Kind: kind, Op: what, Message: message, AllItems: kind == external.Forbidden && lacks(r)}
	if kind == external.Invalid && slices.ContainsFunc(r.Errors, func(e gogithub.Error) bool { return e.Field == "assignees" || e.Field == "assignee" }) {
		e.Err = errAssignee
	}
	if kind == external.RateLimited || (kind == external.Temporary && made.header.Get("Retry-After") != "") {
		e.RetryAfter = retryAfter(made.header, time.Now())
	}
	return e
}

// verdict says what a refusal means, and what to do about it.
func verdict(made *call, r *gogithub.ErrorResponse) (external.ErrorKind, string) {
	switch status := made.status; status {
	case http.StatusUnauthorized:
		return external.Unauthorised, "the token is not accepted; it may be mistyped, expired or revoked: make a new one and connect again"
	case http.StatusTooManyRequests:
		return external.RateLimited, "GitHub's rate limit is used up; nothing was done"
	case http.StatusForbidden:
		if limited403(made.header, r) {
			return external.RateLimited, "GitHub's rate limit is used up; nothing was done"
		}
		return external.Forbidden, forbidden(made, r)
	case http.StatusNotFound:
		return external.NotFound, "it does not exist or the token may not see it; check the name and the token's access to the repository"
	case http.StatusGone:
		if strings.Contains(strings.ToLower(r.Message), "disabled") {
			return external.Forbidden, "issues are disabled there; enable them in the repository's settings"
		}
		return external.Gone, "it was deleted"
	case http.StatusMovedPermanently, http.StatusFound, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return external.Moved, "it lives at another address now; if the repository was renamed, connect it at its present name"
	case http.StatusConflict:
		return external.Conflict, "GitHub saw a colliding change; read again"
	case http.StatusUnprocessableEntity, http.StatusBadRequest:
		if tooQuick(r) {
			return external.RateLimited, "GitHub wants what is written to come more slowly; nothing was done"
		}
		return external.Invalid, "GitHub refuses the content: " + details(r)
	case http.StatusUnavailableForLegalReasons:
		return external.Forbidden, "access is blocked for legal reasons"
	default:
		return unusual(status, made.write)
	}
}

func unusual(status int, write bool) (external.ErrorKind, string) {
	switch transient := status >= 500 || status == http.StatusRequestTimeout; {
	case transient && write:
		return external.Ambiguous, fmt.Sprintf("GitHub failed with status %d; the write may have happened", status)
	case transient:
		return external.Temporary, fmt.Sprintf("GitHub failed with status %d", status)
	}
	return external.Invalid, fmt.Sprintf("GitHub answered with status %d, which is not expected here", status)
}

// limited403 tells a limit from a refusal, both of which are 403.
func limited403(h http.Header, r *gogithub.ErrorResponse) bool {
	message := strings.ToLower(r.Message)
	return h.Get("Retry-After") != "" || h.Get("X-RateLimit-Remaining") == "0" ||
		strings.HasSuffix(r.DocumentationURL, "secondary-rate-limits") || strings.HasSuffix(r.DocumentationURL, "#abuse-rate-limits") ||
		strings.Contains(message, "secondary rate limit") || strings.Contains(message, "abuse detection")
}

// tooQuick tells the one limit that comes as a 422: "was submitted too quickly", in the words
// of https://github.com/cli/cli/issues/4801.
func tooQuick(r *gogithub.ErrorResponse) bool {
	return slices.ContainsFunc(r.Errors, func(e gogithub.Error) bool { return strings.Contains(e.Message, "submitted too quickly") })
}

// forbidden says why GitHub refuses, and what a person can do about it: not every 403 is about
// what the token may do.
func forbidden(made *call, r *gogithub.ErrorResponse) string {
	switch message := strings.ToLower(r.Message); {
	case strings.Contains(message, "archived"):
		return archived + ", or pause the project"
	case strings.HasPrefix(made.header.Get("X-GitHub-SSO"), "required"), strings.Contains(message, "saml enforcement"):
		return "the organisation wants single sign-on (SAML); authorise the token for it in GitHub's settings of the token"
	case strings.Contains(message, "ip allow list"):
		return "the organisation's IP allow list does not hold this server's address; have it added there"
	case strings.Contains(message, "is locked"):
		return "the conversation is locked; unlock it on GitHub, or give the token's owner push access"
	}
	return "the token may not do this" + needed(made)
}

// lacks tells a refusal for what the token itself may not do, whatever the item, in the words of
// https://docs.github.com/rest/using-the-rest-api/troubleshooting-the-rest-api#resource-not-accessible.
func lacks(r *gogithub.ErrorResponse) bool {
	return strings.HasPrefix(strings.ToLower(r.Message), "resource not accessible by ")
}

const archived = "the repository is archived, so that nobody may write to it; unarchive it"

// needed names the missing permission: GitHub does, for fine-grained tokens.
func needed(made *call) string {
	if p := made.header.Get("X-Accepted-GitHub-Permissions"); p != "" {
		return "; give it the permission " + strings.ReplaceAll(p, "=", ": ")
	}
	if made.write {
		return "; give it the permission Issues: write, and its owner push access"
	}
	return "; give it the permission Issues: read and write"
}

// details lists fields and codes, and GitHub's words about its own rules. Words
// about values are left out: they quote content.
func details(r *gogithub.ErrorResponse) string {
	var out []string
	for _, e := range r.Errors {
		switch {
		case e.Field == "":
		case e.Code == "custom" && strings.Contains(e.Message, "too long"):
			out = append(out, e.Field+" is too long")
		default:
			out = append(out, e.Field+" is "+strings.ReplaceAll(e.Code, "_", " "))
		}
	}
	if len(out) == 0 {
		return "it does not say which part"
	}
	return strings.Join(out, ", ")
}

// Waits that GitHub's documentation asks for: a minute at least where it says
// nothing; the primary limit returns within an hour.
const (
	unknownWait = time.Minute
	shortWait   = time.Second
	longWait    = time.Hour
)

// retryAfter reads how long to wait: Retry-After first, then the reset of a limit
// that is used up. Times are taken against the server's clock where it tells it.
func retryAfter(h http.Header, now time.Time) time.Duration {
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	wait := unknownWait
	after := h.Get("Retry-After")
	if seconds, err := strconv.Atoi(after); err == nil {
		wait = time.Duration(min(seconds, int(longWait.Seconds()))) * time.Second
	} else if at, err := http.ParseTime(after); err == nil {
		wait = at.Sub(now)
	} else if r := rate(h); r.Known && r.Remaining == 0 {
		wait = r.Reset.Sub(now)
	}
	return max(shortWait, min(wait, longWait))
}

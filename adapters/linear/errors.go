package linear

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/Khan/genqlient/graphql"
	"github.com/vektah/gqlparser/v2/gqlerror"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

func fail(kind external.ErrorKind, what, message string, cause error) error {
	return &external.Error{Kind: kind, Op: what, Message: message, Err: cause}
}

// classify turns what the generated client reports into an *external.Error. Addresses,
// bodies and Linear's own words stay out of it: they may hold ticket content.
func classify(what string, made *call, err error) error {
	var known *external.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case len(made.refusals) == 0 && made.status/100 != 2 && made.status != 0:
		kind, message := byStatus(made)
		return refused(what, made, kind, message)
	case len(made.refusals) == 0:
		return broken(what, made, err)
	}
	worst := made.refusals[0]
	for _, e := range made.refusals[1:] {
		if rank(made, e) < rank(made, worst) {
			worst = e
		}
	}
	kind, message := verdict(made, worst)
	err = refused(what, made, kind, message)
	if fields := fieldsIn(worst.Message); kind == external.Invalid && len(fields) > 0 && strings.HasPrefix(fields[0], "teamId") && unknown(worst) {
		return hidden(what, err)
	}
	return err
}

// hidden is the refusal of a team that is not there. Every team of ours was, so it was deleted since, or it is not for
// the token to see any more; no issue is to blame.
func hidden(what string, cause error) error {
	return &external.Error{Kind: external.Forbidden, Op: what, Err: cause, AllItems: true,
		Message: "the team does not exist any more, or the token may not see it; give the token's owner access to it"}
}

// unknown reports whether Linear does not know something that is named.
func unknown(e *gqlerror.Error) bool {
	return strings.HasPrefix(e.Message, "Entity not found") || strings.Contains(e.Message, ": Entity not found")
}

// refusalsIn returns Linear's errors, which come with status 200 beside data, or
// with another status instead of it.
func refusalsIn(err error) gqlerror.List {
	var list gqlerror.List
	var answered *graphql.HTTPError
	switch {
	case errors.As(err, &list):
		return list
	case errors.As(err, &answered):
		for _, e := range answered.Response.Errors {
			if len(e.Extensions) == 0 { // the client puts any page of text there
				return nil
			}
		}
		return answered.Response.Errors
	}
	return nil
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
	switch {
	case made.write && made.tried && !neverSent(cause):
		return fail(external.Ambiguous, what, "no usable answer came; the write may have happened", cause)
	case errors.Is(cause, errNotJSON):
		return fail(external.Temporary, what, "something other than Linear's API answered; check the API address and any proxy", cause)
	case made.status != 0:
		return fail(external.Temporary, what, "the answer broke off or could not be read", cause)
	case errors.As(cause, &blocked):
		return fail(external.Temporary, what, blocked.Error(), cause)
	case errors.Is(cause, context.Canceled):
		return fail(external.Temporary, what, "the call was cancelled", cause)
	}
	return fail(external.Temporary, what, "the host does not answer; check the address and the network", cause)
}

// neverSent reports whether the request did not get as far as the server.
func neverSent(err error) bool {
	var op *net.OpError
	var cert *tls.CertificateVerificationError
	return (errors.As(err, &op) && op.Op == "dial") || errors.As(err, &cert)
}

func refused(what string, made *call, kind external.ErrorKind, message string) error {
	e := &external.Error{Kind: kind, Op: what, Message: message}
	if kind == external.RateLimited || (kind == external.Temporary && made.header.Get("Retry-After") != "") {
		e.RetryAfter = retryAfter(made.header)
	}
	return e
}

// mayNot is what a refusal says of which Linear does not tell what it is for.
const mayNot = "the token may not do this; give it the scope read and write and access to the team"

// rank orders errors that come together: what concerns the credential comes first.
func rank(made *call, e *gqlerror.Error) int {
	switch kind, _ := verdict(made, e); kind {
	case external.RateLimited:
		return 0
	case external.Unauthorised:
		return 1
	case external.Forbidden:
		return 2
	case external.Ambiguous:
		return 3
	default:
		return 4
	}
}

// verdict says what one of Linear's errors means and what to do about it. Linear tells
// a limit by its code alone, with status 400.
// Source: https://linear.app/developers/rate-limiting
func verdict(made *call, e *gqlerror.Error) (external.ErrorKind, string) {
	code, kind := extension(e, "code"), extension(e, "type")
	is := func(words ...string) bool {
		for _, w := range words {
			if strings.EqualFold(code, w) || strings.EqualFold(strings.ReplaceAll(kind, " ", "_"), w) {
				return true
			}
		}
		return false
	}
	switch {
	case is("RATELIMITED"):
		return external.RateLimited, "Linear's rate limit is used up; nothing was done"
	case is("AUTHENTICATION_ERROR", "UNAUTHENTICATED"):
		return external.Unauthorised, "the token is not accepted; it may be mistyped, expired or revoked, or an API key taken for an OAuth token: see the setting auth"
	case is("FORBIDDEN", "FEATURE_NOT_ACCESSIBLE"):
		return external.Forbidden, mayNot
	case is("USAGE_LIMIT_EXCEEDED"):
		return external.Forbidden, "the workspace's plan allows no more of these"
	case made.write && len(e.Path) > 1:
		return external.Ambiguous, "the write happened, and its answer is incomplete"
	case is("LOCK_TIMEOUT"):
		return external.Temporary, "Linear was busy with the same item; nothing was done"
	case strings.Contains(strings.ToLower(e.Message), "complexity"):
		return external.Invalid, "the query costs more points than Linear allows; this is a fault of the adapter, report it"
	case is("INPUT_ERROR", "INVALID_INPUT", "USER_ERROR", "GRAPHQL_VALIDATION_FAILED", "GRAPHQL_PARSE_FAILED", "GRAPHQL_ERROR", "BAD_USER_INPUT"):
		return content(e)
	}
	return byStatus(made)
}

// content is what Linear refuses for what it says.
func content(e *gqlerror.Error) (external.ErrorKind, string) {
	fields := fieldsIn(e.Message)
	switch {
	case strings.Contains(e.Message, "already exists"):
		return external.Conflict, "the id is taken"
	case !unknown(e):
	case len(fields) == 0 || fields[0] == "issueId":
		return external.NotFound, "it does not exist or the token may not see it"
	default:
		return external.Invalid, "it names something that does not exist: " + strings.Join(fields, ", ")
	}
	if len(fields) == 0 {
		return external.Invalid, "Linear refuses the content and does not say which part"
	}
	return external.Invalid, "Linear refuses the content: " + strings.Join(fields, ", ")
}

// fieldsIn returns the input fields that one of Linear's sentences names. The rest of
// the sentence may quote content.
func fieldsIn(message string) []string {
	known := map[string]bool{}
	for _, f := range []string{
		"id", "ids", "title", "description", "stateId", "priority", "estimate", "dueDate", "labelIds", "addedLabelIds",
		"removedLabelIds", "assigneeId", "parentId", "projectId", "cycleId", "teamId", "teamIds", "body", "issueId", "name", "url",
	} {
		known[f] = true
	}
	letter := func(r rune) bool { return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') }
	var out []string
	for _, w := range strings.FieldsFunc(message, letter) {
		if known[w] {
			delete(known, w)
			out = append(out, w)
		}
	}
	return out
}

func extension(e *gqlerror.Error, name string) string {
	s, _ := e.Extensions[name].(string)
	return s
}

// byStatus is a refusal that says nothing of itself.
func byStatus(made *call) (external.ErrorKind, string) {
	switch status := made.status; {
	case status == http.StatusUnauthorized:
		return external.Unauthorised, "the token is not accepted; it may be mistyped, expired or revoked"
	case status == http.StatusForbidden:
		return external.Forbidden, "access is denied; check the token and any proxy"
	case status == http.StatusTooManyRequests:
		return external.RateLimited, "the rate limit is used up; nothing was done"
	case status == http.StatusBadRequest:
		return external.Invalid, "Linear does not take the request; this is a fault of the adapter, report it"
	case status/100 == 3 || status == http.StatusNotFound:
		return external.Invalid, fmt.Sprintf("there is no such interface (status %d); check the API address", status)
	case made.write:
		return external.Ambiguous, fmt.Sprintf("Linear failed (status %d); the write may have happened", status)
	default:
		return external.Temporary, fmt.Sprintf("Linear failed (status %d)", status)
	}
}

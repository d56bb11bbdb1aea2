package jira

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
)

func fail(kind external.ErrorKind, what, message string, cause error) error {
	return &external.Error{Kind: kind, Op: what, Message: message, Err: cause}
}

// classify turns a failed call into an *external.Error. It goes by the recorded answer:
// go-jira's errors carry neither status nor headers. Addresses and bodies stay out of
// the error, for they may hold ticket content.
func classify(what string, made *call, err error, explain bool) error {
	var known *external.Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known):
		return err
	case made.status == 0 || made.status/100 == 2:
		return broken(what, made, err)
	}
	return refused(what, made, explain)
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
	case errors.Is(cause, errAnonymous) && !made.write:
		return fail(external.Unauthorised, what, refusedToken+loginReason(made.header), cause)
	case errors.Is(cause, errNotJSON) && loginRefused(made.header):
		return fail(external.Unauthorised, what, "a login page answered"+loginReason(made.header), cause)
	case made.write && made.tried && !neverSent(cause):
		return fail(external.Ambiguous, what, "no usable answer came; the write may have happened", cause)
	case errors.Is(cause, errNotJSON):
		return fail(external.Temporary, what, "something other than Jira's API answered; check the address and any proxy", cause)
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

// refused is an answer that is not a success.
func refused(what string, made *call, explain bool) error {
	kind, message := verdict(made, readRefusal(made.failure), explain)
	e := &external.Error{Kind: kind, Op: what, Message: message}
	e.OneItem = kind == external.RateLimited && made.write && made.header.Get(limitHeader) == limitOfIssue
	if kind == external.RateLimited || (kind == external.Temporary && made.header.Get("Retry-After") != "") {
		e.RetryAfter = retryAfter(made.header)
	}
	return e
}

// verdict says what a refusal means, and what to do about it.
func verdict(made *call, r refusal, explain bool) (external.ErrorKind, string) {
	if made.status/100 == 4 && made.status != http.StatusTooManyRequests && loginFailed(made.header) {
		return external.Unauthorised, refusedToken + loginReason(made.header)
	}
	switch status := made.status; status {
	case http.StatusUnauthorized:
		return external.Unauthorised, refusedToken + loginReason(made.header)
	case http.StatusForbidden:
		if loginRefused(made.header) {
			return external.Unauthorised, "Jira refuses to log in" + loginReason(made.header)
		}
		return external.Forbidden, "the account may not do this; give it the project permission that the operation needs"
	case http.StatusNotFound:
		return external.NotFound, "it does not exist or the account may not see it; check the key and the account's permission Browse Projects"
	case http.StatusGone:
		return external.Gone, "it was deleted, or this interface was removed from Jira; check the edition in the settings"
	case http.StatusConflict:
		return external.Conflict, "Jira saw a colliding change; read again"
	case http.StatusRequestEntityTooLarge:
		return external.Invalid, "it is larger than this Jira allows; shorten it"
	case http.StatusTooManyRequests:
		return external.RateLimited, limitReason(made.header)
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusMethodNotAllowed:
		return r.verdict(explain)
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		if strings.Contains(strings.ToLower(made.header.Get("Location")), "login") {
			return external.Unauthorised, "Jira sends to its login page; check the token"
		}
		return external.Moved, "Jira lives at another address now; connect again at the present one"
	default:
		return unusual(made)
	}
}

func unusual(made *call) (external.ErrorKind, string) {
	waits := made.status == http.StatusServiceUnavailable && made.header.Get("Retry-After") != ""
	switch transient := made.status >= 500 || made.status == http.StatusRequestTimeout; {
	case transient && made.write && !waits:
		return external.Ambiguous, fmt.Sprintf("Jira failed with status %d; the write may have happened", made.status)
	case transient:
		return external.Temporary, fmt.Sprintf("Jira failed with status %d", made.status)
	}
	return external.Invalid, fmt.Sprintf("Jira answered with status %d, which is not expected here", made.status)
}

const refusedToken = "the token is not accepted; it may be mistyped, expired or revoked: make a new one and connect again"

// loginFailed reports whether Jira did not know us and answered all the same, with what
// anybody may see: Cloud takes an expired API token for none, so that its lists are empty and
// its issues not there.
// Source: https://github.com/MrRefactoring/jira.js/issues/418
func loginFailed(h http.Header) bool {
	return slices.Contains([]string{"AUTHENTICATED_FAILED", "AUTHENTICATION_DENIED", "AUTHORISATION_FAILED"}, h.Get("X-Seraph-LoginReason"))
}

// loginRefused reports whether Jira's login layer turned the request away. After too
// many failures it wants a CAPTCHA, which only a person can solve.
func loginRefused(h http.Header) bool {
	reason := h.Get("X-Seraph-LoginReason")
	return reason != "" && reason != "OK"
}

func loginReason(h http.Header) string {
	switch reason := h.Get("X-Seraph-LoginReason"); {
	case !loginRefused(h):
		return ""
	case strings.Contains(reason, "AUTHENTICATION_DENIED"):
		return " (X-Seraph-LoginReason: AUTHENTICATION_DENIED: log in once with a browser and solve the CAPTCHA)"
	case len(reason) <= 64:
		return " (X-Seraph-LoginReason: " + reason + ")"
	}
	return ""
}

// refusal is Jira's error body. Its errors may nest, which go-jira's type cannot hold.
type refusal struct {
	ErrorMessages []string                   `json:"errorMessages"`
	Errors        map[string]json.RawMessage `json:"errors"`
	Message       string                     `json:"message"`
}

func readRefusal(body []byte) refusal {
	var r refusal
	if json.Unmarshal(body, &r) != nil {
		return refusal{} // not JSON: then it says nothing that we could use
	}
	return r
}

// words are all of Jira's own words. They may quote values.
func (r refusal) words() string {
	all := slices.Clone(r.ErrorMessages)
	for _, field := range r.fields() {
		all = append(all, string(r.Errors[field]))
	}
	return strings.Join(append(all, r.Message), " ")
}

func (r refusal) fields() []string {
	out := make([]string, 0, len(r.Errors))
	for field := range r.Errors {
		out = append(out, field)
	}
	slices.Sort(out)
	return out
}

// verdict tells a missing permission and an unknown project from refused content, all of
// which are 400.
func (r refusal) verdict(explain bool) (external.ErrorKind, string) {
	words := strings.ToLower(r.words())
	switch {
	case !explain && (strings.Contains(words, "not have permission") || strings.Contains(words, "not have the permission") ||
		strings.Contains(words, "cannot create issues in this project")):
		return external.Forbidden, "the account may not do this; give it the project permission that the operation needs"
	case explain && strings.Contains(words, "for the field 'project'"):
		return external.NotFound, "the project does not exist or the account may not see it; check its key"
	case explain && len(r.ErrorMessages) > 0:
		return external.Invalid, "Jira says: " + strings.Join(r.ErrorMessages, "; ")
	}
	return external.Invalid, "Jira refuses the content: " + r.details()
}

// details names the fields and what is wrong with them, without their values.
func (r refusal) details() string {
	var out []string
	for _, field := range r.fields() {
		out = append(out, field+" "+complaint(string(r.Errors[field])))
	}
	if len(out) == 0 {
		return "it does not say which field; look at the required fields and screens of the project"
	}
	return strings.Join(out, ", ")
}

func complaint(words string) string {
	words = strings.ToLower(words)
	switch {
	case strings.Contains(words, "required"):
		return "is required"
	case strings.Contains(words, "too long") || strings.Contains(words, "exceed") || strings.Contains(words, "less than") || strings.Contains(words, "limit"):
		return "is too long"
	case strings.Contains(words, "screen") || strings.Contains(words, "cannot be set"):
		return "is not on the screen, or unknown"
	case strings.Contains(words, "spaces"):
		return "holds spaces"
	}
	return "has a value that Jira does not take"
}

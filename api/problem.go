package api

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"math"
	"net"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// kind is one kind of problem: what it is called, how HTTP says it, and what to do
// where the error does not say so itself.
type kind struct {
	uri    string
	status int
	title  string
	advice string
	// said: errors of this kind say themselves what to do; others get the advice too.
	said bool
}

// ErrUnavailable is wrapped by errors of a Steering whose service does not answer.
var ErrUnavailable = errors.New("the workflow service does not answer")

// kinds lists every kind of problem, in the order of the reference page.
func kinds() []kind {
	return []kind{
		{v1.MalformedRequest, http.StatusBadRequest, "The request cannot be read", "send UTF-8 and well-formed JSON", false},
		{v1.NotAuthenticated, http.StatusUnauthorized, "Not authenticated", "send the admin token: Authorization: Bearer TOKEN; it was printed at the first start and stands in .extsync/token, or token in the folder that EXTSYNC_DIR names", false},
		{v1.NotFound, http.StatusNotFound, "Not found", "check the id", false},
		{v1.MethodNotAllowed, http.StatusMethodNotAllowed, "Method not allowed", "see /docs for what this address takes", false},
		{v1.Stale, http.StatusConflict, "Changed since you read it", "read it again and decide again", true},
		{v1.WrongStatus, http.StatusConflict, "Its status does not allow that", "see its status, and change that first", true},
		{v1.KeyInUse, http.StatusConflict, "The same request runs already", "send it again in a second, with the same key: the answer is what the first one made", false},
		{v1.Exists, http.StatusConflict, "Exists already", "use the one there is", false},
		{v1.Decided, http.StatusConflict, "Decided already", "look at the decision; where it was wrong, edit the field", false},
		{v1.Moved, http.StatusConflict, "The values have moved", "decide on the values that come with this answer, with their digest", true},
		{v1.UnknownRevision, http.StatusPreconditionFailed, "No such revision", "read it again and name its revision", false},
		{v1.TooLarge, http.StatusRequestEntityTooLarge, "Too large", "send less", false},
		{v1.Unsupported, http.StatusUnsupportedMediaType, "Unsupported media type", "send application/json", false},
		{v1.InvalidRequest, http.StatusUnprocessableEntity, "Not acceptable as it is", "mend what is named and send it again", false},
		{v1.KeyReused, http.StatusUnprocessableEntity, "The key belongs to another request", "send a new Idempotency-Key with a new request, and the old one only with the same body, address and Extsync-Actor", true},
		{v1.NeedsRevision, http.StatusPreconditionRequired, "The revision is missing", "read it first, and send its ETag as If-Match", false},
		{v1.ExternalRefused, http.StatusUnprocessableEntity, "The external system refuses the credential", "give a valid token", true},
		{v1.ExternalForbidden, http.StatusUnprocessableEntity, "The credential lacks a permission", "grant it and try again", true},
		{v1.ExternalNotFound, http.StatusUnprocessableEntity, "The external system does not know it", "check the address, and that the token may see it", true},
		{v1.ExternalInvalid, http.StatusUnprocessableEntity, "The external system does not accept it", "mend what is named and try again", true},
		{v1.ExternalConflict, http.StatusConflict, "The external system saw a colliding change", "try again", true},
		{v1.Internal, http.StatusInternalServerError, "Internal error", "try again; if it stays, look for the instance in the server's log", false},
		{v1.ExternalDown, http.StatusBadGateway, "The external system does not answer", "check its address and that it can be reached from here, then try again", true},
		{v1.ExternalLimited, http.StatusServiceUnavailable, "The external system's limit is reached", "try again later", false},
		{v1.Unavailable, http.StatusServiceUnavailable, "A part of this service does not answer", "check /readyz and try again", false},
	}
}

// classify is the one table from errors to kinds of problem.
func classify(err error) string {
	var ext *external.Error
	var network net.Error
	var unable *store.UnableError
	switch {
	case errors.As(err, &ext):
		return classifyExternal(ext.Kind)
	case errors.As(err, &unable):
		return v1.Unavailable
	case errors.Is(err, engine.ErrDecided):
		return v1.Decided
	case errors.Is(err, engine.ErrMoved):
		return v1.Moved
	case errors.Is(err, engine.ErrUndone), errors.Is(err, engine.ErrOrdered), errors.Is(err, engine.ErrRunning), errors.Is(err, engine.ErrCutOff), errors.Is(err, engine.ErrBegun):
		return v1.WrongStatus
	case errors.Is(err, engine.ErrOtherRequest):
		return v1.KeyReused
	case errors.Is(err, store.ErrBusy):
		return v1.KeyInUse
	case errors.Is(err, ticket.ErrInvalid):
		return v1.InvalidRequest
	case errors.Is(err, store.ErrNotFound):
		return v1.NotFound
	case errors.Is(err, store.ErrExists):
		return v1.Exists
	case errors.Is(err, engine.ErrStopped):
		return v1.WrongStatus
	case errors.Is(err, store.ErrStale):
		return v1.Stale
	case errors.Is(err, ErrUnavailable), errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), errors.As(err, &network):
		return v1.Unavailable
	}
	return v1.Internal
}

func classifyExternal(k external.ErrorKind) string {
	switch k {
	case external.Unauthorised:
		return v1.ExternalRefused
	case external.Forbidden:
		return v1.ExternalForbidden
	case external.NotFound, external.Gone, external.Moved:
		return v1.ExternalNotFound
	case external.Invalid:
		return v1.ExternalInvalid
	case external.Conflict:
		return v1.ExternalConflict
	case external.RateLimited:
		return v1.ExternalLimited
	default: // temporary, ambiguous
		return v1.ExternalDown
	}
}

// problem makes a problem of a kind. An empty detail is the kind's advice.
func problem(ctx context.Context, uri, detail string, faults ...v1.Fault) *v1.Problem {
	p := &v1.Problem{Type: uri, Detail: detail, Instance: instance(ctx), Errors: faults}
	for _, k := range kinds() {
		if k.uri != uri {
			continue
		}
		p.Title, p.Status = k.title, k.status
		switch {
		case p.Detail == "":
			p.Detail = k.advice
		case !k.said:
			p.Detail += "; " + k.advice
		}
	}
	return p
}

// refuse is an error that is a problem of the given kind already.
func refuse(ctx context.Context, uri, detail string) error { return problem(ctx, uri, detail) }

// fail turns any error of a handler into a problem. What nobody classified is logged,
// and the client sees the id of the log entry alone.
func (s *server) fail(ctx context.Context, err error) error {
	var p *v1.Problem
	if errors.As(err, &p) {
		return err
	}
	uri := classify(err)
	detail := err.Error()
	if uri == v1.Internal || uri == v1.Unavailable {
		s.Log.ErrorContext(ctx, "request failed", "instance", instance(ctx), "error", err)
		detail = ""
	}
	var unable *store.UnableError
	if errors.As(err, &unable) {
		detail = unable.Todo
	}
	p = problem(ctx, uri, detail)
	var stale *engine.StaleError
	if errors.As(err, &stale) {
		return staleProblem(p, stale)
	}
	if uri == v1.KeyInUse {
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {"1"}})
	}
	if wait := external.RetryAfter(err); wait > 0 {
		seconds := strconv.Itoa(int(math.Ceil(wait.Seconds())))
		return huma.ErrorWithHeaders(p, http.Header{"Retry-After": {seconds}})
	}
	return p
}

// staleProblem adds what the author had not seen.
func staleProblem(p *v1.Problem, stale *engine.StaleError) error {
	for _, f := range stale.Fields {
		p.Stale = append(p.Stale, string(f))
	}
	revision := stale.Current.Revision
	if stale.Comment.ID != "" {
		revision = stale.Comment.Revision
		c := viewComment(stale.Comment, nil)
		p.Comment = &c
	} else {
		t := viewTicket(stale.Current, nil)
		p.Ticket = &t
	}
	return huma.ErrorWithHeaders(p, http.Header{"Etag": {etag(revision)}})
}

// retell turns what huma says about a request into our kind of problem. It leaves
// the values out: one of them may be a token, or a megabyte.
func (s *server) retell(ctx huma.Context, _ string, v any) (any, error) {
	m, ok := v.(*huma.ErrorModel)
	if !ok {
		return v, nil
	}
	uri := v1.Internal
	for _, k := range kinds() {
		if k.status == m.Status {
			uri = k.uri
			break
		}
	}
	var faults []v1.Fault
	for _, e := range m.Errors {
		faults = append(faults, v1.Fault{Where: e.Location, Message: e.Message})
	}
	detail := m.Detail
	if len(faults) > 0 {
		detail = "" // they say it
	}
	if uri == v1.Internal {
		s.Log.ErrorContext(ctx.Context(), "request failed", "instance", instance(ctx.Context()), "error", m.Detail)
		detail, faults = "", nil
	}
	return problem(ctx.Context(), uri, detail, faults...), nil
}

type requestKey struct{}

// withInstance gives a request the id by which an answer and the log name it.
func withInstance(ctx context.Context) context.Context {
	var b [12]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return context.WithValue(ctx, requestKey{}, "urn:extsync:request:"+hex.EncodeToString(b[:]))
}

func instance(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

package api

import (
	"bytes"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime/debug"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/gin-gonic/gin"

	v1 "github.com/extsync/extsync/api/v1"
)

// The limits of a request's body, in bytes.
const (
	maxBody = 3 << 19 // 1.5 MiB: the longest text, escaped
	maxHook = 1 << 20
)

// observe names the request, sets what every answer carries and logs its outcome:
// the route, never the address, query or body.
func (s *server) observe(c *gin.Context) {
	c.Request = c.Request.WithContext(withInstance(c.Request.Context()))
	c.Header("X-Content-Type-Options", "nosniff")
	c.Header("Cache-Control", "no-store")
	start := time.Now()
	c.Next()
	s.Log.DebugContext(c.Request.Context(), "request", "instance", instance(c.Request.Context()),
		"method", c.Request.Method, "route", c.FullPath(), "status", c.Writer.Status(), "took", time.Since(start))
}

// recover answers a panic with an internal error. Its value is not logged, for it
// may hold content; the stack says where it was.
func (s *server) recover(c *gin.Context) {
	defer func() {
		v := recover()
		if v == nil {
			return
		}
		if err, ok := v.(error); ok && errors.Is(err, http.ErrAbortHandler) {
			panic(v) // net/http's own way to end a connection
		}
		s.Log.ErrorContext(c.Request.Context(), "request panicked", "instance", instance(c.Request.Context()),
			"kind", fmt.Sprintf("%T", v), "stack", string(debug.Stack()))
		if c.Writer.Written() {
			c.Abort()
			return
		}
		s.refuse(c, problem(c.Request.Context(), v1.Internal, ""))
	}()
	c.Next()
}

// public lists the routes that need no token.
func public(route string) bool {
	switch route {
	case "", "/healthz", "/readyz", "/docs", "/openapi.json", hookRoute:
		return true // "" is no route at all
	}
	return false
}

// authenticate lets a request through that shows the admin token.
func (s *server) authenticate(c *gin.Context) {
	if public(c.FullPath()) {
		return
	}
	scheme, token, _ := strings.Cut(c.GetHeader("Authorization"), " ")
	switch {
	case c.GetHeader("Authorization") == "":
		s.unauthenticated(c, "no token came with the request")
	case !strings.EqualFold(scheme, "Bearer"):
		s.unauthenticated(c, "want a bearer token")
	case subtle.ConstantTimeCompare(HashToken(strings.TrimSpace(token)), s.tokenHash(c.Request.Context())) != 1:
		s.unauthenticated(c, "this is not the admin token")
	}
}

// HashToken returns what is kept of a token: its SHA-256. A token is random and
// long, so that no slower hash is needed.
func HashToken(token string) []byte {
	sum := sha256.Sum256([]byte(token))
	return sum[:]
}

func (s *server) unauthenticated(c *gin.Context, detail string) {
	c.Header("WWW-Authenticate", "Bearer")
	s.refuse(c, problem(c.Request.Context(), v1.NotAuthenticated, detail))
}

// body reads the whole body, bounded, and refuses JSON that is not UTF-8: the
// decoder would replace the bytes silently.
func (s *server) body(c *gin.Context) {
	if c.FullPath() == "" || c.Request.Body == nil {
		return
	}
	limit := int64(maxBody)
	if c.FullPath() == hookRoute {
		limit = maxHook
	}
	ctx := c.Request.Context()
	raw, err := io.ReadAll(io.LimitReader(c.Request.Body, limit+1))
	switch {
	case err != nil:
		s.refuse(c, problem(ctx, v1.MalformedRequest, "the body broke off"))
	case int64(len(raw)) > limit:
		c.Header("Connection", "close") // the rest is not read
		s.refuse(c, problem(ctx, v1.TooLarge, fmt.Sprintf("the body is longer than %d bytes", limit)))
	case c.FullPath() != hookRoute && !utf8.Valid(raw):
		s.refuse(c, problem(ctx, v1.MalformedRequest, fmt.Sprintf("the body is not valid UTF-8 from byte %d on", invalidAt(raw))))
	case c.FullPath() != hookRoute:
		if what := unspeakable(raw); what != "" {
			s.refuse(c, problem(ctx, v1.InvalidRequest, what))
		}
	}
	c.Request.Body = io.NopCloser(bytes.NewReader(raw))
}

// query refuses parameters that no text can hold.
func (s *server) query(c *gin.Context) {
	for name, values := range c.Request.URL.Query() {
		for _, v := range values {
			if !utf8.ValidString(v) || strings.ContainsRune(v, 0) {
				s.refuse(c, problem(c.Request.Context(), v1.MalformedRequest, fmt.Sprintf("query.%.64q: not valid UTF-8, or a NUL character in it", name)))
				return
			}
		}
	}
}

func invalidAt(b []byte) int {
	at := 0
	for at < len(b) {
		r, size := utf8.DecodeRune(b[at:])
		if r == utf8.RuneError && size == 1 {
			break
		}
		at += size
	}
	return at
}

// refuse ends a request with a problem outside of huma.
func (s *server) refuse(c *gin.Context, p *v1.Problem) {
	b, err := json.Marshal(p)
	if err != nil {
		panic(err) // unreachable: problems always marshal
	}
	c.Abort()
	c.Data(p.Status, v1.ProblemType, b)
}

func (s *server) noRoute(c *gin.Context) {
	p := problem(c.Request.Context(), v1.NotFound, "")
	p.Detail = "there is nothing at this address; /docs lists what there is"
	s.refuse(c, p)
}

func (s *server) noMethod(c *gin.Context) {
	s.refuse(c, problem(c.Request.Context(), v1.MethodNotAllowed, ""))
}

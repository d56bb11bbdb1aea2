package api

import (
	"context"
	"crypto/ed25519"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/vault"
)

// Deps are what the API works with. All are required.
type Deps struct {
	Engine   *engine.Engine // also gives its store, clock and ids
	Systems  map[external.System]adapters.Factory
	Vault    Vault
	Steering Steering
	Mappings Mappings
	Log      *slog.Logger
	// SweepEvery is the time between two full sweeps of a project; zero: a day.
	SweepEvery time.Duration
	// TokenHash is HashToken of the admin token.
	TokenHash []byte
}

// Vault seals what must not be readable in the store. A blob opens only under the
// owner and name that it was sealed for.
type Vault interface {
	Seal(owner, name string, plain []byte) ([]byte, error)
	Open(owner, name string, sealed []byte) ([]byte, error)
	// SigningKey returns the key that signs audit heads.
	SigningKey(ctx context.Context, s store.Store) (ed25519.PrivateKey, error)
	// Rotate makes a new key, Keys tells of those there are, and Reseal has the newest seal all.
	Rotate() (vault.Keys, error)
	Keys() (vault.Keys, error)
	Reseal(ctx context.Context, s store.Store) (vault.Resealed, error)
}

type server struct {
	Deps
	huma  huma.API
	token currentToken
}

// New returns the handler of the whole API.
func New(d Deps) http.Handler {
	_, router := build(d)
	return router
}

func build(d Deps) (*server, *gin.Engine) {
	router := newRouter()
	s := &server{Deps: d}
	router.Use(s.recover, s.observe, s.authenticate, s.query, s.body)
	router.NoRoute(s.noRoute)
	router.NoMethod(s.noMethod)

	s.huma = humagin.New(router, s.config())
	s.health()
	s.projects()
	s.setup()
	s.settings()
	s.passOns()
	s.rules()
	s.outboundPreview()
	s.asides()
	s.mappings()
	s.reviews()
	s.systems()
	s.sessions()
	s.rollbacks()
	s.tickets()
	s.deletions()
	s.ticketAccess()
	s.comments()
	s.conflicts()
	s.auditLog()
	s.auditProofs()
	s.verifications()
	s.duplicates()
	s.stories()
	s.keys()
	router.POST(hookRoute, s.receiveHook)
	s.describeHook()
	s.describe(router)
	return s, router
}

// newRouter makes a gin engine that writes nothing anywhere by itself. A path means
// what it says: no redirects, no guesses.
func newRouter() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	router := gin.New()
	router.UseRawPath = true // an escaped slash is a part of what somebody takes for an id, such as octo/hello#1
	router.HandleMethodNotAllowed = true
	router.RedirectTrailingSlash = false
	router.ContextWithFallback = true
	return router
}

// add registers one operation: its errors become problems, its body is what the
// middleware has read and bounded already.
func add[I, O any](s *server, op huma.Operation, handle func(context.Context, *I) (*O, error)) {
	op.MaxBodyBytes, op.BodyReadTimeout = -1, -1
	op.RejectUnknownQueryParameters = true
	op.Responses = s.problemResponse(op.Responses)
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.fail(ctx, err)
		}
		return out, nil
	})
}

// store runs a transaction.
func (s *server) tx(ctx context.Context, fn func(store.Tx) error) error {
	return s.Engine.Store.Tx(ctx, fn)
}

// body carries a JSON answer.
type body[T any] struct{ Body T }

// tagged carries a JSON answer with its revision.
type tagged[T any] struct {
	ETag string `header:"ETag" doc:"the revision"`
	Body T
}

package linear

import (
	"context"
	_ "embed"
	"net/http"
	"time"
)

//go:embed schema.graphql
var schemaText string

// Schema is the GraphQL schema served, in the schema language.
func Schema() string { return schemaText }

// Options of a simulator. The zero value is Linear as it is, on the wall clock.
type Options struct {
	Now          func() time.Time // the clock of everything; default time.Now
	Seed         uint64           // of ids, and of faults drawn by probability
	Organization string           // name and URL key of the workspace; default "acme"
	Limits       *Limits          // default LinearLimits()
	Lag          time.Duration    // how late writes of issues and comments appear in lists
	LogSize      int              // calls kept in the request log, and webhooks in theirs; default 2,000
	// MutationErrors is the HTTP status of a mutation that is refused altogether: 400 (the default, as observed for an id that is
	// taken) or 200. A query that finds nothing answers 200 with errors, a malformed one always 400.
	MutationErrors int
	// CommentsTouch makes creating, editing and deleting a comment move its issue's updatedAt. Linear says nothing about it; default no.
	CommentsTouch bool
	// DisableHooks switches a webhook off when its last retry failed, as Linear may.
	DisableHooks bool
	// Sleep waits for latency faults; default a timer. In virtual time let it move the clock.
	Sleep func(ctx context.Context, d time.Duration)
	// WebhookClient sends early webhooks, those that overtake the reply of their cause; default http.DefaultClient.
	WebhookClient *http.Client
}

// TokenKind says how a credential is presented.
type TokenKind string

// The kinds of credentials. A personal API key is the whole Authorization header; sent as a Bearer token it is refused. An OAuth
// token is a Bearer token; sent bare it is refused. An app token is an OAuth token of an app's own user (actor=app), the only one
// that may set createAsUser.
// Source: linear.app/developers/graphql and linear.app/developers/oauth-actor-authorization.
const (
	APIKey TokenKind = "api_key"
	OAuth  TokenKind = "oauth"
	App    TokenKind = "app"
)

// Token is a credential and the user behind it.
type Token struct {
	Login   string    `json:"login"` // the user's display name; made a member of every team at first sight
	Kind    TokenKind `json:"kind"`  // default APIKey
	Scopes  []string  `json:"scopes,omitempty"`
	Teams   []string  `json:"teams,omitempty"` // keys of the teams whose data it reaches; empty: all
	Revoked bool      `json:"revoked"`         // every call is refused as not authenticated
}

// Scopes of a token: read, write, issues:create, comments:create, admin (webhooks). None at all counts as read, write and admin.
// Source: linear.app/developers/oauth-2-0-authentication, "Available scopes".
const (
	ScopeRead           = "read"
	ScopeWrite          = "write"
	ScopeIssuesCreate   = "issues:create"
	ScopeCommentsCreate = "comments:create"
	ScopeAdmin          = "admin"
)

// Limits are what a credential may use. A zero number switches that limit off.
type Limits struct {
	RequestsPerHour int `json:"requests_per_hour"` // API key 2,500, OAuth 5,000
	PointsPerHour   int `json:"points_per_hour"`   // API key 3,000,000, OAuth 2,000,000
	QueryPoints     int `json:"query_points"`      // of one query: 10,000
	// RetryAfter puts that header on refusals; Linear does so only sometimes.
	RetryAfter bool `json:"retry_after"`
	// Speed makes the limits' time run faster than the clock: 60 turns an hour into a minute. Default 1.
	Speed float64 `json:"speed"`
}

// LinearLimits are those of a personal API key. OAuth tokens get twice the requests and two thirds of the points.
// Source: linear.app/developers/rate-limiting.
func LinearLimits() Limits {
	return Limits{RequestsPerHour: 2500, PointsPerHour: 3_000_000, QueryPoints: 10_000, Speed: 1}
}

// NoLimits never refuses; replies still carry the headers of a budget that is never used up.
func NoLimits() *Limits { return &Limits{} }

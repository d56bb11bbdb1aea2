package linear

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/extsync/extsync/simulator/linear/graphql"
	"github.com/extsync/extsync/simulator/linear/model"
	"github.com/extsync/extsync/simulator/stage"
)

// Sim is one simulated Linear with one workspace. Its methods are safe for concurrent use.
type Sim struct {
	mu     sync.Mutex
	opts   Options
	schema *graphql.Schema
	tables *tables
	world  *model.World
	rng    *rand.Rand
	tokens map[string]*tokenState
	limits limiter
	faults stage.Faults
	counts Counters
	log    stage.Log[Request]
	hooks  []*hook
	post   *stage.Post[*delivery]
	cause  *call // the call being answered, for early webhooks
}

// schema is read at first use; all simulators share it.
//
//nolint:gochecknoglobals // a constant that needs computing
var schema = sync.OnceValue(func() *graphql.Schema {
	s, err := graphql.Load(schemaText)
	if err != nil {
		panic(fmt.Sprintf("simulator: %v", err)) // our own embedded file: a bug here, never input
	}
	return s
})

// New makes an empty workspace.
func New(o Options) *Sim {
	o = o.withDefaults()
	s := &Sim{
		opts: o, schema: schema(), tables: newTables(), rng: rand.New(rand.NewPCG(o.Seed, 1)), tokens: map[string]*tokenState{},
		log:   stage.NewLog[Request](o.LogSize),
		world: model.New(model.Options{Now: o.Now, Seed: o.Seed, Organization: o.Organization, Lag: o.Lag, CommentsTouch: o.CommentsTouch}),
	}
	s.post = stage.NewPost(stage.PostOptions[*delivery]{
		Now: o.Now, LogSize: o.LogSize, Patience: AnswerTime, Retry: s.retry,
		Sent: func() { s.locked(func() { s.counts.Webhooks++ }) },
	})
	s.world.OnNotice(s.enqueue)
	s.limits.set(*o.Limits, o.Now())
	return s
}

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Organization == "" {
		o.Organization = "acme"
	}
	if o.Limits == nil {
		l := LinearLimits()
		o.Limits = &l
	}
	if o.LogSize == 0 {
		o.LogSize = 2000
	}
	if o.MutationErrors == 0 {
		o.MutationErrors = http.StatusBadRequest
	}
	if o.Sleep == nil {
		o.Sleep = stage.Sleep
	}
	if o.WebhookClient == nil {
		o.WebhookClient = http.DefaultClient
	}
	return o
}

// Transport reaches the simulator in process, without sockets: for http.Client.Transport. It behaves like a connection: a cut
// one is an error, a body cut short ends in io.ErrUnexpectedEOF. The host of the address does not matter, the path is /graphql.
func (s *Sim) Transport() http.RoundTripper { return stage.Transport(s) }

// Serve answers on the listener until the context ends. It returns when all connections are closed; the error is nil after a clean
// end. The endpoint is then http://ADDRESS/graphql.
func (s *Sim) Serve(ctx context.Context, l net.Listener) error {
	return stage.Serve(ctx, l, s, "the Linear simulator")
}

// Handler returns the simulator as an http.Handler: GraphQL at /graphql, its own controls at /_sim/.
func (s *Sim) Handler() http.Handler { return s }

// SetLag makes writes from now on appear in lists only d later; direct reads are never late.
func (s *Sim) SetLag(d time.Duration) { s.locked(func() { s.world.SetLag(d) }) }

// SetLimits replaces the limits; what was used so far counts on.
func (s *Sim) SetLimits(l Limits) { s.locked(func() { s.limits.set(l, s.opts.Now()) }) }

// View runs f on the model while nothing else happens, for assertions. f must only read, and keep nothing.
func (s *Sim) View(f func(*model.World)) { s.locked(func() { f(s.world) }) }

// Marked counts issues and comments (trashed and deleted ones too) whose text contains the string, an issue's attachments included:
// one is right, two is a duplicate.
func (s *Sim) Marked(text string) (issues, comments int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.world.Containing(text)
}

func (s *Sim) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

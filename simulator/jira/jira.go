package jira

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/extsync/extsync/simulator/jira/model"
	"github.com/extsync/extsync/simulator/stage"
)

// Edition is the product that is simulated.
type Edition string

// The editions.
const (
	Cloud      Edition = "cloud"       // REST v3 with documents, v2 with markup; users by account id
	DataCenter Edition = "data_center" // REST v2 with markup; users by name and key; the old search
)

// Options of a simulator. The zero value is Jira Cloud as it is, on the wall clock.
type Options struct {
	Edition Edition          // default Cloud
	Now     func() time.Time // the clock of everything; default time.Now
	Seed    uint64           // of faults drawn by probability and of delivery ids
	// BaseURL is the site's address in what no request caused; default https://example.atlassian.net (Data Center:
	// https://jira.example.com), Serve sets its own.
	BaseURL string
	CloudID string        // of /ex/jira/{cloudId}; default 11111111-2222-4333-8444-555555555555
	Limits  *Limits       // default JiraLimits() on Cloud, none on Data Center
	Lag     time.Duration // how late writes appear in search; default none, Jira's is seconds to minutes
	// HistoryUntil ends all changelogs: what changes later stands in none. Zero: they go on.
	HistoryUntil time.Time
	// EmbeddedComments is how many comments the comment field of an issue shows, oldest first; default 20. Jira documents no number.
	EmbeddedComments int
	LogSize          int // calls kept in the request log, and webhooks in theirs; default 2,000
	// Sleep waits for latency faults; default a timer. In virtual time let it move the clock.
	Sleep func(ctx context.Context, d time.Duration)
	// WebhookClient sends early webhooks, those that overtake the reply of their cause; default http.DefaultClient.
	WebhookClient *http.Client
}

// Sim is one simulated Jira. Its methods are safe for concurrent use.
type Sim struct {
	mu     sync.Mutex
	opts   Options
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

func (o *Options) complete() {
	if o.Edition == "" {
		o.Edition = Cloud
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BaseURL == "" {
		o.BaseURL = map[Edition]string{Cloud: "https://example.atlassian.net", DataCenter: "https://jira.example.com"}[o.Edition]
	}
	if o.CloudID == "" {
		o.CloudID = "11111111-2222-4333-8444-555555555555"
	}
	if o.Limits == nil {
		l := JiraLimits()
		if o.Edition == DataCenter {
			l = Limits{}
		}
		o.Limits = &l
	}
	if o.EmbeddedComments == 0 {
		o.EmbeddedComments = 20
	}
	if o.LogSize == 0 {
		o.LogSize = 2000
	}
	if o.Sleep == nil {
		o.Sleep = stage.Sleep
	}
	if o.WebhookClient == nil {
		o.WebhookClient = http.DefaultClient
	}
}

// New makes an empty Jira: no user, no token, no project.
func New(o Options) *Sim {
	o.complete()
	s := &Sim{
		opts:   o,
		world:  model.New(o.Now, o.Edition == DataCenter),
		rng:    rand.New(rand.NewPCG(o.Seed, 1)),
		tokens: map[string]*tokenState{},
		log:    stage.NewLog[Request](o.LogSize),
	}
	s.world.SetLag(o.Lag)
	s.world.Embedding = o.EmbeddedComments
	s.post = stage.NewPost(stage.PostOptions[*delivery]{
		Now: o.Now, LogSize: o.LogSize,
		Sent: func() { s.locked(func() { s.counts.Webhooks++ }) },
	})
	s.world.OnNotice(s.enqueue)
	s.limits.set(*o.Limits)
	return s
}

// Transport reaches the simulator in process, without sockets: for http.Client.Transport. It behaves like a connection: a cut
// one is an error, a body cut short ends in io.ErrUnexpectedEOF.
func (s *Sim) Transport() http.RoundTripper { return stage.Transport(s) }

// Serve answers on the listener until the context ends, and makes its address the BaseURL. It returns when all connections are
// closed; the error is nil after a clean end.
func (s *Sim) Serve(ctx context.Context, l net.Listener) error {
	s.SetBaseURL("http://" + l.Addr().String())
	return stage.Serve(ctx, l, s, "the Jira simulator")
}

// Handler returns the simulator as an http.Handler: the site at / and, on Cloud, at /ex/jira/{cloudId}/; its own controls at /_sim/.
func (s *Sim) Handler() http.Handler { return s }

// SetBaseURL sets the site's address used in payloads that no request caused.
func (s *Sim) SetBaseURL(u string) {
	s.locked(func() { s.opts.BaseURL = strings.TrimSuffix(u, "/") })
}

// SetLag makes writes from now on appear in search only d later; direct reads are never late.
func (s *Sim) SetLag(d time.Duration) { s.locked(func() { s.world.SetLag(d) }) }

// SetLimits replaces the limits; what was used so far counts on.
func (s *Sim) SetLimits(l Limits) { s.locked(func() { s.limits.set(l) }) }

// World runs f on the model while nothing else happens, for assertions and for set-up that has no method here.
func (s *Sim) World(f func(*model.World)) { s.locked(func() { f(s.world) }) }

func (s *Sim) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

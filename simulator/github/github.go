// Package github is a GitHub that runs in memory: the REST and GraphQL interfaces around issues, served to real client libraries
// with GitHub's behaviour where it bites. Pull requests are mixed into the lists, page numbers end at a cap, updated_at has whole
// seconds, fields are dropped silently without push access, limits answer 403 or 429, transferred issues 301, deleted ones 410.
//
// On top of what GitHub does by itself, faults can be switched on ([Sim.Faults]): replies lost after the write, requests lost
// before it, bursts of 5xx, half bodies, HTML pages, webhooks lost, doubled, late or early. Outside people are played with
// [Sim.Act]. Every call is counted by kind ([Sim.Counters]) and kept in a bounded log ([Sim.Requests]). All of this is also an
// HTTP interface under /_sim/.
//
// Make one with [New], reach it through [Sim.Transport] without sockets, or through [Sim.Serve] with them. A run is reproducible: time comes from
// Options.Now, chance from Options.Seed.
package github

import (
	"context"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/simulator/stage"
)

// Options of a simulator. The zero value is GitHub as it is, on the wall clock.
type Options struct {
	Now     func() time.Time // the clock of everything; default time.Now
	Seed    uint64           // of faults drawn by probability and of delivery ids
	BaseURL string           // address in webhook payloads made outside a request; default https://api.github.com, Serve sets its own
	Limits  *Limits          // default GitHubLimits()
	PageCap int              // items reachable by page number in the issue list; default 1,000, negative: no cap
	Lag     time.Duration    // how late writes appear in lists
	LogSize int              // calls kept in the request log, and webhooks in theirs; default 2,000
	// Sleep waits for latency faults; default a timer. In virtual time let it move the clock.
	Sleep func(ctx context.Context, d time.Duration)
	// WebhookClient sends early webhooks, those that overtake the reply of their cause; default http.DefaultClient.
	WebhookClient *http.Client
}

// Sim is one simulated GitHub. Its methods are safe for concurrent use.
type Sim struct {
	mu       sync.Mutex
	opts     Options
	world    *model.World
	rng      *rand.Rand
	tokens   map[string]*tokenState
	limits   limiter
	faults   stage.Faults
	counts   Counters
	log      stage.Log[Request]
	hooks    []*hook
	post     *stage.Post[*delivery]
	cause    *call // the call being answered, for early webhooks
	inFlight int
}

// New makes an empty GitHub.
func New(o Options) *Sim {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.BaseURL == "" {
		o.BaseURL = "https://api.github.com"
	}
	if o.Limits == nil {
		l := GitHubLimits()
		o.Limits = &l
	}
	if o.PageCap == 0 {
		o.PageCap = 1000
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
	s := &Sim{
		opts:   o,
		world:  model.New(o.Now),
		rng:    rand.New(rand.NewPCG(o.Seed, 1)),
		tokens: map[string]*tokenState{},
		log:    stage.NewLog[Request](o.LogSize),
	}
	s.world.SetLag(o.Lag)
	s.post = stage.NewPost(stage.PostOptions[*delivery]{
		Now: o.Now, LogSize: o.LogSize,
		Sent: func() { s.locked(func() { s.counts.Webhooks++ }) },
	})
	s.world.OnNotice(s.enqueue)
	s.limits.set(*o.Limits, o.Now())
	return s
}

// Transport reaches the simulator in process, without sockets: for http.Client.Transport. It behaves like a connection: a cut
// one is an error, a body cut short ends in io.ErrUnexpectedEOF.
func (s *Sim) Transport() http.RoundTripper { return stage.Transport(s) }

// Serve answers on the listener until the context ends, and makes its address the BaseURL. It returns when all connections are
// closed; the error is nil after a clean end.
func (s *Sim) Serve(ctx context.Context, l net.Listener) error {
	s.SetBaseURL("http://" + l.Addr().String())
	return stage.Serve(ctx, l, s, "the GitHub simulator")
}

// Handler returns the simulator as an http.Handler: REST at / and /api/v3/, GraphQL at /graphql and /api/graphql, its own
// controls at /_sim/.
func (s *Sim) Handler() http.Handler { return s }

// SetBaseURL sets the API address used in payloads that no request caused.
func (s *Sim) SetBaseURL(u string) { s.locked(func() { s.opts.BaseURL = u }) }

// SetLag makes writes from now on appear in lists only d later; direct reads are never late.
func (s *Sim) SetLag(d time.Duration) { s.locked(func() { s.world.SetLag(d) }) }

// SetLimits replaces the limits; what was used so far counts on.
func (s *Sim) SetLimits(l Limits) { s.locked(func() { s.limits.set(l, s.opts.Now()) }) }

func (s *Sim) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Repo is a handle on one repository.
type Repo struct {
	s *Sim
	m *model.Repo
}

// AddRepo makes an empty public repository.
func (s *Sim) AddRepo(owner, name string) *Repo {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := &Repo{s, s.world.AddRepo(owner, name)}
	s.enrol()
	return r
}

// FullName is owner/name.
func (r *Repo) FullName() string {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.m.FullName()
}

// SetPrivate hides the repository from tokens without a role on it, or shows it.
func (r *Repo) SetPrivate(private bool) { r.s.locked(func() { r.m.Private = private }) }

// DisableIssues switches the issue tracker off (creating answers 410) or on.
func (r *Repo) DisableIssues(off bool) { r.s.locked(func() { r.m.IssuesDisabled = off }) }

// Archive makes the repository one that nobody may write to, or one to write to again.
func (r *Repo) Archive(on bool) { r.s.locked(func() { r.m.Archived = on }) }

// Rename gives the repository another name; the old one answers 301.
func (r *Repo) Rename(name string) { r.s.locked(func() { r.m.Rename(name) }) }

// AddCollaborator makes people assignable. Owners and users whose token may push are so already.
func (r *Repo) AddCollaborator(logins ...string) {
	r.s.locked(func() {
		for _, l := range logins {
			r.m.AddCollaborator(l)
		}
	})
}

// RemoveCollaborator takes from people that they can be assigned.
func (r *Repo) RemoveCollaborator(login string) { r.s.locked(func() { r.m.RemoveCollaborator(login) }) }

// AddLabel makes a label.
func (r *Repo) AddLabel(name string) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	_, err := r.m.CreateLabel(name, "", nil)
	return err
}

// AddMilestone makes a milestone, which may be closed already.
func (r *Repo) AddMilestone(title string, closed bool) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	patch := model.MilestonePatch{Title: &title}
	if state := "closed"; closed {
		patch.State = &state
	}
	_, err := r.m.CreateMilestone(r.m.Owner, patch)
	return err
}

// Seed fills the repository from GitHub's own JSON arrays of issues and comments (comments may be nil), keeping numbers, ids,
// authors and dates.
func (r *Repo) Seed(issues, comments io.Reader) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.m.Seed(issues, comments)
}

// Generate makes n issues up, the same ones for the same options. It sends no webhooks.
func (r *Repo) Generate(n int, o model.GenerateOptions) error {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.m.Generate(n, o)
}

// View runs f on the model of the repository while nothing else happens, for assertions. f must only read, and keep nothing.
func (r *Repo) View(f func(*model.Repo)) { r.s.locked(func() { f(r.m) }) }

// Marked counts issues and comments (deleted ones too) whose text contains s: one is right, two is a duplicate.
func (r *Repo) Marked(s string) (issues, comments int) {
	r.s.mu.Lock()
	defer r.s.mu.Unlock()
	return r.m.Containing(s)
}

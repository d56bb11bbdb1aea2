// Package webhook is a small ticket tracker that runs in memory and speaks plain JSON: a REST interface to read tickets and
// comments back and to write them, webhooks out in five kinds of signature, and webhooks in as Standard Webhooks. It stands for all
// the systems that nobody has written an adapter for.
//
// Where it bites as such systems do: ids are numbers beyond 2^53, titles are trimmed, line ends become LF, lists may lag, stamps may be
// coarse, a repeated webhook-id is answered from memory, and the whole of reading back can be switched off. Faults can be added
// ([Sim.Faults]): lost requests and replies, statuses, limits, HTML, huge answers, redirects. Webhooks are lost, doubled and turned
// round by whoever takes them ([Sim.Take], [Sim.Redeliver]). People are played with [Sim.Act]. Every call is counted
// ([Sim.Counters]) and kept with its body in a bounded log ([Sim.Requests]). All of this is also an HTTP interface under /_sim/.
//
// Make one with [New], reach it through [Sim.Transport] without sockets, or through [Sim.Serve] with them. A run is reproducible:
// time comes from Options.Now, chance from Options.Seed.
package webhook

import (
	"context"
	"math/rand/v2"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/extsync/extsync/simulator/stage"
	"github.com/extsync/extsync/simulator/webhook/model"
)

// Options of a simulator. The zero value is a prompt and exact tracker on the wall clock.
type Options struct {
	Now       func() time.Time // the clock of everything; default time.Now
	Seed      uint64           // of ids, and of faults drawn by probability
	Lag       time.Duration    // how late changes appear in lists
	Precision time.Duration    // of stamps; default a millisecond
	PageSize  int              // most items of one page; default 50
	Remember  time.Duration    // how long a delivery's answer is kept; default 24 hours
	Touch     bool             // a comment moves the stamp of its ticket
	Blind     bool             // nothing can be read back: every GET of the interface is refused
	Deaf      bool             // deliveries are taken for later: the answer is 202 and holds no item
	LogSize   int              // calls and webhooks kept in their logs; default 2,000
}

// Account is whom a bearer token speaks as.
type Account struct {
	Login    string `json:"login"`
	ReadOnly bool   `json:"read_only"` // it may not write
}

// Sim is one simulated tracker. Its methods are safe for concurrent use.
type Sim struct {
	mu       sync.Mutex
	o        Options
	world    *model.World
	accounts map[string]Account  // by token
	secrets  map[string][]string // that deliveries into a project may be signed with
	senders  map[string]Account  // of deliveries into a project
	faults   stage.Faults
	rng      *rand.Rand
	counts   Counters
	log      stage.Log[Request]
	hooks    []*Hook
	queue    []*Delivery
	sent     []*Delivery
	lastSent int
}

// New makes a tracker without projects.
func New(o Options) *Sim {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.PageSize <= 0 {
		o.PageSize = 50
	}
	if o.LogSize <= 0 {
		o.LogSize = 2000
	}
	s := &Sim{
		o: o, accounts: map[string]Account{}, secrets: map[string][]string{}, senders: map[string]Account{}, counts: newCounters(),
		rng: rand.New(rand.NewPCG(o.Seed, 1)), log: stage.NewLog[Request](o.LogSize),
		world: model.New(model.Options{
			Now: o.Now, Seed: o.Seed, Precision: o.Precision, Lag: o.Lag, Remember: o.Remember, Touch: o.Touch,
		}),
	}
	s.world.OnEvent(s.enqueue)
	return s
}

// AddProject makes an empty project.
func (s *Sim) AddProject(key string) { s.locked(func() { s.world.AddProject(key) }) }

// AddToken makes a bearer token, or gives it another account.
func (s *Sim) AddToken(token string, a Account) { s.locked(func() { s.accounts[token] = a }) }

// Trust says with which secrets ("whsec_...") deliveries into a project may be signed, several during a rotation, and whom they act as.
// A sender that is ReadOnly is known and may do nothing.
func (s *Sim) Trust(project string, sender Account, secrets ...string) {
	s.locked(func() { s.secrets[project], s.senders[project] = secrets, sender })
}

// SetBlind switches reading back off or on.
func (s *Sim) SetBlind(blind bool) { s.locked(func() { s.o.Blind = blind }) }

// View runs f on a project while nothing else happens, for assertions. f must only read. It fails for an unknown project.
func (s *Sim) View(project string, f func(*model.Project)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, err := s.world.Project(project)
	if err != nil {
		return err
	}
	f(p)
	return nil
}

func (s *Sim) locked(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
}

// Handler returns the simulator as an http.Handler: the interface at /api/, deliveries in at /hooks/, its own controls at /_sim/.
func (s *Sim) Handler() http.Handler { return s }

// Transport reaches the simulator in process, without sockets: for http.Client.Transport. A connection that a fault cuts is an
// error of the transport.
func (s *Sim) Transport() http.RoundTripper { return stage.Transport(s) }

// Serve answers on the listener until the context ends. It returns when all connections are closed; the error is nil after a
// clean end.
func (s *Sim) Serve(ctx context.Context, l net.Listener) error {
	return stage.Serve(ctx, l, s, "the webhook peer")
}

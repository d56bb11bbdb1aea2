package simtest

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"strconv"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	storememory "github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// world is everything in one run.
type world struct {
	setting
	seed     uint64
	mask     Mask
	work     stream // what people do
	sched    stream // when things happen
	chances  stream // what goes wrong
	gaps     stream // what people do between two transactions of a step
	ids      stream
	stepNo   int // the step that goes on
	firings  int // faults that it has drawn
	drawn    int // faults in all
	drew     []Firing
	roundNo  int // rounds of the quiet phase so far
	moves    []move
	closed   closure
	points   *points      // nil: nobody watches them
	running  []engine.Run // the sessions that go on, the innermost last
	rolled   int          // sessions that rolled another one back
	expired  bool         // since the last round: it is planned anew with the ticket that it belongs to
	ledger   *ledger      // where sessions are rolled back; nil: it is not kept
	meddle   meddler      // in the middle of calls; nil: nobody
	torn     tear         // see Options
	knobs    *knobs
	ended    end // see Result.end
	keepsEnd bool
	remapped bool               // another mapping was in force
	bare     bool               // the engine has adapters without extra verbs
	refuse   func(string) error // calls, for a script
	bent     string             // see Options
	salt     string             // goes into texts that must never leave, see paired runs
	now      time.Time
	ctx      context.Context //nolint:containedctx // one for the whole run: time-outs are part of the schedule
	engine   *engine.Engine
	base     database
	past     past
	raw      store.Store // without decorations: what people and checks use
	peers    []*peer
	fleet    *fleet.Fleet // of vendors; nil where all trackers are in memory
	cast     []vendor
	mutant   *Mutant
	oracle   Oracle
	trace    trace

	unanswered map[string]bool          // links whose create was sent in a batch without an answer
	cache      map[string]ticket.Ticket // of a mutant
	unsent     map[string]bool          // intents that a mutant has not marked as sent
	intents    map[string]store.Intent  // the last state of each
	sentWrites []sentWrite
	deletion   deletion
	doubles    doubles
	unbooked   map[string]store.AuditEntry // entries that a mutant keeps back, by intent
	movements  []moved
	carried    map[stay][]stay
	hushed     map[int]stay              // tokens that were written where only some may see them, and the tickets
	keeping    []keeping                 // by the transaction that goes on
	astray     map[stay]bool             // comments that were made in another project than they were sent to: their ticket had been moved
	parted     map[string][]stay         // the items that a person let a ticket or comment go on without, where they had been
	apart      map[string][]told         // the items that a person told apart from a ticket that they had been linked with, and their comments
	beyond     *memory.Tracker           // of the vendor, and connected by nobody; nil: not yet
	looked     map[string]ticket.Ticket  // a ticket as somebody once saw it, by id
	queue      map[string]store.Conflict // a conflict as somebody once saw it, by id
	deciding   *engine.Decision          // that a person makes right now, for a mutant
	blind      []blindLoss
	covered    map[fieldAt]cover         // tokens that our notice or an undo replaced
	ignored    map[fieldAt]ticket.Value  // states that a write of ours should have changed, and that stayed
	letBe      map[string]ticket.Value   // states here, by link, that a person lets differ from the one that stayed
	secrets    [secretKinds]int          // that people wrote
	secret     map[string]bool           // local tickets that never leave: local_only, or without a grant, for ever
	shed       map[int]bool              // labels that a vendor dropped in a move, and that a ticket here held
	tainted    map[int]bool              // labels in writes of uncertain outcome, and texts where no history keeps them
	granted    map[string][]ticket.Grant // what a mutant once saw
	stale      map[string]plan.Base      // of texts, by link, as a mutant remembers them
	composed   map[int]bool              // tokens of texts that a person decided block by block
	futile     int                       // writes that a sickness refused, or a project out of sight
	putBack    map[string][]time.Time    // texts that a person restored, or chose as they stood outside, and when

	// hot is the local ticket or comment that people touched last: others like to touch
	// it too, here and outside.
	hot    string
	markup markupKind // of texts that are written here

	calm     bool // the quiet phase: no fault, no edit
	acting   int  // people are at work: their own calls do not crash
	depth    int  // of sessions inside calls
	calls    int
	requests int // of HTTP, with vendors
	hops     int // writes beyond the first: of states, and of what a vendor fills in
	verbs    int // edits of people that were accepted
	fired    [faultKinds]int
	grid     grid
	roles    roles
	sick     *sickness
	shut     []lockedAt     // items that are locked
	isolated [sickKinds]int // see isolation.go
	loads    []load         // of the projects, as of the last fingerprint
	stack    [96]uintptr
	call     callKind // at the engine's ports, that goes on
	struck   situation
	hurt     bool // a fault has struck
	reached  map[situation]struct{}
	did      [actKinds]int
	failed   *Violation
}

// database is what the engine's store keeps everything in: in memory, as a rule.
type database interface {
	store.Store
	Backup()  // of which the last one counts
	Restore() // goes back to it
}

// peer is one external project.
type peer struct {
	n       int
	id      string
	site    site // undecorated: what people and checks see
	port    *port
	engines adapters.Adapter // the port as the engine gets it
	hints   []hint           // not delivered yet
	all     []hint           // ever
	old     []engine.Run
	heard   time.Time // as of when the last list was answered
	crashed string    // session that died, to be entered again
	writes  int
	costs   costs  // of the round that goes on, see check_calls.go
	newest  newest // stamps of the items that changed last
	begun   newest // newest, as the last round began
	listed  newest // what the last round's listing showed that was new
	// retracted are the items that were taken back in the round that goes on.
	retracted map[string]bool
	// unlabelled are the labels, by item, that were taken off in it by a call of their own: one
	// that is taken off over and over is there once.
	unlabelled map[string]bool
	// unlinked is how often links were marked that do not exist any more.
	unlinked int
	paused   bool
	obeyed   []store.Strategy         // that were in force before the present ones
	off      bool                     // it is disconnected
	rewound  bool                     // it was read from the beginning again, since somebody changed what it shows
	rolled   int                      // sessions that rolled another one back
	told     map[string]external.Item // what webhooks said, for a mutant that believes them
}

// hint is one webhook that could be delivered.
type hint struct{ item external.Item }

// blindLoss is a token that a write of ours replaced unseen. Where the tracker keeps no
// values, or the item was deleted and its history with it, it may be lost if the
// journal says "unaudited".
type blindLoss struct {
	token int
	link  string
	field ticket.Field // empty: of a comment that goes with its ticket, the link's
	peer  *peer
	item  external.Ref
	dim   bool // the tracker keeps no values of the field, or not yet
}

// start is the time at which every run begins.
func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func newWorld(o Options) *world {
	p := o.Profile.of(o.Seed)
	w := &world{
		seed: o.Seed, salt: cmp.Or(o.Salt, firstSalt), bent: o.bent, ctx: context.Background(), now: start(), mutant: o.Mutant,
		work: newStream("work"), sched: newStream("sched"), chances: newStream("chances"), gaps: newStream("gaps"), ids: newStream("ids"),
		mask: o.Mask, points: o.points, knobs: o.knobs, keepsEnd: o.keepsEnd, torn: o.torn, moves: moves(), setting: draw(p, o.Seed, o.Mask),
		deletion: newDeletion(), intents: map[string]store.Intent{}, reached: map[situation]struct{}{}, looked: map[string]ticket.Ticket{}, queue: map[string]store.Conflict{},
		unbooked: map[string]store.AuditEntry{}, carried: map[stay][]stay{}, hushed: map[int]stay{}, astray: map[stay]bool{}, covered: map[fieldAt]cover{}, ignored: map[fieldAt]ticket.Value{}, letBe: map[string]ticket.Value{}, parted: map[string][]stay{}, apart: map[string][]told{}, secret: map[string]bool{}, unanswered: map[string]bool{}, tainted: map[int]bool{}, shed: map[int]bool{},
		composed: map[int]bool{}, stale: map[string]plan.Base{}, putBack: map[string][]time.Time{},
	}
	if w.roles = o.roles; w.roles == nil {
		w.roles = roles{}
	}
	w.oracle.now = func() time.Time { return w.now }
	if w.has(backups) {
		w.moves = append(w.moves, movesOfBackups()...)
	}
	if w.has(locked) {
		w.moves = append(w.moves, movesOfLocks()...)
	}
	if w.has(policies) {
		w.moves = append(w.moves, movesOfPolicies()...)
	}
	w.past = past{barred: map[*peer]bool{}, known: map[*peer]int64{}, rules: map[*peer]outbound.Rules{}, again: map[string]bool{}}
	w.enterStep(0)
	w.closed = w.drawClosure()
	w.bare = o.script != nil && o.script.bare
	w.trace = trace{hash: fnvStart, sent: fnvStart, keep: o.Trace, now: func() time.Time { return w.now }}
	if w.base = storememory.New(); o.base != nil {
		w.base = o.base(func() time.Time { return w.now })
	}
	if w.raw = w.base; w.has(undos) {
		w.ledger = newLedger()
	}
	w.restart()
	if w.profile == Vendors {
		w.settle()
	}
	for n := range w.projects {
		w.peers = append(w.peers, w.newPeer(n))
	}
	w.connect()
	return w
}

// pass lets time go by.
func (w *world) pass(d time.Duration) {
	w.now = w.now.Add(d)
	if w.fleet != nil {
		w.fleet.Clock.Advance(d)
	}
}

// restart makes a new engine, as a new process would.
func (w *world) restart() {
	w.unsent, w.cache = map[string]bool{}, map[string]ticket.Ticket{}
	deps := engine.Deps{
		Store: &storePort{w: w}, Adapters: connector{w}, Clock: clock{w}, NewID: w.newID, Key: []byte("0123456789abcdef0123456789abcdef"),
		Log: slog.New(slog.DiscardHandler),
	}
	if w.points != nil {
		deps.Store, deps.Adapters, deps.Clock = pointStore{deps.Store, w}, pointConnector{connector{w}}, pointClock{deps.Clock, w}
	}
	w.engine = engine.New(deps)
	for _, p := range w.peers {
		w.open(p)
	}
}

// newID draws an id: a short one, or a UUID where items are made under them.
func (w *world) newID() string {
	hi, lo := w.ids.Uint64(), w.ids.Uint64()
	if w.fleet == nil {
		return strconv.FormatUint(hi, 36)
	}
	hi, lo = hi&^0xf000|0x4000, lo&^(0xc0<<56)|0x80<<56
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", hi>>32, hi>>16&0xffff, hi&0xffff, lo>>48, lo&0xffffffffffff)
}

func (w *world) newPeer(n int) *peer {
	p := &peer{n: n, id: "project-" + strconv.Itoa(n), told: map[string]external.Item{}, retracted: map[string]bool{}, unlabelled: map[string]bool{}}
	p.port = &port{w: w, p: p}
	if w.fleet != nil {
		s := w.newVendorSite(p)
		p.site, p.port.wire, p.engines = s, s.wire, &richPort{p.port}
	} else {
		p.site = w.newMemorySite(p, w.trackers[n], w.skews[n])
		if p.engines = p.port; w.has(accounts) { // a new name is told where the engine asks for it, as all but webhook peers do
			p.engines = &richPort{p.port}
		}
	}
	w.open(p)
	return p
}

// open gives the engine a new adapter of the project, decorated.
func (w *world) open(p *peer) {
	p.port.Adapter = p.site.open()
	if w.mutant != nil && w.mutant.adapter != nil {
		p.port.Adapter = w.mutant.adapter(w, p, p.port.Adapter)
	}
}

// remembered spares the run the same HMAC again and again.
func remembered(own func(string) bool) func(string) bool {
	known := map[string]bool{}
	return func(key string) bool {
		is, ok := known[key]
		if !ok {
			is = own(key)
			known[key] = is
		}
		return is
	}
}

// connect stores both projects as a person would have set them up.
func (w *world) connect() {
	w.must(w.raw.Tx(w.ctx, func(tx store.Tx) error {
		for n, p := range w.peers {
			row := p.site.project()
			row.ID, row.Login, row.Status, row.Direction = p.id, p.site.login(), external.Active, external.Bidirectional
			row.CreatedAt = w.now.Add(time.Duration(n))
			if w.has(strategies) {
				row.Strategies = w.drawStrategies()
			}
			w.drawPolicies(&row)
			row.Rules = w.closed.rules(w.drawPassOn(n))
			row.RollbackFailed = w.has(undos) && lot(w.seed, "on failure")%3 == 0
			if err := tx.InsertProject(w.ctx, row); err != nil {
				return err
			}
			if err := p.site.connect(w.ctx, tx, p.id); err != nil {
				return err
			}
		}
		return nil
	}))
}

// drawPassOn draws whose tickets may go on to the n-th project. With several peers they
// stand in a chain, in a ring, or each may send to every other.
func (w *world) drawPassOn(n int) (rules []outbound.PassOn) {
	for from := range w.peers {
		var allowed bool
		switch w.shape {
		case pair2:
			allowed = from == 0 && n == 1 && w.has(privacy) && w.work.IntN(2) == 0
		case chain:
			allowed = from == n-1
		case ring:
			allowed = (from+1)%len(w.peers) == n
		case hub:
			allowed = from != n
		}
		if allowed {
			rules = append(rules, outbound.PassOn{From: w.peers[from].id, To: w.peers[n].id})
		}
	}
	return rules
}

func (w *world) drawStrategies() []store.Strategy {
	s := store.Strategy{Strategy: [...]plan.Strategy{plan.Manual, plan.LocalWins, plan.ExternalWins, plan.Merge, plan.Merge, plan.NewestWins}[w.work.IntN(6)]}
	if w.profile == Texts {
		s.Strategy = [...]plan.Strategy{plan.Merge, plan.Merge, plan.NewestWins}[w.work.IntN(3)]
	}
	if w.profile == Texts || w.work.IntN(2) == 0 {
		s.ConfirmedBy, s.ConfirmedAt = "ann", w.now
	}
	if w.work.IntN(2) == 0 {
		s.Field = ticket.Title
		if s.Strategy == plan.Merge {
			s.Field = ticket.Body
		}
	}
	return []store.Strategy{s}
}

// must stops the run for an error that the harness did not expect.
func (w *world) must(err error) {
	if err != nil {
		panic(fmt.Sprintf("simtest: unexpected error: %v", err))
	}
}

// read runs a reading transaction past all decorations.
func (w *world) read(f func(tx store.Tx) error) { w.must(w.raw.Tx(w.ctx, f)) }

// connector gives the engine its decorated adapters.
type connector struct{ w *world }

// For returns the adapter of a project.
func (c connector) For(_ context.Context, p store.Project) (adapters.Adapter, error) {
	for _, peer := range c.w.peers {
		if peer.id == p.ID {
			if s, is := peer.site.(*memorySite); is && s.readdress(p.Key) {
				c.w.open(peer)
			}
			if p.Filter != "" {
				return narrowed{peer.port, p.Filter}, nil
			}
			return peer.engines, nil
		}
	}
	return nil, &external.Error{Kind: external.NotFound, Op: "open", Message: "no such project"}
}

// clock is the engine's view of virtual time.
type clock struct{ w *world }

// Now returns our time.
func (c clock) Now() time.Time { return c.w.now }

// Sleep moves time on, and people use it.
func (c clock) Sleep(_ context.Context, d time.Duration) error {
	c.w.pass(d)
	c.w.interrupt(nil)
	return nil
}

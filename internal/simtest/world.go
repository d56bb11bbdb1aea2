package simtest

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	storememory "github.com/extsync/extsync/store/memory"
	"github.com/extsync/extsync/ticket"
)

// world is everything in one run.
type world struct {
	setting
	seed      uint64
	work      *rand.Rand // what people do
	sched     *rand.Rand // when things happen, and what goes wrong
	ids       *rand.Rand
	blindfold bool
	salt      string // goes into texts that must never leave, see paired runs
	now       time.Time
	ctx       context.Context //nolint:containedctx // one for the whole run: time-outs are part of the schedule
	engine    *engine.Engine
	raw       store.Store // without decorations: what people and checks use
	peers     [2]*peer
	mutant    *Mutant
	oracle    Oracle
	trace     trace

	unsent  map[string]bool          // intents that a mutant has not marked as sent
	intents map[string]store.Intent  // the last state of each
	looked  map[string]ticket.Ticket // a ticket as somebody once saw it, by id
	blind   []blindLoss
	secret  map[string]bool // local tickets that are local_only for ever
	tainted map[int]bool    // labels in writes of uncertain outcome

	// hot is the local ticket or comment that people touched last: others like to touch
	// it too, here and outside.
	hot string

	calm   bool // the quiet phase: no fault, no edit
	acting int  // people are at work: their own calls do not crash
	depth  int  // of sessions inside calls
	calls  int
	verbs  int // edits of people that were accepted
	fired  [faultKinds]int
	did    [actKinds]int
	failed *Violation
}

// peer is one external project.
type peer struct {
	n       int
	id      string
	tracker *memory.Tracker
	memory  *memory.Adapter // undecorated: what people and checks see
	port    adapters.Adapter
	hints   []hint // not delivered yet
	all     []hint // ever
	old     []engine.Run
	crashed string // session that died, to be entered again
	writes  int
	paused  bool
	told    map[string]external.Item // what webhooks said, for a mutant that believes them
}

// hint is one webhook that could be delivered.
type hint struct{ item external.Item }

// blindLoss is a token that a write of ours replaced unseen. Where the tracker keeps no
// values, or the item was deleted and its history with it, it may be lost if the
// journal says "unaudited".
type blindLoss struct {
	token int
	link  string
	field ticket.Field
	peer  int
	item  string
}

// start is the time at which every run begins.
func start() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

func newWorld(o Options) *world {
	p := o.Profile.of(o.Seed)
	w := &world{
		seed: o.Seed, salt: o.Salt, blindfold: o.blind, ctx: context.Background(), now: start(), mutant: o.Mutant,
		work: rand.New(rand.NewPCG(o.Seed, 1)), sched: rand.New(rand.NewPCG(o.Seed, 2)), ids: rand.New(rand.NewPCG(o.Seed, 3)),
		setting: draw(p, rand.New(rand.NewPCG(o.Seed, 4))),
		intents: map[string]store.Intent{}, looked: map[string]ticket.Ticket{},
		secret: map[string]bool{}, tainted: map[int]bool{},
	}
	w.trace = trace{hash: fnvStart, sent: fnvStart, keep: o.Trace, now: func() time.Time { return w.now }}
	w.raw = storememory.New()
	w.restart()
	for n := range w.peers {
		w.peers[n] = w.newPeer(n)
	}
	w.connect()
	return w
}

// restart makes a new engine, as a new process would.
func (w *world) restart() {
	w.unsent = map[string]bool{}
	w.engine = engine.New(engine.Deps{
		Store: &storePort{w: w}, Adapters: connector{w}, Clock: clock{w}, NewID: w.newID, Key: []byte("0123456789abcdef0123456789abcdef"),
		Log: slog.New(slog.DiscardHandler),
	})
}

func (w *world) newID() string { return strconv.FormatUint(w.ids.Uint64(), 36) }

func (w *world) newPeer(n int) *peer {
	p := &peer{n: n, id: "project-" + strconv.Itoa(n), told: map[string]external.Item{}}
	opts := w.trackers[n]
	opts.Now = func() time.Time { return w.now.Add(w.skews[n]) }
	if opts.Lag > 0 {
		opts.LagOf = func() time.Duration { return time.Duration(w.sched.Int64N(int64(opts.Lag) + 1)) }
	}
	p.tracker = memory.NewTracker(opts)
	p.memory = memory.New(p.tracker, adapters.Config{ProjectKey: opts.Key, OwnKey: remembered(w.engine.OwnKey(p.id))})
	var inner adapters.Adapter = p.memory
	if w.mutant != nil && w.mutant.adapter != nil {
		inner = w.mutant.adapter(w, p, inner)
	}
	p.port = &port{Adapter: inner, w: w, p: p}
	return p
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
			row := store.Project{
				ID: p.id, System: memory.System, ExternalID: p.id, Key: w.trackers[n].Key, Login: w.trackers[n].Login,
				Status: external.Active, Direction: external.Bidirectional, CreatedAt: w.now.Add(time.Duration(n)),
			}
			if w.has(strategies) {
				row.Strategies = w.drawStrategies()
			}
			if n == 1 && w.has(privacy) && w.work.IntN(2) == 0 {
				row.Rules = outbound.Rules{PassOn: []outbound.PassOn{{From: w.peers[0].id, To: p.id}}}
			}
			if err := tx.InsertProject(w.ctx, row); err != nil {
				return err
			}
		}
		return nil
	}))
}

func (w *world) drawStrategies() []store.Strategy {
	s := store.Strategy{Strategy: [...]plan.Strategy{plan.Manual, plan.LocalWins, plan.ExternalWins}[w.work.IntN(3)]}
	if w.work.IntN(2) == 0 {
		s.ConfirmedBy, s.ConfirmedAt = "ann", w.now
	}
	if w.work.IntN(2) == 0 {
		s.Field = ticket.Title
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
			return peer.port, nil
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
	c.w.now = c.w.now.Add(d)
	c.w.interrupt(nil)
	return nil
}

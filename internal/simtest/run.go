package simtest

import (
	"cmp"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Options say which run to do.
type Options struct {
	Seed    uint64
	Profile Profile // empty: Mixed
	Mutant  *Mutant // nil: none
	Mask    Mask    // what is left out
	Trace   bool    // keep a readable trace
	// Salt goes into the texts of tickets that are local_only for ever. Two runs that
	// differ in it alone must send the same requests (I5).
	Salt string

	base     func(now func() time.Time) database // nil: an empty one in memory
	knobs    *knobs                              // of the quiet phase; nil: those of always
	keepsEnd bool                                // Result.end is wanted
	script   *script                             // instead of a random schedule
	points   *points                             // watches, and crashes at, the engine's calls on its ports

	torn tear // lets people act in the middle of transactions; nil: nobody

	roles roles // of a series; nil: those of this run alone

	bent string // a check that is left out or an oracle that is bent, see bends: a test of the tests
}

// Violation is a broken invariant.
type Violation struct {
	Invariant string
	What      string
}

// Result is one run.
type Result struct {
	Seed      uint64
	Profile   Profile
	Violation *Violation       // the first one; nil: none
	Hash      uint64           // of all that happened
	Sent      uint64           // of all that was sent to the trackers, without time
	Secrets   [secretKinds]int // that people wrote
	Calls     int
	Requests  int // of HTTP, with vendors
	Writes    int
	Verbs     int // edits that people made
	Rounds    int // of the quiet phase
	Faults    [faultKinds]int
	Acts      [actKinds]int
	Conflicts int
	Steps     int // that the schedule has
	Firings   int // faults that it drew
	Projects  int
	On        feature  // what it may do
	Fired     []Firing // those faults, in their order
	Grid      grid
	Isolated  [sickKinds]int // whether something was sick, and how
	Reached   map[situation]struct{}
	end       end // kept where two runs are compared
	repeats   int // how often it was done besides, to be compared with itself
	Trace     []string
}

// Run does one schedule and checks it.
func Run(o Options) Result {
	w := newWorld(o)
	rounds, conflicts := 0, 0
	w.guarded(func() {
		if o.script != nil {
			w.enterStep(1)
			o.script.play(w)
			w.meddle, w.refuse = nil, nil
		} else {
			w.turbulence()
		}
		rounds = w.quiet()
		if w.failed == nil {
			w.check()
		}
		if w.failed == nil {
			w.stillness()
		}
		conflicts = w.conflictCount()
	})
	return Result{
		Seed: o.Seed, Profile: w.profile, Violation: w.failed, Hash: w.trace.hash, Sent: w.trace.sent, Secrets: w.secrets, Calls: w.calls, Requests: w.requests,
		Writes: w.written(), Verbs: w.verbs, Rounds: rounds, Faults: w.fired, Acts: w.did, Conflicts: conflicts, Steps: w.steps, Firings: w.drawn, Projects: w.projects, On: w.on, Fired: w.drew, Grid: w.grid, Isolated: w.isolated, Reached: w.reached, end: w.ended, Trace: w.trace.lines,
	}
}

// fail records the first violation.
func (w *world) fail(invariant, what string) {
	w.trace.add("VIOLATION", invariant, what)
	if w.failed == nil {
		w.failed = &Violation{Invariant: invariant, What: what}
	}
}

// written returns how many calls that write were made.
func (w *world) written() (n int) {
	for _, p := range w.peers {
		n += p.writes
	}
	return n
}

// turbulence is the first phase: everything happens.
func (w *world) turbulence() {
	for n := 1; n <= w.steps && w.failed == nil; n++ {
		if w.mask.keeps(n) {
			w.enterStep(n)
			w.step()
			w.attend()
			w.pass(time.Duration(w.sched.IntN(3000)) * time.Millisecond)
		}
	}
}

// move is one kind of step.
type move struct {
	choice
	do func(w *world, p *peer)
}

// moves is the table of all kinds of step, a line each. A line that is added leaves the
// draws of the others as they were, but for those that it wins.
func moves() []move {
	return []move{
		{choice{"act", 50}, func(w *world, _ *peer) { w.act() }},
		{choice{"session", 25}, func(w *world, p *peer) { w.session(p, store.Incremental) }},
		{choice{"reconcile", 5}, func(w *world, p *peer) { w.session(p, store.Reconcile) }},
		{choice{"a little time", 4}, func(w *world, _ *peer) { w.advanceLittle() }},
		{choice{"minutes", 3}, (*world).minutes},
		{choice{"deliver", 8}, (*world).deliver},
		{choice{"poll", 2}, (*world).poll},
		{choice{"pause", 1}, (*world).pauseOrResume},
		{choice{"zombie", 2}, (*world).wakeZombie},
		{choice{"veil", 1}, (*world).veil},
	}
}

// movesOfBackups are those of runs in which the database is restored.
func movesOfBackups() []move {
	return []move{
		{choice{"backup", 12}, (*world).backup},
		{choice{"restore the database", 3}, (*world).restoreNow},
		{choice{"release", 6}, (*world).releaseAll},
	}
}

func (w *world) step() {
	p := w.peers[w.sched.IntN(len(w.peers))]
	all := make([]choice, len(w.moves))
	for n, m := range w.moves {
		all[n] = m.choice
	}
	w.moves[pick(w.sched.Rand, all)].do(w, p)
}

func (w *world) minutes(*peer) {
	w.pass(time.Duration(w.sched.IntN(300)) * time.Second)
	w.trace.add("minutes pass")
}

func (w *world) wakeZombie(p *peer) {
	if w.has(zombies) && len(p.old) > 1 {
		w.fire(faultZombie)
		w.zombie(p)
	}
}

// advanceLittle lets about as much time pass as a client waits for an answer.
func (w *world) advanceLittle() {
	w.pass(time.Duration(w.sched.IntN(50_000)) * time.Millisecond)
}

func (w *world) poll(p *peer) {
	w.depth++
	defer func() { w.depth-- }()
	w.alive(func() {
		w.witness(w.engine, p)
		if _, err := w.engine.Poll(w.ctx, p.id); err != nil {
			w.expect(err)
		}
	})
}

// pauseOrResume lets an operator stop a project, or start it again.
func (w *world) pauseOrResume(p *peer) {
	if !w.has(pauses) || p.off {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	var err error
	if p.paused {
		err = w.resume(p)
	} else {
		w.fire(faultPaused)
		p.paused = true
		_, err = w.engine.Pause(w.ctx, p.id, "op")
	}
	w.must(err)
}

func (w *world) resume(p *peer) error {
	p.paused = false
	if w.past.happened && w.row(p).Restored.Done {
		return w.release(p)
	}
	_, err := w.engine.Resume(w.ctx, p.id, "op", true)
	return err
}

// quietRounds is how many rounds of sessions the quiet phase may take.
const quietRounds = 12

// quiet is the second phase: no fault, no edit, every webhook lost. First the cursors
// alone must find every change (I9); then sweeps must find the deletions too, which
// no list shows (I1). It returns the number of rounds until nothing happened any more.
func (w *world) quiet() int {
	w.calm = true
	w.trace.add("quiet")
	w.unveil()
	w.mapAsBefore()
	w.resize()
	w.openSome()
	w.settleSettings()
	for _, p := range w.peers {
		w.collect(p)
		p.hints = nil
		if p.paused {
			w.must(w.resume(p))
		}
	}
	if w.has(locked) {
		w.unlock(true)
	}
	w.isolate()
	if w.failed != nil {
		return 0
	}
	n := 0
	if w.past.happened {
		w.released() // a person's work, of which the rounds are not counted
	}
	w.waitNoLonger()
	if w.midWalk(nil) { // finished first: what moved behind it is found by the next one
		w.round(store.Incremental)
		n++
	}
	n += w.rest(store.Incremental, quietRounds-n)
	if w.failed != nil {
		return n
	}
	w.checkSeen()
	if w.failed != nil {
		return n
	}
	if w.midWay("sweep/", nil) { // likewise: what was deleted behind it is found by the next one
		w.round(store.Reconcile)
		n++
	}
	return n + w.rest(store.Reconcile, quietRounds-n)
}

// midWalk reports whether a walk was interrupted, in a project that is not left out.
func (w *world) midWalk(out func(*peer) bool) bool { return w.midWay("", out) }

// midWay is midWalk for walks whose cursors have a name that begins so.
func (w *world) midWay(head external.Stream, out func(*peer) bool) bool {
	is := false
	w.read(func(tx store.Tx) error {
		for _, p := range w.peers {
			if out != nil && out(p) {
				continue
			}
			for _, s := range []external.Stream{external.StreamTickets, external.StreamComments} {
				c, err := tx.Cursor(w.ctx, p.id, head+s)
				if err != nil {
					return err
				}
				is = is || c.Page != ""
			}
		}
		return nil
	})
	return is
}

// rest does rounds until one of them changed nothing and left nothing to do.
func (w *world) rest(kind store.SessionKind, most int) int {
	before := w.fingerprint()
	for n := 1; n <= most; n++ {
		wrote, undone, load := w.written(), w.rolled, w.beginCosts(kind)
		expired, alive := w.expired, w.points == nil || !w.points.died
		w.expired = false
		w.round(kind)
		w.lookAside()
		was := before
		before = w.fingerprint()
		if w.rolled == undone && !expired { // an undo writes what no link was marked for
			w.checkCalls(kind, load)
		} else {
			w.forgetListed() // and lists nothing
		}
		if alive && w.points != nil && w.points.died { // it died before it began, perhaps: that was no round
			continue
		}
		if w.failed != nil || w.rolled == undone && w.idle() && w.written() == wrote && before == was {
			return n
		}
	}
	w.fail("I1", "the quiet phase does not come to rest within "+itoa(quietRounds)+" rounds")
	return most
}

func (w *world) every() time.Duration {
	if w.knobs == nil {
		return 0
	}
	return w.knobs.every
}

// idle reports whether nothing is due, now or later.
func (w *world) idle() bool {
	due := w.awaited()
	w.read(func(tx store.Tx) error {
		for _, p := range w.peers {
			c, err := tx.CountLinks(w.ctx, p.id, w.now)
			if err != nil {
				return err
			}
			due += c.Dirty
			if !w.has(undos) {
				continue
			}
			ordered, err := tx.OpenRollbacks(w.ctx, p.id)
			if err != nil {
				return err
			}
			due += len(ordered)
		}
		return nil
	})
	return due == 0
}

// stillness checks that what is in step stays so: two more rounds, begun with every
// item's first and last hint once more, in any order, cause no write and no change
// (I7, I8). Now and then a round without any hint comes first.
func (w *world) stillness() {
	if w.skips("still") {
		return
	}
	before, wrote := w.fingerprint(), w.written()
	still := func(invariant, after string) bool {
		n := w.written() - wrote
		if n > 0 || w.fingerprint() != before {
			w.fail(invariant, itoa(n)+" writes, or a local change, "+after)
		}
		return w.failed == nil
	}
	if lot(w.seed, "without hints")%8 == 0 {
		load := w.beginCosts(store.Incremental)
		w.round(store.Incremental)
		if !still("I7", "without an edit") {
			return
		}
		w.checkCalls(store.Incremental, load)
	}
	for _, p := range w.peers {
		again := p.firstAndLast()
		w.sched.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		for _, h := range again {
			w.hint(p, h)
		}
	}
	w.round(store.Incremental)
	w.round(store.Reconcile)
	still("I8", "after old webhooks were delivered again")
}

// firstAndLast returns two hints of every item there ever was.
func (p *peer) firstAndLast() []hint {
	var out []hint
	last := map[string]hint{}
	for _, h := range p.all {
		if _, seen := last[h.item.ID]; !seen {
			out = append(out, h)
		}
		last[h.item.ID] = h
	}
	for _, h := range out[:len(out):len(out)] {
		out = append(out, last[h.item.ID])
	}
	return out
}

func (w *world) round(kind store.SessionKind) {
	w.enterStep(quietStep + w.roundNo)
	w.roundNo++
	w.pass(cmp.Or(w.every(), 2*time.Hour)) // beyond all lags, retries and deadlines
	if w.knobs != nil && w.knobs.hinted {
		w.hintAll()
	}
	for _, p := range w.peers {
		if p.paused { // a guard asked in the round before, and somebody has looked
			w.must(w.resume(p))
		}
		w.session(p, kind)
	}
	w.attend()
	w.letFlow()
}

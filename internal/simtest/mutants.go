package simtest

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// Mutant is a known bug, planted from outside by decorating the engine's ports. No
// production type knows of it.
type Mutant struct {
	Name string
	// Caught names the invariants that may catch it.
	Caught []string
	// Profile is where it is looked for; empty: AllOn.
	Profile Profile
	// Unfound says what is known of why 20,000 schedules do not show the bug; see what is
	// open in docs/reliability.md.
	Unfound string
	// Rare ones take hundreds or thousands of schedules.
	Rare bool
	// Known is how many schedules such a bug took, on the average, in a smaller simulation
	// of the same kind that came before this one; 0: it had none. Why says why it takes ten
	// times as many here, if it does.
	Known int
	Why   string

	adapter func(*world, *peer, adapters.Adapter) adapters.Adapter
	tx      func(*world, store.Tx) store.Tx
	before  func(*world, func(store.Tx) error)
	hinted  func(*world, *peer, external.Item)
}

// Mutants returns the bank of known bugs. A simulation that no longer finds one of
// them has gone blind.
func Mutants() []Mutant {
	return slices.Concat(
		coreMutants(), vendorMutants(), privacyMutants(), textMutants(),
		fieldMutants(), conflictMutants(), deletionMutants(), undoMutants(), restoredMutants(), callMutants(), twinMutants(), movesMutants(), settingsMutants(), laterMutants(),
	)
}

// coreMutants are found with trackers in memory.
func coreMutants() []Mutant {
	return []Mutant{
		{Name: "last writer wins", Known: 5, Caught: []string{"I2"}, tx: lastWriterWins},
		{Name: "canonicaliser ignored", Known: 2, Why: "texts that a tracker tidies are one in three here, and all of them there", Caught: []string{"I3", "I7", "I1", "I4", "I9"}, adapter: wrap(func(a *bent) { a.identity = true })},
		{Name: "create key not looked at", Known: 8, Caught: []string{"I6", "I1", "I5"}, adapter: wrap(func(a *bent) { a.keyless = true })},
		{Name: "delete beats edit", Known: 10, Why: "tickets are never deleted for a deletion outside; of comments alone it takes an edit here that meets one", Rare: true, Caught: []string{"I2"}, tx: deleteBeatsEdit},
		{Name: "webhook payload trusted", Known: 12, Caught: []string{"I1", "I2", "I3", "I8", "I9"}, adapter: wrap(func(a *bent) { a.trusting = true }), hinted: trustPayload},
		{Name: "create retried blindly", Known: 13, Caught: []string{"I6"}, tx: retryCreates},
		{Name: "link read where it was to be locked", Caught: []string{"I2"}, tx: readsUnlocked},
		{Name: "another mapping plans nothing anew", Caught: []string{"I1", "I9"}, tx: mapsUnplanned},
		{Name: "privacy checked on create only", Known: 15, Caught: []string{"I5"}, tx: publicOnceLinked},
		{Name: "no history audit", Known: 50, Why: "a rival must strike between the look and the write, and nobody after him", Caught: []string{"I2"}, adapter: wrap(func(a *bent) { a.forgetful = true })},
		{Name: "cursor advanced before apply", Known: 72, Why: "one transaction does both: the process must die between two that the bug makes of it", Rare: true, Caught: []string{"I9"}, before: cursorFirst},
		{Name: "exclusive cursor", Known: 211, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.exclusive = true })},
		{Name: "no look-back window", Known: 3860, Rare: true, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.shortSighted = true })},
		{Name: "cursor set from our clock", Known: 27445, Caught: []string{"I9"}, tx: ownClock},
		{Name: "write-ahead written after the call", Known: 300, Caught: []string{"I1", "I2", "I3", "I4", "I6", "I9", "I16"}, tx: writeBehind},
		{Name: "landed write not adopted as base", Known: 557, Unfound: "the next plan finds both sides alike and takes them for the base, unless one more edit comes in between: found after 557 schedules once", Why: "repair reads what the item holds, and plans with it; the wrong base shows after one more edit alone", Rare: true, Caught: []string{"I1", "I2", "I3", "I4", "I9"}, tx: landedForgotten},
		{Name: "page-number paging", Known: 421, Rare: true, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.numbered = true })},
		{Name: "pass-on rules ignored", Profile: Hub, Caught: []string{"I5"}, tx: passOnAll},
		{Name: "batch element under its neighbour's link", Caught: []string{"I1", "I2", "I3", "I5", "I6", "I9"}, adapter: wrap(func(a *bent) { a.shifted = true })},
		{Name: "batch of unknown outcome made again", Rare: true, Caught: []string{"I6"}, tx: retryBatches},
		{Name: "halfway state taken as reached", Caught: []string{"I1", "I4", "I9"}, adapter: wrap(func(a *bent) { a.arrived = true })},
	}
}

// vendorMutants take the vendors' adapters to be found.
func vendorMutants() []Mutant {
	return []Mutant{
		{Name: "raw document dropped on write", Profile: Vendors, Rare: true, Caught: []string{"I1", "I3", "I9"}, adapter: wrap(func(a *bent) { a.bare = true })},
		{Name: "key of an id of ours ignored", Profile: Vendors, Caught: []string{"I1", "I5", "I6", "I9"}, adapter: wrap(func(a *bent) { a.nameless = true })},
		{Name: "comments of a page dropped", Profile: Vendors, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.unscrolled = true })},
		{Name: "reference to the wrong ticket", Profile: Vendors, Rare: true, Caught: []string{"I1", "I9"}, adapter: wrap(func(a *bent) { a.astray = true })},
		{Name: "write not audited", Caught: []string{"I22"}, tx: writeNotAudited},
		{Name: "audit written after the write", Caught: []string{"I22"}, tx: auditedAfter},
		{Name: "outcome of a refused write not audited", Caught: []string{"I22"}, tx: outcomeForgotten},
		{Name: "history of synchronised values not kept", Caught: []string{"I23"}, tx: historyForgotten},
		{Name: "history under the wrong name", Caught: []string{"I23"}, tx: historyMisattributed},
	}
}

// Hunt is how a mutant was looked for.
type Hunt struct {
	Mutant string
	Runs   int    // until it was found, or all
	Found  string // the invariant that caught it; empty: not found
	Seed   uint64
	Took   time.Duration
}

// Trials is how often a mutant was looked for, and what that took.
type Trials struct {
	Mutant
	Mean   float64
	Median int
	Worst  int
	Found  []string // the invariants that caught it
	Missed int      // trials that did not find it
	Runs   int
}

// Try looks for each mutant several times, each time from other seeds, all side by side. It
// tells of them in their order, as soon as it can.
func Try(ms []Mutant, seed uint64, most, trials, workers int, tell func(Trials)) {
	hunts, left := make([][]Hunt, len(ms)), make([]sync.WaitGroup, len(ms))
	next := make(chan int, len(ms)*trials)
	for m := range ms {
		hunts[m] = make([]Hunt, trials)
		left[m].Add(trials)
		for n := range trials {
			next <- m*trials + n
		}
	}
	close(next)
	for range max(workers, 1) {
		go func() {
			for k := range next {
				m, n := k/trials, k%trials
				hunts[m][n] = Find(ms[m], seed+uint64(n)*1_000_000, most)
				left[m].Done()
			}
		}()
	}
	for m := range ms {
		left[m].Wait()
		tell(sumUp(ms[m], hunts[m]))
	}
}

func sumUp(m Mutant, hunts []Hunt) Trials {
	t := Trials{Mutant: m}
	var runs []int
	for _, h := range hunts {
		runs = append(runs, h.Runs)
		t.Runs += h.Runs
		t.Worst = max(t.Worst, h.Runs)
		if h.Found == "" {
			t.Missed++
		} else if !slices.Contains(t.Found, h.Found) {
			t.Found = append(t.Found, h.Found)
		}
	}
	slices.Sort(t.Found)
	slices.Sort(runs)
	t.Median, t.Mean = runs[len(runs)/2], float64(t.Runs)/float64(len(runs))
	return t
}

// Late reports whether finding took more than ten times what it is known to take, and
// nothing says why.
func (t Trials) Late() bool { return t.Known > 0 && t.Why == "" && t.Mean > 10*float64(t.Known) }

// Find runs schedules of the mutant's profile until it breaks an invariant.
func Find(m Mutant, seed uint64, most int) Hunt {
	began := time.Now()
	profile := cmp.Or(m.Profile, AllOn)
	for n := range most {
		r := Run(Options{Seed: seed + uint64(n), Profile: profile, Mutant: &m})
		if r.Violation != nil && slices.Contains(m.Caught, r.Violation.Invariant) {
			return Hunt{m.Name, n + 1, r.Violation.Invariant, r.Seed, time.Since(began)}
		}
	}
	return Hunt{Mutant: m.Name, Runs: most, Took: time.Since(began)}
}

package simtest

import (
	"cmp"
	"slices"
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
	// Rare ones take hundreds or thousands of schedules.
	Rare bool

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
	)
}

// coreMutants are found with trackers in memory.
func coreMutants() []Mutant {
	return []Mutant{
		{Name: "last writer wins", Caught: []string{"I2"}, tx: lastWriterWins},
		{Name: "canonicaliser ignored", Caught: []string{"I3", "I7", "I1", "I4", "I9"}, adapter: wrap(func(a *bent) { a.identity = true })},
		{Name: "create key not looked at", Caught: []string{"I6", "I1", "I5"}, adapter: wrap(func(a *bent) { a.keyless = true })},
		{Name: "delete beats edit", Rare: true, Caught: []string{"I2"}, tx: deleteBeatsEdit},
		{Name: "webhook payload trusted", Caught: []string{"I1", "I2", "I3", "I8", "I9"}, adapter: wrap(func(a *bent) { a.trusting = true }), hinted: trustPayload},
		{Name: "create retried blindly", Caught: []string{"I6"}, tx: retryCreates},
		{Name: "privacy checked on create only", Caught: []string{"I5"}, tx: publicOnceLinked},
		{Name: "no history audit", Caught: []string{"I2"}, adapter: wrap(func(a *bent) { a.forgetful = true })},
		{Name: "cursor advanced before apply", Rare: true, Caught: []string{"I9"}, before: cursorFirst},
		{Name: "exclusive cursor", Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.exclusive = true })},
		{Name: "no look-back window", Rare: true, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.shortSighted = true })},
		{Name: "cursor set from our clock", Caught: []string{"I9"}, tx: ownClock},
		{Name: "write-ahead written after the call", Caught: []string{"I1", "I2", "I3", "I4", "I6", "I9", "I16"}, tx: writeBehind},
		{Name: "landed write not adopted as base", Rare: true, Caught: []string{"I1", "I2", "I3", "I4", "I9"}, tx: landedForgotten},
		{Name: "page-number paging", Rare: true, Caught: []string{"I9"}, adapter: wrap(func(a *bent) { a.numbered = true })},
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

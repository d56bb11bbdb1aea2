package simtest

import (
	"math/rand/v2"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
)

// Profile says which features a schedule may use.
type Profile string

// The profiles. Neither all-on nor swarm finds everything sooner than the other:
// some faults need company, others are drowned by it.
const (
	AllOn     Profile = "all-on"     // everything at once
	Swarm     Profile = "swarm"      // each feature with a probability of one half
	OneSided  Profile = "one-sided"  // people edit on one side only: no conflict may arise
	FaultFree Profile = "fault-free" // edits on all sides, nothing goes wrong
	Mixed     Profile = "mixed"      // one of the four, by seed
)

// Profiles are those that a seed can have; Mixed chooses among them.
func Profiles() []Profile { return []Profile{AllOn, Swarm, OneSided, FaultFree} }

// of returns the profile of a seed.
func (p Profile) of(seed uint64) Profile {
	if p != Mixed && p != "" {
		return p
	}
	return [...]Profile{AllOn, Swarm, AllOn, Swarm, OneSided, AllOn, Swarm, FaultFree}[seed%8]
}

// feature is one thing that a schedule may do.
type feature uint64

// What people do.
const (
	byLocal feature = 1 << iota
	byFirst
	bySecond
	comments
	labels
	states
	deletions
	privacy
	decisions
	staleEdits
	untidy // texts that trackers tidy, mentions that the gate defuses
	forgery
	// What goes wrong.
	refusals
	lostRequests
	lostReplies
	limits
	crashes
	crashesInStore
	insideCalls // people and webhooks act in the middle of a call
	nested      // another session begins in the middle of a call
	zombies     // an old session goes on
	pauses
	hints
	// How trackers are.
	lag
	coarse
	skew
	smallPages
	dimHistory
	clientIDs
	bounded
	strategies
	batches
	steps
	last
)

const (
	allFeatures = last - 1
	people      = byLocal | byFirst | bySecond
	faults      = refusals | lostRequests | lostReplies | limits | crashes | crashesInStore | insideCalls | nested | zombies | pauses
)

// setting is what one seed draws for its run.
type setting struct {
	profile  Profile
	on       feature
	steps    int
	chance   [faultKinds]float64 // of each fault, where it is on
	trackers [2]memory.Options
	skews    [2]time.Duration
}

func (s setting) has(f feature) bool { return s.on&f == f }

// draw chooses the features and the numbers of a run.
func draw(p Profile, rng *rand.Rand) setting {
	s := setting{profile: p, on: allFeatures, steps: 8 + rng.IntN(32)}
	if p != AllOn {
		s.on = feature(rng.Uint64()) & allFeatures
		s.on |= people
	}
	switch p {
	case OneSided:
		s.on &^= people
		s.on |= [...]feature{byLocal, byFirst, bySecond}[rng.IntN(3)]
	case FaultFree:
		s.on &^= faults
	case Swarm:
		if rng.IntN(4) == 0 { // a side where nobody works
			s.on &^= [...]feature{byLocal, byFirst, bySecond}[rng.IntN(3)]
		}
	}
	for k := range s.chance {
		s.chance[k] = [...]float64{0.01, 0.03, 0.1}[rng.IntN(3)]
	}
	for i := range s.trackers {
		s.trackers[i], s.skews[i] = s.drawTracker(rng, i)
	}
	return s
}

// drawTracker chooses the habits of one tracker.
func (s setting) drawTracker(rng *rand.Rand, n int) (memory.Options, time.Duration) {
	o := memory.Options{
		Key: [...]string{"team/first", "team/second"}[n], Login: "extsync-bot", PageSize: 100, ReadBatch: 10,
		History: external.HistoryFull, Touch: rng.IntN(2) == 0, Precision: time.Millisecond, // no vendor shows more
	}
	var away time.Duration
	if s.has(lag) {
		o.Lag = [...]time.Duration{0, 700 * time.Millisecond, 4 * time.Second, 90 * time.Second}[rng.IntN(4)]
	}
	if s.has(coarse) {
		o.Precision = [...]time.Duration{time.Millisecond, time.Second, time.Second, time.Minute}[rng.IntN(4)]
	}
	if s.has(skew) {
		away = time.Duration(rng.IntN(601)-300) * time.Second
	}
	if s.has(smallPages) {
		o.PageSize = 1 + rng.IntN(3)
	}
	if s.has(dimHistory) && n == 1 {
		o.History = [...]external.HistoryKind{external.HistoryTimes, external.HistoryNone}[rng.IntN(2)]
	}
	if s.has(clientIDs) && n == 1 {
		o.CreateKey = external.CreateKeyClientID
	}
	if s.has(bounded) {
		o.Bounded = rng.IntN(2) == 0
	}
	if s.has(batches) {
		o.WriteBatch, o.Whole = [...]int{0, 2, 3, 50}[rng.IntN(4)], rng.IntN(2) == 0
	}
	if s.has(steps) {
		// Trackers that have transitions keep a history of them; without one nobody could
		// tell a state that we went through from one that a person set.
		o.Steps = rng.IntN(2) == 0 && o.History == external.HistoryFull
	}
	if !s.has(untidy) {
		o.Verbatim = rng.IntN(2) == 0
	}
	return o, away
}

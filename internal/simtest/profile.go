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
	Hub       Profile = "hub"        // everything at once, with three trackers that pass tickets on
	Vendors   Profile = "vendors"    // two or three vendors: the real adapters over their simulators
	Texts     Profile = "texts"      // long texts under strategies that merge them or weigh their times
	Undone    Profile = "undone"     // people have sessions rolled back, two or three trackers
	Restored  Profile = "restored"   // the database goes back to a backup, two or three trackers
	Mixed     Profile = "mixed"      // one of these, by seed
)

// Profiles are those that a seed can have; Mixed chooses among them.
func Profiles() []Profile {
	return []Profile{AllOn, Swarm, OneSided, FaultFree, Hub, Vendors, Texts, Undone, Restored}
}

// vendorShare is how many mixed runs there are for each one with vendors, which takes as
// long as some dozens of the others.
const vendorShare = 64

// textShare is how many mixed runs there are for each one with long texts.
const textShare = 32

// undoneShare is how many mixed runs there are for each one in which sessions are rolled
// back, and for each one in which the database is restored.
const undoneShare = 32

// of returns the profile of a seed.
func (p Profile) of(seed uint64) Profile {
	if p != Mixed && p != "" {
		return p
	}
	if seed%vendorShare == vendorShare-1 {
		return Vendors
	}
	if seed%textShare == textShare/2-1 {
		return Texts
	}
	switch seed % undoneShare {
	case 11:
		return Undone
	case 27:
		return Restored
	}
	return [...]Profile{AllOn, Swarm, AllOn, Swarm, OneSided, Hub, Swarm, FaultFree}[seed%8]
}

// feature is one thing that a schedule may do.
type feature uint64

// What people do.
const (
	byLocal feature = 1 << iota
	byFirst
	bySecond
	byThird
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
	longTexts // texts of several paragraphs, of which most edits change one
	picky     // trackers refuse some values
	last
	vendors   // the trackers are vendors', and people use more of their fields
	undos     // people have sessions rolled back
	backups   // the database is restored from a backup
	twinned   // people make one ticket on two sides, and make again what they deleted
	moving    // the trackers are one vendor's, between whose projects tickets are moved
	secluding // people let only some see a ticket
	policies  // what nobody answers is decided in time, and people answer more often
	mappings  // another mapping is in force for a while
	settings  // people change the settings of projects that are at work
	accounts  // the credential of a project is exchanged for another account's
	locked    // items are locked for hours, so that their links are set aside
	relinks   // a project is connected again over a database that was restored
)

const (
	allFeatures = last - 1
	people      = byLocal | byFirst | bySecond | byThird
	faults      = refusals | lostRequests | lostReplies | limits | crashes | crashesInStore | insideCalls | nested | zombies | pauses
)

// setting is what one seed draws for its run.
type setting struct {
	profile  Profile
	on       feature
	steps    int
	chance   [faultKinds]float64 // of each fault, where it is on
	armed    [faultKinds]bool    // which are on
	projects int                 // how many
	shape    shape
	trackers [maxProjects]memory.Options
	skews    [maxProjects]time.Duration
}

// maxProjects is how many projects a run has at most.
const maxProjects = 3

// shape says whose tickets may go on to whom.
type shape int

const (
	pair2 shape = iota // from the first to the second, now and then
	chain              // from each to the next
	ring               // from each to the next, and from the last to the first
	hub                // from each to all others
)

// sides are the features of people at work: here, and in each project.
func (s setting) sides() []feature {
	return []feature{byLocal, byFirst, bySecond, byThird}[:s.projects+1]
}

// oneSided reports whether people work on one side alone.
func (s setting) oneSided() bool {
	n := 0
	for _, f := range s.sides() {
		if s.has(f) {
			n++
		}
	}
	return n == 1
}

func (s setting) has(f feature) bool { return s.on&f == f }

// names of the features, for tapes.
func (f feature) name() string {
	return map[feature]string{
		byLocal: "by-local", byFirst: "by-first", bySecond: "by-second", byThird: "by-third", comments: "comments", labels: "labels",
		states: "states", deletions: "deletions", privacy: "privacy", decisions: "decisions", staleEdits: "stale-edits", untidy: "untidy",
		forgery: "forgery", refusals: "refusals", lostRequests: "lost-requests", lostReplies: "lost-replies", limits: "limits",
		crashes: "crashes", crashesInStore: "crashes-in-store", insideCalls: "inside-calls", nested: "nested", zombies: "zombies",
		pauses: "pauses", hints: "hints", lag: "lag", coarse: "coarse", skew: "skew", smallPages: "small-pages", dimHistory: "dim-history",
		clientIDs: "client-ids", bounded: "bounded", strategies: "strategies", batches: "batches", steps: "steps", longTexts: "long-texts", picky: "picky", vendors: "vendors", undos: "undos", backups: "backups", twinned: "twins", moving: "moves", secluding: "secluding", policies: "policies", mappings: "mappings", settings: "settings", accounts: "accounts", locked: "locked", relinks: "relinks",
	}[f]
}

// features lists all that there are.
func features() (all []feature) {
	for f := feature(1); f <= relinks; f <<= 1 {
		if f != last {
			all = append(all, f)
		}
	}
	return all
}

// featureNamed returns the feature of that name; 0: there is none.
func featureNamed(name string) feature {
	for _, f := range features() {
		if f.name() == name {
			return f
		}
	}
	return 0
}

// draw chooses the features and the numbers of a run. Each thing is drawn by its name, so
// that a new kind of fault or of tracker changes nothing of what was there before.
func draw(p Profile, seed uint64, mask Mask) setting {
	rng := keyed(seed, "setting")
	s := setting{profile: p, on: allFeatures, steps: 8 + rng.IntN(32)}
	s.projects = 2
	if p != AllOn && p != Hub && (p != Vendors && p != Undone && p != Restored || rng.IntN(2) == 0) {
		s.on = feature(rng.Uint64()) & allFeatures
		s.on |= people
	}
	switch p {
	case OneSided:
		s.on &^= people
		s.on |= s.sides()[rng.IntN(3)]
	case FaultFree:
		s.on &^= faults
	case Swarm:
		if rng.IntN(4) == 0 { // a side where nobody works
			s.on &^= s.sides()[rng.IntN(3)]
		}
	case Hub:
		s.projects, s.shape = 3, chain+shape(rng.IntN(3))
		if lot(seed, moving.name())%2 == 0 {
			s.on |= moving
		}
	case Texts:
		s.on |= longTexts | strategies
	case Vendors:
		s.on |= vendors
		s.projects, s.shape = 2+rng.IntN(2), shape(rng.IntN(4))
		if rng.IntN(6) == 0 {
			s.on = s.on&^people | s.sides()[rng.IntN(s.projects+1)]
		}
		switch lot(seed, undos.name()) % 4 {
		case 0, 1:
			s.on |= undos
		case 2:
			s.on |= backups
		}
	case Undone:
		s.on |= undos
		s.projects, s.shape = 2+rng.IntN(2), shape(rng.IntN(4))
	case Restored:
		s.on |= backups
		s.projects, s.shape = 2+rng.IntN(2), shape(rng.IntN(4))
	}
	if s.has(backups) && lot(seed, undos.name())/4%2 == 0 {
		s.on |= undos
	}
	if (p == Restored || p == Undone) && lot(seed, moving.name())%2 == 0 {
		s.on |= moving
	}
	if p != Vendors && p != Restored && p != Undone && lot(seed, twinned.name())%2 == 0 {
		s.on |= twinned
	}
	if p != Vendors && lot(seed, secluding.name())%4 == 0 {
		s.on |= secluding
	}
	if p == Restored && lot(seed, policies.name())%2 == 0 {
		s.on |= policies
	}
	if p != Vendors && lot(seed, mappings.name())%4 == 0 {
		s.on |= mappings
	}
	if p != OneSided && p != FaultFree && lot(seed, settings.name())%4 == 0 {
		s.on |= settings
	}
	if s = mask.apply(s.later(p, seed)); s.has(policies) {
		s.steps += 16 // what is asked after a restoration is answered late
	}
	for k := range s.chance {
		s.armed[k] = s.has(faultKind(k).feature())
		s.chance[k] = [...]float64{0.01, 0.03, 0.1}[lot(seed, faultKind(k).String())%3]
	}
	if p == Vendors {
		s.chance[faultDrift] = 0.5 // few walks there have several pages
	}
	for i := range s.trackers[:s.projects] {
		s.trackers[i], s.skews[i] = s.drawTracker(keyed(seed, "tracker "+itoa(i)), i)
	}
	return s.vendorOf(seed)
}

// later adds what few schedules have, each thing by a lot of its own.
func (s setting) later(p Profile, seed uint64) setting {
	if p == Vendors || p == OneSided || p == FaultFree {
		return s
	}
	if !s.has(backups) && lot(seed, accounts.name())%16 == 0 {
		s.on |= accounts
	}
	if lot(seed, locked.name())%16 == 0 {
		s.on |= locked
	}
	if s.has(backups|settings) && lot(seed, relinks.name())%2 == 0 {
		s.on |= relinks
	}
	return s
}

// drawTracker chooses the habits of one tracker.
func (s setting) drawTracker(rng *rand.Rand, n int) (memory.Options, time.Duration) {
	o := memory.Options{
		Key: [...]string{"team/first", "team/second", "team/third"}[n], Login: "extsync-bot", PageSize: 100, ReadBatch: 10,
		History: external.HistoryFull, Touch: rng.IntN(2) == 0, Precision: time.Millisecond, // no vendor shows more
		Secludes: s.has(secluding),
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
	o.TicketDel = s.has(deletions) && rng.IntN(2) == 0
	return o, away
}

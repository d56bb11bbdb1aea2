package simtest

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// secretKind is one way in which something that a person writes never leaves.
type secretKind int

// The kinds of secret that a paired run changes.
const (
	secretTicket  secretKind = iota // texts of tickets that are local_only, or have no grant, for ever
	secretComment                   // comments that are local_only
	secretField                     // values of fields that rules keep
	secretPassage                   // passages that rules cut out
	secretKinds
)

// String returns the kind's name.
func (k secretKind) String() string {
	return [secretKinds]string{"tickets that never leave", "private comments", "kept fields", "passages"}[k]
}

// otherSalt is what the second run of a pair writes where the first writes firstSalt: of
// another length, over several lines, and full of what trackers and the gate react to.
const otherSalt = "Another-SECRET of quite another length,\nfixes #7 for @eve\n/close <b>&amp;</b> {{x}} \u2060 \u202e"

// PairSummary is what a series of paired runs showed.
type PairSummary struct {
	Took     time.Duration
	Pairs    int    // schedules that held a secret, run twice
	Without  int    // schedules in which nobody wrote one: their second run would be the first
	Next     uint64 // the first seed after the series
	Vendors  int    // pairs with the real adapters, whose requests are compared byte by byte
	Requests int    // of HTTP, that were compared
	Calls    int    // of trackers in memory, that were compared
	Secret   [secretKinds]int
	Differ   []Result // the first few pairs of which the second sent something else, or that broke an invariant
	Failed   int
}

// Pairs runs schedules twice until so many of them held a secret, or none is left to try
// (at most [seedsPerPair] for each pair that is wanted). The two runs of a pair differ only
// in what never leaves: texts of tickets that are local_only or have no grant, private
// comments, kept fields and passages. They must send the same requests, byte by byte, and
// make the same calls (I5).
func Pairs(p Plan) PairSummary {
	began := time.Now()
	var sum PairSummary
	var mu sync.Mutex
	tried := 0
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		if sum.Pairs >= p.Runs || tried >= p.Runs*seedsPerPair {
			return 0, false
		}
		tried++
		return p.Seed + uint64(tried) - 1, true
	}
	var group sync.WaitGroup
	for range max(p.Workers, 1) {
		group.Go(func() {
			for seed, ok := take(); ok; seed, ok = take() {
				o := Options{Seed: seed, Profile: p.Profile, Mutant: p.Mutant}
				var one Result
				if mayHoldSecrets(o) {
					one = Pair(o)
				}
				mu.Lock()
				sum.add(one)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	sum.Took, sum.Next = time.Since(began), p.Seed+uint64(tried)
	return sum
}

// seedsPerPair is how many schedules are tried at most for each pair: one in three holds a
// secret.
const seedsPerPair = 50

// mayHoldSecrets reports whether anybody may write a secret in a schedule: a look at its
// setting, which spares a run.
func mayHoldSecrets(o Options) bool {
	s := draw(o.Profile.of(o.Seed), o.Seed, o.Mask)
	return s.has(privacy) && s.has(byLocal)
}

// Pair runs one schedule twice and returns the first run, with a violation of I5 if the
// second sent anything else. Where the first held no secret there is nothing to run again.
func Pair(o Options) Result {
	one := Run(o)
	if one.Violation != nil {
		return one
	}
	one.Violation = tells(one, o)
	return one
}

// tells runs the schedule of a run that held once more, with other secrets, and returns the
// violation if that is seen from outside. Without a secret there is no other run: equal
// seeds give equal runs (I21).
func tells(one Result, o Options) *Violation {
	if one.Secrets == [secretKinds]int{} {
		return nil
	}
	o.Salt = otherSalt
	switch other := Run(o); {
	case other.Violation != nil:
		return other.Violation
	case other.Sent != one.Sent || other.Calls != one.Calls || other.Requests != one.Requests:
		return &Violation{"I5", "a private text changed what was sent"}
	}
	return nil
}

func (s *PairSummary) add(r Result) {
	switch {
	case r.Secrets == [secretKinds]int{}:
		s.Without++
	case r.Profile == Vendors:
		s.Pairs, s.Vendors, s.Requests = s.Pairs+1, s.Vendors+1, s.Requests+r.Requests
	default:
		s.Pairs, s.Calls = s.Pairs+1, s.Calls+r.Calls
	}
	for k, n := range r.Secrets {
		s.Secret[k] += n
	}
	if r.Violation == nil {
		return
	}
	s.Failed++
	if len(s.Differ) < keepViolations {
		s.Differ = append(s.Differ, r)
	}
}

// Never returns the kinds of secret that no pair held though there were pairs enough:
// about these nothing was shown.
func (s PairSummary) Never() (out []string) {
	if s.Pairs < enoughPairs {
		return nil
	}
	for k, n := range s.Secret {
		if n == 0 {
			out = append(out, secretKind(k).String())
		}
	}
	return out
}

// enoughPairs is how many pairs hold every kind of secret.
const enoughPairs = 200

// Print writes the summary for a person.
func (s PairSummary) Print(out io.Writer) {
	fmt.Fprintf(out, "%d pairs in %s: %.0f pairs/s, %d of them with the real adapters\n", s.Pairs, s.Took.Round(time.Millisecond), float64(s.Pairs)/s.Took.Seconds(), s.Vendors)
	fmt.Fprintf(out, "%d schedules held no secret and are not counted; the next series begins at seed %d\n", s.Without, s.Next)
	fmt.Fprintf(out, "compared: %d HTTP requests byte by byte, %d calls of trackers in memory\n", s.Requests, s.Calls)
	for k, n := range s.Secret {
		fmt.Fprintf(out, "  secrets in %-28s %10d\n", secretKind(k), n)
	}
	for _, n := range s.Never() {
		fmt.Fprintf(out, "never happened: secrets in %s\n", n)
	}
	fmt.Fprintf(out, "pairs that differ: %d\n", s.Failed)
}

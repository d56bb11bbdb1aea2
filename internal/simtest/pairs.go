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
	Pairs    int
	Vendors  int // pairs with the real adapters, whose requests are compared byte by byte
	Requests int // of HTTP, that were compared
	Calls    int // of trackers in memory, that were compared
	Secret   [secretKinds]int
	Differ   []Result // the first few pairs of which the second sent something else, or that broke an invariant
	Failed   int
}

// Pairs runs each schedule twice. The two runs of a pair differ only in what never
// leaves: texts of tickets that are local_only or have no grant, private comments, kept
// fields and passages. They must send the same requests, byte by byte (I5).
func Pairs(p Plan) PairSummary {
	began := time.Now()
	var sum PairSummary
	var mu sync.Mutex
	next := 0
	take := func() (uint64, bool) {
		mu.Lock()
		defer mu.Unlock()
		next++
		return p.Seed + uint64(next) - 1, next <= p.Runs
	}
	var group sync.WaitGroup
	for range max(p.Workers, 1) {
		group.Go(func() {
			for seed, ok := take(); ok; seed, ok = take() {
				one := Pair(Options{Seed: seed, Profile: p.Profile, Mutant: p.Mutant})
				mu.Lock()
				sum.add(one)
				mu.Unlock()
			}
		})
	}
	group.Wait()
	sum.Took = time.Since(began)
	return sum
}

// Pair runs one schedule twice and returns the first run, with a violation of I5 if the
// second sent anything else.
func Pair(o Options) Result {
	one := Run(o)
	if one.Violation != nil {
		return one
	}
	one.Violation = tells(one, o)
	return one
}

// tells runs the schedule of a run that held once more, with other secrets, and returns the
// violation if that is seen from outside.
func tells(one Result, o Options) *Violation {
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
	s.Pairs++
	if r.Profile == Vendors {
		s.Vendors++
		s.Requests += r.Requests
	} else {
		s.Calls += r.Calls
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
	fmt.Fprintf(out, "compared: %d HTTP requests byte by byte, %d calls of trackers in memory\n", s.Requests, s.Calls)
	for k, n := range s.Secret {
		fmt.Fprintf(out, "  secrets in %-28s %10d\n", secretKind(k), n)
	}
	for _, n := range s.Never() {
		fmt.Fprintf(out, "never happened: secrets in %s\n", n)
	}
	fmt.Fprintf(out, "pairs that differ: %d\n", s.Failed)
}

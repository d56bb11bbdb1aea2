package simtest

import (
	"testing"

	"github.com/extsync/extsync/internal/simtest/failpoint"
)

// TestFailpoints reads every place from the source at which a session calls a port, has
// the process die there before and after the call, and holds what comes of it against all
// invariants. A place that no schedule passes fails the test: whoever writes one sees to it
// that the simulation gets there (I16).
func TestFailpoints(t *testing.T) {
	sites, err := failpoint.Sites()
	if err != nil {
		t.Fatal(err)
	}
	most := 3000
	if raceDetector {
		most = 150
	}
	r := Failpoints(sites, 1, most)
	r.Print(testWriter{t})
	for _, f := range r.Failures {
		t.Error(f)
	}
	for _, s := range r.Missed() {
		if !raceDetector { // else fewer schedules are looked at
			t.Errorf("never passed: %s", s)
		}
	}
}

// TestSitesAreKnown: the list holds what the loop is known to do.
func TestSitesAreKnown(t *testing.T) {
	sites, err := failpoint.Sites()
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]int{}
	for _, s := range sites {
		calls[s.Call]++
	}
	for _, want := range []string{"Store.Tx", "Adapter.Changes", "Adapter.Read", "Adapter.Write", "Adapter.History", "Adapter.Ops",
		"BatchWriter.WriteBatch", "Clock.Now", "Clock.Sleep", "Connector.For"} {
		if calls[want] == 0 {
			t.Errorf("there is no site for %s among %v", want, calls)
		}
	}
	if calls["Store.Tx"] < 20 {
		t.Errorf("only %d transactions", calls["Store.Tx"])
	}
}

// TestCrashAtOnePointIsOne: the process dies where it was told to, once.
func TestCrashAtOnePointIsOne(t *testing.T) {
	w := &points{hits: map[spot]int{}}
	Run(Options{Profile: FaultFree, Seed: 3, points: w})
	for at, n := range w.hits {
		one := &points{hits: map[spot]int{}, at: at, when: After, pass: n}
		r := Run(Options{Profile: FaultFree, Seed: 3, points: one})
		if !one.died || r.Faults[faultCrashAfter] != 1 {
			t.Errorf("%v: died %t, %d crashes", at, one.died, r.Faults[faultCrashAfter])
		}
	}
}

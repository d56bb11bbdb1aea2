package jira_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
)

// TestWalkMissesNothing: whatever is edited, commented on or made while the walk goes on,
// in whatever crowd of equal stamps, what could be seen when it began is shown.
func TestWalkMissesNothing(t *testing.T) {
	runs := 0
	rapid.Check(t, func(r *rapid.T) {
		if runs++; runs > 30 && !t.Failed() { // enough of what takes a third of a second
			return
		}
		e := rapid.SampledFrom([]simulator.Edition{simulator.Cloud, simulator.DataCenter}).Draw(r, "edition")
		lag := time.Duration(0)
		if e == simulator.Cloud {
			lag = time.Duration(rapid.IntRange(0, 20).Draw(r, "lag")) * time.Second
		}
		d := newDesk(t, func(o *simulator.Options) { o.Edition, o.Lag = e, lag })
		crowd := rapid.IntRange(1, 120).Draw(r, "crowd")
		var refs []external.Ref
		for n := range rapid.IntRange(105, 150).Draw(r, "issues") {
			refs = append(refs, d.open(fmt.Sprint("issue ", n)))
			if n%crowd == crowd-1 {
				d.advance(time.Duration(rapid.IntRange(0, 2000).Draw(r, "pause")) * time.Millisecond)
			}
		}
		d.advance(lag + time.Second)
		shown := map[string]bool{}
		for _, i := range d.walk(external.Window{}, func() { d.disturb(r, refs) }) {
			shown[i.ID] = true
		}
		for n, ref := range refs {
			if !shown[ref.ID] {
				r.Fatalf("issue %d of %d was missed", n, len(refs))
			}
		}
	})
}

// disturb lets people work between two pages.
func (d *desk) disturb(r *rapid.T, refs []external.Ref) {
	d.Helper()
	for range rapid.IntRange(0, 12).Draw(r, "acts") {
		d.advance(time.Duration(rapid.SampledFrom([]int{0, 1, 400, 1500}).Draw(r, "wait")) * time.Millisecond)
		ref := refs[rapid.IntRange(0, len(refs)-1).Draw(r, "which")]
		switch rapid.IntRange(0, 2).Draw(r, "what") {
		case 0:
			d.act(simulator.Act{Do: "edit", Issue: ref.ID, Summary: fmt.Sprint("edited at ", d.time().UnixMilli())})
		case 1:
			d.remark(ref, "meanwhile")
		default:
			d.open("new")
		}
	}
}

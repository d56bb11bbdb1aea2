package jira_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/jira"
)

// TestWalkMissesNothing: whatever is edited, commented on or made while the walk goes on,
// in whatever crowd of equal stamps, what could be seen when it began is shown. A seed
// that fails repeats its run exactly.
func TestWalkMissesNothing(t *testing.T) {
	for seed := range uint64(24) {
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 1))
			d := newDesk(t, func(o *simulator.Options) {
				o.Edition = simulator.DataCenter
				if seed%2 == 0 {
					o.Edition, o.Lag = simulator.Cloud, time.Duration(r.IntN(20))*time.Second
				}
			})
			var refs []external.Ref
			crowd := 1 + r.IntN(150)
			for n := range 105 + r.IntN(100) {
				refs = append(refs, d.open(fmt.Sprint("issue ", n)))
				if n%crowd == crowd-1 {
					d.Advance(time.Duration(r.IntN(2000)) * time.Millisecond)
				}
			}
			d.Advance(21 * time.Second)
			shown := map[string]bool{}
			for _, i := range d.walk(external.Window{}, func() { d.disturb(r, refs) }) {
				shown[i.ID] = true
			}
			for n, ref := range refs {
				if !shown[ref.ID] {
					t.Errorf("issue %d of %d was missed", n, len(refs))
				}
			}
		})
	}
}

// disturb lets people work between two pages.
func (d *desk) disturb(r *rand.Rand, refs []external.Ref) {
	d.Helper()
	for range r.IntN(15) {
		d.Advance(time.Duration([]int{0, 1, 400, 1500}[r.IntN(4)]) * time.Millisecond)
		ref := refs[r.IntN(len(refs))]
		switch r.IntN(3) {
		case 0:
			d.act(simulator.Act{Do: "edit", Issue: ref.ID, Summary: fmt.Sprint("edited at ", d.Now().UnixMilli())})
		case 1:
			d.remark(ref, "meanwhile")
		default:
			d.open("new")
		}
	}
}

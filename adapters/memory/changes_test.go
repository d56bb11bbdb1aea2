package memory_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/ticket"
)

// TestWalkUnderDrift walks small trackers whose stamps nearly all collide, while
// people edit and delete between the pages: whatever was visible when the walk
// began, and still exists, is shown.
func TestWalkUnderDrift(t *testing.T) {
	for seed := range uint64(5_000) {
		rng := rand.New(rand.NewPCG(seed, 1))
		now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
		tr := memory.NewTracker(memory.Options{Now: func() time.Time { return now }, Precision: time.Minute, PageSize: 1 + rng.IntN(3)})
		var refs []external.Ref
		for i := range 3 + rng.IntN(8) {
			ref, err := tr.CreateTicket("ann", external.Fields{"title": ticket.Text(fmt.Sprint("t", i))})
			if err != nil {
				t.Fatal(err)
			}
			refs = append(refs, ref)
			now = now.Add(time.Duration(rng.IntN(40)) * time.Second)
		}
		a := memory.New(tr, adapters.Config{})
		seen, gone, page := map[string]bool{}, map[string]bool{}, ""
		for n := 0; ; n++ {
			got, err := a.Changes(t.Context(), external.StreamTickets, external.Window{}, page, "")
			if err != nil {
				t.Fatal(err)
			}
			for _, it := range got.Items {
				seen[it.ID] = true
			}
			if page = got.Next; page == "" {
				break
			}
			for range rng.IntN(3) {
				if n > 20 { // let the walk end
					break
				}
				now = now.Add(time.Duration(rng.IntN(90)) * time.Second)
				ref := refs[rng.IntN(len(refs))]
				if rng.IntN(6) == 0 {
					gone[ref.ID] = tr.Delete("ann", ref.ID) == nil || gone[ref.ID]
				} else if !gone[ref.ID] {
					if err := tr.EditField("ann", ref.ID, "title", ticket.Text(fmt.Sprint("e", n, rng.IntN(1000)))); err != nil {
						t.Fatal(err)
					}
				}
			}
		}
		for _, ref := range refs {
			if !seen[ref.ID] && !gone[ref.ID] {
				t.Fatalf("seed %d: the walk missed %s", seed, ref.ID)
			}
		}
	}
}

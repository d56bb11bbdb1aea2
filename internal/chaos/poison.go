package chaos

import (
	"context"
	"time"

	"github.com/extsync/extsync/internal/simtest"
)

// poisonPatience is how long an issue is poisoned that nothing is written to, as while all that
// people change of it waits in conflicts.
const poisonPatience = 20 * time.Second

// poisonOne makes the product's writes to one GitHub issue fail from now on, whatever the
// weather, once there is an issue to take; and to the next one where none came in a while.
func (w *world) poisonOne(ctx context.Context) {
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	v, next, since := w.vendors[0], 0, time.Time{}
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		if w.story.count(Poisoned) > 0 {
			return
		}
		if time.Since(since) < poisonPatience {
			continue
		}
		if key := v.toPoison(next); key != "" {
			v.setPoison("/issues/" + key)
			next, since = next+1, time.Now()
			w.story.tell("the issue %s of %s is poisoned", key, v.m.Name)
		}
	}
}

// toPoison returns the key of an issue that the ledger knows, in turn; empty: there is none yet.
func (v *vendor) toPoison(n int) string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var known []string
	for _, i := range v.Look() {
		if simtest.TokenIn(i.Title) > 0 {
			known = append(known, i.Key)
		}
	}
	if len(known) == 0 {
		return ""
	}
	return known[n%len(known)]
}

func (v *vendor) setPoison(path string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.poison = path
}

package chaos

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Options say which run to do.
type Options struct {
	Seed     uint64
	Duration time.Duration // of the storm; the quiet phase comes after it
	// Tickets is about how many tickets people make at each vendor; twice as many may
	// stand here.
	Tickets int
	// Thorough fails a run in which a kind of fault never struck: for long ones.
	Thorough bool
	// Log hears of the progress, a line at a time.
	Log func(format string, args ...any)
}

// Run does one run and reports on it. An error says what went wrong with the harness; what
// went wrong with the product stands in the report.
func Run(ctx context.Context, o Options) (Report, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	w, err := open(ctx, o)
	if err != nil {
		return Report{}, err
	}
	defer w.close()
	deliveries, stop := context.WithCancel(ctx)
	var posts sync.WaitGroup
	defer posts.Wait()
	defer stop()
	for _, v := range w.vendors {
		posts.Go(func() { v.keepDelivering(deliveries) })
	}
	posts.Go(func() { w.operate(deliveries) })

	w.rage(ctx)
	q := w.quiet(ctx)
	if !w.sick() {
		w.check(ctx)
	}
	if !w.sick() {
		w.still(ctx)
	}
	if o.Thorough {
		w.checkFired()
	}
	return w.report(q), nil
}

// rage is the first phase: everything happens at once.
func (w *world) rage(ctx context.Context) {
	w.calm.Store(false)
	ctx, cancel := context.WithTimeout(ctx, w.o.Duration)
	defer cancel()
	var all sync.WaitGroup
	for n := range writers {
		all.Go(func() { w.edit(ctx, n) })
	}
	s := &storm{world: w, rng: w.stream("storm")}
	all.Go(func() { s.rage(ctx) })
	all.Go(func() { w.poisonOne(ctx) })
	all.Wait()
}

// operate is a person who looks at every project now and then, and lets go on what a
// guard has stopped.
func (w *world) operate(ctx context.Context) {
	tick := time.NewTicker(500 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		list, err := w.projects(ctx)
		for _, p := range list {
			if err == nil && p.Status == "paused" {
				w.story.tell("the operator lets %s go on: %s", p.System, p.StatusReason)
				_, err = w.api.Resume(ctx, p.ID, true)
			}
		}
		if err != nil && !errors.Is(err, context.Canceled) {
			continue // the API or its database is down: he tries again
		}
	}
}

func (w *world) sick() bool {
	w.story.mu.Lock()
	defer w.story.mu.Unlock()
	return len(w.story.sick) > 0
}

// checkFired fails a run in which a kind of fault never struck.
func (w *world) checkFired() {
	for _, k := range Kinds() {
		if w.story.count(k) == 0 {
			w.story.violate("the fault %q never struck", k)
		}
	}
}

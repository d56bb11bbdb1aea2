package killtest

import (
	"context"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/extsync/extsync/internal/killable"
	"github.com/extsync/extsync/simulator/github"
)

// fullVariable asks for the full size.
const fullVariable = "EXTSYNC_KILLTEST"

// lost cuts the connection after one write in eight took effect.
func lost() github.Fault {
	return github.Fault{Kind: github.ReplyLost, Calls: []string{"write"}, Probability: 0.125}
}

// slow lets each write take a while, so that most kills strike during one.
func slow() github.Fault {
	return github.Fault{Kind: github.Latency, Calls: []string{"write"}, Delay: 20 * time.Millisecond}
}

// TestKill pushes local tickets while everything goes wrong.
func TestKill(t *testing.T) {
	t.Parallel()
	tickets, full := 40, os.Getenv(fullVariable) == "full"
	if full {
		tickets = 200
	}
	cases := []struct {
		reason string
		kills  bool
		faults []github.Fault
		always bool // also at the small size
	}{
		{"the worker is killed", true, []github.Fault{slow()}, false},
		{"replies are lost after the write", false, []github.Fault{lost()}, false},
		{"both", true, []github.Fault{slow(), lost()}, true},
	}
	seed := seedOf(t)
	for n, c := range cases {
		t.Run(c.reason, func(t *testing.T) {
			if !c.always && !full {
				t.Skipf("SKIPPED at the small size: make kill-test runs it")
			}
			t.Parallel()
			run(t, rand.New(rand.NewPCG(seed, uint64(n))), tickets, c.kills, c.faults)
		})
	}
}

func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("EXTSYNC_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatalf("EXTSYNC_SEED: %v", err)
		}
	}
	t.Logf("EXTSYNC_SEED=%d", seed)
	return seed
}

func run(t *testing.T, rng *rand.Rand, tickets int, kills bool, faults []github.Fault) {
	t.Helper()
	w := newWorld(t, faults...)
	w.writeTickets(tickets)
	w.connect()
	began := time.Now()
	ctx, cancel := context.WithTimeout(t.Context(), 4*time.Minute)
	defer cancel()
	k := startKilling(w, rand.New(rand.NewPCG(rng.Uint64(), 1)), kills)
	edits := w.edit(ctx, rng, tickets)
	err := w.await(ctx, tickets)
	count, kerr := k.end()
	if err != nil || kerr != nil {
		t.Fatalf("after %d kills: %v, %v; %s", count, err, kerr, w.story())
	}
	w.checkOneEach(tickets)
	w.checkEdits(edits)
	t.Logf("%d tickets, %d kills, %d edits, %d calls, %s; %s", tickets, count, len(edits), w.sim.Counters().Total,
		time.Since(began).Round(time.Second), w.story())
}

// killing ends the worker again and again, and starts the next.
type killing struct {
	stop, done chan struct{}
	kills      int
	err        error
}

// startKilling starts the first worker; without kills it is the only one.
func startKilling(w *world, rng *rand.Rand, kills bool) *killing {
	k := &killing{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(k.done)
		for !k.stopped() && k.err == nil {
			k.err = k.life(w.settings, rng, kills)
		}
	}()
	return k
}

func (k *killing) stopped() bool {
	select {
	case <-k.stop:
		return true
	default:
		return false
	}
}

// life is that of one worker: it is killed within 0.3 seconds of its start, or 0.3 to
// 1.5 seconds after it began to work, or at the end.
func (k *killing) life(s killable.Settings, rng *rand.Rand, kills bool) error {
	p, err := killable.Start(killable.Worker, s)
	if err != nil {
		return err
	}
	young, span := rng.IntN(5) == 0, rng.Float64()
	var over <-chan time.Time
	switch {
	case !kills:
	case young:
		over = time.After(time.Duration(span * 0.3 * float64(time.Second)))
	default:
		select {
		case <-p.Ready:
		case <-k.stop:
		}
		over = time.After(time.Duration((0.3 + span*1.2) * float64(time.Second)))
	}
	select {
	case <-over:
		k.kills++
	case <-k.stop:
	}
	return p.Kill()
}

// end stops the killing and returns how often it struck.
func (k *killing) end() (int, error) {
	close(k.stop)
	<-k.done
	return k.kills, k.err
}

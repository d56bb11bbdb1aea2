package github_test

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/external"
	simulator "github.com/extsync/extsync/simulator/github"
)

// follower polls one window of issues, and walks it when something changed.
type follower struct {
	*desk
	rng       *rand.Rand
	lo        time.Time
	version   string
	seen      map[string]external.Item
	want      map[string]string // titles by number
	unchanged int               // polls answered so
}

const crowd = 230

func follow(t *testing.T, seed uint64) *follower {
	t.Helper()
	d := newDesk(t)
	return &follower{desk: d, rng: rand.New(rand.NewPCG(seed, 0)), lo: d.crowd(crowd), seen: map[string]external.Item{}, want: map[string]string{}}
}

// edit has people edit up to two issues, each of which shows as late as it likes.
func (f *follower) edit() {
	f.Helper()
	for range f.rng.IntN(3) {
		n := 1 + f.rng.IntN(crowd)
		title := fmt.Sprint("edit ", f.rng.Uint32())
		f.sim.SetLag(time.Duration(f.rng.Int64N(int64(github.Capabilities().Lag))))
		f.act(simulator.Act{Do: "edit", Issue: n, Title: &title})
		f.want[itoa(n)] = title
		f.Advance(time.Duration(f.rng.IntN(40)) * time.Second / 4)
	}
}

// look polls, and walks when the poll does not say that nothing changed.
func (f *follower) look() (same bool) {
	f.Helper()
	if f.version != "" && f.poll(external.StreamTickets, f.lo, f.version) {
		f.unchanged++
		return true
	}
	items, last, _ := f.walk(external.StreamTickets, f.lo, func(int) {
		if f.rng.IntN(3) == 0 {
			f.edit()
		}
	})
	for key, i := range items {
		if !i.UpdatedAt.Before(f.seen[key].UpdatedAt) {
			f.seen[key] = i
		}
	}
	f.version = last.Version
	return false
}

// right looks once all must show: a poll that says that nothing changed must be right.
func (f *follower) right(when string) {
	f.Helper()
	f.Advance(github.Capabilities().Lag)
	if !f.look() {
		return
	}
	for key, title := range f.want {
		if got := f.seen[key].Fields["title"].Text(); got != title {
			f.Fatalf("%s: nothing changed, says the poll, and issue %s is %q to us and %q there", when, key, got, title)
		}
	}
}

// TestPollsOverlookNothing has people edit at random, before, between and during walks.
func TestPollsOverlookNothing(t *testing.T) {
	unchanged := 0
	for seed := range uint64(3) {
		f := follow(t, seed)
		for round := range 40 {
			if f.rng.IntN(2) == 0 {
				f.edit()
			}
			f.look()
			if f.rng.IntN(3) == 0 {
				f.right(fmt.Sprintf("seed %d, round %d", seed, round))
				continue
			}
			f.Advance(time.Duration(f.rng.IntN(60)) * time.Second)
			f.look()
		}
		unchanged += f.unchanged
	}
	if t.Logf("%d polls were answered with unchanged", unchanged); unchanged < 15 {
		t.Errorf("only %d", unchanged)
	}
}

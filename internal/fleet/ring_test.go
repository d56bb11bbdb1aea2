package fleet_test

import (
	"fmt"
	"testing"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// ringCase is one size of the ring.
type ringCase struct {
	tickets, batches, edits int
	strategy                store.Strategy
}

// maxRounds is how many rounds may pass until everything rests: one to bring the edits
// here, one to carry them on, some more where values meet, and a quiet one.
const maxRounds = 6

// TestRing links four systems to the same tickets and has people edit at all five places
// at once: it comes to rest, all sides hold the same, nothing is doubled, and the writes
// are bounded by the edits (I7).
func TestRing(t *testing.T) {
	t.Parallel()
	external := store.Strategy{Strategy: plan.ExternalWins, ConfirmedBy: "op"}
	seeds, many := uint64(12), ringCase{tickets: 200, batches: 4, edits: 100, strategy: external}
	if underRace {
		seeds, many.tickets, many.batches = 3, 40, 1
	}
	for seed := range seeds {
		c := ringCase{tickets: 15, batches: 3, edits: 20, strategy: store.Strategy{Strategy: plan.Manual}}
		switch seed % 3 {
		case 1:
			c.strategy = store.Strategy{Strategy: plan.LocalWins}
		case 2:
			c.strategy = external
		}
		t.Run(fmt.Sprintf("%s, seed %d", c.strategy.Strategy, seed), func(t *testing.T) {
			t.Parallel()
			ring(t, seed, c)
		})
	}
	t.Run(fmt.Sprintf("%d tickets", many.tickets), func(t *testing.T) {
		t.Parallel()
		ring(t, 200, many)
	})
}

func ring(t *testing.T, seed uint64, c ringCase) {
	t.Helper()
	w := newWorld(t, fleet.Options{Seed: seed, Allow: true, Lag: seed%2 == 1, Limits: seed%4 == 3})
	for _, system := range allSystems() {
		_, err := w.Connect(t.Context(), fleet.Spec{System: system, Strategies: []store.Strategy{c.strategy}})
		w.must(err)
	}
	w.must(w.PassAll(t.Context()))
	s := newStorm(w, seed)
	s.seed(c.tickets)
	s.converged()
	for range c.batches {
		s.Reset()
		s.edits = 0
		for range c.edits {
			s.edit()
		}
		s.rest()
		s.decide()
		total, each := s.Writes()
		if bound := s.edits * len(s.Members()); total > bound {
			t.Errorf("%d edits caused %d writes (%v), want at most %d: %v", s.edits, total, each, bound, s.kinds())
		}
		s.converged()
		s.single(c.tickets)
		s.quiet()
	}
}

// rest lets everything settle, within a bounded number of rounds.
func (s *storm) rest() {
	s.Helper()
	if rounds := s.settle(); rounds > maxRounds {
		s.Errorf("%d edits took %d rounds, want at most %d", s.edits, rounds, maxRounds)
	}
}

// decide has people settle every conflict, each one an edit, until none is left.
func (s *storm) decide() {
	s.Helper()
	for range 10 {
		open, err := s.Conflicts(s.Context(), nil)
		s.must(err)
		if len(open) == 0 {
			return
		}
		for _, c := range open {
			d := engine.Decision{Choice: pick(s.rnd, []store.Choice{store.ChooseLocal, store.ChooseExternal}), Digest: c.Digest, By: "ada"}
			_, err := s.Engine.Decide(s.Context(), c.ID, d)
			s.must(err)
			s.edits++
		}
		s.rest()
	}
	s.Error("conflicts are never all decided")
}

// single fails when a place shows more or fewer tickets than there are.
func (s *storm) single(n int) {
	s.Helper()
	all, err := s.Tickets(s.Context())
	s.must(err)
	if len(all) != n {
		s.Errorf("%d tickets here, want %d", len(all), n)
	}
	for _, m := range s.Members() {
		if got := len(m.Site.Look()); got != n {
			s.Errorf("%s shows %d tickets, want %d", m.Name, got, n)
		}
	}
}

package chaos

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/internal/killable"
)

// storm makes things go wrong until ctx ends: one thing at a time here, while requests
// and webhooks have faults of their own.
type storm struct {
	*world
	rng *rand.Rand
	// ends are what stops by itself later: a slow network, a second worker.
	ends []func()
}

// deck is how often each kind comes in one turn through all: the cheap ones more often.
func deck() (cards []Kind) {
	for k, n := range map[Kind]int{
		WorkerKilled: 12, WorkerZombie: 3, TwoWorkers: 5, APIKilled: 3, PostgresKilled: 2, BackendsEnded: 3, TemporalKilled: 1,
		VendorCut: 3, VendorSlow: 4, PostgresCut: 2, PostgresSlow: 2, Outage: 3, Throttled: 2, TokenRevoked: 1, Hidden: 6, Paused: 2,
	} {
		cards = append(cards, slices.Repeat([]Kind{k}, n)...)
	}
	slices.Sort(cards)
	return cards
}

// rage plays cards until ctx ends, and then mends everything.
func (s *storm) rage(ctx context.Context) {
	defer s.mend()
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	var cards []Kind
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if len(cards) == 0 {
			cards = deck()
			s.rng.Shuffle(len(cards), func(i, j int) { cards[i], cards[j] = cards[j], cards[i] })
		}
		if err := s.play(ctx, cards[0]); err != nil {
			s.story.violate("the storm itself failed: %v", err)
			return
		}
		cards = cards[1:]
		timer.Reset(time.Duration(500+s.rng.IntN(1500)) * time.Millisecond)
	}
}

// lasting notes what has to end again, and ends the oldest while there are too many.
func (s *storm) lasting(end func()) {
	for s.ends = append(s.ends, end); len(s.ends) > 3; s.ends = s.ends[1:] {
		s.ends[0]()
	}
}

func (s *storm) mend() {
	for _, end := range s.ends {
		end()
	}
	s.ends = nil
}

// play lets one kind of fault strike.
func (s *storm) play(ctx context.Context, k Kind) error {
	v := s.vendors[s.rng.IntN(len(s.vendors))]
	doing := s.crew.doing()
	note := func(what string) { s.story.fault(k, doing, what) }
	switch k {
	case WorkerKilled:
		if s.crew.first.kill() {
			note("")
		}
	case APIKilled:
		if s.crew.api.kill() {
			note("")
		}
	case TwoWorkers:
		note("")
		s.crew.second.wanted.Store(true)
		s.lasting(func() {
			s.crew.second.wanted.Store(false)
			s.crew.second.kill()
		})
	case WorkerZombie:
		return s.zombie(note)
	case PostgresKilled, TemporalKilled:
		note("")
		return s.crash(k)
	case BackendsEnded:
		note("")
		return s.endBackends()
	case VendorCut, PostgresCut, VendorSlow, PostgresSlow:
		return s.network(k, v, note)
	case Hidden:
		s.hide(ctx, note)
	case Paused:
		s.pause(ctx, v, note)
	default:
		s.trouble(k, v, note)
	}
	return nil
}

// trouble has one vendor refuse everything for a while.
func (s *storm) trouble(k Kind, v *vendor, note func(string)) {
	note(v.m.Name)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch k {
	case Outage:
		v.bursts[0] = 3 + s.rng.IntN(8)
	case Throttled:
		v.bursts[1] = 5 + s.rng.IntN(15)
	case TokenRevoked:
		v.locked = true
		s.lasting(func() {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.locked = false
		})
	}
}

// zombie pauses a worker until Temporal has given its activities to another one, and lets
// it finish them late.
func (s *storm) zombie(note func(string)) error {
	p := s.crew.first.process()
	if p == nil || p.Pause() != nil {
		return nil // it had just ended
	}
	note("")
	s.crew.second.wanted.Store(true)
	t := time.NewTimer(killable.HeartbeatTimeout + time.Duration(1000+s.rng.IntN(2000))*time.Millisecond)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
	}
	_ = p.Continue() // whoever killed it meanwhile has done no harm
	s.lasting(func() {
		s.crew.second.wanted.Store(false)
		s.crew.second.kill()
	})
	return nil
}

// crash kills a server and starts it again.
func (s *storm) crash(k Kind) error {
	which := devstack.Postgres
	if k == TemporalKilled {
		which = devstack.Temporal
	}
	if err := s.stack.Crash(which); err != nil {
		return err
	}
	s.sleep(time.Duration(s.rng.IntN(1500)) * time.Millisecond)
	return s.stack.Revive(s.ctx, which)
}

func (s *storm) sleep(d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.ctx.Done():
	}
}

// endBackends has Postgres itself end every connection to the database.
func (s *storm) endBackends() error {
	conn, err := pgx.Connect(s.ctx, s.direct.Postgres)
	if err != nil {
		return nil // it is down already
	}
	defer conn.Close(s.ctx)
	_, err = conn.Exec(s.ctx, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()")
	if err != nil {
		return fmt.Errorf("end the connections: %w", err)
	}
	return nil
}

// network cuts or slows one stretch of it for a while.
func (s *storm) network(k Kind, v *vendor, note func(string)) error {
	w := v.wire
	if k == PostgresCut || k == PostgresSlow {
		w = s.postgres
	}
	note(w.name)
	if err := w.mend(); err != nil { // of what it may suffer already
		return err
	}
	if k == VendorSlow || k == PostgresSlow {
		latency := 20 + s.rng.IntN(80)
		if k == VendorSlow {
			latency = 100 + s.rng.IntN(1500)
		}
		if err := w.slow(latency, 200+s.rng.IntN(2000)); err != nil {
			return err
		}
		s.lasting(func() { s.must(w.mend()) })
		return nil
	}
	if s.rng.IntN(3) == 0 {
		return w.reset()
	}
	w.cut()
	s.sleep(time.Duration(300+s.rng.IntN(2500)) * time.Millisecond)
	return w.mend()
}

func (s *storm) must(err error) {
	if err != nil {
		s.story.violate("the storm itself failed: %v", err)
	}
}

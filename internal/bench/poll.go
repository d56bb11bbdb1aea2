package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/store"
)

// idlePoll counts the calls of one poll when nothing changes, the worst of five. The
// first poll after a sync is told apart: it learns the version that the others ask with.
func idlePoll(s system, n int, goal float64) scenario {
	title := fmt.Sprintf("idle poll at %d tickets", n)
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		w, _, err := pulled(ctx, s, n, 0)
		if err != nil {
			return nil, err
		}
		first, worst, full := 0, 0, 0
		for round := range 6 {
			w.pause()
			c, err := w.counted(func() error { return w.quietPoll(ctx) })
			if err != nil {
				return nil, err
			}
			if round == 0 {
				first = c.total
				continue
			}
			worst, full = max(worst, c.total), max(full, c.total-c.unchanged)
		}
		figures := []Figure{
			s.told(title+": calls of the first", float64(first), "calls"),
			s.judged(title+": calls", float64(worst), "calls", goal),
		}
		if s.free {
			figures = append(figures, s.figure(title+": of which not answered 304", float64(full), "calls", 0))
		}
		return figures, w.hears(ctx)
	}}
}

// quietPoll polls and fails when the poll wants a session.
func (w *world) quietPoll(ctx context.Context) error {
	res, err := w.Engine.Poll(ctx, w.member.ID)
	if err == nil && (res.Changed || res.Pending) {
		err = fmt.Errorf("an idle poll asks for a session: %+v", res)
	}
	return err
}

// hears fails when a poll does not notice an edit. What is cheap must not be deaf.
func (w *world) hears(ctx context.Context) error {
	links, err := w.some(ctx, 1)
	if err != nil {
		return err
	}
	edited := "edited while polls are cheap"
	if err := w.site.Edit("ada", links[0].ExternalID, fleet.Change{Title: &edited}); err != nil {
		return err
	}
	w.pause()
	res, err := w.Engine.Poll(ctx, w.member.ID)
	if err == nil && !res.Changed {
		err = errors.New("a poll overlooks an edit")
	}
	return err
}

// maxUnrest is how many polls may pass after much changed until they are idle.
const maxUnrest = 10

// afterPush polls right after n tickets went out, so that many tickets stand in what a
// walk looks back on.
func afterPush(s system, n int, goal float64) scenario {
	title := fmt.Sprintf("idle poll right after a push of %d tickets", n)
	return unrest(s, title, goal, func(ctx context.Context) (*world, error) {
		p, err := push(ctx, s, mix{tickets: n})
		return p.world, err
	})
}

// afterPull polls right after n tickets came in that were all written just before.
func afterPull(s system, n int, goal float64) scenario {
	title := fmt.Sprintf("idle poll right after %d tickets were written and pulled", n)
	return unrest(s, title, goal, func(ctx context.Context) (*world, error) {
		w, err := newWorld(s)
		if err != nil {
			return nil, err
		}
		for k := range n {
			if err := w.write(k, 0); err != nil {
				return nil, err
			}
			w.Clock.Advance(s.spacing)
		}
		_, err = w.pull(ctx, n, 0)
		return w, err
	})
}

// unrest polls after do, with a session wherever a poll asks for one, until five polls
// in a row ask for none. As with every idle poll the first of them learns a version.
func unrest(s system, title string, goal float64, do func(context.Context) (*world, error)) scenario {
	return scenario{s.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		w, err := do(ctx)
		if err != nil {
			return nil, err
		}
		polls, before, worst := 0, 0, 0
		for idle := 0; idle < 5 && polls < maxUnrest; {
			w.pause()
			c, asked, err := w.poll(ctx)
			if err != nil {
				return nil, err
			}
			switch idle++; {
			case asked:
				polls, before, worst, idle = polls+1, before+c.total, c.total, 0
			case idle == 1:
				worst = 0
			default:
				worst = max(worst, c.total)
			}
		}
		return []Figure{
			s.told(title+": polls that asked for a session", float64(polls), "polls"),
			s.told(title+": calls of these", float64(before), "calls"),
			s.judged(title+": calls", float64(worst), "calls", goal),
		}, w.hears(ctx)
	}}
}

// poll polls, and runs sessions where the poll asks for them.
func (w *world) poll(ctx context.Context) (c calls, asked bool, err error) {
	c, err = w.counted(func() error {
		var res engine.PollResult
		if res, err = w.Engine.Poll(ctx, w.member.ID); err != nil {
			return err
		}
		if asked = res.Changed || res.Pending; asked {
			return w.Drain(ctx, w.member, store.Incremental, true)
		}
		return nil
	})
	return c, asked, err
}

package chaos

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/extsync/extsync/internal/killable"
)

// crew keeps the product's processes running: whichever ends is started again, as a
// service manager does.
type crew struct {
	story    *story
	settings killable.Settings
	first    *post // the worker that is always wanted
	second   *post // the one that runs now and then
	api      *post
	group    sync.WaitGroup
	stop     context.CancelFunc
}

// post is the place of one process.
type post struct {
	role   killable.Role
	wanted atomic.Bool
	mu     sync.Mutex
	now    *killable.Process // nil: none runs
	killed bool              // its end is our doing
	falls  int               // how often it ended by itself
}

func newCrew(ctx context.Context, st *story, s killable.Settings) *crew {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	c := &crew{
		story: st, settings: s, stop: stop,
		first: &post{role: killable.Worker}, second: &post{role: killable.Worker}, api: &post{role: killable.API},
	}
	c.first.wanted.Store(true)
	c.api.wanted.Store(true)
	for _, p := range c.posts() {
		c.group.Go(func() { c.keep(ctx, p) })
	}
	return c
}

func (c *crew) posts() []*post { return []*post{c.first, c.second, c.api} }

// end ends all processes.
func (c *crew) end() {
	c.stop()
	c.group.Wait()
}

// restPause is how long a post rests after its process has ended.
const restPause = 100 * time.Millisecond

// keep fills a post until ctx ends.
func (c *crew) keep(ctx context.Context, p *post) {
	tick := time.NewTicker(restPause)
	defer tick.Stop()
	for ctx.Err() == nil {
		if p.wanted.Load() {
			c.fill(ctx, p)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
}

// fill runs one process to its end.
func (c *crew) fill(ctx context.Context, p *post) {
	proc, err := killable.Start(p.role, c.settings)
	if err != nil {
		c.story.violate("%v", err)
		return
	}
	p.mu.Lock()
	p.now, p.killed = proc, false
	p.mu.Unlock()
	select {
	case <-proc.Exited:
	case <-ctx.Done():
		p.kill()
		<-proc.Exited
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.now = nil
	if !p.killed { // it could not start or go on without Postgres or Temporal
		p.falls++
		c.story.tell("the %s ended by itself: %v", p.role, proc.Ended())
	}
}

// kill ends the post's process as a power cut would, and reports whether there was one.
func (p *post) kill() bool {
	p.mu.Lock()
	proc := p.now
	p.killed = true
	p.mu.Unlock()
	if proc == nil {
		return false
	}
	_ = proc.Kill() // that it had ended a moment before is as good
	return true
}

// process returns the running process, or nil.
func (p *post) process() *killable.Process {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// ready waits until the post's process works.
func (p *post) ready(ctx context.Context) error {
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if proc := p.process(); proc != nil {
			select {
			case <-proc.Ready:
				return nil
			default:
			}
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// doing lists what the workers are in the middle of.
func (c *crew) doing() (list []string) {
	for _, p := range []*post{c.first, c.second} {
		if proc := p.process(); proc != nil {
			list = append(list, proc.Doing()...)
		}
	}
	return list
}

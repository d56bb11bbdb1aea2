package demo

import (
	"context"
	"fmt"
	"strings"

	"github.com/extsync/extsync/store"
)

// count takes the counters of all systems.
func (p *play) count() map[side]Calls {
	out := map[side]Calls{}
	for _, j := range p.joined {
		out[j.side] = j.counted()
	}
	return out
}

// writesSince says how many calls wrote. The system in which a person edited is not
// written: nothing comes back as an echo.
func (p *play) writesSince(before map[side]Calls, edited side) error {
	var parts []string
	for _, j := range p.joined {
		n := j.counted().since(before[j.side]).Writes
		parts = append(parts, fmt.Sprintf("%s %d", j.named(), n))
		if j.side == edited && n != 0 {
			return fmt.Errorf("%d writes went back to %s, where the edit was made", n, j.named())
		}
	}
	p.say("   writes: %s", strings.Join(parts, ", "))
	return nil
}

// rest compares everything in all systems once more: nothing is written anywhere.
func (p *play) rest(ctx context.Context) error {
	before := p.count()
	last := map[string]string{}
	for _, j := range p.joined {
		s, err := p.newest(ctx, j.id)
		if err != nil {
			return err
		}
		last[j.id] = s.ID
	}
	for _, j := range p.joined {
		if _, err := p.Sync(ctx, j.id, true); err != nil {
			return err
		}
	}
	for _, j := range p.joined {
		if err := p.compared(ctx, j, last[j.id]); err != nil {
			return err
		}
	}
	if err := p.settled(ctx); err != nil {
		return err
	}
	for _, j := range p.joined {
		n := j.counted().since(before[j.side])
		p.last[j.side] = n
		p.say("   %s: everything was read and compared in %d calls: %d writes", j.named(), n.total(), n.Writes)
		if n.Writes != 0 {
			return fmt.Errorf("%d writes were made in %s though nothing changed", n.Writes, j.named())
		}
	}
	return p.wellKept(ctx)
}

// compared waits until a full synchronisation that began after the session last has
// ended.
func (p *play) compared(ctx context.Context, j joined, last string) error {
	return p.await(ctx, "a full synchronisation of "+j.named()+" has ended", func(ctx context.Context) (bool, string, error) {
		list, err := p.Sessions(ctx, j.id, "", 20)
		seen := "no session"
		for _, now := range list.Sessions { // newest first; others may have followed
			if now.ID == last {
				break
			}
			if now.Kind == string(store.Reconcile) && now.State == string(store.Succeeded) {
				return true, "", err
			}
			seen = fmt.Sprintf("session %s %s %s", now.Kind, now.State, now.Reason)
		}
		return false, seen, err
	})
}

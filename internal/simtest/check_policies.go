package simtest

import (
	"fmt"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// mayFollow reports whether an item may be ended because nobody answered in time what becomes
// of it: never where a restored database may have forgotten the answer.
func (w *world) mayFollow(p *peer, l store.Link) (may bool) {
	d := w.row(p).Deletions
	if !d.Follow || l.Held {
		return false
	}
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkConflicts(w.ctx, l.ID)
		may = slices.ContainsFunc(open, func(c store.Conflict) bool {
			return c.Kind == store.GoneOutside && !w.now.Before(c.DetectedAt.Add(d.Delay))
		})
		return err
	})
	return may
}

// awaitsFollow reports whether a link rightly waits until a deletion is followed.
func (w *world) awaitsFollow(pr pair) (waits bool) {
	if !w.has(policies) || !w.row(pr.p).Deletions.Follow {
		return false
	}
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkConflicts(w.ctx, pr.link.ID)
		waits = slices.ContainsFunc(open, func(c store.Conflict) bool { return c.Kind == store.GoneOutside })
		return err
	})
	return waits
}

// followed reports whether a person deleted a twin of a ticket where deletions follow.
func (w *world) followed(f final, localID string) bool {
	return w.deletion.follows[localID] || slices.ContainsFunc(f.pairs, func(pr pair) bool {
		return pr.link.LocalID == localID && w.deletion.follows[pr.p.id+"/"+pr.link.ExternalID]
	})
}

// judgeOlder holds a write from a restored database against what stands there: what somebody has
// written having seen ours gives way to that only where somebody decides so (I2).
func (a *port) judgeOlder(op adapters.Op, c outbound.Content) {
	w := a.w
	if !w.past.happened || w.fleet != nil || op.Creates || w.rolled > 0 || w.undoes() != "" || w.skips("older") {
		return // what an undo brings back here is old, and goes out as any edit does
	}
	it, there := a.p.site.Peek(c.Ref.Kind, c.Ref.ID)
	for _, name := range op.Writes {
		v := c.Set[name]
		if !there || v.IsSet() || len(w.putBack[v.Text()]) > 0 || !w.isOlder(a.p, v, it.Fields[name]) || w.isDecided(a.p, it, ticket.Field(name)) {
			continue
		}
		w.fail("I2", fmt.Sprintf("%s of %s at %s holds %q, whose author saw %q, which is written over it, and nobody decided that",
			name, it.ID, a.p.id, it.Fields[name].Text(), v.Text()))
	}
}

// isOlder reports whether whoever wrote a value outside had seen all that another one holds, which was
// written before the database was restored.
func (w *world) isOlder(p *peer, v, now ticket.Value) bool {
	old := tokensIn(v)
	return len(old) > 0 && slices.ContainsFunc(tokensIn(now), func(id int) bool {
		from := w.oracle.origins(id)
		seen := func(o int) bool { return o != id && slices.Contains(from, o) }
		return w.oracle.token(id).side == p.n+1 && !slices.ContainsFunc(old, func(o int) bool { return !seen(o) || o > w.past.upTo })
	})
}

// isDecided reports whether somebody decided about a field of an item, or a policy did when nobody had
// in time, or what stands at another item of its ticket was to win there.
func (w *world) isDecided(p *peer, it external.Item, f ticket.Field) (is bool) {
	l := w.linkOf(p, "", it.Ref)
	t, _ := w.localItem(l)
	w.read(func(tx store.Tx) error {
		all, err := tx.FindConflicts(w.ctx, store.ConflictFilter{TicketID: t.ID, Field: f}, 1000)
		is = slices.ContainsFunc(all, func(c store.Conflict) bool {
			return c.LinkID == l.ID && c.Choice != "" && c.DecidedBy != "strategy" || c.LinkID != l.ID && c.Choice == store.ChooseExternal
		})
		return err
	})
	return is
}

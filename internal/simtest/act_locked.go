package simtest

import (
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// movesOfLocks are those of runs in which items are locked for hours.
func movesOfLocks() []move {
	return []move{
		{choice{"lock", 5}, (*world).lock},
		{choice{"unlock", 4}, func(w *world, _ *peer) { w.unlock(w.sched.IntN(2) == 0) }},
	}
}

// lock has an item refuse whatever is written of it, and of what is said below it, until somebody unlocks it. Hours
// pass in which its ticket is edited here, so that its link is set aside as a rule; what people do meanwhile,
// and afterwards, meets it so.
func (w *world) lock(p *peer) {
	var all []store.Link
	w.read(func(tx store.Tx) (err error) {
		all, err = tx.LinksOf(w.ctx, p.id, external.KindTicket, "", 1000)
		return err
	})
	var live []external.Item
	for _, l := range all {
		if it, there := p.site.Peek(l.Kind, l.ExternalID); there && !it.Gone && l.State == store.Live && l.LocalID != "" {
			live = append(live, it)
		}
	}
	if len(live) == 0 || p.off || p.paused {
		return
	}
	it := live[w.sched.IntN(len(live))]
	w.shut = append(w.shut, lockedAt{p, it.Ref})
	w.trace.add("at", p.id, "lock", it.ID)
	if t, _ := w.localItem(w.linkOf(p, "", it.Ref)); w.has(byLocal) && !t.Deleted {
		w.acting++
		if w.editHere(actEdit, t) {
			w.verbs++
			w.did[actEdit]++
		}
		w.acting--
	}
	for n := 0; n < 6 && w.failed == nil; n++ {
		w.pass(15 * time.Minute)
		w.session(p, store.Incremental)
	}
}

// lockedAt is an item that is locked.
type lockedAt struct {
	p   *peer
	ref external.Ref
}

// isLocked reports whether nothing may be written of an item, or below it.
func (w *world) isLocked(p *peer, item external.Ref) bool {
	for _, at := range w.shut {
		if at.p != p {
			continue
		}
		if it, there := p.site.Peek(item.Kind, item.ID); there && item.Kind == external.KindComment {
			item.Parent = it.Parent
		}
		if item.Kind == external.KindTicket && item.ID == at.ref.ID || item.Kind == external.KindComment && item.Parent == at.ref.Key {
			return true
		}
	}
	return false
}

// unlock opens all that is locked; somebody tries again what was set aside for it, or leaves it.
func (w *world) unlock(retry bool) {
	if w.shut = nil; !retry {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	for _, p := range w.peers {
		var aside []store.Link
		w.read(func(tx store.Tx) (err error) {
			aside, err = tx.LinksAside(w.ctx, p.id, store.Quarantined, "", 1000)
			return err
		})
		for _, l := range aside {
			w.hops += 2
			w.must(w.raw.Tx(w.ctx, func(tx store.Tx) error { return w.engine.RetryTx(w.ctx, tx, l.ID) }))
			w.trace.add("here: tried again:", p.id, l.ID)
		}
	}
}

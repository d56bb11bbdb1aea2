package simtest

import (
	"fmt"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// keeping is what a transaction would have kept here.
type keeping struct {
	what string
	v    ticket.Value
}

// keeps notes values that a transaction stores.
func (w *world) keeps(what string, values ...ticket.Value) {
	if !w.has(secluding) {
		return
	}
	for _, v := range values {
		w.keeping = append(w.keeping, keeping{what, v})
	}
}

// judgeKept: nothing that was written where only some may see it stands here before everybody may
// (I5). A comment has no word about that itself: what nobody could know yet of its ticket is told.
func (w *world) judgeKept(err error) {
	all := w.keeping
	if w.keeping = w.keeping[:0]; err != nil || w.skips("secluded") {
		return
	}
	for _, k := range all {
		for _, id := range tokensIn(k.v) {
			at, is := w.hushed[id]
			t := w.oracle.token(id)
			if is {
				w.fail("I5", fmt.Sprintf("%s holds %q, which was written on %s of side %d, where only some may see it (known %t)", k.what, t.raw, t.item, t.side, w.knownSecluded(at)))
			}
		}
	}
}

// knownSecluded reports whether the engine has seen that only some may see an item.
func (w *world) knownSecluded(at stay) bool {
	at = w.nowAt(at)
	o, known := w.observation(w.peers[at.peer], at.id)
	return known && o.Item.Restricted() != "" && !o.Item.Gone
}

// judgeSecluded: nothing of ours goes to where the engine knows that only some may see it, but for
// what takes back, and an undo that closes or deletes what was made there.
func (a *port) judgeSecluded(op adapters.Op, c outbound.Content, l store.Link) {
	w := a.w
	if !w.has(secluding) || l.TakeBack != "" || w.undoes() != "" && !a.says(op, c) || w.skips("secluded") {
		return
	}
	id := l.ExternalID
	if l.Kind == external.KindComment {
		w.read(func(tx store.Tx) error {
			parent, err := tx.Link(w.ctx, l.Parent)
			id = parent.ExternalID
			return ignoreNotFound(err)
		})
	}
	o, known := w.observation(a.p, id)
	if known && o.Item.Restricted() != "" && !o.Item.Gone {
		w.fail("I5", fmt.Sprintf("%s of %s goes to %s, which only some may see", op.Name, c.Ref.ID, id))
	}
}

// awaitsOpening reports whether what a write replaced is looked up once everybody may see its item: kept
// before, everybody here could read it. Nobody reads the item of a link that is over, so that one opened
// in the moment that its list last told of passes for restricted.
func (w *world) awaitsOpening(p *peer, i store.Intent) bool {
	if !w.has(secluding) || i.State != store.Landed || i.Audit != store.AuditPending {
		return false
	}
	var l store.Link
	w.read(func(tx store.Tx) (err error) { l, err = tx.Link(w.ctx, i.LinkID); return err })
	it, there := p.site.Peek(l.Kind, l.ExternalID)
	over := l.State == store.Withdrawn || l.State == store.Tombstone
	return there && (w.keptThere(p, it) || over && w.knownSecluded(stay{p.n, l.Kind, l.ExternalID}))
}

// keepsConflict notes what a question shows.
func (w *world) keepsConflict(c store.Conflict) {
	w.keeps("conflict "+c.ID, c.Local, c.External, c.Value, c.Base.External, c.Base.Local)
}

// keepsTicket notes what a ticket holds.
func (w *world) keepsTicket(t ticket.Ticket) {
	for _, v := range t.Fields {
		w.keeps("ticket "+t.ID, v)
	}
}

package simtest

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// checkRetracted: what we made outside and a link says was taken back says nothing any more of what people
// wrote here, wherever it was moved (I5). What is left there for a reason, the link says. What a
// restored database has forgotten, it takes back no more.
func (w *world) checkRetracted(end final) {
	for _, pr := range end.pairs {
		l := pr.link
		if w.past.happened || l.State != store.Withdrawn || !l.Made || l.LocalID == "" || l.Cause != store.CauseTakenBack || l.Unseen != "" {
			continue
		}
		it, stands := w.standsNow(w.stayOf(l))
		for _, f := range []ticket.Field{ticket.Title, ticket.Body} {
			for _, id := range tokensIn(it.Fields[string(f)]) {
				if t := w.oracle.token(id); stands && t != nil && t.side == 0 && t.item == l.LocalID {
					w.fail("I5", fmt.Sprintf("%s was taken back from %s, and the %s of %s says %q", l.LocalID, pr.p.id, f, it.ID, t.raw))
				}
			}
		}
	}
}

// standsNow is what there is by now of an item, wherever it was moved.
func (w *world) standsNow(at stay) (it external.Item, stands bool) {
	is := func(at stay) (known bool) {
		it, known = w.peers[at.peer].site.Peek(at.kind, at.id)
		return known && !it.Gone
	}
	stands = is(at) || w.went(at, is)
	return it, stands
}

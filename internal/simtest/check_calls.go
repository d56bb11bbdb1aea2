package simtest

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// costs are the calls of one kind each that the engine made for one project in one round:
// mostly to itself; where an item was moved, or may have been, to the one where that is or was.
type costs [callKinds]int

// load is what a project gave the engine to do: how often its links were marked dirty so
// far, how many wait, and how many writes are not settled.
type load struct {
	marks, waiting, open int
	seen                 newest
	fresh, over          []string // the tickets outside that wait to come in, and those whose links are over
}

// newest are the stamps of the ticket and of the comment that changed last; zero: nobody
// knows.
type newest struct{ ticket, comment time.Time }

// note takes an item into account.
func (n *newest) note(it external.Item) {
	at := &n.ticket
	if it.Kind == external.KindComment {
		at = &n.comment
	}
	if it.UpdatedAt.After(*at) {
		*at = it.UpdatedAt
	}
}

// since returns those stamps that are later than in a former state: a listing that shows
// them moves its cursor. A cursor that stays where it is may lag behind.
func (n newest) since(was newest) newest {
	if !n.ticket.After(was.ticket) {
		n.ticket = time.Time{}
	}
	if !n.comment.After(was.comment) {
		n.comment = time.Time{}
	}
	return n
}

// walkTime is more than one listing takes in the quiet phase; the next one looks back by
// that much more.
const walkTime = 30 * time.Second

// payer returns the project for which a call is made: that of the session at work.
func (w *world) payer(called *peer) *peer {
	if len(w.running) == 0 {
		return called
	}
	return w.peerAtWork()
}

// The most that one thing to do may cost beside the listing, in a round in which nothing
// goes wrong: docs/design.md, section 2, promise 8, and I11. One thing is a mark on a link, a
// link that waited, or a write that was not settled.
const (
	looksEach  = 1 // after something that cast doubt on an item; and one more before each write
	visitEach  = 2 // more, where items are moved: what left is proved to be gone, and read where it went
	proofEach  = 1 // more, where items are deleted: one that is gone is looked at twice, or its ticket is
	alonesEach = 2 // more writes, where values are refused: what was to go along with one goes alone
	writesEach = 4 // texts, labels, and a state that is reached through another one; see checkWrites for how many in all
	auditsEach = 2 // of histories, which date a disputed field; and one more after each write
)

// weigh notes what a project's links give to do; see fingerprint, which passes them all.
func (l *load) weigh(links []store.Link) {
	for n := range links {
		k := &links[n]
		l.marks += int(k.DirtyRev)
		if k.Dirty() {
			l.waiting++
		}
		switch {
		case k.Kind != external.KindTicket || k.ExternalID == "":
		case k.State == store.Withdrawn || k.State == store.Tombstone:
			l.over = append(l.over, k.ExternalID)
		case k.LocalID == "" && k.Dirty():
			l.fresh = append(l.fresh, k.ExternalID)
		}
	}
}

// enquiries are the looks that a project's new tickets took at others, as of the beginning of a
// round. One that somebody made at the very moment of another, whose link is over, may be that
// one, moved; nobody reads that any more, and no mark on a link tells of it. What people did not
// move the engine cannot know.
func (w *world) enquiries(p *peer, was []load) (n int) {
	for _, id := range was[p.n].fresh {
		it, _ := p.site.Peek(external.KindTicket, id)
		for _, q := range w.peers {
			for _, other := range was[q.n].over {
				like, there := q.site.Peek(external.KindTicket, other)
				if there && like.Author == it.Author && like.CreatedAt.Equal(it.CreatedAt) {
					n++
				}
			}
		}
	}
	return n
}

// DeleteLink keeps the marks of a stub that is joined with another link.
func (t *txPort) DeleteLink(ctx context.Context, id string) error {
	l, err := t.Link(ctx, id)
	for _, p := range t.w.peers {
		if err == nil && p.id == l.ProjectID {
			p.unlinked += int(l.DirtyRev)
		}
	}
	return t.Tx.DeleteLink(ctx, id)
}

// beginCosts begins to count the calls of a round. It returns what there is to do, as of
// the last fingerprint.
func (w *world) beginCosts(kind store.SessionKind) []load {
	was := slices.Clone(w.loads)
	for n, p := range w.peers {
		p.costs, p.retracted, p.unlabelled = costs{}, map[string]bool{}, map[string]bool{}
		if kind == store.Reconcile {
			continue // a sweep has a cursor of its own
		}
		was[n].seen = p.listed
		if p.begun != (newest{}) {
			p.listed = p.newest.since(p.begun)
		}
		p.begun = p.newest
	}
	return was
}

// forgetListed says that nobody knows how far the last round listed.
func (w *world) forgetListed() {
	for _, p := range w.peers {
		p.begun = newest{}
	}
}

// checkCalls holds the calls of a round against what there was to do (I11): nothing to do
// costs the listing and no more, and the listing begins where the last one ended.
func (w *world) checkCalls(kind store.SessionKind, was []load) {
	if w.skips("calls") || w.failed != nil {
		return
	}
	for n, p := range w.peers {
		work := w.loads[n].marks - was[n].marks + was[n].waiting + was[n].open
		w.checkCost(p, kind, work, w.enquiries(p, was), was[n].seen)
	}
}

func (w *world) checkCost(p *peer, kind store.SessionKind, work, enquiries int, seen newest) {
	c, tries := p.costs, 0
	if w.sick != nil && w.sick.peer == p {
		tries = sickTries
	}
	looks := looksEach*work + enquiries + c[callWrite] + len(p.retracted) // which are looked at once more when nothing seems left
	if w.has(deletions) || w.profile == Undone {                          // which withdraws what was made
		looks += proofEach * work
	}
	if w.has(moving) {
		looks += visitEach * work
	}
	writes := writesEach*work + len(p.unlabelled) // each label that is taken off may take one
	if w.has(picky) {
		writes += alonesEach * work
	}
	if kind == store.Reconcile {
		looks += spotLinks // compared at random
	}
	for _, b := range []struct {
		call callKind
		most int
	}{{callLook, looks}, {callWrite, writes}, {callAudit, auditsEach*work + c[callWrite] + tries}} {
		if c[b.call] > b.most {
			w.fail("I11", fmt.Sprintf("%d calls of kind %s at %s in a %s round with %d things to do, at most %d", c[b.call], b.call, p.id, kind, work, b.most))
		}
	}
	if w.fleet != nil || w.has(deletions) || w.profile == Undone || c[callWalk] <= len(p.site.caps().Streams) {
		return // vendors count pages in ways of their own, see adaptertest; what is deleted is in no list
	}
	if most := p.pages(kind, seen); c[callWalk] > most {
		w.fail("I11", fmt.Sprintf("%d calls to list what changed at %s in a %s round, at most %d", c[callWalk], p.id, kind, most))
	}
}

// pages is how many calls it takes to list what changed since a walk had seen the newest
// item of a time, with all that a look-back shows once more; in a sweep, to list everything.
func (p *peer) pages(kind store.SessionKind, seen newest) int {
	caps, most := p.site.caps(), 0
	for _, s := range caps.Streams {
		k, from := external.KindTicket, seen.ticket
		if s == external.StreamComments {
			k, from = external.KindComment, seen.comment
		}
		items := 0
		for _, it := range p.site.Look(k) {
			if kind == store.Reconcile || from.IsZero() || !it.UpdatedAt.Before(from.Add(-caps.Lag-2*caps.Precision-walkTime)) {
				items++
			}
		}
		most += 1 + items/max(caps.PageSize, 1)
	}
	return most
}

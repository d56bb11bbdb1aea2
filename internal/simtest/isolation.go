package simtest

import (
	"fmt"
	"slices"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// sickKind is what is wrong, and stays wrong, while everything else must go on (I17).
type sickKind int

// The kinds of sickness.
const (
	sickWrites   sickKind = iota // each write of one item is refused
	sickItem                     // each call about one item fails for want of an answer
	sickReads                    // the answer to each reading of one item cannot be understood
	sickProject                  // a tracker does not answer at all
	sickLimited                  // a tracker's limits are used up
	sickStranger                 // a tracker does not know our credential any more
	sickKinds
)

// String returns the kind's name.
func (k sickKind) String() string {
	return [sickKinds]string{
		"each write of an item refused", "no answer about an item", "an item that cannot be read",
		"a tracker away", "a tracker at its limit", "a credential revoked",
	}[k]
}

// whole reports whether a whole project is sick.
func (k sickKind) whole() bool { return k >= sickProject }

// sickness is what is wrong with one project or one item of it.
type sickness struct {
	kind sickKind
	peer *peer
	link string       // of the item, where it is one
	item external.Ref // likewise
	hits int          // calls that failed for it
}

// holdsUndo reports whether an undo waits until it is over. Silence about one item does not
// hold it up for good, and what it holds up meanwhile is no neighbour's harm.
func (s *sickness) holdsUndo() bool { return s.kind.whole() }

// away reports whether no walk of a project comes to its end.
func (s *sickness) away(p *peer) bool { return s.kind.whole() && s.peer == p }

// strikes returns the error of a call that the sickness is about.
func (s *sickness) strikes(p *peer, what string, item external.Ref, detail []string) error {
	if s.peer != p {
		return nil
	}
	reads := what == "read" || what == "history"
	about := item.ID != "" && item.ID == s.item.ID || reads && slices.Contains(detail, s.item.ID)
	e := &external.Error{Op: what, Message: "the simulation says no"}
	switch {
	case s.kind == sickWrites && about && what == "write":
		e.Kind = external.Conflict
	case s.kind == sickItem && about:
		e.Kind = external.Temporary
	case s.kind == sickReads && about && reads:
		e.Kind = external.Invalid
	case s.kind == sickProject:
		e.Kind = external.Temporary
	case s.kind == sickLimited:
		e.Kind, e.RetryAfter = external.RateLimited, callTimeout
	case s.kind == sickStranger:
		e.Kind = external.Unauthorised
	default:
		return nil
	}
	s.hits++
	return e
}

// unreadable is strikes for a call that asks for histories.
func (s *sickness) unreadable(p *peer, queries []adapters.HistoryQuery) error {
	if s == nil || s.kind.whole() {
		return nil
	}
	var ids []string
	for _, q := range queries {
		ids = append(ids, q.Ref.ID)
	}
	err := s.strikes(p, "history", external.Ref{}, ids)
	if err != nil {
		p.port.w.call = callNone
	}
	return err
}

// sickTries is how often a session asks for a history that cannot be read: beside its
// neighbours, by itself, and in the repair as well as after the writes.
const sickTries = 4

// sickShare is one run in how many has a sickness.
const sickShare = 8

// isolate is a phase before the quiet one: nothing goes wrong but one thing, which stays so,
// and everything that it is not about must come to rest and be in step, at no more calls
// than its own work takes (I17). Then the thing is mended, and what it left behind is
// tried again as a person would; the quiet phase that follows holds it to all the rest.
func (w *world) isolate() {
	if lot(w.seed, "sick")%sickShare != 0 || w.skips("isolation") || w.knobs != nil || w.keepsEnd || w.points != nil {
		return
	}
	w.sick = w.fallIll()
	if w.sick == nil {
		return
	}
	w.trace.add("sick:", w.sick.kind.String(), w.sick.peer.id, w.sick.item.ID)
	w.fingerprint()
	rested, waits := false, ""
	for n := 0; n < quietRounds && w.failed == nil && !rested; n++ {
		halfway := w.midWalk(w.sick.away) // it goes on first: what moved behind it is found by the next one
		load := w.beginCosts(store.Incremental)
		before := w.fingerprint()
		all, own := w.rolled, w.sick.peer.rolled
		w.round(store.Incremental)
		waits = w.whoWaits()
		undone := w.rolled - all
		rested = w.fingerprint() == before && !halfway && waits == "" && (undone == 0 || w.sick.holdsUndo() && undone == w.sick.peer.rolled-own)
		if undone == 0 {
			w.checkCalls(store.Incremental, load)
		} else {
			w.forgetListed()
		}
	}
	if w.failed == nil && !rested {
		w.fail("I17", "others do not come to rest within "+itoa(quietRounds)+" rounds beside "+w.sick.kind.String()+": "+waits)
	}
	w.checkOthers()
	if w.sick.hits > 0 {
		w.isolated[w.sick.kind]++
	}
	w.recover()
}

// fallIll draws what is wrong: where it is an item, one that something waits to be done with.
func (w *world) fallIll() *sickness {
	draw := keyed(w.seed, "sickness")
	s := &sickness{kind: sickKind(draw.IntN(int(sickKinds))), peer: w.peers[draw.IntN(len(w.peers))]}
	if w.readAnew() {
		return nil
	}
	if s.kind.whole() {
		return s
	}
	var waiting []store.Link
	w.read(func(tx store.Tx) error {
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			links, err := tx.LinksOf(w.ctx, s.peer.id, kind, "", 10_000)
			if err != nil {
				return err
			}
			for _, l := range links {
				// What was moved away, and cannot be read where it was, comes in as new after an hour.
				there, _ := s.peer.site.Peek(kind, l.ExternalID)
				if l.Dirty() && l.State == store.Live && l.LocalID != "" && l.ExternalID != "" && !there.Gone {
					waiting = append(waiting, l)
				}
			}
		}
		return nil
	})
	if len(waiting) == 0 {
		return nil
	}
	l := waiting[draw.IntN(len(waiting))]
	s.link, s.item = l.ID, external.Ref{Kind: l.Kind, ID: l.ExternalID}
	return s
}

// concerned reports whether a link may wait for the sickness to end: one that is sick, the
// comments of a ticket that is, one whose item people moved to a tracker that is, a new item
// that may have been moved from what is sick, a ticket that is not made beside such an item
// of its own, and what is to be taken back where the sick item of its ticket is to be first.
func (w *world) concerned(pr pair) bool {
	s, l := w.sick, pr.link
	if is := w.isSick(pr); is || l.ProjectID == s.peer.id {
		return is
	}
	if l.ExternalID == "" && l.LocalID != "" {
		return w.ownMovedFromSick(pr)
	}
	if l.TakeBack != "" && w.takenBackAfterSick(pr) {
		return true
	}
	return l.LocalID == "" && slices.ContainsFunc(s.peer.site.Look(l.Kind), func(it external.Item) bool {
		return (s.kind.whole() || it.ID == s.item.ID) && it.Author == pr.item.Author && it.CreatedAt.Equal(pr.item.CreatedAt)
	})
}

// isSick reports whether a link is sick, its ticket, or the tracker to which people moved its item: what
// became of it there takes a reading there, and of what was written to it before.
func (w *world) isSick(pr pair) bool {
	s, l := w.sick, pr.link
	if l.ProjectID == s.peer.id {
		return s.kind.whole() || l.ID == s.link || l.Parent == s.link
	}
	return s.kind.whole() && (w.lastAt(w.stayOf(l)) == s.peer || w.ticketLastAt(pr) == s.peer || w.isKnownAt(l, s.peer))
}

// isKnownAt reports whether the item of a link is known to have been moved to a tracker, wherever it went from there.
func (w *world) isKnownAt(l store.Link, p *peer) (is bool) {
	project := w.row(p).ExternalID
	w.read(func(tx store.Tx) error {
		o, err := tx.Observation(w.ctx, l.ProjectID, l.Kind, l.ExternalID)
		is = o.Item.Home.Project == project
		return ignoreNotFound(err)
	})
	return is
}

// ticketLastAt is lastAt for the ticket of a comment; nil: it is none.
func (w *world) ticketLastAt(pr pair) (at *peer) {
	if pr.link.Kind != external.KindComment || pr.link.Parent == "" {
		return nil
	}
	w.read(func(tx store.Tx) error {
		parent, err := tx.Link(w.ctx, pr.link.Parent)
		if err == nil {
			at = w.lastAt(stay{pr.p.n, parent.Kind, parent.ExternalID})
		}
		return err
	})
	return at
}

// ownMovedFromSick reports whether people moved the item that a ticket has in the sick project to
// the one where it is to be made, and may have deleted it there.
func (w *world) ownMovedFromSick(pr pair) bool {
	for was := range w.carried {
		if was.peer != w.sick.peer.n || was.kind != pr.link.Kind || !w.sick.kind.whole() && was.id != w.sick.item.ID {
			continue
		}
		its := w.linkOf(w.sick.peer, "", external.Ref{Kind: was.kind, ID: was.id})
		if its.LocalID == pr.link.LocalID && w.lastAt(was) == pr.p {
			return true
		}
	}
	return false
}

// takenBackAfterSick reports whether people moved the item of a link to where its ticket has another
// one, which is to be taken back before and is sick, or was moved on likewise.
func (w *world) takenBackAfterSick(pr pair) bool {
	if pr.link.Kind != external.KindTicket {
		return false
	}
	for range w.peers {
		at := w.lastAt(w.stayOf(pr.link))
		if at == nil || at == pr.p {
			return false
		}
		var there store.Link
		w.read(func(tx store.Tx) (err error) {
			there, err = tx.LinkByLocal(w.ctx, at.id, pr.link.Kind, pr.link.LocalID)
			return ignoreNotFound(err)
		})
		if pr = (pair{p: at, link: there}); there.ID == "" || w.isSick(pr) {
			return there.ID != ""
		}
	}
	return false
}

// whoWaits names a link that waits though it is not sick; none: empty.
func (w *world) whoWaits() string {
	for _, pr := range w.final().pairs {
		waits := pr.link.State == store.Live || pr.link.State == store.Backlog
		if waits && pr.link.Dirty() && !w.concerned(pr) && !w.awaitsFollow(pr) {
			l := pr.link
			return fmt.Sprintf("%s link %s of %s waits (%s, %s, %s)", l.Kind, l.ID, l.ProjectID, l.State, l.Reason, l.NextTry)
		}
	}
	return ""
}

// checkOthers holds all links that the sickness is not about, deletions aside: those that
// nobody told of take a sweep to be found.
func (w *world) checkOthers() {
	if w.failed != nil {
		return
	}
	for _, pr := range w.final().pairs {
		if !pr.item.Gone && !w.concerned(pr) {
			w.checkPair(pr)
		}
	}
	if v := w.failed; v != nil {
		w.failed = &Violation{"I17", fmt.Sprintf("beside %s at %s: %s", w.sick.kind, w.sick.peer.id, v.What)}
	}
}

// recover mends the sickness; an operator starts the project again, and tries what was set
// aside for it.
func (w *world) recover() {
	s := w.sick
	w.sick = nil
	w.acting++
	defer func() { w.acting-- }()
	if w.failed != nil {
		return
	}
	w.must(w.resume(s.peer))
	w.must(w.raw.Tx(w.ctx, func(tx store.Tx) error {
		l, err := tx.Link(w.ctx, s.link)
		if err != nil {
			return ignoreNotFound(err)
		}
		below, err := tx.LinksOfParent(w.ctx, s.link) // what is said there is not read where its ticket cannot be
		for _, l := range append(below, l) {
			if err == nil && l.State == store.Quarantined {
				err = w.engine.RetryTx(w.ctx, tx, l.ID)
			}
		}
		return err
	}))
	w.trace.add("well again")
}

// readAnew reports whether a restored database is read anew: then all projects rest together,
// whichever of them is sick, and a person waits for that.
func (w *world) readAnew() bool {
	return slices.ContainsFunc(w.peers, func(p *peer) bool { return w.past.happened && (w.past.barred[p] || w.row(p).Restored.Open()) })
}

package simtest

import (
	"fmt"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// checkJoined: whatever may flow has its other side (I1), and a local ticket that
// came from outside is linked there (I6).
func (w *world) checkJoined(f final) {
	outside := map[string]store.Link{}
	here := map[string]store.Link{}
	barred := map[string]bool{} // what a project cannot hold
	for _, pr := range f.pairs {
		outside[pr.p.id+"/"+pr.link.ExternalID] = pr.link
		here[pr.p.id+"/"+pr.link.LocalID] = pr.link
		barred[pr.link.ID] = pr.link.State == store.Quarantined && w.unfit(pr)
	}
	gone := map[string]bool{} // external tickets whose link waits for a person
	for _, p := range w.peers {
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			for _, it := range p.site.Look(kind) {
				l, ok := outside[p.id+"/"+it.ID]
				switch {
				case it.Gone || gone[it.Parent]:
				case !ok:
					w.fail("I1", fmt.Sprintf("%s %s of %s was never seen", kind, it.ID, p.id))
				case l.LocalID == "" && w.keptThere(p, it):
				case l.LocalID == "" && !w.held(l, it) && !w.awaitsMove(p, l) && !w.replaced(l):
					w.fail("I1", fmt.Sprintf("%s %s of %s never came in (%s, %s)", kind, it.ID, p.id, l.State, l.Reason))
				}
				gone[it.Key] = gone[it.Key] || kind == external.KindTicket && (it.Gone || ok && w.closedIn(l))
			}
		}
		for _, t := range f.tickets {
			l := here[p.id+"/"+t.ID]
			if w.goesOut(p, t, nil) && l.ExternalID == "" && !w.madeAndGone(p, l) && !w.undoneUnmade(l, t.ID) && !barred[l.ID] && !f.asksTwin(l) && !w.heldForTwin(p, l) {
				w.fail("I1", fmt.Sprintf("ticket %s never reached %s (%s, %s)", t.ID, p.id, l.State, l.Reason))
			}
			if t.Origin == p.id && l.ExternalID == "" && !f.madeAgain(p, t) {
				w.fail("I6", fmt.Sprintf("ticket %s came from %s and is linked with nothing there (%s, %s)", t.ID, p.id, l.State, l.Reason))
			}
		}
		for _, c := range f.comments {
			l, parent := here[p.id+"/"+c.ID], here[p.id+"/"+c.TicketID]
			t := w.ticketOf(f, c.TicketID)
			if !c.Deleted && w.goesOut(p, t, &c) && parent.State == store.Live && l.ExternalID == "" && !w.madeAndGone(p, l) && !w.undoneUnmade(l, t.ID) && !barred[l.ID] && !strayed(l) && !w.leftUnseen(p, parent) && !w.heldForTwin(p, l) {
				w.fail("I1", fmt.Sprintf("comment %s never reached %s (%s, %s)", c.ID, p.id, l.State, l.Reason))
			}
		}
	}
}

// madeAndGone reports whether a link's item was made and deleted by a person before
// it was seen: with ids of our choosing it cannot be made again.
func (w *world) madeAndGone(p *peer, l store.Link) bool {
	if l.State != store.MaybeGone {
		return false
	}
	for _, it := range p.site.Look(l.Kind) {
		if it.Gone && it.CreateKey != "" && linkIn(it.CreateKey) == l.ID {
			return true
		}
	}
	for at := range w.astray { // it was made where its ticket had been moved to, and the answer was lost
		if at.peer == p.n && at.kind == l.Kind && linkIn(at.id) == l.ID {
			return true
		}
	}
	return false
}

// closedIn reports whether new comments of an external ticket need not come in: its
// twin is local_only.
func (w *world) closedIn(l store.Link) bool {
	if l.LocalID == "" || l.State != store.Live {
		return true
	}
	t, _ := w.localItem(l)
	return !w.comesIn(w.peerOf(l.ProjectID), t, nil)
}

// held reports whether an item is rightly kept out: a second holder of a key, or one about
// which a person is asked.
func (w *world) held(l store.Link, it external.Item) bool {
	_, asks := w.asksTwin(l.ProjectID, it.ID)
	return l.State == store.ParkedLink && it.CreateKey != "" || asks
}

// madeAgain reports whether a person let a ticket be made again that was deleted in its
// project of origin: until it may go there, it has no twin.
func (f final) madeAgain(p *peer, t ticket.Ticket) bool {
	for _, c := range f.conflicts {
		again := c.Kind == store.GoneOutside || c.Kind == store.EditedAndDeleted
		if again && c.TicketID == t.ID && c.ProjectID == p.id && c.Choice == store.ChooseLocal {
			return true
		}
	}
	return false
}

func (w *world) ticketOf(f final, id string) ticket.Ticket {
	for _, t := range f.tickets {
		if t.ID == id {
			return t
		}
	}
	return ticket.Ticket{}
}

// checkUnique: what we made outside exists once, and every item has one twin (I6).
func (w *world) checkUnique(f final) {
	linked, twins := map[string]bool{}, map[string]bool{}
	for _, pr := range f.pairs {
		for _, side := range []string{"x" + pr.link.ExternalID, "l" + pr.link.LocalID} {
			id := pr.p.id + string(pr.link.Kind) + side
			if len(side) > 1 && twins[id] {
				w.fail("I6", fmt.Sprintf("two links of %s hold %s", pr.p.id, side[1:]))
			}
			twins[id] = true
		}
		if pr.link.LocalID != "" {
			linked[pr.p.id+"/"+pr.link.ExternalID] = true
		}
	}
	for _, p := range w.peers {
		made := map[string]string{}
		for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
			for _, it := range p.site.Look(kind) {
				if !p.site.ours(it.Author) {
					continue
				}
				key := it.CreateKey
				if other := made[key]; key != "" && other != "" && !it.Gone {
					w.fail("I6", fmt.Sprintf("%s and %s of %s were both made under the key %s", other, it.ID, p.id, key))
				}
				if !it.Gone { // see port.once
					made[key] = it.ID
				}
				if !linked[p.id+"/"+it.ID] && !it.Gone && !w.staysOut(p, it) && !w.orphaned(p, it) && !w.letGoOf(p, it) && !w.replaced(w.linkOf(p, "", it.Ref)) {
					w.fail("I6", fmt.Sprintf("%s of %s was made by us and belongs to nothing here", it.ID, p.id))
				}
			}
		}
	}
}

// checkIntents: no write is left in doubt (I1), and no poll begins a session that has nothing to do (I8).
func (w *world) checkIntents(f final) {
	for _, p := range w.peers {
		if pending, err := w.engine.Pending(w.ctx, p.id); err != nil || pending {
			w.fail("I8", fmt.Sprintf("each poll of %s begins a session, for nothing: %v", p.id, err))
		}
		for _, i := range w.openIntents(p) {
			if !w.awaitsOpening(p, i) {
				w.fail("I1", fmt.Sprintf("intent %s (%s, %s, audit %q) of link %s is still open", i.ID, i.Op, i.State, i.Audit, i.LinkID))
			}
		}
	}
	for _, c := range f.conflicts {
		if c.State == store.Decided && w.flows(f, c) {
			w.fail("I1", fmt.Sprintf("the decision on %s (%s of %s) was never carried out", c.ID, c.Field, c.TicketID))
		}
	}
}

// openIntents returns the writes of a project that are in doubt, or to be audited.
func (w *world) openIntents(p *peer) (open []store.Intent) {
	w.read(func(tx store.Tx) (err error) { open, err = tx.OpenIntents(w.ctx, p.id); return err })
	return open
}

// flows reports whether a conflict's link is open both ways.
func (w *world) flows(f final, c store.Conflict) bool {
	for _, pr := range f.pairs {
		if pr.link.ID == c.LinkID && w.rests(&pr, c.Field) {
			return false
		}
		if pr.link.ID == c.LinkID {
			return pr.link.State == store.Live && !pr.item.Gone && !pr.ticket.Deleted && (pr.comment == nil || !pr.comment.Deleted && pr.parentLive) &&
				w.goesOut(pr.p, pr.ticket, pr.comment)
		}
	}
	return false
}

// checkConflicts: where people edit on one side only there is nothing to disagree
// about (I4).
func (w *world) checkConflicts(f final) {
	if !w.oneSided() || w.past.happened || w.remapped { // what would go out is parked as a conflict then
		return
	}
	for _, c := range f.conflicts {
		if c.Kind != store.BothEdited && c.Kind != store.Overwritten {
			continue // one side alone brings these about
		}
		w.fail("I4", fmt.Sprintf("a %s conflict on %s of %s, but people edit on one side only: %q against %q",
			c.Kind, c.Field, c.TicketID, c.Local.Text(), c.External.Text()))
	}
}

func (w *world) conflictCount() int {
	n := 0
	w.read(func(tx store.Tx) error {
		all, err := tx.FindConflicts(w.ctx, store.ConflictFilter{}, 10_000)
		n = len(all)
		return err
	})
	return n
}

// checkLabels: a label that somebody took off does not come back, where all sides
// are in step, no write of it was ever in doubt, no project keeps labels, whose removal
// there then stays there, and nobody had to decide on the labels of its ticket: an open
// conflict holds the removal, a decision may undo it.
func (w *world) checkLabels(f final) {
	if w.remapped {
		return
	}
	disputed := map[string]bool{}
	for _, c := range f.conflicts {
		disputed[c.TicketID] = disputed[c.TicketID] || c.Field == ticket.Labels || c.Field == ""
	}
	back := func(where string, v ticket.Value) {
		for _, id := range tokensIn(v) {
			for _, r := range w.oracle.removed {
				if r == id && !w.tainted[id] {
					w.fail("I2", fmt.Sprintf("the label k%d was taken off and stands at %s again", id, where))
				}
			}
		}
	}
	for _, pr := range f.pairs {
		if pr.link.Kind == external.KindTicket && pr.link.State == store.Live && pr.ticket.Privacy == ticket.Public &&
			!disputed[pr.ticket.ID] && w.allLive(f, pr.link.LocalID) && !w.kept(ticket.Labels) {
			back(pr.p.id+" "+pr.item.ID, pr.item.Fields["labels"])
			back("ticket "+pr.ticket.ID, pr.ticket.Fields[ticket.Labels])
		}
	}
}

func (w *world) allLive(f final, localID string) bool {
	for _, pr := range f.pairs {
		if pr.link.LocalID == localID && (pr.link.State != store.Live || w.secludedThere(pr.p, localID)) {
			return false
		}
	}
	return true
}

// checkWrites: an edit costs each project one write at most, a state that is reached
// through another one more, and what a vendor fills in, a fault one more (I7).
func (w *world) checkWrites(final) {
	bound := len(w.peers)*(w.verbs+w.hops) + w.futile
	for _, n := range w.fired {
		bound += n
	}
	if n := w.written(); n > bound {
		w.fail("I7", fmt.Sprintf("%d writes for %d edits", n, w.verbs))
	}
}

// fingerprint identifies the state of our side and of the links, leaving out times
// and journals. What changes outside is counted as writes.
func (w *world) fingerprint() uint64 {
	h := uint64(fnvStart)
	put := func(s string) { h = mix(h, s) }
	w.read(func(tx store.Tx) error {
		tickets, err := tx.ListTickets(w.ctx, "", 10_000)
		if err != nil {
			return err
		}
		for _, t := range tickets {
			put(t.ID)
			h += uint64(t.Revision)
			cs, err := tx.CommentsOf(w.ctx, t.ID)
			if err != nil {
				return err
			}
			for _, c := range cs {
				put(c.ID)
				h += uint64(c.Revision)
			}
		}
		w.loads = w.loads[:0]
		for _, p := range w.peers {
			open, err := tx.OpenIntents(w.ctx, p.id)
			if err != nil {
				return err
			}
			load := load{open: len(open)}
			for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
				links, err := tx.LinksOf(w.ctx, p.id, kind, "", 10_000)
				if err != nil {
					return err
				}
				load.weigh(links)
				for n := range links {
					l := &links[n]
					if l.LocalID == "" {
						continue // a note that there is, or was, something outside
					}
					put(l.ID)
					put(string(l.State))
					put(l.ExternalID)
					for _, f := range p.site.fields(kind) {
						put(l.Bases[f].Local.Text())
						put(l.Bases[f].External.Text())
					}
				}
			}
			load.marks += p.unlinked
			w.loads = append(w.loads, load)
		}
		return nil
	})
	return h
}

package simtest

import (
	"fmt"
	"maps"
	"slices"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// said is what a rollback's journal says of a field, or of a whole item, that it left alone.
type said struct {
	link   string
	field  ticket.Field
	action plan.Action
	reason string
}

// undoMark is a place that a rollback has restored: until somebody touches the field again,
// on either side, no session may do what was undone.
type undoMark struct {
	link, project string
	at, other     slot
	undone, got   ticket.Value // what stood there, and what stands there instead
	twin          ticket.Value // what the other side held then
}

// judgeSeen holds a call of a rollback against the ledger as it is about to be made: it
// replaces only what the session that it undoes had written, as far as anybody could know
// who looked before (I10).
func (w *world) judgeSeen(p *peer, ref external.Ref, i store.Intent) {
	of := w.undoes()
	if of == "" || i.Verb != "update" {
		return
	}
	back := w.toBeTakenBack(i.LinkID)
	for _, c := range i.Changes {
		if back && (c.Written.Text() == outbound.Notice || len(c.Written.Minus(c.Seen)) == 0 && (c.Written.IsSet() || c.Written.IsEmpty())) {
			continue // it restores nothing: what somebody asked to be taken back is overwritten, whoever wrote it since
		}
		w.judgeOver(of, slot{p.n + 1, ref.Kind, ref.ID, c.Field}, c.Seen, c.Written)
		w.putsLabelsBack(of, i.LinkID, c)
	}
}

// putsLabelsBack notes the labels that an undo puts back outside since the session took them off there. Whether a
// person did so in the same moment no answer tells, so that a removal of his is undone with it (decision 15).
func (w *world) putsLabelsBack(of, linkID string, c store.Change) {
	if c.Field != ticket.Labels {
		return
	}
	for _, l := range c.Written.Minus(c.Seen) {
		if w.journalOf(of, func(s store.Step) bool {
			return s.LinkID == linkID && s.Action == plan.Push && s.Field == c.Field && s.Before.Has(l) && !s.After.Has(l)
		}) {
			w.tainted[tokenIn(l)] = true
		}
	}
}

// toBeTakenBack reports whether somebody asked for the item of a link to be taken back.
func (w *world) toBeTakenBack(linkID string) (is bool) {
	w.read(func(tx store.Tx) error {
		l, err := tx.Link(w.ctx, linkID)
		is = l.TakeBack != ""
		return ignoreNotFound(err)
	})
	return is
}

// judgeUndo holds what a rollback changes here against the ledger (I10).
func (w *world) judgeUndo(q slot, e entry) {
	of := w.undoes()
	switch {
	case of == "" || e.by == "" || q.side > 0 || w.skips("undo"):
		return
	case q.field != "":
		w.judgeOver(of, q, e.before, e.after)
		return
	}
	_, wrote := w.ledger.net(q, of)
	said := q.kind == external.KindTicket && w.deletion.said[q.item] // a person did, and his word is carried out as its item goes
	if w.ledger.made[q] != of && !wrote && !said {
		w.fail("I10", fmt.Sprintf("the undo of %s says that %s is %s, and the session had not", of, q.item, e.after.Text()))
	}
	if e.after.Equal(there(false)) && w.ledger.made[q] == of && w.worked(q, of) {
		w.fail("I10", fmt.Sprintf("the undo of %s deletes %s, which was edited since", of, q.item))
	}
	switch {
	case q.kind == external.KindTicket:
		w.deletion.either[q.item] = true
	case e.after.Equal(there(false)) && w.ledger.made[q] != of: // he has the edit away, too, for which it had come back
		q.field = ticket.Body
		w.oracle.deleted(tokensIn(w.valueAt(q)))
	}
}

// worked reports whether an item is not any more as the session had left it that made it.
// What another project filled in of empty fields that this one does not carry is nobody's work; nor is
// what a person decided before it is carried out, which the conflict keeps.
func (w *world) worked(q slot, session string) bool {
	flows := w.carriedNow(w.peerAtWork(), q.kind)
	for at, entries := range w.ledger.at {
		net, wrote := w.ledger.net(at, session)
		written := slices.ContainsFunc(entries, func(e entry) bool { return !e.decided })
		filled := net.after.IsEmpty() && !w.valueAt(at).IsSet() && at.field != ticket.Title && at.field != ticket.Body
		counts := written && at.whole() == q && at.field != "" && (slices.Contains(flows, at.field) || entries[len(entries)-1].by == "" || !filled)
		if counts && (!wrote || !net.after.Equal(w.valueAt(at))) {
			return true
		}
	}
	return false
}

// judgeOver holds one value that a rollback is about to replace against the ledger.
func (w *world) judgeOver(of string, q slot, seen, written ticket.Value) {
	if w.skips("undo") {
		return
	}
	self := w.worker()
	net, wrote := w.ledger.net(q, of)
	switch {
	case !wrote:
		w.fail("I10", fmt.Sprintf("the undo of %s writes %s of %s on side %d, which the session had not", of, q.field, q.item, q.side))
	case written.IsSet() || seen.IsSet() || net.after.IsSet():
		gone, back := seen.Minus(written), written.Minus(seen)
		added, taken := net.after.Minus(net.before), net.before.Minus(net.after)
		if !within(gone, added) || !within(back, taken) {
			w.fail("I10", fmt.Sprintf("the undo of %s takes %v from %s of %s on side %d and puts %v back; the session had added %v and taken %v",
				of, gone, q.field, q.item, q.side, back, added, taken))
		}
	default:
		for _, e := range w.ledger.at[q] {
			if (e.by == of || e.by == self) && (w.alike(q, e.after, seen) || w.alike(q, e.before, seen)) {
				return
			}
		}
		w.fail("I10", fmt.Sprintf("the undo of %s replaces %q in %s of %s on side %d, which was written since: the session had left %q",
			of, seen.Text(), q.field, q.item, q.side, net.after.Text()))
	}
}

func within(part, all []string) bool {
	return !slices.ContainsFunc(part, func(e string) bool { return !slices.Contains(all, e) })
}

// alike reports whether two values of a place are one but for the project's own spelling, and but
// for whether a ticket is named by its id here or outside.
func (w *world) alike(q slot, a, b ticket.Value) bool {
	if a.Equal(b) || q.side == 0 {
		return a.Equal(b)
	}
	p := w.peers[q.side-1]
	if q.field == ticket.Parent {
		x, known := w.parentView(p, a)
		y, met := w.parentView(p, b)
		return known && met && x.Equal(y)
	}
	return !a.IsSet() && !b.IsSet() && p.site.settles(outbound.Restore(a.Text()), outbound.Restore(b.Text()))
}

// takesBack reports whether an item may be ended because the session that made it, or that
// brought it back, is rolled back (I10, I12).
func (w *world) takesBack(p *peer, l store.Link) bool {
	of := w.undoes()
	if of == "" {
		return false
	}
	q := slot{side: p.n + 1, kind: l.Kind, item: l.ExternalID}
	if w.ledger.made[q] == of {
		return true
	}
	return w.journalOf(of, func(s store.Step) bool { return s.LinkID == l.ID && s.Action == plan.Rejoin })
}

// journalOf reports whether the journal of a session has such a step.
func (w *world) journalOf(session string, is func(store.Step) bool) (found bool) {
	w.read(func(tx store.Tx) error {
		steps, err := tx.Steps(w.ctx, session, 0, 10_000)
		found = slices.ContainsFunc(steps, is)
		return err
	})
	return found
}

// undoneUnmade reports whether an undo was to make an item again, and was undone before that was made.
func (w *world) undoneUnmade(l store.Link, ticketID string) (is bool) {
	if l.State != store.Withdrawn || l.ExternalID != "" {
		return false
	}
	var by []store.Session
	w.read(func(tx store.Tx) error {
		by = nil
		steps, err := tx.TicketSteps(w.ctx, ticketID, 10_000)
		for _, s := range steps {
			if s.LinkID == l.ID && s.Action == plan.Withdraw && s.IntentID == "" && err == nil {
				var one store.Session
				one, err = tx.Session(w.ctx, s.SessionID)
				by = append(by, one)
			}
		}
		return err
	})
	return slices.ContainsFunc(by, func(s store.Session) bool {
		return s.Undoes != "" && w.journalOf(s.Undoes, func(s store.Step) bool { return s.LinkID == l.ID && s.Action == plan.Rejoin })
	})
}

// checkNamed: a preview names every field that the session wrote, or its whole item (I10).
func (w *world) checkNamed(p *peer, pv engine.RollbackPreview) {
	for _, q := range w.ledger.wrote[pv.Session.ID] {
		net, is := w.ledger.net(q, pv.Session.ID)
		l, _, linked := w.linkAt(p, q)
		if !is || net.before.Equal(net.after) || !linked {
			continue
		}
		named := slices.ContainsFunc(pv.Rows, func(r engine.RollbackRow) bool {
			return w.isAbout(r.LinkID, l) && (r.Field == q.field || r.Field == "")
		})
		if !named {
			w.fail("I10", fmt.Sprintf("the preview of the undo of %s does not name %s of %s on side %d", pv.Session.ID, q.field, q.item, q.side))
		}
	}
}

// checkUndone holds what stands everywhere once a rollback is through against the ledger:
// every field that the session wrote is back at its former value on both sides, but for what
// was edited since, of which a conflict tells, and what cannot be undone, of which the
// journal does (I10).
func (w *world) checkUndone(p *peer, of, self string) {
	w.hops += w.ledger.places(of)
	if w.skips("undo") {
		return
	}
	for _, q := range w.ledger.wrote[of] {
		l, _, linked := w.linkAt(p, q)
		net, is := w.ledger.net(q, of)
		if !linked || !is {
			continue
		}
		switch {
		case q.field == "" && w.ledger.made[q] == of:
			w.checkTakenBack(q, l, of, self)
		case q.field != "" && w.ledger.made[q.whole()] != of && !net.before.Equal(net.after) && !w.wroteWhole(q, of):
			w.checkRestored(p, q, l, net, of, self)
		}
	}
	for q, by := range w.ledger.made {
		if by == of && q.side == 0 {
			if l, _, linked := w.linkAt(p, q); linked {
				w.checkTakenBack(q, l, of, self)
			}
		}
	}
	w.markUndone(p, of, self)
}

// wroteWhole reports whether a session deleted the item of a place, or brought it back: its
// fields go with it.
func (w *world) wroteWhole(q slot, session string) bool {
	_, wrote := w.ledger.net(q.whole(), session)
	return wrote
}

// checkTakenBack: what the session made is gone, or somebody has worked on it since, and a
// conflict tells.
func (w *world) checkTakenBack(q slot, l store.Link, of, self string) {
	if w.valueAt(q).Equal(there(false)) || l.State == store.Withdrawn || l.State == store.Tombstone {
		return
	}
	name := fmt.Sprintf("%s %s on side %d was made by %s, which is undone, and still stands (%s)", q.kind, q.item, q.side, of, l.State)
	switch left := w.left(self, l, ""); {
	case left == "" && l.TakeBack != "" && ticket.IsClosed(w.valueAt(slot{q.side, q.kind, q.item, ticket.State}).Text()):
		// It is closed, and about what was asked for since, to take back what it says, no answer came yet.
	case left == "":
		w.fail("I10", name)
	case left == plan.Keep && l.Active() && !w.keptAsUndone(l, ""):
		w.fail("I10", name+"; it was worked on since, and no conflict tells")
	}
}

// left is what a rollback says of what it left alone, of a link or of one that left its ticket
// or comment to that; empty: nothing.
func (w *world) left(rollback string, l store.Link, f ticket.Field) (a plan.Action) {
	for _, s := range w.ledger.said[rollback] {
		if s.field == f && w.isAbout(s.link, l) {
			a = s.action
		}
	}
	return a
}

// isAbout reports whether a link is that one, or left its ticket or comment to it.
func (w *world) isAbout(id string, l store.Link) bool {
	return id == l.ID || l.LocalID != "" && w.ledger.handed[id] == l.LocalID
}

// checkRestored: one field is back, or there is a reason.
func (w *world) checkRestored(p *peer, q slot, l store.Link, net entry, of, self string) {
	now := w.valueAt(q)
	mine, undid := w.ledger.net(q, self)
	switch {
	case net.after.IsSet() || net.before.IsSet():
		added, taken := net.after.Minus(net.before), net.before.Minus(net.after)
		if disjoint(now.Elements(), added) && within(taken, now.Elements()) ||
			undid && disjoint(mine.after.Elements(), added) && within(taken, mine.after.Elements()) {
			return
		}
	case w.alike(q, now, net.before), w.alike(q, now, net.seen), undid && (w.alike(q, mine.after, net.before) || w.alike(q, mine.after, net.seen)):
		return // what was there unseen a conflict keeps
	}
	edited := w.editedSince(p, q, of, self)
	action := w.left(self, l, q.field)
	if action == "" {
		action = w.left(self, l, "")
	}
	name := fmt.Sprintf("%s of %s on side %d holds %v, and %v before %s, which is undone", q.field, q.item, q.side, now.Elements(), net.before.Elements(), of)
	switch {
	case action == "":
		w.fail("I10", name+"; nothing says why")
	case action == plan.Keep && !edited && !w.remapped: // else it may read otherwise by now
		w.fail("I10", name+"; it is said to be edited since, and was not")
	case action == plan.Keep && !w.keptAsUndone(l, q.field) && w.left(self, l, "") == "":
		w.fail("I10", name+"; it was edited since, and no conflict tells")
	case action == plan.Nothing && !edited:
		w.fail("I10", name+"; there was nothing to do, it is said")
	}
}

func disjoint(a, b []string) bool {
	return !slices.ContainsFunc(a, func(e string) bool { return slices.Contains(b, e) })
}

// keptAsUndone reports whether a conflict tells what an undo left of a field, or with an
// empty one of an item: of one that was moved since, under the link that goes on.
func (w *world) keptAsUndone(l store.Link, f ticket.Field) (is bool) {
	w.read(func(tx store.Tx) (err error) {
		for err == nil {
			on, moved := goesOnAs(l)
			if !moved {
				break
			}
			l, err = tx.Link(w.ctx, on)
		}
		if err != nil {
			return err
		}
		all, err := tx.FindConflicts(w.ctx, store.ConflictFilter{LinkID: l.ID, Kind: store.Undone}, 1000)
		is = slices.ContainsFunc(all, func(c store.Conflict) bool { return c.Field == f })
		return err
	})
	return is
}

// markUndone remembers what a rollback has restored, for judgeRedo.
func (w *world) markUndone(p *peer, of, self string) {
	for _, q := range w.ledger.wrote[self] {
		l, other, linked := w.linkAt(p, q)
		net, is := w.ledger.net(q, self)
		if _, wrote := w.ledger.net(q, of); !wrote || w.ledger.made[q.whole()] == of || !linked || !is || q.field == "" {
			continue
		}
		last, _ := w.lastOf(q, self)
		newer := func(e entry) bool { return e.n > last.n }
		if net.before.Equal(net.after) || !w.valueAt(q).Equal(net.after) || slices.ContainsFunc(w.ledger.at[q], newer) || slices.ContainsFunc(w.ledger.at[other], newer) {
			continue // it is on its way again
		}
		m := &undoMark{link: l.ID, project: p.id, at: q, other: other, undone: net.before, got: net.after}
		if w.ledger.undone[q] = m; other.item != "" {
			m.twin = w.valueAt(other)
			if w.ledger.undone[other] == nil {
				w.ledger.undone[other] = m
			}
		}
	}
}

// judgeRedo: what was undone no session does again by itself (I10). An item that is brought back
// because an edit outside beats its deletion comes as it stands there.
func (w *world) judgeRedo(q slot, e entry) {
	if q.field == "" && e.by != "" && e.after.Equal(there(true)) {
		maps.DeleteFunc(w.ledger.undone, func(at slot, _ *undoMark) bool { return at.whole() == q })
	}
	m := w.ledger.undone[q]
	if m == nil {
		return
	}
	delete(w.ledger.undone, m.at)
	delete(w.ledger.undone, m.other)
	if q != m.at || e.decided || e.by == "" || w.undoes() != "" || w.peerAtWork().id != m.project || w.skips("redo") {
		return
	}
	if !e.before.Equal(m.got) || m.other.item != "" && !w.valueAt(m.other).Equal(m.twin) {
		return // somebody has been there
	}
	if l, other, linked := w.linkAt(w.peerAtWork(), q); linked && l.LocalID != "" {
		if t, _ := w.localItem(l); w.deletion.removed[t.ID] {
			return // a person had it taken back
		}
		if m.other.item != "" && m.other != other {
			return // the ticket's item of another project was moved here, and brings its own
		}
	}
	again := w.alike(q, e.after, m.undone)
	if e.after.IsSet() || m.undone.IsSet() {
		again = !disjoint(e.after.Minus(e.before), m.undone.Minus(m.got)) || !disjoint(e.before.Minus(e.after), m.got.Minus(m.undone))
	}
	if again {
		w.fail("I10", fmt.Sprintf("%s of %s on side %d is %v again, which was undone, and nobody touched it since", q.field, q.item, q.side, e.after.Elements()))
	}
}

// noteLeft remembers what a rollback's journal says of what it leaves alone.
func (w *world) noteLeft(s store.Step) {
	if s.Action == plan.Keep || s.Action == plan.Cannot || s.Action == plan.Nothing {
		w.ledger.said[s.SessionID] = append(w.ledger.said[s.SessionID], said{s.LinkID, s.Field, s.Action, s.Reason})
	}
}

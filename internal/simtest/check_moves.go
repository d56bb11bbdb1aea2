package simtest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// checkMoves: whatever was moved between connected projects has one live link, in the one
// where it lives, with the ticket that it had before (I6, I13); unless a person was asked,
// or has decided, or the ticket has a twin of its own there.
func (w *world) checkMoves(f final) {
	live := map[string]int{}
	for _, pr := range f.pairs {
		if pr.link.State == store.Live && pr.link.ExternalID != "" {
			live[string(pr.link.Kind)+pr.p.id+"/"+pr.link.ExternalID]++
		}
	}
	for _, m := range w.movements {
		if m.at == nil || m.ticket == "" {
			continue
		}
		it, there := m.at.site.Peek(external.KindTicket, m.item)
		if !there || it.Gone {
			continue
		}
		l := w.linkOf(m.at, "", it.Ref)
		switch {
		case l.LocalID == m.ticket && live["ticket"+m.at.id+"/"+m.item] == 1:
		case l.LocalID == m.ticket && l.State != store.Live: // it waits for a person, or is over by his word
		case l.LocalID != "" && len(w.apart[m.ticket]) > 0 && slices.Contains(w.cameAnew(m.ticket, l.LocalID), m.at.id): // a person told the two apart
		case l.LocalID == "" && w.awaitsMove(m.at, l), w.settled(m.ticket), w.twinThere(m):
		default:
			w.fail("I6", fmt.Sprintf("ticket %s was moved to %s, and %s is linked with %q there (%s, %s)", m.ticket, m.at.id, m.item, l.LocalID, l.State, l.Reason))
		}
	}
}

// awaitsMove reports whether an item is rightly kept out because it was moved here: a person
// is asked in a project that it left what is to become of it, or ended its link there, or the
// ticket that it is, or was joined with on its way, has a twin here, is deleted, or was being
// taken back.
func (w *world) awaitsMove(p *peer, stub store.Link) bool {
	if stub.LocalID != "" {
		return false
	}
	now := stay{p.n, stub.Kind, stub.ExternalID}
	of := w.joinedBefore(now)
	for _, m := range w.movements {
		if m.at == p && m.item == stub.ExternalID && m.ticket != "" {
			of = append(of, m.ticket)
		}
	}
	return w.asksWhereTo(now) || w.overBefore(now) || slices.ContainsFunc(of, func(ticket string) bool {
		m := moved{ticket, p, stub.ExternalID}
		return w.twinThere(m) || w.letGoHere(ticket) || w.tookBack(m)
	})
}

// overBefore reports whether the link of an item was over where it was: a person ended it, or its
// ticket was taken back from there and has another item there by now.
func (w *world) overBefore(now stay) bool {
	for was := range w.carried {
		l := w.linkOf(w.peers[was.peer], "", external.Ref{Kind: was.kind, ID: was.id})
		ended := l.State == store.Tombstone && w.deletion.unlinked[l.ID] || l.State == store.Withdrawn && w.replaced(l)
		if ended && w.went(was, func(at stay) bool { return at == now }) {
			return true
		}
	}
	return false
}

// joinedBefore returns the tickets that an item was joined with where it was: also after it
// had left, which nobody knew, and before its link left that to another item.
func (w *world) joinedBefore(now stay) (ids []string) {
	for was := range w.carried {
		local := cmp.Or(w.linkThere(was).LocalID, w.deletion.homes[w.peers[was.peer].id+"/"+was.id])
		if local != "" && w.went(was, func(at stay) bool { return at == now }) {
			ids = append(ids, local)
		}
	}
	return ids
}

// letGoHere reports whether a ticket is deleted here by a person's word: about the ticket, or
// about the item of it that was gone.
func (w *world) letGoHere(ticketID string) (is bool) {
	if w.deletion.here[ticketID] || !w.deletion.either[ticketID] {
		return w.deletion.here[ticketID]
	}
	w.read(func(tx store.Tx) error {
		t, err := tx.Ticket(w.ctx, ticketID)
		is = t.Deleted
		return err
	})
	return is
}

// asksWhereTo reports whether a person is asked, where an item was before, about its move.
func (w *world) asksWhereTo(now stay) (asked bool) {
	w.read(func(tx store.Tx) error {
		open, err := tx.FindConflicts(w.ctx, store.ConflictFilter{}, 10_000)
		for _, c := range open {
			if c.Field != "" || c.Closed() || !strings.HasPrefix(c.External.Text(), "moved to ") {
				continue
			}
			l, err := tx.Link(w.ctx, c.LinkID)
			if err != nil {
				return err
			}
			asked = asked || w.went(w.stayOf(l), func(at stay) bool { return at == now })
		}
		return err
	})
	return asked
}

// settled reports whether a person decided what is to become of a ticket whose twin was
// gone.
func (w *world) settled(ticketID string) (is bool) {
	w.read(func(tx store.Tx) error {
		all, err := tx.FindConflicts(w.ctx, store.ConflictFilter{TicketID: ticketID}, 10_000)
		for _, c := range all {
			is = is || c.Field == "" && c.Choice != "" && c.Kind != store.TwinCreated
		}
		return err
	})
	return is
}

// twinThere reports whether a ticket is linked with another item of the project to which it was
// moved.
func (w *world) twinThere(m moved) (is bool) {
	w.read(func(tx store.Tx) error {
		l, err := tx.LinkByLocal(w.ctx, m.at.id, external.KindTicket, m.ticket)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		is = err == nil && l.ExternalID != "" && l.ExternalID != m.item
		return err
	})
	return is
}

// goesOnAs returns the id of the link as which one goes on whose item was moved.
func goesOnAs(l store.Link) (id string, is bool) {
	return l.Onward, l.State == store.Tombstone && l.Cause == store.CauseMoved
}

// strayed reports whether a comment rests because it was moved along with its ticket, and
// deleted before it was seen there.
func strayed(l store.Link) bool {
	return l.State == store.MaybeGone && l.ExternalID == "" && l.Cause == store.CauseMovedAlong
}

// leftUnseen reports whether the item of a link was moved away, and no sweep has seen it yet.
func (w *world) leftUnseen(p *peer, l store.Link) bool {
	_, left := w.next(stay{p.n, l.Kind, l.ExternalID})
	return left
}

// replaced reports whether a link that was over left its ticket to one that was moved here.
func (w *world) replaced(l store.Link) bool {
	return w.has(moving) && l.LocalID == "" && (l.State == store.Withdrawn || l.State == store.Tombstone)
}

// tookBack reports whether a ticket was being taken back from where it was when it was moved.
func (w *world) tookBack(m moved) (is bool) {
	w.read(func(tx store.Tx) error {
		links, err := tx.LinksOfLocal(w.ctx, external.KindTicket, m.ticket)
		for _, l := range links {
			is = is || l.State == store.Withdrawn && l.ProjectID != m.at.id
		}
		return err
	})
	return is
}

// staysOut is awaitsMove for an item, or for the ticket of a comment.
func (w *world) staysOut(p *peer, it external.Item) bool {
	if it.Kind == external.KindTicket {
		return w.awaitsMove(p, w.linkOf(p, "", it.Ref))
	}
	for _, t := range p.site.Look(external.KindTicket) {
		if t.Key == it.Parent && !t.Gone {
			return w.awaitsMove(p, w.linkOf(p, "", t.Ref))
		}
	}
	return false
}

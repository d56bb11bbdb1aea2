package simtest

import (
	"errors"
	"fmt"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// judgeEnd holds a call that is about to delete or close an item against what people did: a
// comment that nobody deleted here, or a ticket that nobody deleted here and let go
// outside, is none of ours to end (I12), unless it may not be there any more and a person
// asked for what left before to be removed.
func (w *world) judgeEnd(p *peer, op adapters.Op) {
	c, err := op.Open()
	w.must(err)
	if op.Creates || op.CreatesContainer || c.Ref.ID == "" {
		return
	}
	l := w.linkOf(p, "", c.Ref)
	ends := c.Action == outbound.Delete || w.closes(l)
	w.noteUndone(p, l, c)
	if !ends || l.LocalID == "" || w.takesBack(p, l) {
		return
	}
	t, com := w.localItem(l)
	switch {
	case w.deletion.removed[t.ID] && !w.mayLeave(p, t, com):
	case l.Kind == external.KindComment && (com == nil || !com.Deleted):
		w.fail("I12", fmt.Sprintf("comment %s of %s is deleted, and nobody deleted %s here", c.Ref.ID, p.id, l.LocalID))
	case l.Kind == external.KindTicket && !t.Deleted:
		w.fail("I12", fmt.Sprintf("%s of %s is ended, and nobody deleted %s here", c.Ref.ID, p.id, l.LocalID))
	case l.Kind == external.KindTicket && !w.deletion.ends[l.ID] && !w.mayFollow(p, l):
		w.fail("I12", fmt.Sprintf("%s of %s is ended, and nobody let it go", c.Ref.ID, p.id))
	}
}

// noteUndone notes that a session deletes a ticket outside: undone, that may be made there again.
func (w *world) noteUndone(p *peer, l store.Link, c outbound.Content) {
	if l.Kind != external.KindTicket || c.Action != outbound.Delete || len(w.running) == 0 {
		return
	}
	place := p.id + "/" + l.LocalID
	if w.deletion.undid[place] == nil {
		w.deletion.undid[place] = map[string]bool{}
	}
	w.deletion.undid[place][w.running[len(w.running)-1].SessionID] = true
}

// undoneAgain counts the rollbacks that deleted an item of a ticket, and that people had rolled back.
func (w *world) undoneAgain(place string) (n int) {
	w.read(func(tx store.Tx) error {
		n = 0
		for id := range w.deletion.undid[place] {
			undone, err := tx.RollbacksOf(w.ctx, id)
			if err != nil {
				return ignoreNotFound(err)
			}
			if len(undone) > 0 || w.past.happened { // which a restored database may have forgotten
				n++
			}
		}
		return nil
	})
	return n
}

// closes reports whether the call that is about to be made for a link closes its item for
// good.
func (w *world) closes(l store.Link) (is bool) {
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkIntents(w.ctx, l.ID)
		for _, i := range open {
			is = is || i.Verb == "close" && i.State == store.Sent
		}
		return err
	})
	return is
}

// judgeAgain holds a call that makes an item against what people did: a ticket is made under
// another key only where a person had it made again, or has undone the undo that deleted it (I13).
func (w *world) judgeAgain(p *peer, op adapters.Op) {
	c, err := op.Open()
	w.must(err)
	if !op.Creates || c.Ref.Kind != external.KindTicket {
		return
	}
	key := c.CreateKey
	l := w.linkOf(p, key, external.Ref{})
	if l.LocalID == "" || w.unsent[l.ID] {
		return
	}
	place := p.id + "/" + l.LocalID
	if w.deletion.keys[place] == nil {
		w.deletion.keys[place] = map[string]bool{}
	}
	w.deletion.keys[place][key] = true
	if n := len(w.deletion.keys[place]); n > 1+w.deletion.again[place]+w.undoneAgain(place) {
		w.fail("I13", fmt.Sprintf("ticket %s is made at %s under %d keys, and nobody had it made again", l.LocalID, p.id, n))
	}
}

// checkDeletions: a ticket of ours is deleted only where a person said so (I12), and stays
// so (I13); an item is said to be gone only if it is (I12); and what a person deleted
// does not come back under another name (I13).
func (w *world) checkDeletions(f final) {
	seen := map[string]bool{}
	for _, pr := range f.pairs {
		l := pr.link
		if l.Kind == external.KindComment {
			if pr.comment != nil && pr.comment.Deleted && pr.comment.Stamp.By == "project:"+pr.p.id && l.ExternalID != "" && !pr.item.Gone && l.State != store.Withdrawn && !undoneHere(f, pr) {
				w.fail("I12", fmt.Sprintf("comment %s was deleted here, and stands at %s", pr.comment.ID, pr.p.id))
			}
			continue
		}
		if id := w.deletion.twin[pr.p.id+"/"+l.ExternalID]; l.ExternalID != "" && id != "" && l.LocalID != "" && l.LocalID != id {
			w.fail("I13", fmt.Sprintf("%s was deleted here and came back from %s as %s", id, pr.p.id, l.LocalID))
		}
		if l.LocalID == "" || seen[l.LocalID] {
			continue
		}
		seen[l.LocalID] = true
		if pr.ticket.Deleted && !w.deletion.here[l.LocalID] && !w.deletion.either[l.LocalID] && !w.followed(f, l.LocalID) {
			w.fail("I12", fmt.Sprintf("ticket %s is deleted, and nobody deleted it", l.LocalID))
		}
	}
	w.checkUndead(f)
	w.checkGone(f)
}

// undoneHere reports whether the project deleted a comment here as it undid what came of another item
// there: the item of this link was moved there from elsewhere, and the link of that one has no local
// side any more.
func undoneHere(f final, pr pair) bool {
	var came, undone bool
	for _, other := range f.pairs {
		o := other.link
		switch {
		case o.ProjectID != pr.link.ProjectID:
			came = came || o.LocalID == pr.link.LocalID && o.State == store.Tombstone
		case o.Kind == pr.link.Kind && o.LocalID == "":
			undone = undone || o.State == store.Withdrawn && o.Cause == store.CauseUndone
		}
	}
	return came && undone
}

// checkUndead: what a person deleted stays deleted.
func (w *world) checkUndead(f final) {
	for _, t := range f.tickets {
		if w.deletion.here[t.ID] && !w.deletion.either[t.ID] {
			w.fail("I13", fmt.Sprintf("ticket %s was deleted and is back", t.ID))
		}
	}
}

// checkGone: whoever is told that an item is gone, is told the truth.
func (w *world) checkGone(f final) {
	for _, c := range f.conflicts {
		if c.Field != "" || c.External.Text() != "deleted" {
			continue
		}
		w.read(func(tx store.Tx) error {
			l, err := tx.Link(w.ctx, c.LinkID)
			if errors.Is(err, store.ErrNotFound) || err == nil && l.ExternalID == "" {
				return nil
			}
			for _, p := range w.peers {
				if it, there := p.site.Peek(l.Kind, l.ExternalID); p.id == l.ProjectID && there && !it.Gone {
					w.fail("I12", fmt.Sprintf("%s of %s is said to be gone, and stands there", it.ID, p.id))
				}
			}
			return err
		})
	}
}

// asked reports whether a person was asked about the item of a link as a whole.
func (w *world) asked(pr pair) bool {
	var is bool
	w.read(func(tx store.Tx) error {
		open, err := tx.LinkConflicts(w.ctx, pr.link.ID)
		is = len(open) > 0 && open[0].Field == ""
		return err
	})
	return is
}

// restsDeleted reports whether a link rests because its ticket was deleted here: a person
// was asked, or nothing about it may go out.
func (w *world) restsDeleted(pr pair) bool {
	if pr.link.Kind != external.KindTicket || !pr.ticket.Deleted {
		return pr.comment != nil && pr.ticket.Deleted
	}
	if w.goesOut(pr.p, pr.ticket, nil) && !w.asked(pr) {
		w.fail("I1", fmt.Sprintf("ticket %s was deleted here, and nobody is asked about %s at %s", pr.ticket.ID, pr.link.ExternalID, pr.p.id))
	}
	return true
}

// keptHere notes what deleted tickets hold: it can be restored.
func (w *world) keptHere(f final, note func(ticket.Value)) {
	done := map[string]bool{}
	for _, pr := range f.pairs {
		if !pr.ticket.Deleted || done[pr.ticket.ID] {
			continue
		}
		done[pr.ticket.ID] = true
		for _, v := range pr.ticket.Fields {
			note(v)
		}
		w.read(func(tx store.Tx) error {
			list, err := tx.CommentsOf(w.ctx, pr.ticket.ID)
			for _, c := range list {
				note(c.Body)
			}
			return err
		})
	}
}

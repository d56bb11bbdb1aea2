package simtest

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// deletion is what people did about whole tickets, which nobody may do unasked.
type deletion struct {
	here     map[string]bool            // tickets that a person deleted here, and nobody brought back
	either   map[string]bool            // tickets that a decision deletes or brings back, if it holds
	said     map[string]bool            // tickets that a person decided to bring back
	ends     map[string]bool            // links whose twin outside a person let go
	unlinked map[string]bool            // links that a person ended, if his decision holds
	removed  map[string]bool            // tickets of which a person asked to remove what may not be outside any more
	again    map[string]int             // how often a person had a ticket made again, by project/ticket
	undid    map[string]map[string]bool // sessions that deleted an item of a ticket, by project/ticket
	homes    map[string]string          // what an item was joined with that is made again, by project/item
	keys     map[string]map[string]bool // keys under which a ticket was made, by project/ticket
	twin     map[string]string          // the ticket that an item was joined with when it was deleted, by project/item
	follows  map[string]bool            // tickets whose twin a person deleted where deletions follow
	hidden   map[*peer]bool
	flipped  map[*peer]time.Time // when that changed last
}

func newDeletion() deletion {
	return deletion{
		here: map[string]bool{}, either: map[string]bool{}, said: map[string]bool{}, ends: map[string]bool{}, unlinked: map[string]bool{}, removed: map[string]bool{}, again: map[string]int{}, homes: map[string]string{},
		keys: map[string]map[string]bool{}, undid: map[string]map[string]bool{}, twin: map[string]string{}, follows: map[string]bool{}, hidden: map[*peer]bool{}, flipped: map[*peer]time.Time{},
	}
}

// veiled is a site whose project can be taken out of our account's sight.
type veiled interface{ hide(bool) }

func (s *memorySite) hide(hidden bool) { s.tracker.Hide(hidden) }

// steady is how long a project is seen, or not, at least. Where access comes and goes
// between any two calls, nothing about it can be proved.
const steady = 3 * time.Minute

// veil takes a project out of our account's sight, or brings it back.
func (w *world) veil(p *peer) {
	s, can := p.site.(veiled)
	since, was := w.deletion.flipped[p]
	if !can || w.calm || !w.has(deletions|refusals) || was && w.now.Sub(since) < steady {
		return
	}
	w.deletion.flipped[p], w.deletion.hidden[p] = w.now, !w.deletion.hidden[p]
	s.hide(w.deletion.hidden[p])
	if w.deletion.hidden[p] {
		w.fire(faultHidden)
	}
	w.trace.add("sight of", p.id, strconv.FormatBool(!w.deletion.hidden[p]))
}

// unveil ends that for all.
func (w *world) unveil() {
	for _, p := range w.peers {
		if w.deletion.hidden[p] {
			w.deletion.hidden[p] = false
			p.site.(veiled).hide(false) //nolint:errcheck // only such a site was hidden
		}
	}
}

// blink lets a project go out of sight, or come back, in the middle of a session.
func (w *world) blink(p *peer) {
	if w.hits(faultHidden) {
		w.veil(p)
	}
}

// deleteHere deletes a ticket of ours, or brings a deleted one back.
func (w *world) deleteTicketHere(t ticket.Ticket) bool {
	if w.work.IntN(3) == 0 {
		if id, ok := w.someDeleted(); ok {
			return w.restoreTicketHere(id)
		}
	}
	w.dropHere(t)
	return true
}

// dropHere deletes a ticket of ours.
func (w *world) dropHere(t ticket.Ticket) {
	saw := []int{}
	for _, v := range t.Fields {
		saw = append(saw, tokensIn(v)...)
	}
	for _, c := range w.comments(t.ID) {
		saw = append(saw, tokensIn(c.Body)...)
	}
	if _, err := w.engine.DeleteTicket(w.ctx, t.ID, t.Revision, "ann"); err != nil {
		w.must(err)
	}
	w.oracle.deleted(saw)
	w.deletion.here[t.ID] = true
	for _, p := range w.peers {
		w.read(func(tx store.Tx) error {
			l, err := tx.LinkByLocal(w.ctx, p.id, external.KindTicket, t.ID)
			if err == nil && l.ExternalID != "" {
				w.deletion.twin[p.id+"/"+l.ExternalID] = t.ID
			}
			return nil
		})
	}
	w.trace.add("here: delete", t.ID)
}

func (w *world) restoreTicketHere(id string) bool {
	if _, err := w.engine.RestoreTicket(w.ctx, id, "ann"); err != nil {
		w.must(err)
	}
	delete(w.deletion.here, id)
	w.hops++ // a twin that was closed is opened, after what else it missed
	w.trace.add("here: restore", id)
	return true
}

// someDeleted draws a ticket that is deleted.
func (w *world) someDeleted() (string, bool) {
	var ids []string
	w.read(func(tx store.Tx) error {
		for _, p := range w.peers {
			links, err := tx.LinksOf(w.ctx, p.id, external.KindTicket, "", 1000)
			if err != nil {
				return err
			}
			for _, l := range links {
				if l.LocalID == "" {
					continue
				}
				if t, err := tx.Ticket(w.ctx, l.LocalID); err == nil && t.Deleted {
					ids = append(ids, t.ID)
				}
			}
		}
		return nil
	})
	if len(ids) == 0 {
		return "", false
	}
	return ids[w.work.IntN(len(ids))], true
}

// decideWhole decides a conflict about a whole ticket.
func (w *world) decideWhole(c store.Conflict) bool {
	d := engine.Decision{Digest: c.Digest, By: "ann"}
	choices := c.Choices()
	if d.Choice = choices[w.work.IntN(len(choices))]; c.Kind == store.TwinCreated {
		d.Choice = w.twinChoice()
	}
	if _, err := w.engine.Decide(w.ctx, c.ID, d); err != nil {
		if !errors.Is(err, engine.ErrMoved) && !errors.Is(err, engine.ErrDecided) {
			w.must(err)
		}
		return false
	}
	w.decidedWhole(c, d.Choice)
	w.trace.add("here: decide", c.ID, string(c.Kind), string(d.Choice))
	return true
}

// decidedWhole notes what a decision about a whole ticket lets the engine do.
func (w *world) decidedWhole(c store.Conflict, choice store.Choice) {
	moved := strings.HasPrefix(c.External.Text(), "moved to ")
	gone := moved || c.External.Text() == "deleted"
	if moved && choice == store.ChooseLocal {
		w.part(c.LinkID)
	}
	if choice == store.ChooseUnlink {
		w.deletion.unlinked[c.LinkID] = true
	}
	switch {
	case c.Kind == store.Undone: // it stays, either way
	case choice == store.ChooseLink:
		w.linkedTwins(c)
	case choice == store.ChooseSeparate:
		w.tellApart(c)
	case choice == store.ChooseLocal && gone:
		w.deletion.again[c.ProjectID+"/"+c.TicketID]++
		w.remember(c.LinkID)
		w.hops += 2 + len(w.comments(c.TicketID))
	case choice == store.ChooseLocal:
		w.deletion.ends[c.LinkID] = true
		w.oracle.deleted(w.observed(c.LinkID))
	case choice == store.ChooseUnlink:
		w.remember(c.LinkID)
	case choice == store.ChooseExternal && gone:
		w.deletion.either[c.TicketID] = true // if it is carried out
	case choice == store.ChooseExternal:
		w.deletion.either[c.TicketID], w.deletion.said[c.TicketID] = true, true
		w.hops++
	}
}

// observed returns the tokens that a person is shown of the item of a link.
func (w *world) observed(linkID string) (saw []int) {
	w.read(func(tx store.Tx) error {
		l, err := tx.Link(w.ctx, linkID)
		if err != nil {
			return err
		}
		o, err := tx.Observation(w.ctx, l.ProjectID, l.Kind, l.ExternalID)
		saw = allTokens(w.peerOf(l.ProjectID).site.canonical(o.Item))
		return err
	})
	return saw
}

// remember notes what the items of a link and of its comments belong to: the link forgets
// it when they are made again, or when its ticket goes on with another item that is moved
// here.
func (w *world) remember(linkID string) {
	for _, l := range w.family(linkID) {
		w.deletion.homes[l.ProjectID+"/"+l.ExternalID] = l.LocalID
	}
}

// family returns a link and those of its comments, of what is joined.
func (w *world) family(linkID string) []store.Link {
	return slices.DeleteFunc(w.household(linkID), func(l store.Link) bool { return l.LocalID == "" })
}

// household is family, with the comments outside that have not come in yet.
func (w *world) household(linkID string) (all []store.Link) {
	w.read(func(tx store.Tx) error {
		l, err := tx.Link(w.ctx, linkID)
		if err != nil {
			return err
		}
		all, err = tx.LinksOfParent(w.ctx, linkID)
		all = append(all, l)
		return err
	})
	return slices.DeleteFunc(all, func(l store.Link) bool { return l.ExternalID == "" })
}

// lastWords has people comment right before a session lists the comments once more because
// a ticket is about to be deleted: that list seldom has anything to show otherwise.
func (w *world) lastWords(p *peer, page string) {
	may := page == "" && !w.calm && w.acting == 0 && w.armed[faultDrift] && w.has(insideCalls|comments|w.sides()[p.n+1])
	if !may || w.phaseNow() != phasePlan || w.work.IntN(3) == 0 {
		return
	}
	w.acting++
	defer func() { w.acting-- }()
	for range 3 {
		first := len(w.oracle.tokens) + 1
		if w.actOutside(p, actComment) {
			w.verbs++
			w.did[actComment]++
		}
		w.shown(p, first)
		w.collect(p)
	}
}

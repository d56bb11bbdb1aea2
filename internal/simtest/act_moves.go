package simtest

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/extsync/extsync/adapters/memory"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// moved is one ticket that people moved, and where it lives now.
type moved struct {
	ticket string // of ours, that it was linked with when it was moved first
	at     *peer  // nil: out of sight
	item   string
}

// vendorOf makes the trackers of a run in which tickets are moved projects of one vendor:
// they share its habits and its clock, and there is one more, which nobody has connected.
func (s setting) vendorOf(seed uint64) setting {
	if !s.has(moving) {
		return s
	}
	like := s.trackers[0]
	if lot(seed, "ids outlive")%2 == 0 {
		like.CreateKey = external.CreateKeyClientID
	}
	for n := range s.trackers[:s.projects] {
		t := &s.trackers[n]
		t.CreateKey, t.Precision, t.Verbatim, t.Touch, t.Steps, t.History = like.CreateKey, like.Precision, like.Verbatim, like.Touch, like.Steps, like.History
		s.skews[n] = s.skews[0]
	}
	return s
}

// transfers is a site whose tickets can be moved to another of its vendor.
type transfers interface {
	transfer(who string, it external.Item, to *memory.Tracker) (external.Ref, error)
	place() *memory.Tracker
}

func (s *memorySite) transfer(who string, it external.Item, to *memory.Tracker) (external.Ref, error) {
	return s.tracker.Transfer(who, it.ID, to)
}

func (s *memorySite) place() *memory.Tracker { return s.tracker }

// moveOutside moves a ticket to another project, or out of sight. One of ours stays until
// we know it: nobody else can tell whose it is before.
func (w *world) moveOutside(p *peer, it external.Item) bool {
	_, can := p.site.(transfers)
	l := w.linkOf(p, "", it.Ref)
	local := l.LocalID
	if !can || p.off || l.State == store.Tombstone && local == "" || // its ticket has another one by now: it would be new wherever it goes
		len(w.peers) < 2 || local == "" && p.site.ours(it.Author) || w.inDoubt(p, it) {
		return false
	}
	if n := w.work.IntN(len(w.peers) + 1); n == len(w.peers) {
		w.moveOut(p, it, local)
	} else if to := w.peers[n]; to != p {
		w.moveTo(p, it, local, to)
	} else {
		return false
	}
	return true
}

// remarksOf are the comments of an item.
func (p *peer) remarksOf(it external.Item) (out []external.Item) {
	for _, c := range p.site.Look(external.KindComment) {
		if c.Parent == it.Key && !c.Gone {
			out = append(out, c)
		}
	}
	return out
}

// tokensOf are those of an item and its comments.
func tokensOf(it external.Item, comments []external.Item) (ids []int) {
	for _, one := range append([]external.Item{it}, comments...) {
		ids = append(ids, allTokens(one)...)
	}
	return ids
}

// moveOut moves a ticket to where nobody can see it.
func (w *world) moveOut(p *peer, it external.Item, local string) {
	from, comments := p.site.(transfers), p.remarksOf(it) //nolint:errcheck // the caller has looked
	ref, err := from.transfer(w.somebody(), it, w.outOfSight(from))
	w.must(err)
	w.noteMove(p, it, local, nil, ref, comments)
	w.oracle.deleted(tokensOf(it, comments))
	w.trace.add("at", p.id, "move", it.ID, "out of sight")
}

// moveTo moves a ticket, which is that one of ours if any, to another project.
func (w *world) moveTo(p *peer, it external.Item, local string, to *peer) {
	comments := p.remarksOf(it)
	ref, err := p.site.(transfers).transfer(w.somebody(), it, to.site.(transfers).place()) //nolint:errcheck // all are of one vendor
	w.must(err)
	w.noteMove(p, it, local, to, ref, comments)
	now, _ := to.site.Peek(external.KindTicket, ref.ID)
	for _, l := range it.Fields["labels"].Minus(now.Fields["labels"]) { // the vendor drops what the other project does not know
		if w.shed[tokenIn(l)] = w.holdsLabel(local, l); !w.shed[tokenIn(l)] { // else it stays here
			w.oracle.unlabelled(tokenIn(l))
		}
	}
	for _, l := range it.Fields["labels"].Elements() {
		w.tainted[tokenIn(l)] = true // who took it off on the way nobody can tell
	}
	w.hops += 3 + len(it.Fields["labels"].Elements()) + len(comments)
	w.collect(to)
	w.trace.add("at", p.id, "move", it.ID, "to", to.id, ref.ID)
}

// bookUndoneLabels notes the labels that an undo takes off here, and that were dropped outside in a
// move: they stand nowhere any more, by the word of whoever ordered it.
func (w *world) bookUndoneLabels(old, now ticket.Value) {
	w.ledger.pending = append(w.ledger.pending, func() {
		for _, l := range old.Minus(now) {
			if id := tokenIn(l); w.shed[id] && w.undoes() != "" {
				w.oracle.unlabelled(id)
			}
		}
	})
}

// holdsLabel reports whether a ticket of ours carries a label.
func (w *world) holdsLabel(ticketID, l string) (has bool) {
	if ticketID == "" {
		return false
	}
	w.read(func(tx store.Tx) error {
		t, err := tx.Ticket(w.ctx, ticketID)
		has = t.Fields["labels"].Has(l)
		return err
	})
	return has
}

// inDoubt reports whether a write to an item, or a comment of it, has no known outcome: that
// it is looked up where it was, and that it then goes on elsewhere, is no more than a wait.
func (w *world) inDoubt(p *peer, it external.Item) bool {
	return slices.ContainsFunc(p.remarksOf(it), func(c external.Item) bool {
		return p.site.ours(c.Author) && w.linkOf(p, "", c.Ref).LocalID == ""
	})
}

// outOfSight is a project of the vendor that nobody has connected.
func (w *world) outOfSight(of transfers) *memory.Tracker {
	if w.beyond == nil {
		opts := w.trackers[0]
		opts.Key, opts.Beside = "team/elsewhere", of.place()
		opts.Now = func() time.Time { return w.now.Add(w.skews[0]) }
		w.beyond = memory.NewTracker(opts)
	}
	return w.beyond
}

// noteMove remembers where a ticket and its comments are now.
func (w *world) noteMove(p *peer, it external.Item, local string, to *peer, ref external.Ref, comments []external.Item) {
	known := false
	for n := range w.movements {
		if m := &w.movements[n]; m.at == p && m.item == it.ID {
			m.at, m.item, known = to, ref.ID, true
		}
	}
	if !known {
		w.movements = append(w.movements, moved{ticket: local, at: to, item: ref.ID})
	}
	if to == nil {
		return
	}
	w.wentOn(stay{p.n, it.Kind, it.ID}, stay{to.n, it.Kind, ref.ID})
	n := 0
	for _, c := range to.site.Look(external.KindComment) {
		if c.Parent == ref.Key && n < len(comments) { // they come in their order
			w.wentOn(stay{p.n, c.Kind, comments[n].ID}, stay{to.n, c.Kind, c.ID})
			n++
		}
	}
}

// wentOn notes where an item went. Where it had been there before, and came back, what it belonged to
// meanwhile is still what was written there before.
func (w *world) wentOn(from, to stay) {
	if _, before := w.next(from); before {
		if home := w.homeOf(from); home != "" {
			w.deletion.homes[w.peers[from.peer].id+"/"+from.id] = home
		}
	}
	w.carried[from] = append(w.carried[from], to)
}

// next is where an item went last from a place, if it did.
func (w *world) next(at stay) (to stay, moved bool) {
	all := w.carried[at]
	if len(all) == 0 {
		return to, false
	}
	return all[len(all)-1], true
}

// cameTo reports whether something was ever moved to a place.
func (w *world) cameTo(at stay) bool {
	for _, all := range w.carried {
		if slices.Contains(all, at) {
			return true
		}
	}
	return false
}

// noteAstray remembers that a comment was made where its ticket had been moved to: it went there
// at once from where it was to be made, by its id.
func (w *world) noteAstray(p *peer, out external.Item) {
	w.astray[stay{p.n, out.Kind, out.ID}] = true
	for _, at := range w.peers {
		if it, there := at.site.Peek(out.Kind, out.ID); there && !it.Gone && at != p {
			w.wentOn(stay{p.n, out.Kind, out.ID}, stay{at.n, out.Kind, out.ID})
		}
	}
}

// stay is an item of a project.
type stay struct {
	peer int
	kind external.Kind
	id   string
}

// told is where an item was when its ticket was linked with it, and where a person told the two apart.
type told struct{ was, there stay }

// homeOf returns the ticket or comment of ours that an item belongs to, wherever it was
// moved since.
func (w *world) homeOf(at stay) string {
	for range maxProjects * 50 {
		p := w.peers[at.peer]
		if local := cmp.Or(w.linkOf(p, "", external.Ref{Kind: at.kind, ID: at.id}).LocalID, w.deletion.homes[p.id+"/"+at.id]); local != "" {
			return local
		}
		next, moved := w.next(at)
		if !moved {
			return ""
		}
		at = next
	}
	return ""
}

// UpdateLink notes what an item belongs to when its link leaves that to another item that was
// moved here: what came in from it before stays where it came in.
func (t *txPort) UpdateLink(ctx context.Context, l store.Link) error {
	t.mustHold("link", l.ID)
	if l.LocalID == "" && l.ExternalID != "" {
		old, err := t.Link(ctx, l.ID)
		if err != nil {
			return err
		}
		if old.LocalID != "" {
			t.w.deletion.homes[l.ProjectID+"/"+l.ExternalID] = old.LocalID
		}
		if old.LocalID != "" && t.w.ledger != nil {
			t.w.ledger.handed[l.ID] = old.LocalID
		}
	}
	return t.Tx.UpdateLink(ctx, l)
}

// went reports whether an item was moved to such a place, at any time.
func (w *world) went(at stay, is func(stay) bool) bool {
	met := map[stay]bool{}
	for todo := []stay{at}; len(todo) > 0; todo = todo[1:] {
		for _, to := range w.carried[todo[0]] {
			if met[to] {
				continue
			}
			if met[to] = true; is(to) {
				return true
			}
			todo = append(todo, to)
		}
	}
	return false
}

// part notes that a person had a ticket made again whose item had been moved.
func (w *world) part(linkID string) {
	for _, l := range w.family(linkID) {
		w.parted[l.LocalID] = append(w.parted[l.LocalID], w.stayOf(l))
	}
}

// tellApart notes that a person said that an item is not a ticket of which it comes: it comes in
// by his word, as a ticket of its own.
func (w *world) tellApart(c store.Conflict) {
	var links []store.Link
	w.read(func(tx store.Tx) (err error) {
		links, err = tx.LinksOfLocal(w.ctx, external.KindTicket, c.TicketID)
		return err
	})
	for _, l := range links {
		if !w.went(w.stayOf(l), func(at stay) bool { return w.peers[at.peer].id == c.ProjectID && at.id == c.Twin }) {
			continue
		}
		for _, one := range w.household(l.ID) {
			w.went(w.stayOf(one), func(at stay) bool {
				if w.peers[at.peer].id == c.ProjectID && (at.id == c.Twin || at.kind == external.KindComment) {
					w.apart[one.LocalID] = append(w.apart[one.LocalID], told{w.stayOf(one), at})
				}
				return false
			})
		}
	}
}

// toldApart returns the items that a person told apart from a ticket or comment, also from a comment that came in
// after his word.
func (w *world) toldApart(of string) []told {
	all := slices.Clone(w.apart[of])
	for _, one := range w.apart[""] {
		if of != "" && w.linkThere(one.was).LocalID == of {
			all = append(all, one)
		}
	}
	return all
}

// linkThere returns the link of an item.
func (w *world) linkThere(at stay) store.Link {
	return w.linkOf(w.peers[at.peer], "", external.Ref{Kind: at.kind, ID: at.id})
}

// stayOf returns the item of a link.
func (w *world) stayOf(l store.Link) stay {
	return stay{w.peerOf(l.ProjectID).n, l.Kind, l.ExternalID}
}

// cameAnew returns the projects in which an item without which a person had a ticket or comment
// of ours made again, or which he told apart from it, came in as another one of ours: with all
// that both had in common.
func (w *world) cameAnew(without, as string) (in []string) {
	for _, was := range w.parted[without] {
		w.went(was, func(at stay) bool {
			if w.linkThere(at).LocalID == as {
				in = append(in, w.peers[at.peer].id)
			}
			return false
		})
	}
	for _, one := range w.toldApart(without) {
		p := w.peers[one.there.peer]
		came := cmp.Or(w.linkThere(one.there).LocalID, w.deletion.homes[p.id+"/"+one.there.id])
		if came != as {
			continue // it is there that his word counts
		}
		in = append(in, p.id)
		w.went(one.there, func(at stay) bool {
			if w.linkThere(at).LocalID == as {
				in = append(in, w.peers[at.peer].id)
			}
			return false
		})
	}
	return in
}

// letGoOf reports whether an item stands where it was moved to because a person had the ticket,
// or the comment's ticket, made again without it, or told the two apart: what we made is not taken
// for somebody's then.
func (w *world) letGoOf(p *peer, it external.Item) bool {
	now := stay{p.n, it.Kind, it.ID}
	for _, without := range w.parted {
		if slices.ContainsFunc(without, func(was stay) bool { return w.went(was, func(at stay) bool { return at == now }) }) {
			return true
		}
	}
	return w.standsApart(p, it)
}

// standsApart reports whether we made an item, in another project, for a ticket which a person told
// apart from it, or from the one that it is a comment of: before his word, or since, for the project
// that the item left wrote to it as long as it did not know of the move.
func (w *world) standsApart(p *peer, it external.Item) bool {
	made, of := w.madeFor(it)
	if of == "" || made.ProjectID == p.id {
		return false
	}
	for _, under := range p.site.Look(external.KindTicket) {
		if it.Kind == external.KindComment && under.Key != it.Parent || it.Kind == external.KindTicket && under.ID != it.ID {
			continue
		}
		now := func(at stay) bool { return at == stay{p.n, external.KindTicket, under.ID} }
		if slices.ContainsFunc(w.apart[of], func(one told) bool { return now(one.there) || w.went(one.there, now) }) {
			return true
		}
	}
	return false
}

// madeFor returns the link under whose key an item was made, and the ticket that it was made for;
// empty: there is none.
func (w *world) madeFor(it external.Item) (l store.Link, ticketID string) {
	if it.CreateKey == "" {
		return l, ""
	}
	w.read(func(tx store.Tx) (err error) {
		if l, err = tx.Link(w.ctx, linkIn(it.CreateKey)); err != nil || l.LocalID == "" || l.Kind == external.KindTicket {
			ticketID = l.LocalID
			return ignoreNotFound(err)
		}
		c, err := tx.Comment(w.ctx, l.LocalID)
		ticketID = c.TicketID
		return ignoreNotFound(err)
	})
	return l, ticketID
}

// livesAt returns the project in which an item can be seen after all its moves; nil: in none.
func (w *world) livesAt(at stay) *peer {
	for range maxProjects * 50 {
		p := w.peers[at.peer]
		if it, known := p.site.Peek(at.kind, at.id); known && !it.Gone {
			return p
		}
		next, moved := w.next(at)
		if !moved {
			return nil
		}
		at = next
	}
	return nil
}

// lastAt is livesAt, or where it was when it was deleted.
func (w *world) lastAt(at stay) *peer {
	if p := w.livesAt(at); p != nil {
		return p
	}
	for range maxProjects * 50 {
		next, moved := w.next(at)
		if !moved {
			return w.peers[at.peer]
		}
		at = next
	}
	return nil
}

// renameProject gives a project another address, which is no move.
func (w *world) renameProject(p *peer) bool {
	s, can := p.site.(*memorySite)
	if !can {
		return false
	}
	s.renamed++
	s.tracker.Rename("team/" + itoa(p.n) + "-renamed-" + itoa(s.renamed))
	w.trace.add("rename", p.id)
	return true
}

// onTheWay returns the item that a write reaches although it was moved since.
func (w *world) onTheWay(p *peer, ref external.Ref) (external.Item, bool) {
	it, ok := p.site.Peek(ref.Kind, ref.ID)
	if ok && it.Gone && w.has(moving) {
		for _, other := range w.peers {
			if now, there := other.site.Peek(ref.Kind, ref.ID); there && !now.Gone && now.Author == it.Author && now.CreatedAt.Equal(it.CreatedAt) {
				return now, true
			}
		}
	}
	return it, ok
}

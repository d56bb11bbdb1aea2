package simtest

import (
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// forFew is what people say who let only some see a ticket.
const forFew = "only the staff; open it to all"

// restricts is a site where people may let only some see a ticket.
type restricts interface {
	restrict(who string, it external.Item, whom string) error
}

func (s *memorySite) restrict(who string, it external.Item, whom string) error {
	return s.tracker.Restrict(who, it.ID, whom)
}

// restrictOutside lets only some see a ticket from now on, or everybody again.
func (w *world) restrictOutside(p *peer, it external.Item) bool {
	s, can := p.site.(restricts)
	if !can {
		return false
	}
	if it.Restricted() != "" {
		w.openAgain(p, it)
		return true
	}
	w.must(s.restrict(w.somebody(), it, forFew))
	w.trace.add("at", p.id, "restrict", it.ID)
	return true
}

// openAgain lets everybody see a ticket, and so whatever was written there meanwhile.
func (w *world) openAgain(p *peer, it external.Item) {
	w.must(p.site.(restricts).restrict(w.somebody(), it, "")) //nolint:errcheck // somebody restricted it there
	at := stay{p.n, it.Kind, it.ID}
	for id, where := range w.hushed {
		if where == at || w.went(where, func(to stay) bool { return to == at }) {
			delete(w.hushed, id)
		}
	}
	w.trace.add("at", p.id, "open to all", it.ID)
}

// openSome opens each ticket, or not, when the quiet begins: what stays restricted need never be
// in step.
func (w *world) openSome() {
	if !w.has(secluding) {
		return
	}
	for _, p := range w.peers {
		if _, can := p.site.(restricts); !can {
			continue
		}
		for _, it := range p.site.Look(external.KindTicket) {
			if !it.Gone && it.Restricted() != "" && lot(w.seed, p.id+it.ID)%2 == 0 {
				w.openAgain(p, it)
			}
		}
	}
}

// hush notes what was just written where only some may see it.
func (w *world) hush(p *peer, first int) {
	if !w.has(secluding) {
		return
	}
	for id := first; id <= len(w.oracle.tokens); id++ {
		t := w.oracle.token(id)
		if t.side != p.n+1 {
			continue
		}
		it, there := p.site.Peek(t.kind, t.item)
		if at, is := w.secludedAt(p, it); there && is {
			w.hushed[id] = at
		}
	}
}

// secludedAt reports whether only some may see an item, or the ticket that it is a comment of, which
// it returns.
func (w *world) secludedAt(p *peer, it external.Item) (at stay, is bool) {
	if it.Kind != external.KindComment {
		return stay{p.n, it.Kind, it.ID}, it.Restricted() != "" && !it.Gone
	}
	for _, t := range p.site.Look(external.KindTicket) {
		if t.Key == it.Parent && !t.Gone {
			return stay{p.n, t.Kind, t.ID}, t.Restricted() != ""
		}
	}
	return at, false
}

// keptThere reports whether only some may see an item outside.
func (w *world) keptThere(p *peer, it external.Item) bool {
	_, is := w.secludedAt(p, it)
	return is
}

// nowAt is where an item is by now.
func (w *world) nowAt(at stay) stay {
	for range maxProjects * 50 {
		next, moved := w.next(at)
		if !moved {
			break
		}
		at = next
	}
	return at
}

// secludedThere reports whether only some may see what a ticket is in a project, or could when it was
// seen there last: that it was opened and then deleted only a sweep finds out.
func (w *world) secludedThere(p *peer, ticketID string) bool {
	if !w.has(secluding) || ticketID == "" {
		return false
	}
	var l store.Link
	w.read(func(tx store.Tx) (err error) {
		l, err = tx.LinkByLocal(w.ctx, p.id, external.KindTicket, ticketID)
		return ignoreNotFound(err)
	})
	it, _ := p.site.Peek(external.KindTicket, l.ExternalID)
	if it.Gone {
		return w.knownSecluded(stay{p.n, it.Kind, it.ID})
	}
	return it.Restricted() != ""
}

// goesOut is mayLeave where everybody may see what it is there; comesIn is mayCome likewise.
func (w *world) goesOut(p *peer, t ticket.Ticket, c *ticket.Comment) bool {
	return w.mayLeave(p, t, c) && !w.secludedThere(p, t.ID)
}

func (w *world) comesIn(p *peer, t ticket.Ticket, c *ticket.Comment) bool {
	return mayCome(t, c) && !w.secludedThere(p, t.ID)
}

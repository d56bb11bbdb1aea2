package simtest

import (
	"fmt"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// judgeTwin holds a call that makes an item against what people did: where somebody made
// the same ticket outside, and the engine had seen both before it planned the call, a person
// had to say that they are two (I6).
func (w *world) judgeTwin(p *peer, op adapters.Op) {
	c, err := op.Open()
	w.must(err)
	if !op.Creates || c.Ref.Kind != external.KindTicket || w.skips("twins") {
		return
	}
	l := w.linkOf(p, c.CreateKey, external.Ref{})
	for _, d := range w.doubles.made {
		if d.p != p || d.ticket != l.LocalID || l.LocalID == "" || !w.plainTwins(l, d) {
			continue
		}
		w.fail("I6", fmt.Sprintf("ticket %s is made at %s, where people made it as %s, and nobody said that they are two", d.ticket, p.id, d.item))
	}
}

// plainTwins reports whether two are the only ones of their title, were both known when the
// call that is about to be made was planned, and nobody told them apart.
func (w *world) plainTwins(l store.Link, d doubled) (are bool) {
	o, known := w.observation(d.p, d.item)
	it, there := d.p.site.Peek(external.KindTicket, d.item)
	if !known || !there || it.Gone || o.Item.Gone || o.Item.Restricted() != "" || ticket.PlainTitle(o.Item.Fields["title"].Text()) != d.title || w.bearers(d) != 1 {
		return false
	}
	w.read(func(tx store.Tx) error {
		other, err := tx.LinkByExternal(w.ctx, d.p.id, external.KindTicket, d.item)
		if err != nil || other.LocalID != "" {
			return err
		}
		t, err := tx.Ticket(w.ctx, d.ticket)
		if err != nil || ticket.PlainTitle(t.Fields[ticket.Title].Text()) != d.title {
			return err
		}
		about, err := tx.TwinConflicts(w.ctx, d.p.id, d.item)
		for _, c := range about {
			if c.TicketID == d.ticket && c.Choice == store.ChooseSeparate {
				return err
			}
		}
		open, err := tx.LinkIntents(w.ctx, l.ID)
		for _, i := range open {
			are = are || i.Verb == "create" && o.SeenAt.Before(i.CreatedAt) && other.CreatedAt.Before(i.CreatedAt)
		}
		return err
	})
	return are
}

// bearers counts who bears a title besides the item that people made, here and in its
// project. That item may have got another one, of which the engine has not heard yet.
func (w *world) bearers(d doubled) (n int) {
	for _, t := range w.tickets() {
		if ticket.PlainTitle(t.Fields[ticket.Title].Text()) == d.title {
			n++
		}
	}
	for _, it := range d.p.site.Look(external.KindTicket) {
		if !it.Gone && it.ID != d.item && ticket.PlainTitle(it.Fields["title"].Text()) == d.title {
			n++
		}
	}
	return n
}

// checkTwins: while nobody has decided neither of two is made on the other side; who was
// said to be one is one; who was told apart is two, and nobody is asked again.
func (w *world) checkTwins(f final) {
	links := map[string]store.Link{}
	for _, pr := range f.pairs {
		if pr.link.Kind == external.KindTicket && pr.link.ExternalID != "" {
			links[pr.p.id+"/"+pr.link.ExternalID] = pr.link
		}
	}
	type two struct{ project, ticket, item string }
	apart := map[two]store.Conflict{}
	agreed := map[two]bool{}
	for _, c := range f.conflicts {
		if c.Kind != store.TwinCreated {
			continue
		}
		pair := two{c.ProjectID, c.TicketID, c.Twin}
		there := links[c.ProjectID+"/"+c.Twin]
		switch {
		case !c.Closed() && there.LocalID != "":
			w.fail("I6", fmt.Sprintf("whether %s of %s is the twin of %s is not decided, and it came in as %s", c.Twin, c.ProjectID, c.TicketID, there.LocalID))
		case c.State == store.Resolved && c.Choice == store.ChooseLink:
			agreed[pair] = true
		case c.State == store.Resolved && c.Choice == store.ChooseSeparate:
			apart[pair] = c
			if there.LocalID == c.TicketID {
				w.fail("I6", fmt.Sprintf("%s of %s was told apart from %s, and is linked with it", c.Twin, c.ProjectID, c.TicketID))
			}
		}
	}
	for _, c := range f.conflicts {
		pair := two{c.ProjectID, c.TicketID, c.Twin}
		if told, is := apart[pair]; is && c.Kind == store.TwinCreated && c.ID != told.ID && !c.DetectedAt.Before(told.ClosedAt) {
			w.fail("I4", fmt.Sprintf("whether %s of %s is the twin of %s was decided, and is asked again", c.Twin, c.ProjectID, c.TicketID))
		}
	}
	for _, d := range w.doubles.made {
		l := links[d.p.id+"/"+d.item]
		if l.LocalID == d.ticket && !agreed[two{d.p.id, d.ticket, d.item}] {
			w.fail("I6", fmt.Sprintf("ticket %s and %s of %s were linked, and nobody said that they are one", d.ticket, d.item, d.p.id))
		}
	}
	w.checkAgreed(f)
}

// checkAgreed: a ticket that a person linked with an item is nowhere else in that project.
func (w *world) checkAgreed(f final) {
	for _, c := range f.conflicts {
		if c.Kind != store.TwinCreated || c.State != store.Resolved || c.Choice != store.ChooseLink {
			continue
		}
		for _, pr := range f.pairs {
			l := pr.link
			if l.ProjectID != c.ProjectID || l.Kind != external.KindTicket {
				continue
			}
			if l.ExternalID == c.Twin && l.LocalID != c.TicketID && l.LocalID != "" {
				w.fail("I6", fmt.Sprintf("%s of %s was linked with %s, and belongs to %s", c.Twin, c.ProjectID, c.TicketID, l.LocalID))
			}
			if l.LocalID == c.TicketID && l.ExternalID != c.Twin && l.State == store.Live && !w.goneAt(c.ProjectID, c.Twin) {
				w.fail("I6", fmt.Sprintf("ticket %s was linked with %s of %s, and stands as %s there", c.TicketID, c.Twin, c.ProjectID, l.ExternalID))
			}
		}
	}
}

// goneAt reports whether an item was deleted by people.
func (w *world) goneAt(projectID, id string) bool {
	for _, p := range w.peers {
		if p.id == projectID {
			it, there := p.site.Peek(external.KindTicket, id)
			return !there || it.Gone
		}
	}
	return false
}

// asksTwin reports whether a person is asked whether the ticket of a link exists outside.
func (f final) asksTwin(l store.Link) bool {
	for _, c := range f.conflicts {
		if c.LinkID == l.ID && c.Kind == store.TwinCreated && !c.Closed() {
			return true
		}
	}
	return false
}

package chaos

import (
	"context"
	"slices"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// here has the person use the API. What does not answer is left alone.
func (p *person) here(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 4*time.Second)
	defer cancel()
	var all []ticket.Ticket
	err := p.tx(ctx, func(tx store.Tx) (err error) {
		all, err = tx.ListTickets(ctx, "", 10_000)
		return err
	})
	if err != nil {
		return
	}
	if len(all) < 2 || len(all) < 2*p.o.Tickets && p.rng.IntN(8) == 0 {
		p.openHere(ctx)
		return
	}
	n, what := p.rng.IntN(len(all)), p.rng.IntN(9)
	if what == 8 {
		p.decide(ctx)
		return
	}
	t, err := p.api.Ticket(ctx, all[n].ID)
	if err != nil {
		return
	}
	switch what {
	case 0, 1:
		p.writeHere(ctx, t, ticket.Title, t.Title)
	case 2, 3:
		p.writeHere(ctx, t, ticket.Body, t.Body)
	case 4:
		p.labelHere(ctx, t)
	case 5:
		p.commentHere(ctx, t)
	default:
		p.editCommentHere(ctx, t)
	}
}

func (p *person) openHere(ctx context.Context) {
	at := func(f ticket.Field) place { return place{0, "new", f} }
	t, title := p.ledger.reserve(entry{at(ticket.Title), external.KindTicket, wordy("made here"), nil})
	b, body := p.ledger.reserve(entry{at(ticket.Body), external.KindTicket, p.phrase("some words"), nil})
	l, label := p.ledger.reserve(entry{at(ticket.Labels), external.KindTicket, plain, nil})
	made, err := p.api.CreateTicket(ctx, v1.NewTicket{Title: title, Body: body, Labels: []string{label}, Privacy: string(ticket.Public)})
	if refused(err) {
		p.story.violate("the API refused a ticket: %v", err)
		return
	}
	p.ledger.born(birth{l, 0, err == nil})
	if err != nil {
		p.story.tell("unsure: open here %s: %v", title, err)
		return
	}
	p.ledger.sure(t, b, l)
	p.story.edit("open here", made.ID+" "+title+" "+body+" "+label)
}

// writeHere changes the title or the text; the API refuses what its author has not seen.
func (p *person) writeHere(ctx context.Context, t v1.Ticket, f ticket.Field, saw string) {
	words := wordy("from here")
	if f == ticket.Body {
		words = p.phrase("from here")
	}
	id, text := p.ledger.reserve(entry{place{0, t.ID, f}, external.KindTicket, words, simtest.TokensIn(ticket.Text(saw))})
	e := v1.TicketEdit{Title: &text}
	if f == ticket.Body {
		e = v1.TicketEdit{Body: &text}
	}
	if _, err := p.api.EditTicket(ctx, t.ID, t.Revision, e); err != nil {
		p.story.tell("unsure: edit here %s %s %s over %s: %v", t.ID, f, text, saw, err)
		return
	}
	p.ledger.sure(id)
	p.story.edit("edit here", t.ID+" "+string(f)+" "+text+" over "+saw)
}

// labelHere adds a label, or takes one off.
func (p *person) labelHere(ctx context.Context, t v1.Ticket) {
	if loose := p.loose(t.Labels); len(loose) > 0 && p.rng.IntN(2) == 0 {
		off := loose[p.rng.IntN(len(loose))]
		rest := slices.DeleteFunc(slices.Clone(t.Labels), func(l string) bool { return l == off })
		_, err := p.api.EditTicket(ctx, t.ID, t.Revision, v1.TicketEdit{Labels: rest})
		if !refused(err) { // it is off, or may be: he has seen it
			p.ledger.unlabelled(simtest.TokenIn(off))
			p.story.edit("unlabel here", t.ID+" "+off+" "+errText(err))
		}
		return
	}
	id, label := p.ledger.reserve(entry{place{0, t.ID, ticket.Labels}, external.KindTicket, plain, nil})
	if _, err := p.api.EditTicket(ctx, t.ID, t.Revision, v1.TicketEdit{Labels: append(slices.Clone(t.Labels), label)}); err != nil {
		return
	}
	p.ledger.sure(id)
	p.story.edit("label here", t.ID+" "+label)
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func (p *person) commentHere(ctx context.Context, t v1.Ticket) {
	id, text := p.ledger.reserve(entry{place{0, "new", ticket.Body}, external.KindComment, p.phrase("a remark"), nil})
	c, err := p.api.AddComment(ctx, t.ID, v1.NewComment{Body: text})
	if err != nil {
		p.story.tell("unsure: comment here %s %s: %v", t.ID, text, err)
		return
	}
	p.ledger.sure(id)
	p.story.edit("comment here", t.ID+" comment "+c.ID+" "+text)
}

// editCommentHere changes the text of a comment, or deletes it.
func (p *person) editCommentHere(ctx context.Context, t v1.Ticket) {
	var all []ticket.Comment
	err := p.tx(ctx, func(tx store.Tx) (err error) {
		all, err = tx.CommentsOf(ctx, t.ID)
		return err
	})
	// What somebody wrote outside is his: most vendors let nobody else edit it.
	all = slices.DeleteFunc(all, func(c ticket.Comment) bool { return c.Deleted || c.Origin != "" })
	if err != nil || len(all) == 0 {
		return
	}
	c := all[p.rng.IntN(len(all))]
	saw := simtest.TokensIn(c.Body)
	if p.rng.IntN(8) == 0 {
		_, err := p.api.DeleteComment(ctx, c.ID, c.Revision)
		if !refused(err) { // it was deleted, or may have been: he has seen what stood there
			p.ledger.deleted(saw)
			p.story.edit("delete comment here", "comment "+c.ID+" "+c.Body.Text()+" "+errText(err))
		}
		return
	}
	id, text := p.ledger.reserve(entry{place{0, "comment " + c.ID, ticket.Body}, external.KindComment, p.phrase("a remark from here"), saw})
	if _, err := p.api.EditComment(ctx, c.ID, c.Revision, text); err != nil {
		p.story.tell("unsure: edit comment here %s %s: %v", c.ID, text, err)
		return
	}
	p.ledger.sure(id)
	p.story.edit("edit comment here", "comment "+c.ID+" "+text+" over "+c.Body.Text())
}

// decide settles one conflict, by the values that the person was shown.
func (p *person) decide(ctx context.Context) {
	open, err := p.api.Conflicts(ctx, "", string(store.OpenConflict), 50)
	if err != nil || len(open.Conflicts) == 0 {
		return
	}
	c := open.Conflicts[p.rng.IntN(len(open.Conflicts))]
	choice := []string{string(store.ChooseLocal), string(store.ChooseExternal)}[p.rng.IntN(2)]
	if _, err := p.api.Decide(ctx, c.ID, v1.Decision{Choice: choice, Digest: c.Digest}, 0); err == nil {
		p.story.edit("decide", c.ID+" "+c.Ticket+" "+c.Field+": "+choice+" of here "+c.Local.Text()+" and there "+c.External.Text())
	}
}

package chaos

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/internal/fleet"
	"github.com/extsync/extsync/internal/simtest"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// writers is how many people edit at once, and pauseOf how long one rests between two
// edits.
const writers = 4

func pauseOf(rng *rand.Rand) time.Duration {
	return 150*time.Millisecond + time.Duration(rng.IntN(900))*time.Millisecond
}

// person is one of those who edit.
type person struct {
	*world
	name string
	rng  *rand.Rand
}

// edit edits here and there until ctx ends.
func (w *world) edit(ctx context.Context, n int) {
	p := &person{w, fleet.People()[n%len(fleet.People())], w.stream("person " + strconv.Itoa(n))}
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		if side := p.rng.IntN(len(p.vendors)*2 - 1); side < len(p.vendors) {
			p.there(p.vendors[side])
		} else {
			p.here(ctx)
		}
		timer.Reset(pauseOf(p.rng))
	}
}

// wordy makes a token the beginning of a text of several words.
func wordy(rest string) func(string) string {
	return func(token string) string { return token + " " + rest }
}

func plain(token string) string { return token }

// phrase is a few words of prose, now and then with what the gate defuses and vendors react
// to: mentions, closing words, commands, and signs beyond ASCII.
func (p *person) phrase(words string) func(string) string {
	hostile := []string{"", "", "", " for @ada and @grace", " fixes #7", "\n\n/close now", ", naïve 🎉"}
	return wordy(words + hostile[p.rng.IntN(len(hostile))])
}

// there has the person edit at a vendor. What he sees is what his edit replaces.
func (p *person) there(v *vendor) {
	v.mu.Lock()
	defer v.mu.Unlock()
	defer v.look()
	all := v.Look()
	if len(all) == 0 || len(all) < p.o.Tickets && p.rng.IntN(6) == 0 {
		p.openThere(v)
		return
	}
	i := all[p.rng.IntN(len(all))]
	switch p.rng.IntN(7) {
	case 0, 1:
		p.writeThere(v, i, ticket.Title)
	case 2, 3:
		p.writeThere(v, i, ticket.Body)
	case 4:
		p.labelThere(v, i)
	case 5:
		p.commentThere(v, i)
	default:
		p.editCommentThere(v, i)
	}
}

func (p *person) openThere(v *vendor) {
	at := func(f ticket.Field) place { return place{v.side, "new", f} }
	t, title := p.ledger.reserve(entry{at(ticket.Title), external.KindTicket, wordy("made outside"), nil})
	b, body := p.ledger.reserve(entry{at(ticket.Body), external.KindTicket, p.phrase("some words"), nil})
	l, label := p.ledger.reserve(entry{at(ticket.Labels), external.KindTicket, plain, nil})
	id, err := v.Create(p.name, fleet.Change{Title: &title, Body: &body, Label: []string{label}})
	if err != nil {
		p.story.violate("%s could not make a ticket at %s: %v", p.name, v.m.Name, err)
		return
	}
	p.ledger.sure(t, b, l)
	p.ledger.born(birth{l, v.side, true})
	p.story.edit("open outside", v.m.Name+" "+id+" "+title+" "+body+" "+label)
}

// writeThere changes the title or the text of a ticket.
func (p *person) writeThere(v *vendor, i fleet.Seen, f ticket.Field) {
	saw := i.Title
	if f == ticket.Body {
		saw = i.Body
	}
	words := wordy("from " + v.m.Name)
	if f == ticket.Body {
		words = p.phrase("from " + v.m.Name)
	}
	id, text := p.ledger.reserve(entry{place{v.side, i.ID, f}, external.KindTicket, words, simtest.TokensIn(ticket.Text(saw))})
	c := fleet.Change{Title: &text}
	if f == ticket.Body {
		text = withMarker(text, i.Body)
		c = fleet.Change{Body: &text}
	}
	if err := v.Edit(p.name, i.ID, c); err != nil {
		p.story.violate("%s could not edit %s of %s: %v", p.name, i.ID, v.m.Name, err)
		return
	}
	p.ledger.sure(id)
	p.story.edit("edit outside", v.m.Name+" "+i.Key+" "+i.ID+" "+string(f)+" "+text+" over "+saw)
}

// withMarker keeps the hidden marker of a text that a person edits.
func withMarker(text, was string) string {
	if n := strings.Index(was, "\n\n<!-- extsync:"); n >= 0 {
		return text + was[n:]
	}
	return text
}

// labelThere adds a label, or takes one off that somebody added.
func (p *person) labelThere(v *vendor, i fleet.Seen) {
	if loose := p.loose(i.Labels); len(loose) > 0 && p.rng.IntN(2) == 0 {
		off := loose[p.rng.IntN(len(loose))]
		if err := v.Edit(p.name, i.ID, fleet.Change{Unlabel: []string{off}}); err == nil {
			p.ledger.unlabelled(simtest.TokenIn(off))
			p.story.edit("unlabel outside", v.m.Name+" "+i.ID+" "+off)
		}
		return
	}
	id, label := p.ledger.reserve(entry{place{v.side, i.ID, ticket.Labels}, external.KindTicket, plain, nil})
	if err := v.Edit(p.name, i.ID, fleet.Change{Label: []string{label}}); err != nil {
		return
	}
	p.ledger.sure(id)
	p.story.edit("label outside", v.m.Name+" "+i.ID+" "+label)
}

// loose are the labels that are no ticket's birth mark.
func (p *person) loose(labels []string) (list []string) {
	p.ledger.mu.Lock()
	defer p.ledger.mu.Unlock()
	for _, l := range labels {
		id := simtest.TokenIn(l)
		if id > 0 && !slices.ContainsFunc(p.ledger.births, func(b birth) bool { return b.token == id }) {
			list = append(list, l)
		}
	}
	return list
}

func (p *person) commentThere(v *vendor, i fleet.Seen) {
	id, text := p.ledger.reserve(entry{place{v.side, "new", ticket.Body}, external.KindComment, p.phrase("a remark"), nil})
	c, err := v.Comment(p.name, i.ID, text)
	if err != nil {
		return
	}
	p.ledger.sure(id)
	p.story.edit("comment outside", v.m.Name+" "+i.ID+" comment "+c+" "+text)
}

// editCommentThere changes the text of a comment that was written there: what the product
// wrote there for others, people leave alone.
func (p *person) editCommentThere(v *vendor, i fleet.Seen) {
	all := slices.DeleteFunc(slices.Clone(i.Comments), func(r fleet.Remark) bool { return r.Author == v.Account().Login })
	if len(all) == 0 {
		return
	}
	c := all[p.rng.IntN(len(all))]
	id, text := p.ledger.reserve(entry{
		place{v.side, "comment " + c.ID, ticket.Body}, external.KindComment, p.phrase("a remark of " + v.m.Name), simtest.TokensIn(ticket.Text(c.Body)),
	})
	text = withMarker(text, c.Body)
	if err := v.EditComment(p.name, i.ID, c.ID, text); err != nil {
		return
	}
	p.ledger.sure(id)
	p.story.edit("edit comment outside", v.m.Name+" comment "+c.ID+" "+text+" over "+c.Body)
}

// refused reports whether the API said no, so that nothing happened for sure. Without an
// answer, or with one that blames the server, nobody knows.
func refused(err error) bool {
	var p *v1.Problem
	return errors.As(err, &p) && p.Status < 500
}

// tx reads the database as it is; while it is down there is nothing to read.
func (w *world) tx(ctx context.Context, f func(store.Tx) error) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return w.services.Store.Tx(ctx, f)
}

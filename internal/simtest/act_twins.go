package simtest

import (
	"errors"
	"strconv"
	"strings"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// doubled is a ticket that people made on two sides. Nobody but they knows.
type doubled struct {
	p            *peer
	ticket, item string
	title        string // that both bear, see ticket.PlainTitle
}

// pairTitle is how people call what they make twice: another value on each side, since every
// value is written once in a run, and yet titles that read alike. Nothing else is called so.
func (w *world) pairTitle(side, number int) string {
	raw := w.oracle.next() + "-1: number " + itoa(number) + " exists on both sides"
	w.oracle.wrote(side, "", ticket.Title, raw)
	return raw
}

// twinHere makes a ticket here and the same one outside, before either side has seen the
// other's; or only here, for somebody to make again outside. Sometimes the texts differ.
func (w *world) twinHere() bool {
	p := w.peers[w.work.IntN(len(w.peers))]
	if !w.has(w.sides()[p.n+1]) {
		return false
	}
	first := len(w.oracle.tokens) + 1
	title := w.pairTitle(0, first)
	f := ticket.Fields{ticket.Title: ticket.Text(title)}
	there := external.Fields{}
	body := "The text of number " + itoa(first) + "."
	switch w.work.IntN(3) {
	case 0:
		f[ticket.Body], there["body"] = ticket.Text(body), ticket.Text(body)
	case 1:
		raw := w.oracle.next() + " here"
		w.oracle.wrote(0, "", ticket.Body, raw)
		f[ticket.Body], there["body"] = ticket.Text(raw), ticket.Text(body)
	}
	level := ticket.Public
	if w.has(privacy) && w.work.IntN(4) == 0 {
		level = ticket.Shareable
	}
	t, err := w.engine.CreateTicket(w.ctx, f, level, "ann")
	w.must(err)
	for id := first; id <= len(w.oracle.tokens); id++ {
		w.oracle.token(id).item = t.ID
	}
	w.trace.add("here: create", t.ID, title)
	if w.work.IntN(4) > 0 {
		w.makeTwin(p, there, first, t.ID)
	}
	return true
}

// makeTwin makes the item that a ticket looks like.
func (w *world) makeTwin(p *peer, f external.Fields, number int, ticketID string) {
	title := w.pairTitle(p.n+1, number)
	tok := w.oracle.token(len(w.oracle.tokens))
	f["title"] = ticket.Text(title)
	ref, err := p.site.create(w.somebody(), f)
	w.must(err)
	tok.at(external.KindTicket).item = ref.ID
	w.verbs++
	if ticketID != "" { // else it never came in
		w.doubles.made = append(w.doubles.made, doubled{p, ticketID, ref.ID, ticket.PlainTitle(title)})
	}
	w.collect(p)
	w.trace.add("at", p.id, "create the same", ref.ID, title)
}

// doubles is what there is of them.
type doubles struct{ made []doubled }

// remakeOutside deletes an item and makes it again, as people do who cannot undo.
func (w *world) remakeOutside(p *peer, it external.Item) bool {
	_, name, is := strings.Cut(it.Fields["title"].Text(), "-1: number ")
	name, _, _ = strings.Cut(name, " ")
	number, err := strconv.Atoi(name)
	if !is || err != nil {
		return false
	}
	l := w.linkOf(p, "", it.Ref)
	w.deleteOutside(p, it)
	there := external.Fields{}
	if body := p.site.sees(it); body != "" && len(tokensIn(ticket.Text(body))) == 0 {
		there["body"] = ticket.Text(body)
	}
	w.makeTwin(p, there, number, l.LocalID)
	return true
}

// twinChoice draws an answer to the question whether two tickets are one.
func (w *world) twinChoice() store.Choice {
	return [...]store.Choice{store.ChooseLink, store.ChooseSeparate}[w.work.IntN(2)]
}

// linkedTwins notes what it costs that two tickets became one: every field may flow once,
// either way, and the comments of both.
func (w *world) linkedTwins(c store.Conflict) {
	w.hops += 6 + 2*len(w.comments(c.TicketID))
	w.remember(c.LinkID)
}

// twinRule is a rule about twins, now and then.
func (w *world) twinRule(r engine.Rule) engine.Rule {
	if w.has(twinned) && w.work.IntN(3) == 0 {
		r.Where.Kind, r.Choice = store.TwinCreated, w.twinChoice()
	}
	return r
}

// asksTwin returns the question, if one is open or decided and not carried out, whether
// an item is the twin of a ticket.
func (w *world) asksTwin(projectID, externalID string) (c store.Conflict, is bool) {
	w.read(func(tx store.Tx) error {
		about, err := tx.TwinConflicts(w.ctx, projectID, externalID)
		for _, q := range about {
			if !q.Closed() {
				c, is = q, true
			}
		}
		return err
	})
	return c, is
}

// observation is what the engine knows of an item.
func (w *world) observation(p *peer, id string) (o store.Observation, known bool) {
	w.read(func(tx store.Tx) (err error) {
		o, err = tx.Observation(w.ctx, p.id, external.KindTicket, id)
		if errors.Is(err, store.ErrNotFound) {
			return nil
		}
		known = err == nil
		return err
	})
	return o, known
}

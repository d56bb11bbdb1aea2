package simtest

import (
	"slices"
	"strings"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// firstSalt stands in what must never leave unless a run is told otherwise.
const firstSalt = "canary-of-the-first-kind"

// closure is what never leaves in a run besides tickets and comments: rules that all
// projects have from the first day, and under which secrets are written.
type closure struct {
	keep     ticket.Field // a field that is kept; empty: none
	passages bool         // passages are cut out, and people write some
}

// The marks of a passage that stays here.
const (
	passageBegin = "[[i]]"
	passageEnd   = "[[/i]]"
)

func (w *world) drawClosure() closure {
	if !w.has(privacy) {
		return closure{}
	}
	draw := keyed(w.seed, "closure")
	return closure{
		keep:     [...]ticket.Field{"", "", ticket.Body, ticket.Labels}[draw.IntN(4)],
		passages: draw.IntN(2) == 0,
	}
}

func (c closure) rules(passOn []outbound.PassOn) outbound.Rules {
	r := outbound.Rules{PassOn: passOn}
	if c.keep != "" {
		r.Keep = []ticket.Field{c.keep}
	}
	if c.passages {
		r.Cuts = []outbound.Cut{{Begin: passageBegin, End: passageEnd}}
	}
	return r
}

// textHere makes the text of a title or a body that somebody writes here.
func (w *world) textHere(kind markupKind, f ticket.Field, secret bool, now string) string {
	switch {
	case secret:
		w.secrets[secretTicket]++
	case w.closed.keep == f:
		w.secrets[secretField]++
		secret = true
	}
	return w.private(w.newText(kind, f == ticket.Title, secret, leaves(ticket.Text(now)).Text()))
}

func (w *world) commentText(secret bool, now string) string {
	if secret {
		w.secrets[secretComment]++
	}
	return w.private(w.newText(w.markup, false, secret, leaves(ticket.Text(now)).Text()))
}

// private puts a secret passage into a text, now and then.
func (w *world) private(text string) string {
	if !w.closed.passages {
		return text
	}
	passage := passageBegin + w.salt + passageEnd
	switch w.work.IntN(5) {
	case 0:
		text = passage + text
	case 1:
		text += passage
	case 2:
		text += "\n\n" + passage
	default:
		return text
	}
	w.secrets[secretPassage]++
	return text
}

// labelHere makes the label of the next token.
func (w *world) labelHere() string {
	if w.closed.keep == ticket.Labels {
		w.secrets[secretField]++
		return w.oracle.next() + " " + w.salt
	}
	return w.oracle.next()
}

// leaves returns a text without its secret passages, in the simplest words: what stands
// between the marks goes.
func leaves(v ticket.Value) ticket.Value {
	text := v.Text()
	if v.IsSet() || !strings.Contains(text, passageBegin) {
		return v
	}
	for {
		before, rest, found := strings.Cut(text, passageBegin)
		if !found {
			break
		}
		_, after, _ := strings.Cut(rest, passageEnd)
		text = before + after
	}
	return ticket.Text(text)
}

// ruleHere lets an operator change what may leave for a project, beyond what never may.
func (w *world) ruleHere() bool {
	p := w.peers[w.work.IntN(len(w.peers))]
	if p.off {
		return false
	}
	field := [...]ticket.Field{ticket.State, ticket.Labels, ticket.Body}[w.work.IntN(3)]
	mode := [...]outbound.CommentRule{
		{}, {Mode: outbound.NoComments}, {Mode: outbound.PublicComments}, {Mode: outbound.CommentsBy, By: []string{"bob"}},
		{Mode: outbound.CommentsBy, By: []string{"ann", "memory:mallory"}},
	}[w.work.IntN(5)]
	what := w.work.IntN(4)
	_, _, err := w.engine.ChangeRulesAndTakeBack(w.ctx, p.id, "op", w.someWay(w.linkedTo(p)...), func(r *outbound.Rules) {
		always := w.closed.rules(r.PassOn)
		switch what {
		case 0:
			r.Comments = mode
		case 1:
			*r = always
		default:
			if r.Keep = slices.Clone(always.Keep); !slices.Contains(r.Keep, field) {
				r.Keep = append(r.Keep, field)
			}
		}
	})
	w.must(err)
	w.trace.add("here: rule", p.id, itoa(what), string(field), string(mode.Mode))
	return true
}

// toggle takes away, in the middle of a write of an item, what let it leave.
func (w *world) toggle(p *peer, item external.Ref) {
	w.acting++
	defer func() { w.acting-- }()
	l := w.linkOf(p, "", item)
	if l.LocalID == "" {
		return
	}
	t, _ := w.localItem(l)
	w.verbs++
	if w.has(settings) && w.work.IntN(3) == 0 {
		w.setDirection(p, [...]external.Direction{external.Pull, external.Disabled}[w.work.IntN(2)])
		return
	}
	switch w.work.IntN(4) {
	case 0:
		_, err := w.engine.SetPrivacy(w.ctx, t.ID, ticket.LocalOnly, "ann")
		w.must(err)
	case 1:
		w.ruleHere()
	default:
		if t.Privacy == ticket.Public {
			_, err := w.engine.SetPrivacy(w.ctx, t.ID, ticket.Shareable, "ann")
			w.must(err)
		}
		w.must(w.engine.Revoke(w.ctx, t.ID, p.id, "ann"))
	}
	w.trace.add("here: less of", t.ID, "for", p.id)
}

// rulesOf are the rules of a project as they are now.
func (w *world) rulesOf(p *peer) (r outbound.Rules) {
	w.read(func(tx store.Tx) error {
		row, err := tx.Project(w.ctx, p.id)
		r = row.Rules
		return err
	})
	return r
}

// linkedTo are the tickets of a project, also those that are deleted here and still stand
// outside.
func (w *world) linkedTo(p *peer) (list []ticket.Ticket) {
	w.read(func(tx store.Tx) error {
		links, err := tx.LinksOf(w.ctx, p.id, external.KindTicket, "", 1000)
		for _, l := range links {
			if l.LocalID == "" {
				continue
			}
			t, err := tx.Ticket(w.ctx, l.LocalID)
			if err != nil {
				return err
			}
			list = append(list, t)
		}
		return err
	})
	return list
}

// someWay draws what becomes of what left before. Taking back costs calls of its own.
func (w *world) someWay(all ...ticket.Ticket) outbound.TakeBack {
	way := [...]outbound.TakeBack{"", "", outbound.Stop, outbound.Redact, outbound.Redact, outbound.Remove}[w.work.IntN(6)]
	if way == outbound.Redact || way == outbound.Remove {
		for _, t := range all {
			w.hops += 6 * (1 + len(w.comments(t.ID)))
			w.deletion.removed[t.ID] = w.deletion.removed[t.ID] || way == outbound.Remove
		}
		w.trace.add("here: to be taken back:", string(way))
	}
	return way
}

// says reports whether anything leaves with an operation but a state, a notice, or nothing.
func (a *port) says(op adapters.Op, c outbound.Content) bool {
	for n, v := range carried(op, c.Set) {
		if !v.IsEmpty() && v.Text() != outbound.Notice && a.canonical(c.Ref.Kind, op.Writes[n]) != ticket.State {
			return true
		}
	}
	return false
}

// canonical is our name of a tracker's field.
func (a *port) canonical(kind external.Kind, name string) ticket.Field {
	if s, ok := a.p.site.(*vendorSite); ok {
		f, _ := s.doc.FieldOf(kind, name)
		return f
	}
	return ticket.Field(name)
}

// kept reports whether any project keeps a field.
func (w *world) kept(f ticket.Field) bool {
	return slices.ContainsFunc(w.peers, func(p *peer) bool { return slices.Contains(w.rulesOf(p).Keep, f) })
}

// rests reports whether a field of a pair is kept here.
func (w *world) rests(pr *pair, f ticket.Field) bool {
	return pr.link.Kind == external.KindTicket && slices.Contains(w.rulesOf(pr.p).Keep, f)
}

// mayComment says the rule about comments once more, in the simplest words.
func (w *world) mayComment(p *peer, c ticket.Comment) bool {
	switch r := w.rulesOf(p).Comments; r.Mode {
	case outbound.NoComments:
		return false
	case outbound.PublicComments:
		return c.Privacy == ticket.Public
	case outbound.CommentsBy:
		return slices.Contains(r.By, c.Author)
	}
	return true
}

// closes reports whether an operation closes an item that is taken back.
func (a *port) closes(op adapters.Op, c outbound.Content) bool {
	for _, v := range carried(op, c.Set) {
		if strings.EqualFold(v.Text(), "open") {
			return false
		}
	}
	return !a.says(op, c)
}

// judgeRules checks, at the moment a write begins, that it writes no field that a rule
// of this moment keeps (I5).
func (a *port) judgeRules(op adapters.Op, c outbound.Content, l store.Link, com *ticket.Comment) {
	if com != nil || len(a.w.rulesOf(a.p).Keep) == 0 {
		return
	}
	for _, name := range op.Writes {
		f := a.canonical(c.Ref.Kind, name)
		if slices.Contains(a.w.rulesOf(a.p).Keep, f) && (f == ticket.State || a.says(op, c)) && !a.closes(op, c) {
			a.w.fail("I5", op.Name+" of "+l.LocalID+" writes "+string(f)+", which a rule of "+a.p.id+" keeps here")
		}
	}
}

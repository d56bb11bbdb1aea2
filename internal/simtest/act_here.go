package simtest

import (
	"errors"
	"slices"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// actHere does one thing on our side, through the engine, and tells the oracle. It
// reports whether it changed anything.
func (w *world) actHere(k actKind) bool {
	switch k {
	case actCreate:
		return w.createHere()
	case actDecide:
		return w.decide()
	case actSetting:
		return w.settingHere()
	case actAccount:
		return w.accountHere()
	case actRule:
		return w.ruleHere()
	case actDecideMany:
		return w.decideMany()
	case actRestore:
		return w.restoreHere()
	case actTwin:
		return w.twinHere()
	case actUndo:
		return w.undoHere()
	case actMap:
		return w.mapHere()
	}
	t, ok := w.someTicket()
	if !ok {
		return w.createHere()
	}
	switch k {
	case actEdit, actState, actLabel, actUnlabel, actAssign, actParent:
		return w.editHere(k, t)
	case actComment:
		return w.commentHere(t)
	case actEditComment, actDeleteComment:
		return w.changeCommentHere(k, t)
	case actDeleteTicket:
		return w.deleteTicketHere(t)
	}
	return w.shareHere(k, t)
}

func (w *world) tickets() (list []ticket.Ticket) {
	w.read(func(tx store.Tx) (err error) {
		list, err = tx.ListTickets(w.ctx, "", 1000)
		return err
	})
	return list
}

func (w *world) someTicket() (ticket.Ticket, bool) {
	list := w.tickets()
	if len(list) == 0 {
		return ticket.Ticket{}, false
	}
	n := w.work.IntN(len(list))
	if w.onHot() {
		n = max(slices.IndexFunc(list, func(t ticket.Ticket) bool { return t.ID == w.hot }), 0)
	}
	w.hot = list[n].ID
	return list[n], true
}

func (w *world) createHere() bool {
	level := ticket.Public
	if w.has(privacy) {
		level = [...]ticket.Privacy{ticket.Public, ticket.Public, ticket.Public, ticket.Shareable, ticket.Shareable, ticket.LocalOnly}[w.work.IntN(6)]
	}
	secret := level != ticket.Public && w.work.IntN(2) == 0
	title := w.textHere(plain, ticket.Title, secret, "")
	f := ticket.Fields{ticket.Title: ticket.Text(title)}
	toks := []*token{}
	toks = append(toks, w.oracle.wrote(0, "", ticket.Title, title))
	if w.work.IntN(2) == 0 || w.longHere() {
		body := w.textHere(w.markup, ticket.Body, secret, "")
		f[ticket.Body] = ticket.Text(body)
		w.oracle.wrote(0, "", ticket.Body, body)
	}
	if w.has(labels) && w.work.IntN(3) == 0 {
		l := w.labelHere()
		f[ticket.Labels] = ticket.Set(l)
		w.oracle.wrote(0, "", ticket.Labels, l)
	}
	if w.has(states) && w.work.IntN(5) == 0 {
		f[ticket.State] = ticket.Text(ticket.StateDone)
		w.hops++ // made, then closed
	}
	w.hops += w.filledIn()
	first := toks[0].id
	t, err := w.engine.CreateTicket(w.ctx, f, level, "ann")
	w.must(err)
	for id := first; id <= len(w.oracle.tokens); id++ {
		w.oracle.token(id).item = t.ID
	}
	if secret {
		w.secret[t.ID] = true
	}
	w.trace.add("here: create", t.ID, string(level), title, "body="+f[ticket.Body].Text())
	return true
}

// filledIn is how many fields of a new ticket a project may fill in by itself: a vendor's
// priority comes in, and goes on to the others.
func (w *world) filledIn() int {
	if w.fleet == nil {
		return 0
	}
	return 1
}

// view is the ticket as the person who edits it saw it: now, or a while ago.
func (w *world) view(t ticket.Ticket) ticket.Ticket {
	old, seen := w.looked[t.ID]
	if seen && w.has(staleEdits) && w.work.IntN(4) == 0 {
		if old.Revision != t.Revision {
			w.fire(faultStaleEdit)
		}
		return old
	}
	if !seen || w.work.IntN(3) == 0 {
		w.looked[t.ID] = t
	}
	return t
}

func (w *world) editHere(k actKind, t ticket.Ticket) bool {
	v := w.view(t)
	p := ticket.Patch{Seen: v.Revision, By: "ann", Set: ticket.Fields{}}
	first := len(w.oracle.tokens) + 1
	gone := 0
	switch k {
	case actState:
		p.Set[ticket.State] = ticket.Text(w.someState())
		w.hops++
	case actLabel:
		l := w.labelHere()
		p.Set[ticket.Labels] = ticket.Set(append(v.Fields[ticket.Labels].Elements(), l)...)
		w.oracle.wrote(0, t.ID, ticket.Labels, l)
	case actUnlabel:
		had := v.Fields[ticket.Labels].Elements()
		if len(had) == 0 {
			return false
		}
		n := w.work.IntN(len(had))
		gone = tokenIn(had[n])
		p.Set[ticket.Labels] = ticket.Set(append(had[:n:n], had[n+1:]...)...)
	case actAssign:
		p.Set[ticket.Assignees] = charge(w.someone())
	case actParent:
		if !w.families() {
			return false
		}
		p.Set[ticket.Parent] = ticket.Text(w.someParent(t))
	default:
		w.rewrite(t, v, &p)
	}
	_, err := w.engine.EditTicket(w.ctx, t.ID, p)
	if err != nil {
		w.refusedHere(err, first)
		return false
	}
	if gone > 0 {
		w.oracle.unlabelled(gone)
	}
	w.traceEdit(t.ID, p)
	return true
}

func (w *world) rewrite(t, v ticket.Ticket, p *ticket.Patch) {
	fields := []ticket.Field{ticket.Title, ticket.Body}
	switch n := w.work.IntN(5); {
	case n > 1 && (n < 4 || w.longHere()):
		fields = fields[1:]
	case n < 2:
		fields = fields[:1]
	}
	for _, f := range fields {
		kind := w.markup
		if f == ticket.Title {
			kind = plain
		}
		raw := w.textHere(kind, f, w.secret[t.ID], v.Fields[f].Text())
		p.Set[f] = ticket.Text(raw)
		w.oracle.wrote(0, t.ID, f, raw, dropped(v.Fields[f], raw)...)
	}
}

func (w *world) someState() string {
	return [...]string{ticket.StateOpen, ticket.StateDone, ticket.StateNotPlanned}[w.work.IntN(3)]
}

// someParent draws a ticket to be another one's parent, or none. A person makes no ring.
func (w *world) someParent(t ticket.Ticket) string {
	all := w.tickets()
	p := all[w.work.IntN(len(all))]
	if p.ID >= t.ID || w.secret[p.ID] {
		return ""
	}
	return p.ID
}

func (w *world) traceEdit(id string, p ticket.Patch) {
	parts := []string{"here: edit", id}
	for _, f := range p.Set.Names() {
		parts = append(parts, string(f)+"="+p.Set[f].Text())
	}
	w.trace.add(parts...)
}

// refusedHere voids the tokens of an edit that was refused to its author's face.
func (w *world) refusedHere(err error, first int) {
	if !engine.IsStale(err) && !errors.Is(err, store.ErrNotFound) {
		w.must(err)
	}
	for id := first; id <= len(w.oracle.tokens); id++ {
		w.oracle.token(id).void = true
	}
	w.trace.add("here: refused")
}

func (w *world) commentHere(t ticket.Ticket) bool {
	level := ticket.Privacy("")
	if w.has(privacy) {
		level = [...]ticket.Privacy{ticket.LocalOnly, ticket.Public, "", "", ""}[w.work.IntN(5)]
	}
	body := w.commentText(w.secret[t.ID] || level == ticket.LocalOnly, "")
	c, err := w.engine.AddComment(w.ctx, t.ID, body, level, "bob")
	w.must(err)
	w.oracle.wrote(0, c.ID, ticket.Body, body)
	w.trace.add("here: comment", c.ID, "on", t.ID, body)
	return true
}

// comments returns the comments of a ticket that exist.
func (w *world) comments(ticketID string) (list []ticket.Comment) {
	w.read(func(tx store.Tx) error {
		all, err := tx.CommentsOf(w.ctx, ticketID)
		for _, c := range all {
			if !c.Deleted {
				list = append(list, c)
			}
		}
		return err
	})
	return list
}

func (w *world) changeCommentHere(k actKind, t ticket.Ticket) bool {
	list := w.comments(t.ID)
	if len(list) == 0 {
		return false
	}
	n := w.work.IntN(len(list))
	if w.work.IntN(3) == 0 {
		n = max(slices.IndexFunc(list, func(c ticket.Comment) bool { return c.ID == w.hot }), 0)
	}
	c := list[n]
	w.hot = c.ID
	if k == actDeleteComment {
		_, err := w.engine.DeleteComment(w.ctx, c.ID, c.Revision, "bob")
		w.must(err)
		w.oracle.deleted(tokensIn(c.Body))
		w.trace.add("here: delete comment", c.ID)
		return true
	}
	body := w.commentText(w.secret[t.ID] || c.Privacy == ticket.LocalOnly, c.Body.Text())
	first := len(w.oracle.tokens) + 1
	w.oracle.wrote(0, c.ID, ticket.Body, body, dropped(c.Body, body)...)
	if _, err := w.engine.EditComment(w.ctx, c.ID, body, c.Revision, "bob"); err != nil {
		w.refusedHere(err, first)
		return false
	}
	w.trace.add("here: edit comment", c.ID, body)
	return true
}

// shareHere changes who may see a ticket.
func (w *world) shareHere(k actKind, t ticket.Ticket) bool {
	if w.secret[t.ID] {
		return false
	}
	p := w.peers[w.work.IntN(len(w.peers))]
	switch k {
	case actPrivacy:
		level := [...]ticket.Privacy{ticket.Public, ticket.Shareable, ticket.LocalOnly}[w.work.IntN(3)]
		_, _, err := w.engine.SetPrivacyAndTakeBack(w.ctx, t.ID, level, w.someWay(t), "ann")
		w.must(err)
		w.trace.add("here: privacy", t.ID, string(level))
	case actGrant:
		w.must(w.engine.Grant(w.ctx, ticket.Grant{TicketID: t.ID, ProjectID: p.id, By: "ann"}))
		w.trace.add("here: grant", t.ID, p.id)
	default:
		_, err := w.engine.RevokeAndTakeBack(w.ctx, t.ID, p.id, w.someWay(t), "ann")
		w.must(err)
		w.trace.add("here: revoke", t.ID, p.id)
	}
	return true
}

package simtest

import (
	"errors"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// decideMany decides the queue of one project by a rule, as a person does who looks at a
// preview first. People may act between the two.
func (w *world) decideMany() bool {
	open := w.openConflicts()
	if len(open) == 0 {
		return false
	}
	project := open[w.work.IntN(len(open))].ProjectID
	r := engine.Rule{
		Where:  store.ConflictFilter{ProjectID: project, Kind: [...]store.ConflictKind{"", store.BothEdited, store.RefusedOutside}[w.work.IntN(3)]},
		Choice: [...]store.Choice{store.ChooseLocal, store.ChooseExternal}[w.work.IntN(2)],
	}
	r = w.twinRule(r)
	shown, err := w.engine.PreviewRule(w.ctx, r)
	w.must(err)
	if len(shown.Conflicts) == 0 {
		return false
	}
	out, _, err := w.engine.DecideByRule(w.ctx, r, shown.Digest, "ann")
	w.must(err)
	for _, c := range shown.Conflicts {
		for _, id := range out.Decided {
			if id == c.ID && c.Field == "" {
				w.decidedWhole(c, r.Choice)
			} else if id == c.ID {
				w.oracle.deleted(tokensIn(c.Value)) // of an older decision that came to nothing: he saw it
				w.choseSide(c, r.Choice)
			}
		}
	}
	w.trace.add("here: decide by rule", project, string(r.Choice), itoa(len(out.Decided)))
	return len(out.Decided) > 0
}

// putsBack notes that a person has a value stand here from now on.
func (w *world) putsBack(v ticket.Value) { w.putBack[v.Text()] = append(w.putBack[v.Text()], w.now) }

// choseSide notes which value a person let go: where a database that is restored to a backup
// of before forgets what he decided, its effect outside stands. If he took what the other
// side still holds of a text that was typed here, it is in the other side's spelling, since a
// newer one was refused there.
func (w *world) choseSide(c store.Conflict, choice store.Choice) {
	w.past.letGo(tokensIn(loser(c, choice)))
	if c.Kind == store.LossyWrite && c.Field == ticket.State && choice == store.ChooseLocal {
		w.letBe[c.LinkID] = c.Local
	}
	if choice != store.ChooseExternal {
		return
	}
	w.putsBack(c.External) // in the other side's spelling
	if c.Kind != store.RefusedOutside {
		return
	}
	for _, id := range tokensIn(c.External) {
		w.composed[id] = true
	}
}

// loser is the value that a person lets go with such a choice; empty: none.
func loser(c store.Conflict, choice store.Choice) (v ticket.Value) {
	switch choice {
	case store.ChooseLocal:
		return c.External
	case store.ChooseExternal:
		return c.Local
	}
	return v
}

// restoreHere puts a value of a closed conflict back, over what the person sees now, or
// without looking: then a newer edit refuses it.
func (w *world) restoreHere() bool {
	var closed []store.Conflict
	var now ticket.Ticket
	w.read(func(tx store.Tx) error {
		all, err := tx.FindConflicts(w.ctx, store.ConflictFilter{}, 1000)
		for _, c := range all {
			if c.Closed() && c.Field != "" && c.TicketID != "" && c.CommentID == "" {
				closed = append(closed, c)
			}
		}
		return err
	})
	if len(closed) == 0 {
		return false
	}
	c := closed[w.work.IntN(len(closed))]
	w.read(func(tx store.Tx) (err error) {
		now, err = tx.Ticket(w.ctx, c.TicketID)
		return err
	})
	r := engine.Restoration{Side: [...]engine.Side{engine.SideLocal, engine.SideExternal, engine.SideBase}[w.work.IntN(3)], By: "ann"}
	if w.work.IntN(2) == 0 {
		r.Revision = now.Revision
	}
	out, err := w.engine.Restore(w.ctx, c.ID, r)
	if err != nil {
		if !engine.IsStale(err) && !errors.Is(err, ticket.ErrInvalid) {
			w.must(err)
		}
		w.trace.add("here: restoration refused", c.ID)
		return false
	}
	// What stood there gave way to somebody who asked for that.
	is := map[int]bool{}
	w.putsBack(out.Ticket.Fields[c.Field]) // the other side's spelling, or an older one
	for _, id := range tokensIn(out.Ticket.Fields[c.Field]) {
		is[id] = true
		w.composed[id] = true
	}
	var gone []int
	for _, id := range tokensIn(now.Fields[c.Field]) {
		if !is[id] {
			gone = append(gone, id)
		}
	}
	w.oracle.deleted(gone)
	if c.Field == ticket.State {
		w.hops++
	}
	w.trace.add("here: restore", c.ID, string(c.Field), string(r.Side), out.Ticket.Fields[c.Field].Text())
	return true
}

// pickiness is one value in how many a picky tracker refuses.
const pickiness = 7

// dislikes refuses a write that carries a value which a picky tracker never takes: always
// the same ones. A ticket or comment is made whatever its text is, so that only a label
// keeps one from being made.
func (a *port) dislikes(op adapters.Op) error {
	w := a.w
	if !w.has(picky) {
		return nil
	}
	c, err := op.Open()
	w.must(err)
	for name, v := range c.Set {
		if op.Creates && name != "labels" {
			continue
		}
		for _, id := range tokensIn(v) {
			if id%pickiness == 3 && !a.holds(c.Ref, name, id) {
				w.hops++ // the call was made, and comes again
				return &external.Error{Kind: external.Invalid, Op: op.Name, Message: "the value is not allowed"}
			}
		}
	}
	return nil
}

// holds reports whether the item has the value already, by a person's hand.
func (a *port) holds(ref external.Ref, name string, id int) bool {
	it, ok := a.p.site.Peek(ref.Kind, ref.ID)
	for _, has := range tokensIn(it.Fields[name]) {
		if ok && has == id {
			return true
		}
	}
	return false
}

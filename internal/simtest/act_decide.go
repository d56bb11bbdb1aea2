package simtest

import (
	"errors"
	"fmt"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// decideOn draws a value of its own for a conflict on what tokens stand in.
func (w *world) decideOn(c store.Conflict, d *engine.Decision) {
	var raw string
	switch c.Field {
	case ticket.Labels:
		raw = w.labelHere()
		d.Value = ticket.Set(raw)
	case ticket.Title:
		raw = w.textHere(plain, ticket.Title, false, "")
		d.Value = ticket.Text(raw)
	default:
		if raw = w.textHere(w.markup, ticket.Body, false, ""); c.CommentID != "" {
			raw = w.commentText(false, "")
		}
		d.Value = ticket.Text(raw)
	}
	item := c.TicketID
	if c.CommentID != "" {
		item = c.CommentID
	}
	w.oracle.wrote(0, item, c.Field, raw, append(append(tokensIn(c.Local), tokensIn(c.External)...), tokensIn(c.Value)...)...)
}

// openConflicts is the queue.
func (w *world) openConflicts() (open []store.Conflict) {
	w.read(func(tx store.Tx) (err error) {
		open, err = tx.FindConflicts(w.ctx, store.ConflictFilter{State: store.OpenConflict}, 100)
		return err
	})
	return open
}

// decide decides an open conflict on the values that a person is shown, now or a while ago.
func (w *world) decide() bool {
	open := w.openConflicts()
	if len(open) == 0 {
		return false
	}
	c := open[w.work.IntN(len(open))]
	if c.Field == "" {
		return w.decideWhole(c)
	}
	c = w.asShown(open, c)
	d := engine.Decision{Digest: c.Digest, By: "ann"}
	first := len(w.oracle.tokens) + 1
	choices := [...]store.Choice{store.ChooseLocal, store.ChooseLocal, store.ChooseExternal, store.ChooseExternal, store.ChooseValue}
	if d.Choice = choices[w.work.IntN(len(choices))]; !c.Offers(d.Choice) {
		return false
	}
	if d.Choice == store.ChooseLocal && w.work.IntN(2) == 0 {
		w.byBlocks(c, &d)
	}
	if d.Choice == store.ChooseValue {
		switch c.Field {
		case ticket.State:
			d.Value = ticket.Text(w.someState())
			w.hops++
		case ticket.Title, ticket.Body, ticket.Labels:
			w.decideOn(c, &d)
		default:
			return false
		}
	}
	if err := w.decideOnly(c, d); err != nil {
		if !errors.Is(err, engine.ErrMoved) && !errors.Is(err, engine.ErrDecided) && !errors.Is(err, engine.ErrCannotHold) {
			w.must(err)
		}
		for id := first; id <= len(w.oracle.tokens); id++ {
			w.oracle.token(id).void = true
		}
		w.trace.add("here: decision refused")
		return false
	}
	w.oracle.deleted(tokensIn(c.Value)) // of an older decision that came to nothing: he saw it
	w.choseSide(c, d.Choice)
	if d.Choice == engine.ChooseBlocks {
		w.putTogether(c)
	}
	w.trace.add("here: decide", c.ID, string(c.Field), string(d.Choice), d.Value.Text())
	return true
}

// asShown is a conflict as the person saw it who decides it: now, or when he first looked at
// the queue. It draws by itself, so that schedules are as they were before people looked back.
func (w *world) asShown(open []store.Conflict, c store.Conflict) store.Conflict {
	for _, o := range open {
		if _, known := w.queue[o.ID]; !known {
			w.queue[o.ID] = o
		}
	}
	draw := lot(w.seed, "look "+itoa(w.stepNo)+" "+c.ID)
	if old := w.queue[c.ID]; w.has(staleEdits) && draw%3 == 0 {
		if old.Digest != c.Digest {
			w.fire(faultStaleEdit)
		}
		return old
	}
	w.queue[c.ID] = c
	return c
}

// decideOnly makes one decision, and holds it against what the person was shown: where
// either value is another by now he has not seen what would give way (I2).
func (w *world) decideOnly(shown store.Conflict, d engine.Decision) error {
	w.deciding = &d
	_, err := w.engine.Decide(w.ctx, shown.ID, d)
	w.deciding = nil
	if w.skips("shown") {
		return err
	}
	var now store.Conflict
	w.read(func(tx store.Tx) (err error) {
		now, err = tx.Conflict(w.ctx, shown.ID)
		return err
	})
	if now.State == store.Decided && plan.Digest(now.Local, now.External) != plan.Digest(shown.Local, shown.External) {
		w.fail("I2", fmt.Sprintf("%s of %s is decided upon %q here and %q outside; who decided was shown %q and %q",
			now.Field, now.TicketID, now.Local.Text(), now.External.Text(), shown.Local.Text(), shown.External.Text()))
	}
	return err
}

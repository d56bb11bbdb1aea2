package engine

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// deeds are what one session did to one link, as its journal tells.
type deeds struct {
	linkID, ticketID string
	// item is what became of the whole item: it was made, deleted, brought back or withdrawn
	// on one side, or unlinked. Its Action is empty where none of these was done.
	item   store.Step
	fields []plan.Deed
	kept   []ticket.Field // of a rollback: what it left to a person
}

// journalPage is how many steps are read at a time.
const journalPage = 1000

// eachStep reads a journal from behind a step on, and returns the number of the last one.
func (e *Engine) eachStep(ctx context.Context, sessionID string, after int64, do func(store.Step)) (int64, error) {
	for {
		var page []store.Step
		err := e.Store.Tx(ctx, func(tx store.Tx) (err error) {
			page, err = tx.Steps(ctx, sessionID, after, journalPage)
			return err
		})
		if err != nil {
			return after, err
		}
		for _, s := range page {
			do(s)
			after = s.Seq
		}
		if len(page) < journalPage {
			return after, nil
		}
	}
}

// deedsOf reads what a session did, link by link, the last one first: what was made last is
// taken back first, comments before their tickets. It returns besides how far it read.
func (e *Engine) deedsOf(ctx context.Context, sessionID string) (all []*deeds, last int64, err error) {
	byLink := map[string]*deeds{}
	last, err = e.eachStep(ctx, sessionID, 0, func(s store.Step) {
		if !did(s) {
			return
		}
		d := byLink[s.LinkID]
		if d == nil {
			d = &deeds{linkID: s.LinkID}
			byLink[s.LinkID] = d
			all = append(all, d)
		}
		if s.TicketID != "" {
			d.ticketID = s.TicketID
		}
		d.note(s)
	})
	slices.Reverse(all)
	for _, d := range all {
		d.settle()
	}
	if err == nil {
		all, err = e.backFirst(ctx, all)
	}
	return all, last, err
}

// backFirst puts the tickets whose items the session took back before all else. What is said below one has to wait for
// it, and a take-back begins with the ticket: in the order of what was made last it would be found without one.
func (e *Engine) backFirst(ctx context.Context, all []*deeds) ([]*deeds, error) {
	var first, rest []*deeds
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		first, rest = nil, nil
		for _, d := range all {
			is, err := tookTicket(ctx, tx, d)
			if err != nil {
				return err
			}
			if is {
				first = append(first, d)
			} else {
				rest = append(rest, d)
			}
		}
		return nil
	})
	return append(first, rest...), err
}

// tookTicket reports whether a session took back what stands outside for a ticket.
func tookTicket(ctx context.Context, tx store.Tx, d *deeds) (bool, error) {
	if d.item.Action != plan.Withdraw {
		return false, nil
	}
	l, err := tx.Link(ctx, d.linkID)
	if errors.Is(err, store.ErrNotFound) {
		return false, nil
	}
	return l.Kind == external.KindTicket, err
}

// did reports whether a step changed something, or left something to a person.
func did(s store.Step) bool {
	switch s.Action {
	case plan.CreateHere, plan.CreateOutside, plan.Apply, plan.Push, plan.Decide, plan.Adopt, plan.CloseConflict,
		plan.Revive, plan.DeleteHere, plan.DeleteOutside, plan.Withdraw, plan.Rejoin, plan.Unlink, plan.Link, plan.Keep:
		return true
	}
	return false
}

// note takes one more step in.
func (d *deeds) note(s store.Step) {
	switch s.Action {
	case plan.Keep:
		d.kept = append(d.kept, s.Field)
		return
	case plan.Apply, plan.Push, plan.Decide, plan.Adopt, plan.CloseConflict:
	default:
		d.become(s)
		return
	}
	n := slices.IndexFunc(d.fields, func(f plan.Deed) bool { return f.Field == s.Field })
	if n < 0 {
		d.fields = append(d.fields, plan.Deed{Field: s.Field})
		n = len(d.fields) - 1
	}
	f := &d.fields[n]
	if f.Met = s.Met; s.Action == plan.Adopt || s.Action == plan.CloseConflict {
		return // a fact: it is still true
	}
	if !f.Here.Done && !f.There.Done {
		f.Was = s.Was
	}
	side := &f.Here
	if s.Action == plan.Push {
		side, f.Aside = &f.There, strings.HasPrefix(s.Outcome, halfwayThere) || s.After.Equal(ticket.Text(outbound.Notice))
	}
	if s.Action != plan.Push && s.Before.Equal(s.After) {
		return // a decision for what stood here
	}
	if !side.Done {
		side.Done, side.Before = true, s.Before
	}
	side.After = s.After
}

// become takes in what became of the whole item. What the session made itself and took back
// again, or let go outside, is what it made: nobody had it before. What it brought back and
// deleted again is deleted as it was.
func (d *deeds) become(s store.Step) {
	switch {
	case d.item.Action == plan.CreateOutside && (s.Action == plan.Withdraw || s.Action == plan.DeleteOutside):
	case d.item.Action == plan.CreateHere && (s.Action == plan.DeleteHere || s.Action == plan.Withdraw):
	case d.item.Action == plan.Revive && s.Action == plan.DeleteHere:
		d.item = store.Step{}
	case d.item.Action == plan.Withdraw && s.Action == plan.Withdraw: // it went through a state in between
		d.item.After, d.item.Outcome = s.After, s.Outcome
	default:
		d.item = s
	}
}

// settle leaves out what goes with the whole item.
func (d *deeds) settle() {
	for n := range d.fields {
		switch d.item.Action {
		case plan.CreateHere, plan.Revive:
			d.fields[n].Here = plan.Swap{}
		case plan.CreateOutside, plan.DeleteOutside:
			d.fields[n].There = plan.Swap{}
		}
	}
}

// soFar is what a rollback has done already, as its own journal tells.
type soFar struct {
	session string
	last    int64
	links   map[string]*redone
}

// redone is what a rollback has done to one link.
type redone struct {
	begun map[ticket.Field]plan.Begun
	final map[ticket.Field]bool // said and done
	item  bool
	// withdrawn: it was deleted or closed.
	withdrawn bool
	// halfway: the item was to be closed, and is on its way there through that state.
	halfway bool
	through ticket.Value
}

// of returns what was done to a link.
func (r *soFar) of(linkID string) *redone {
	d := r.links[linkID]
	if d == nil {
		d = &redone{begun: map[ticket.Field]plan.Begun{}, final: map[ticket.Field]bool{}}
		r.links[linkID] = d
	}
	return d
}

// allDone reports whether the rollback's own journal tells that nothing is left to undo of a link. It says so of
// a link that waits, or whose item is in doubt, too.
func (r *redone) allDone(w *work, d *deeds) bool {
	if d.item.Action != "" && !r.item {
		return false
	}
	return !slices.ContainsFunc(reopening(w, d), func(f plan.Deed) bool {
		b := r.begun[f.Field]
		return !r.final[f.Field] && (f.Here.Done && !b.Here || f.There.Done && !b.There)
	})
}

// refresh reads on in the rollback's own journal: what a call of unknown outcome did is
// told there once it is known.
func (e *Engine) refresh(ctx context.Context, r *soFar) (err error) {
	r.last, err = e.eachStep(ctx, r.session, r.last, func(s store.Step) {
		d := r.of(s.LinkID)
		b := d.begun[s.Field]
		switch s.Action {
		case plan.Apply:
			b.Here = true
		case plan.Push:
			// A set is changed by several calls, perhaps: it is done when nothing is left to do, or
			// when a call has changed nothing any more, and its own answer said so.
			idle := b.Halfway && b.Through.Equal(s.After) && s.Outcome != knownLate
			more := s.After.IsSet() && !idle
			b.Halfway, b.Through = more || strings.HasPrefix(s.Outcome, halfwayThere), s.After
			b.There = !b.Halfway
		case plan.DeleteHere, plan.Revive, plan.Rejoin:
			d.item = true
		case plan.Withdraw:
			d.halfway, d.through = strings.HasPrefix(s.Outcome, halfwayThere), s.After
			d.item, d.withdrawn = !d.halfway, !d.halfway
			return
		case plan.Keep, plan.Cannot, plan.Nothing:
			if s.Field == "" {
				d.item = true
			}
			d.final[s.Field] = true
		}
		if s.Field != "" {
			d.begun[s.Field] = b
		}
	})
	return err
}

package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// undoHere does what of an undo concerns us beyond fields: the whole item, the conflicts
// that it opens and those that it closes. The fields are written already.
func (e *Engine) undoHere(ctx context.Context, tx store.Tx, p *peer, w *work, j *journal) error {
	if err := e.undoItem(ctx, tx, p, w, j); err != nil {
		return err
	}
	l, err := tx.LinkForUpdate(ctx, w.link.ID)
	if err != nil {
		return err
	}
	for _, f := range w.undo.kept {
		if err := e.dropKept(ctx, tx, l, f, j); err != nil {
			return err
		}
	}
	for _, u := range w.undo.fields {
		switch {
		case u.Action == plan.Keep:
			err = e.keepUndone(ctx, tx, w, u, j)
		case u.Action == plan.Restore && u.Here.Done && meets(l, w.seen == nil || w.seen.Item.Gone):
			f := parting{field: u.Field, local: u.Here.After, external: u.There.Before, removed: u.Here.Before, where: restoredHere}
			l, err = e.park(ctx, tx, p, w, l, f, j)
		case u.Action == plan.Restore && u.Here.Done && isMoved(l):
			err = e.parkOnward(ctx, tx, p, l, u, j)
		}
		if err != nil {
			return err
		}
	}
	if l.Active() { // what the answers to its calls show besides is news for the next session
		if err := tx.MarkDirty(ctx, l.ID); err != nil {
			return err
		}
	}
	return tx.UpdateLink(ctx, l)
}

// meets reports whether a link has two sides that a session may compare again, now or once it is
// brought back, or tried again: what an undo restored it must not do again then.
func meets(l store.Link, gone bool) bool {
	return !over(l) || l.State == store.Withdrawn && !gone
}

// undoItem deletes or brings back the local item, softly, and sees to its link.
func (e *Engine) undoItem(ctx context.Context, tx store.Tx, p *peer, w *work, j *journal) error {
	s := w.undo.item
	if s.Action == "" {
		return nil
	}
	l, err := tx.LinkForUpdate(ctx, w.link.ID)
	if err != nil {
		return err
	}
	switch s.Action {
	case plan.Keep:
		err = e.keepItem(ctx, tx, w, l, s, j)
	case plan.DeleteHere:
		if l.State != store.Tombstone { // its item is gone, and no undo of this one has a session find that anew
			l = withdrawnLink(l, store.CauseUndone, s.Reason)
		}
		j.counts.DeletedHere++
		err = errors.Join(e.setDeleted(ctx, tx, p, w, true), e.dropKept(ctx, tx, l, whole, j), e.dropAsked(ctx, tx, l, j))
	case plan.Revive:
		j.counts.CreatedHere++
		err = e.setDeleted(ctx, tx, p, w, false)
	case plan.Rejoin:
		if w.undo.again {
			return e.undoDeletion(ctx, tx, w, l, j)
		}
	case plan.Withdraw: // it was never made outside
		l = withdrawnLink(l, store.CauseUndone, s.Reason)
		err = errors.Join(e.dropKept(ctx, tx, l, whole, j), e.dropAsked(ctx, tx, l, j))
	}
	if err != nil {
		return err
	}
	outcome := "done"
	if s.Action == plan.Keep || s.Action == plan.Cannot || s.Action == plan.Nothing {
		outcome = ""
	}
	j.add(w, s, outcome, "")
	if w.undo.halfway || w.undo.staysClosed() { // given up on the way: that is no edit of anybody's, and what is here goes out again
		state := w.standing(p)[ticket.State]
		l.Bases = withBase(l.Bases, ticket.State, base{Local: state, External: state})
	}
	if w.undo.relink {
		if l = l.AtWork(); l.Kind == external.KindTicket {
			if err := wakeChildren(ctx, tx, l); err != nil {
				return err
			}
		}
	}
	return tx.UpdateLink(ctx, l)
}

// undoDeletion has an item made again outside that a rollback deleted there, with the comments below it. The link by
// which that happens is what a later undo takes back.
func (e *Engine) undoDeletion(ctx context.Context, tx store.Tx, w *work, l store.Link, j *journal) error {
	fresh, err := e.replaceLink(ctx, tx, l, l.Parent)
	if err == nil && l.Kind == external.KindTicket {
		err = e.replaceChildren(ctx, tx, l, fresh.ID)
	}
	j.add(w, plan.Step{Action: plan.Nothing, Reason: againReason + " under link " + fresh.ID}, "", "")
	again := *w
	again.link = fresh
	j.add(&again, w.undo.item, "done", "")
	return err
}

// parting is a field that an undo has restored on one side at least.
type parting struct {
	field           ticket.Field
	local, external ticket.Value // as they stand now
	removed         ticket.Value // what the session had written
	where           string       // it was restored, for a person
}

// Where an undo restored a field.
const (
	restoredHere    = "restored here"
	restoredOutside = "restored outside"
	restoredBoth    = "restored here and outside"
)

// park leaves a restored field to a person, unless both sides are at rest as they are: the
// next session must not do it again. It returns the link, whose base it sets where both
// sides agree.
func (e *Engine) park(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link, f parting, j *journal) (store.Link, error) {
	rules := p.rules(w)
	n := slices.IndexFunc(rules, func(r plan.Rule) bool { return r.Field == f.field })
	if n < 0 {
		return l, nil
	}
	in := plan.Input{
		Local: plan.Side{Exists: true, Fields: ticket.Fields{f.field: f.local}}, Bases: l.Bases, Normalize: p.normalize(l.Kind), Leaves: p.leaves(w),
		External: plan.Side{Exists: true, Fields: ticket.Fields{f.field: f.external}},
	}
	inStep, agreed := plan.InStep(in, rules[n])
	open, err := openConflict(ctx, tx, l.ID, f.field)
	if err != nil {
		return l, err
	}
	if inStep {
		if agreed != nil {
			l.Bases = withBase(l.Bases, f.field, *agreed)
		}
		if open != nil && open.Kind == store.Undone && !open.Kept {
			return l, e.endConflict(ctx, tx, *open, store.Converged, j)
		}
		return l, nil
	}
	return l, e.askAbout(ctx, tx, w, l, f, open, j)
}

// askAbout leaves a restored field to a person, in the conflict that is open about it or in one
// of its own.
func (e *Engine) askAbout(ctx context.Context, tx store.Tx, w *work, l store.Link, f parting, open *store.Conflict, j *journal) error {
	d := plan.Disagreement{
		Field: f.field, Base: l.Bases[f.field], Local: f.local, External: f.external, Strategy: plan.Manual, Kind: store.Undone, Reason: f.where,
	}
	if open != nil && !open.Sticky() {
		if open.Kind == store.Undone && !open.Kept && open.Reason != f.where {
			d.Reason = restoredBoth
		}
		said := open.State == store.Decided && open.Choice == store.ChooseValue // it stays for whoever decides next
		if !said && (open.Kind != store.Undone || open.Value.IsEmpty()) {
			open.Value = f.removed
		}
		open.Base = d.Base
		return e.showAnew(ctx, tx, *open, d)
	}
	if open != nil && outlasts(*open, f) {
		return nil
	}
	if open != nil {
		if err := e.endConflict(ctx, tx, *open, store.Resolved, j); err != nil {
			return err
		}
	}
	c := e.newConflict(w, d)
	c.Value = f.removed
	j.counts.Conflicts++
	return e.insertConflict(ctx, tx, c)
}

// outlasts reports whether a person has decided to have a value back that was kept for him, and the
// undo has not written over what he saw here: his word goes out next, and nobody is asked.
func outlasts(c store.Conflict, f parting) bool {
	return c.State == store.Decided && c.Local.Equal(f.local) && !c.Value.Equal(f.local)
}

func withBase(bases plan.Bases, f ticket.Field, b base) plan.Bases {
	out := make(plan.Bases, len(bases)+1)
	for n, v := range bases {
		out[n] = v
	}
	out[f] = b
	return out
}

// keepItem leaves to a person an item that an undo would have taken back, had nobody worked
// on it since. Where its link is over nothing is asked.
func (e *Engine) keepItem(ctx context.Context, tx store.Tx, w *work, l store.Link, s plan.Step, j *journal) error {
	open, err := openConflict(ctx, tx, l.ID, whole)
	if err != nil || over(l) {
		return err
	}
	return e.leaveToPerson(ctx, tx, e.newConflict(w, plan.Left(w.undo.here, s.Reason)), open, j)
}

// leaveToPerson opens a conflict that only keeps something. One conflict a field is open at a
// time: beside another one it is kept closed.
func (e *Engine) leaveToPerson(ctx context.Context, tx store.Tx, c store.Conflict, open *store.Conflict, j *journal) error {
	if c.Kept = true; open != nil {
		var err error
		if c.ClosedRevision, err = revisionOf(ctx, tx, c); err != nil {
			return err
		}
		c.State, c.ClosedAt, c.DecidedBy = store.Resolved, e.Clock.Now(), keptBy
	}
	j.counts.Conflicts++
	return e.insertConflict(ctx, tx, c)
}

// keepUndone keeps for a person what an undo would have restored, had nobody edited the
// field since. Of an item that was moved it does so under the link that goes on: nothing that is
// decided under one that is over is carried out.
func (e *Engine) keepUndone(ctx context.Context, tx store.Tx, w *work, u plan.Undone, j *journal) error {
	now, err := goneOn(ctx, tx, w.link)
	if err != nil {
		return err
	}
	open, err := openConflict(ctx, tx, now.ID, u.Field)
	if err != nil {
		return err
	}
	d := plan.Disagreement{
		Field: u.Field, Base: base{Local: u.Here.After, External: u.There.After}, Local: w.input.Local.Fields[u.Field],
		External: u.There.After, Strategy: plan.Manual, Kind: store.Undone, Reason: u.Reason,
	}
	if u.Here.Done {
		d.External = u.Here.After
	}
	c := e.newConflict(w, d)
	if now.ID != "" {
		c.ProjectID, c.LinkID = now.ProjectID, now.ID
	}
	return e.leaveToPerson(ctx, tx, c, open, j)
}

// dropKept closes the conflict that a rollback had left about a field, unless a person has decided
// it: what he wants is carried out where its link is at work.
func (e *Engine) dropKept(ctx context.Context, tx store.Tx, l store.Link, f ticket.Field, j *journal) error {
	now, err := goneOn(ctx, tx, l)
	if err != nil {
		return err
	}
	open, err := openConflict(ctx, tx, now.ID, f)
	if err != nil || open == nil || open.Kind != store.Undone || !open.Kept || open.State == store.Decided && now.Active() {
		return err
	}
	return e.endConflict(ctx, tx, *open, store.Resolved, j)
}

// dropAsked closes what a person was asked about an item that an undo deletes here: there is nothing to
// decide any more. Should it be brought back, he is asked anew.
func (e *Engine) dropAsked(ctx context.Context, tx store.Tx, l store.Link, j *journal) error {
	open, err := openConflict(ctx, tx, l.ID, whole)
	if err != nil || open == nil || open.Kind == store.Undone {
		return err
	}
	return e.closeWhole(ctx, tx, l.ID, store.Converged, j)
}

// dropLeft closes what a rollback had left to a person on a link of which it restored nothing.
func (e *Engine) dropLeft(ctx context.Context, r Run, w *work) error {
	if len(w.undo.kept) == 0 {
		return nil
	}
	j := &journal{run: r}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		for _, f := range w.undo.kept {
			if err := e.dropKept(ctx, tx, w.link, f, j); err != nil {
				return err
			}
		}
		return j.flush(ctx, tx, e)
	})
}

// endConflict closes a conflict that an undo has settled.
func (e *Engine) endConflict(ctx context.Context, tx store.Tx, c store.Conflict, state store.ConflictState, j *journal) error {
	var err error
	if c.ClosedRevision, err = revisionOf(ctx, tx, c); err != nil {
		return err
	}
	c.State, c.ClosedAt, c.DecidedBy = state, e.Clock.Now(), keptBy
	j.counts.Resolved++
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictResolved", c.ID), e.news(c))
}

// revisionOf is the present revision of the ticket or comment that a conflict is about; 0: its
// ticket was not there yet as it was opened.
func revisionOf(ctx context.Context, tx store.Tx, c store.Conflict) (int64, error) {
	switch {
	case c.CommentID != "":
		now, err := tx.Comment(ctx, c.CommentID)
		return now.Revision, err
	case c.TicketID == "":
		return 0, nil
	}
	now, err := tx.Ticket(ctx, c.TicketID)
	return now.Revision, err
}

func openConflict(ctx context.Context, tx store.Tx, linkID string, f ticket.Field) (*store.Conflict, error) {
	list, err := tx.LinkConflicts(ctx, linkID)
	for _, c := range list {
		if c.Field == f {
			c, err = tx.ConflictForUpdate(ctx, c.ID) // somebody may have decided since
			if err == nil && c.Closed() {
				break
			}
			return &c, err
		}
	}
	return nil, err
}

// landUndone leaves what an undo has written outside to a person, where the next session
// would do it again.
func (e *Engine) landUndone(ctx context.Context, tx store.Tx, p *peer, l store.Link, i store.Intent, item external.Item, j *journal) (store.Link, error) {
	back := p.shownBack(l.Kind, i, item)
	for _, c := range i.Changes {
		if c.Restores == nil || !meets(l, item.Gone) || p.halfway(l.Kind, c.Field, item) || p.mapping.Rule(l.Kind, c.Field) == nil {
			continue
		}
		w := &work{link: l, rules: p.project.Rules, screen: outbound.NewScreen(p.project.Rules)}
		if err := e.localOf(ctx, tx, w); err != nil {
			return l, err
		}
		f := parting{field: c.Field, local: w.input.Local.Fields[c.Field], external: back[c.Field], removed: c.Seen, where: restoredOutside}
		var err error
		if l, err = e.park(ctx, tx, p, w, l, f, j); err != nil {
			return l, err
		}
	}
	return l, nil
}

// closedStill returns the link of an item that the system refuses to open again after a rollback closed it: what is here
// goes out to it once more, and the closing does not come in.
func closedStill(ctx context.Context, tx store.Tx, w *work, l store.Link, i store.Intent) (store.Link, error) {
	for _, c := range i.Changes {
		if c.Field == ticket.State && c.Restores != nil && !w.undo.closed.IsEmpty() && c.Seen.Equal(w.undo.closed) {
			l = closedLink(l, w.undo.closed)
			return l, tx.UpdateLink(ctx, l)
		}
	}
	return l, nil
}

package engine

import (
	"context"
	"errors"
	"maps"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// whole is the field of a conflict about a whole item.
const whole ticket.Field = ""

// wholeInput tells the planner what is known of the item as a whole: what a person was
// asked and decided, and where it went.
func (e *Engine) wholeInput(p *peer, w *work, in *plan.Input) {
	if w.seen != nil && w.seen.Item.Gone {
		in.Moved = w.seen.Item.MovedTo
	}
	if w.onward != nil {
		in.Onward = w.onward.project.Key
	}
	in.Remarks = w.remarks
	c, asked := w.conflicts[whole]
	delete(in.Parked, whole)
	if !asked {
		return
	}
	in.Whole = &plan.Whole{
		Kind: c.Kind, Local: c.Local, External: c.External, Decided: c.State == store.Decided, Choice: plan.Choice(c.Choice),
	}
	till, follows := p.followsAt(w, c)
	in.Follow = follows && !e.Clock.Now().Before(till)
}

// followsAt is when a deletion that was asked about is followed without an answer. The delay of one
// that was asked about before somebody said that they follow begins when he does. Under the hold of a
// restored database nothing waits for it: what is gone outside may be what we took away there, and only
// a person says that ours goes, too; what would go outside is planned at once, and held.
func (p *peer) followsAt(w *work, c store.Conflict) (at time.Time, follows bool) {
	d, since := p.project.Deletions, c.DetectedAt
	follows = d.Follow && d.ConfirmedBy != "" && c.Kind == store.GoneOutside && c.State == store.OpenConflict
	if p.project.Restored.Open() || w.link.Held {
		return at, follows && w.shows()
	}
	if d.ConfirmedAt.After(since) {
		since = d.ConfirmedAt
	}
	return since.Add(d.Delay), follows
}

// awaitFollow has a link come back when the deletion it was asked about is to be followed.
func (e *Engine) awaitFollow(p *peer, w *work) {
	c, asked := w.conflicts[whole]
	if !asked || w.link.Kind != external.KindTicket || w.input.Follow || w.input.Moved != "" {
		return
	}
	till, follows := p.followsAt(w, c)
	if a := w.plan.Steps[0].Action; follows && (a == plan.KeepConflict || a == plan.LinkGone) && len(w.plan.Conflicts) == 0 && e.Clock.Now().Before(till) {
		w.wait, w.waitTil = "a deletion is followed unless somebody decides otherwise", till
	}
}

// closeWhole closes the conflict about an item, if there is one: it was carried out, or
// both sides agree without it.
func (e *Engine) closeWhole(ctx context.Context, tx store.Tx, linkID string, to store.ConflictState, j *journal) error {
	open, err := tx.LinkConflicts(ctx, linkID)
	if err != nil || len(open) == 0 || open[0].Field != whole { // they come by field
		return err
	}
	c, err := tx.ConflictForUpdate(ctx, open[0].ID) // somebody may have decided since
	if err != nil || c.Closed() {
		return err
	}
	if c.State == store.OpenConflict && to == store.Resolved && c.Kind != store.Undone {
		p, err := tx.Project(ctx, c.ProjectID)
		if err != nil {
			return err
		}
		if d := p.Deletions; d.Follow && d.ConfirmedBy != "" {
			c.DecidedBy, c.DecidedAt = d.ConfirmedBy+", for all deletions", e.Clock.Now()
		} else { // nobody did: what was asked is moot, since the item was taken back
			to = store.Converged
		}
	}
	c.State, c.ClosedAt = to, e.Clock.Now()
	j.counts.Resolved++
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return err
	}
	if err := e.releaseTwin(ctx, tx, c); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictResolved", c.ID), e.news(c))
}

// landEnd records a call that deleted or closed the external item.
func (e *Engine) landEnd(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link, i store.Intent, item external.Item, j *journal) error {
	if _, back := w.takesBack(); back {
		l = e.landWithdrawal(w, p, l, i, item, j)
		if l.State == store.Withdrawn && w.buries() {
			l = buried(l, i.Verb, canonical(p, item)[ticket.State])
		}
	} else {
		l = l.As(store.Tombstone, store.CauseWentAlong, wentAlong)
		j.counts.DeletedOutside++
		j.add(w, plan.Step{Action: plan.DeleteOutside, Reason: "deleted here and not edited outside"}, "done", i.ID)
	}
	if l.State != store.Live {
		if err := errors.Join(e.endAsked(ctx, tx, p, w, j), e.overAt(ctx, tx, l)); err != nil {
			return err
		}
	}
	return errors.Join(tx.UpdateLink(ctx, l), e.observeWritten(ctx, tx, p, l, i, item), e.askAnew(ctx, tx, l), e.beginAgain(ctx, tx, w, l), j.flush(ctx, tx, e))
}

// buries reports whether an item goes with its ticket that was deleted here: neither is it an undo that
// takes it back, nor is it over already, and taken back for what it says.
func (w *work) buries() bool {
	return w.ticket.Deleted && w.undo == nil && w.link.State != store.Withdrawn
}

// buried returns the link of a ticket that was deleted here, its twin deleted or left in a
// closed state. Should the ticket be restored, its state is an edit made since, and opens
// the twin. What an undo takes back is not buried: restoring the ticket does not do it again.
func buried(l store.Link, verb string, state ticket.Value) store.Link {
	l.State = store.Tombstone
	if verb == verbClose {
		bases := maps.Clone(l.Bases)
		bases[ticket.State] = base{Local: state, External: state}
		l.Bases = bases
	}
	return l
}

// endPlan fills in how the external twin of a ticket that was deleted here comes to its end.
func (p *peer) endPlan(w *work) {
	s, back := w.takesBack()
	if !back {
		return
	}
	end, err := p.withdrawal(w, s.Reason, false)
	if err != nil {
		end = plan.Plan{Steps: []plan.Step{{Action: plan.Drift, Reason: "deleted here; " + cannotWithdraw(w.link.Kind)}}}
	}
	w.plan = end
}

// stillAgreed returns the bases of an item: it may not be there again after all, see shownAgain.
func (w *work) stillAgreed(l store.Link) plan.Bases {
	if w.input.External.Deleted {
		return l.Bases.AsBefore()
	}
	return l.Bases
}

// applyWhole carries out the one step of a plan about the whole item.
func (e *Engine) applyWhole(ctx context.Context, tx store.Tx, p *peer, w *work, s plan.Step, l store.Link, j *journal) error {
	patch := ticket.Fields{}
	l.Bases = w.stillAgreed(l)
	switch s.Action {
	case plan.CreateHere:
		return e.createHere(ctx, tx, p, w, l, j)
	case plan.CreateOutside, plan.DeleteOutside:
		return nil // journalled when it lands
	case plan.Withdraw:
		if !w.moot {
			return nil // as these
		}
		unseen := l.TakeBack != "" && w.isUnseen()
		if l = withdrawnLink(l, w.endsAs(), s.Reason); w.buries() {
			l = buried(l, verbClose, s.After)
		}
		if unseen {
			l.Unseen = outbound.Redact
		}
	case plan.OpenConflict:
		if w.plan.Conflicts[0].Kind == plan.TwinNew {
			if err := e.holdTwin(ctx, tx, w); err != nil {
				return err
			}
		}
		l = waits(p, w, l, s)
	case plan.Link:
		j.add(w, s, "done", "")
		return e.linkTwin(ctx, tx, p, w, l, j)
	case plan.Unlink:
		l = endedAs(l, store.CauseUnlinked, s.Reason)
	case plan.MakeAgain:
		j.add(w, s, "done", "")
		return errors.Join(e.makeAgain(ctx, tx, w, l), e.closeWhole(ctx, tx, l.ID, store.Resolved, j), e.endFields(ctx, tx, l), e.letGo(ctx, tx, p, w))
	case plan.Revive:
		if w.comment != nil {
			patch, l.Bases = w.input.External.Fields, agreed(w.input)
		} // a ticket's fields are compared in the next round, like any others
	case plan.DeleteHere:
		l = endedAs(l, causeOf(s), s.Reason)
		j.counts.DeletedHere++
		if err := e.setDeleted(ctx, tx, p, w, true); err != nil {
			return err
		}
	case plan.LinkGone:
		l = goneLink(w, l, s)
	}
	j.add(w, s, "done", "")
	if err := e.wholeDone(ctx, tx, p, w, s, l, j); err != nil {
		return err
	}
	return errors.Join(e.patchHere(ctx, tx, p, w, l, patch, j), e.askAnew(ctx, tx, l))
}

// wholeDone closes what waits for a person about an item, and about its fields, that a step ends.
func (e *Engine) wholeDone(ctx context.Context, tx store.Tx, p *peer, w *work, s plan.Step, l store.Link, j *journal) error {
	to, ends := wholeEnds(s, l)
	switch {
	case ends:
		return errors.Join(e.closeWhole(ctx, tx, l.ID, to, j), e.letGo(ctx, tx, p, w), e.overAt(ctx, tx, l))
	case w.comment != nil && l.State == store.MaybeGone:
		return e.endFields(ctx, tx, l)
	}
	return nil
}

// waits returns a link about which a person is asked. Where its item is gone it rests, but
// for one that comes back by itself, see followsAt.
func waits(p *peer, w *work, l store.Link, s plan.Step) store.Link {
	if follows := p.project.Deletions.Follow && w.plan.Conflicts[0].Kind == plan.Gone; w.input.External.Deleted && !follows {
		l = goneWhere(l, s.Reason)
	}
	return l
}

// endedAs returns a link that is over.
func endedAs(l store.Link, cause store.Cause, reason string) store.Link {
	if l = l.As(store.Tombstone, cause, reason); l.Unseen != "" && l.ExternalID != "" {
		l = outOfReach(l)
	}
	return l
}

// goneWhere returns a link as it rests whose item is gone: what is to be taken back of it may come back.
func goneWhere(l store.Link, reason string) store.Link {
	if l.Unseen != "" {
		reason = and(reason, outOfSight)
	}
	return l.As(store.MaybeGone, store.NoCause, reason)
}

// stillGone returns a link as it rests about whose item, which is gone, a person is asked. What told of it
// has put it to work, to be read once more; nor is it there because nothing of its ticket may flow by now.
func (w *work) stillGone(l store.Link) store.Link {
	c, asked := w.conflicts[whole]
	if asked && c.State == store.OpenConflict && l.State == store.Live && w.wait == "" && len(w.plan.Of(plan.Withhold)) > 0 &&
		w.seen != nil && w.seen.Item.Gone && !w.ticket.Deleted && l.DirtyRev == w.link.DirtyRev {
		l = goneWhere(l, w.plan.Steps[0].Reason)
	}
	return l
}

// wholeEnds reports whether a step ends the conflict about its item, and as what.
func wholeEnds(s plan.Step, l store.Link) (store.ConflictState, bool) {
	switch s.Action {
	case plan.DeleteHere, plan.Unlink, plan.Revive, plan.Withdraw, plan.Separate:
		return store.Resolved, true
	case plan.LinkGone:
		return store.Converged, l.State == store.Tombstone
	}
	return "", false
}

// againReason begins what people are told of a link whose ticket has another item in its project, by a
// person's word.
const againReason = "deleted outside, and made again"

// leftReason is what people are told of a link that left its ticket to one whose item was moved here.
const leftReason = "its ticket goes on with another item that was moved here, under link "

// holder returns the link that has by now what another one stood for; zero: that is not known any more.
func holder(ctx context.Context, tx store.Tx, l store.Link) (store.Link, error) {
	met := map[string]bool{}
	for l.LocalID == "" {
		if met[l.ID] { // they left it to one another
			return store.Link{}, nil
		}
		met[l.ID] = true
		if l.Onward == "" {
			return store.Link{}, nil
		}
		next, err := tx.Link(ctx, l.Onward)
		if errors.Is(err, store.ErrNotFound) {
			return store.Link{}, nil
		}
		if err != nil {
			return store.Link{}, err
		}
		l = next
	}
	return l, nil
}

// stoodFor returns the id of what a link stands for here, or stood for until that got another item; empty: that
// is not known any more.
func stoodFor(ctx context.Context, tx store.Tx, l store.Link) (string, error) {
	l, err := holder(ctx, tx, l)
	return l.LocalID, err
}

// makeAgain ends a link whose external item is gone and gives its ticket and comments new
// ones, under which they are made anew. The old one stays, so that nothing that still
// shows the old item outside is taken for news.
func (e *Engine) makeAgain(ctx context.Context, tx store.Tx, w *work, old store.Link) error {
	fresh, err := e.replaceLink(ctx, tx, old, "")
	if err != nil {
		return err
	}
	return errors.Join(e.replaceChildren(ctx, tx, old, fresh.ID), tx.AddOutbox(ctx, e.wake(w.link.ProjectID)))
}

// replaceChildren lets the comments of a ticket go on under another link of it: those that
// its item lacks are made there.
func (e *Engine) replaceChildren(ctx context.Context, tx store.Tx, old store.Link, by string) error {
	children, err := tx.LinksOfParent(ctx, old.ID)
	for _, c := range children {
		if err != nil || c.LocalID == "" {
			continue
		}
		if c, err = tx.LinkForUpdate(ctx, c.ID); err == nil { // as it is by now
			_, err = e.replaceLink(ctx, tx, c, by)
		}
	}
	return err
}

func (e *Engine) replaceLink(ctx context.Context, tx store.Tx, old store.Link, parent string) (store.Link, error) {
	now := e.Clock.Now()
	fresh := store.Link{
		ID: e.newLinkID(), ProjectID: old.ProjectID, Kind: old.Kind, LocalID: old.LocalID, Parent: parent,
		State: store.Backlog, DirtyRev: 1, DirtyAt: now, CreatedAt: now,
	}
	if old.ExternalID == "" { // never made: it only changes its parent
		old.Parent, old.ParentKey = parent, ""
		if isMoved(old) || isUnseen(old) { // its ticket is here once more, or has another item, which lacks it
			old = old.AtWork()
		}
		if err := tx.UpdateLink(ctx, old); err != nil {
			return old, err
		}
		return old, tx.MarkDirty(ctx, old.ID)
	}
	if old.LocalID = ""; !isMoved(old) { // else it still says where its item went
		old = madeAgain(old, " under link ", fresh.ID)
	}
	old = leftBehind(old)
	if err := tx.UpdateLink(ctx, old); err != nil {
		return fresh, err
	}
	return fresh, tx.InsertLink(ctx, fresh)
}

// leftBehind returns a link whose ticket has another item: what is to be taken back of its own is out of sight.
func leftBehind(l store.Link) store.Link {
	if l.TakeBack == "" && l.Unseen == "" {
		return l
	}
	l.TakeBack, l.Unseen = "", outbound.Redact
	if isMadeAgain(l) {
		l = outOfReach(l)
	}
	return l
}

// wakeAsked puts a link back to work that rests until a person decides what becomes of a
// ticket whose item is gone.
func (e *Engine) wakeAsked(ctx context.Context, tx store.Tx, linkID string) error {
	l, err := tx.LinkForUpdate(ctx, linkID)
	if err != nil || !asksAboutGone(l) {
		return err
	}
	return tx.UpdateLink(ctx, l.AtWork())
}

// closedAs is the state that a close is proven to have written.
func closedAs(proven []store.Change) ticket.Value {
	for _, c := range proven {
		if c.Field == ticket.State {
			return c.Written
		}
	}
	return ticket.Value{}
}

// asksAboutGone reports whether a link waits for a person because its external ticket,
// which was there, is gone.
func asksAboutGone(l store.Link) bool {
	return l.State == store.MaybeGone && l.Kind == external.KindTicket && l.ExternalID != ""
}

// known is how many comments of a ticket are known to stand outside.
func (e *Engine) known(ctx context.Context, tx store.Tx, w *work) error {
	if w.link.Kind != external.KindTicket || !w.ticket.Deleted || w.link.ExternalID == "" {
		return nil
	}
	children, err := tx.LinksOfParent(ctx, w.link.ID)
	for _, c := range children {
		if c.ExternalID == "" || c.State == store.Tombstone {
			continue
		}
		w.remarks++
		if c.Active() && c.Dirty() {
			w.unread = true
		}
	}
	return err
}

// unreadRemarks is why a ticket that is to be deleted outside waits.
const unreadRemarks = "its comments outside come in first"

// awaitComments has a ticket that is to be deleted outside wait until all that is known of
// its comments there has come in: they go with it. Where one does not come in for an hour, the
// ticket is closed, and they stay.
func (e *Engine) awaitComments(p *peer, w *work) {
	if _, back := w.takesBack(); !back || !w.unread || w.wait != "" {
		return
	}
	now := e.Clock.Now()
	if _, enough := tried(w.link, now); enough {
		p.keep(w.link.ID)
		p.endPlan(w)
		return
	}
	w.wait, w.waitTil = unreadRemarks, now.Add(restlessDelay)
}

// wholeStep returns the one step of a plan that is about the whole item, if it is.
func (w *work) wholeStep() (plan.Step, bool) {
	if len(w.plan.Steps) == 0 {
		return plan.Step{}, false
	}
	s := w.plan.Steps[0]
	return s, s.Action == plan.Withdraw || s.Field == whole && s.Action != plan.CloseConflict && s.Action != plan.Stay
}

// askAnew has the ticket of a comment planned again when a person was asked about it as a
// whole: he was shown how many comments it has.
func (e *Engine) askAnew(ctx context.Context, tx store.Tx, l store.Link) error {
	if l.Kind != external.KindComment || l.Parent == "" {
		return nil
	}
	open, err := tx.LinkConflicts(ctx, l.Parent)
	if err != nil || len(open) == 0 || open[0].Field != whole {
		return err
	}
	return tx.MarkDirty(ctx, l.Parent)
}

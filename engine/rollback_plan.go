package engine

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// undoing is how one link is to be undone.
type undoing struct {
	fields []plan.Undone
	// item says what becomes of the whole item: DeleteHere, Revive, Withdraw, Keep or Cannot;
	// empty where nothing does. Relink brings its link back to life, too.
	item   plan.Step
	closes plan.Swap // the state in which an item is withdrawn that cannot be deleted outside
	here   bool      // the item that the session made is ours, not the one outside
	relink bool
	// again: what the rollback that is undone deleted outside is made there again, under another link.
	again bool
	// closed is the state in which the rollback that is undone closed the item; not set where it did not.
	closed ticket.Value
	// halfway: an earlier attempt has begun to close the item, and it stands where that left it.
	halfway bool
	kept    []ticket.Field // what the rollback that is undone had left to a person
	// waits: what was refused is refused to all of the project for the moment, see shutsUndo.
	waits bool
}

// restores returns the base that a field has again once an undo has written it outside; nil
// where no undo does.
func (w *work) restores(f ticket.Field) *base {
	if w.undo == nil {
		return nil
	}
	for _, u := range w.undo.fields {
		if u.Field == f && u.Action == plan.Restore {
			return &base{Local: u.Base.Local, External: u.Base.External}
		}
	}
	return nil
}

// restoredBase returns the base of a field once an undo has written it outside. Where the
// value that was restored is what we had incorporated, the answer says how it is spelt.
func restoredBase(p *peer, kind external.Kind, c store.Change, back ticket.Value, readBack bool) base {
	norm, b := p.normalize(kind), *c.Restores
	if readBack && !norm(c.Field, back).Equal(norm(c.Field, c.Written)) {
		return b
	}
	if norm(c.Field, b.External).Equal(norm(c.Field, c.Written)) {
		b.External = back
	}
	return b
}

// planUndo plans what is left to undo of a link. sessionOfUndo says that the session to be
// undone was a rollback itself.
func (e *Engine) planUndo(ctx context.Context, p *peer, w *work, d *deeds, done *redone, ofRollback bool) error {
	w.undo, w.plan = &undoing{kept: d.kept, here: d.item.Action == plan.CreateHere || d.item.Action == plan.Revive}, plan.Plan{}
	if d.item.Action == plan.Withdraw && d.item.Field == ticket.State {
		w.undo.closed = d.item.After
	}
	w.undo.halfway = done.halfway && done.through.Equal(w.standing(p)[ticket.State])
	if w.link.LocalID == "" {
		w.wait, w.waitTil = leftIt, time.Time{}
	}
	if w.wait != "" {
		return e.planWaiting(w, d, done)
	}
	theirs := map[ticket.Field]bool{}
	for f, by := range w.stamps() {
		theirs[f] = by != "project:"+p.project.ID
	}
	if !done.item {
		if err := e.planItem(ctx, p, w, d, theirs, ofRollback); err != nil {
			return err
		}
	}
	in := plan.Undoing{
		Input: w.input, Deeds: reopening(w, d), Theirs: theirs, Begun: done.begun,
		Apart: w.link.State == store.Withdrawn && !w.undo.relink, Ended: w.link.State == store.Tombstone && !w.undo.relink,
	}
	if w.undo.item.Action == plan.Revive {
		in.Local.Deleted = false
	}
	w.planFields(plan.Undo(in), done)
	return nil
}

// planFields takes in what is left to do with each field.
func (w *work) planFields(all []plan.Undone, done *redone) {
	for _, u := range all {
		b := done.begun[u.Field]
		if done.final[u.Field] || u.Action == plan.Nothing && (b.Here || b.Halfway) {
			continue
		}
		if u.Field == ticket.State && u.Action == plan.Keep && w.undo.halfway { // that was us
			u.Action, u.Reason = plan.Cannot, leftHalfway
		}
		w.undo.fields = append(w.undo.fields, u)
		w.plan.Steps = append(w.plan.Steps, undoSteps(w, u)...)
	}
}

// leftHalfway is why the state of an item stays that an undo had begun to close.
const leftHalfway = "it was to be closed, and was edited outside on the way there: it stays, and its state goes out again"

// reopening returns the deeds on fields, and with them the closing of an item that is
// withdrawn no more.
func reopening(w *work, d *deeds) []plan.Deed {
	s := d.item
	if s.Action != plan.Withdraw || s.Field == "" || s.Before.Equal(s.After) || w.link.State != store.Live && (w.undo == nil || !w.undo.relink) {
		return d.fields
	}
	return append(slices.Clone(d.fields), plan.Deed{
		Field: s.Field, Was: w.link.Bases[s.Field], There: plan.Swap{Done: true, Before: s.Before, After: s.After},
		Aside: true,
	})
}

// staysClosed reports whether an item is synchronised again, and stands as a rollback closed it: nothing opens it. That
// is no edit of anybody's, and does not come in.
func (u *undoing) staysClosed() bool {
	return u.relink && slices.ContainsFunc(u.fields, func(f plan.Undone) bool {
		return f.Field == ticket.State && f.Action == plan.Cannot && f.There.Before.Equal(u.closed)
	})
}

// planWaiting says of all that is left that it cannot be undone now.
func (e *Engine) planWaiting(w *work, d *deeds, done *redone) error {
	if !w.waitTil.IsZero() {
		return &waitError{w.wait, w.waitTil}
	}
	if d.item.Action != "" && !done.item {
		w.undo.item = plan.Step{Action: plan.Cannot, Reason: w.wait}
		if d.item.Action == plan.Withdraw && isMadeAgain(w.link) { // with its ticket, whose old item is gone
			w.undo.item = plan.Step{Action: plan.Nothing, Reason: madeAgainSince}
		}
	}
	for _, f := range d.fields {
		if b := done.begun[f.Field]; (f.Here.Done && !b.Here || f.There.Done && !b.There) && !done.final[f.Field] {
			u := plan.Undone{Field: f.Field, Action: plan.Cannot, Reason: w.wait}
			w.undo.fields = append(w.undo.fields, u)
			w.plan.Steps = append(w.plan.Steps, undoSteps(w, u)...)
		}
	}
	return nil
}

// stamps says by whom each field of the local side was written last.
func (w *work) stamps() map[ticket.Field]string {
	by := map[ticket.Field]string{}
	if w.comment != nil {
		by[ticket.Body] = w.comment.Stamp.By
		return by
	}
	for f, s := range w.ticket.Stamps {
		by[f] = s.By
	}
	return by
}

// byPeople reports whether somebody here wrote a field last, also one that the project does
// not carry.
func (w *work) byPeople() bool {
	for _, by := range w.stamps() {
		if by != "" && !strings.HasPrefix(by, "project:") {
			return true
		}
	}
	return false
}

// undoSteps are the planner's steps that carry out what is to become of one field. While its
// other side is still to be written, its base stays as it is: by it the next attempt tells
// whether somebody else has been there.
func undoSteps(w *work, u plan.Undone) []plan.Step {
	if u.Action != plan.Restore {
		s := plan.Step{Field: u.Field, Action: u.Action, Before: w.input.Local.Fields[u.Field], After: u.Here.After, Reason: u.Reason}
		if u.Action == plan.Keep && !u.Here.Done {
			s.After = u.There.After
		}
		return []plan.Step{s}
	}
	var steps []plan.Step
	if u.Here.Done {
		s := plan.Step{Field: u.Field, Action: plan.Apply, Before: u.Here.Before, After: u.Here.After, Base: u.Base, Reason: undoneReason + u.Reason}
		set := u.There.After.IsSet() || u.There.Before.IsSet()
		if now := w.link.Bases[u.Field]; u.There.Done && !set {
			s.Base = now
		}
		steps = append(steps, s)
	}
	if u.There.Done {
		steps = append(steps, plan.Step{Field: u.Field, Action: plan.Push, Before: u.There.Before, After: u.There.After, Base: u.Base, Reason: undoneReason + u.Reason})
	}
	return steps
}

// othersMade is why an item stays that the session only took up again: what of ours stood in it had been taken back.
const othersMade = "others made it outside: it stays there, and goes on being synchronised; take it back again, or let it go"

// planItem plans what becomes of an item that the session made, deleted, brought back or
// withdrew.
func (e *Engine) planItem(ctx context.Context, p *peer, w *work, d *deeds, theirs map[ticket.Field]bool, ofRollback bool) error {
	u := w.undo
	switch d.item.Action {
	case plan.CreateHere:
		reason, err := e.livesHere(ctx, w, d, theirs)
		if err != nil {
			return err
		}
		u.item = plan.Step{Action: plan.DeleteHere, Reason: undoneReason + "the session made it here"}
		if w.input.Local.Deleted {
			u.item = plan.Step{Action: plan.Nothing, Reason: "it is deleted here already"}
		} else if reason != "" {
			u.item = plan.Step{Action: plan.Keep, Reason: reason}
		}
	case plan.Rejoin:
		return e.planLetGo(ctx, p, w, d)
	case plan.CreateOutside:
		return e.planTakeBack(ctx, p, w, d)
	case plan.DeleteHere:
		u.item = plan.Step{Action: plan.Revive, Reason: undoneReason + "the session deleted it here"}
		if u.relink = ofRollback && (w.link.State != store.Tombstone || !w.input.External.Deleted); !w.input.Local.Deleted {
			u.item = plan.Step{Action: plan.Nothing, Reason: "it was brought back since"}
		}
	case plan.Revive:
		u.item = plan.Step{Action: plan.DeleteHere, Reason: undoneReason + "the session brought it back"}
		if w.input.Local.Deleted {
			u.item = plan.Step{Action: plan.Nothing, Reason: "it is deleted here already"}
		} else if reason, err := e.wroteSince(ctx, w, d, theirs); err != nil {
			return err
		} else if reason != "" {
			u.item = plan.Step{Action: plan.Keep, Reason: reason}
		}
	case plan.Withdraw:
		planReopen(w, d.deletedOutside())
	case plan.Unlink:
		u.item = plan.Step{Action: plan.Cannot, Reason: letAlone}
	case plan.Link:
		u.item = plan.Step{Action: plan.Cannot, Reason: "a person decided that it and the item outside are one, and no undo overrules that; what was written since is undone field by field"}
	case plan.DeleteOutside:
		u.item = plan.Step{Action: plan.Cannot, Reason: "the session deleted it outside, and no system brings back what was deleted; its text is kept here"}
	}
	return nil
}

// planLetGo plans to take back what an undo took up again, unless others made it.
func (e *Engine) planLetGo(ctx context.Context, p *peer, w *work, d *deeds) error {
	if w.link.ExternalID != "" && !w.link.Made {
		w.undo.item = plan.Step{Action: plan.Cannot, Reason: othersMade}
		return nil
	}
	return e.planTakeBack(ctx, p, w, d)
}

// moved reports whether anybody has edited the local side.
func moved(in plan.Input, theirs map[ticket.Field]bool) bool {
	for _, r := range in.Rules {
		if theirs[r.Field] || !r.OnCreate && !in.Local.Fields[r.Field].Equal(in.Bases[r.Field].Local) {
			return true
		}
	}
	return false
}

// wroteSince says how the local side was written since the session, or "" when it was not.
func (e *Engine) wroteSince(ctx context.Context, w *work, d *deeds, theirs map[ticket.Field]bool) (reason string, err error) {
	if moved(w.input, theirs) {
		return "edited here since", nil
	}
	left := ticket.Fields{}
	err = e.Store.Tx(ctx, func(tx store.Tx) (err error) {
		left, err = w.left(ctx, tx, d)
		return err
	})
	for f, v := range left {
		now := w.input.Local.Fields[f]
		filled := filledIn(plan.Deed{Field: f, Here: plan.Swap{Before: v, After: now}})
		carried := slices.ContainsFunc(w.input.Rules, func(r plan.Rule) bool { return r.Field == f })
		if f != store.ChangedPrivacy && f != store.ChangedDeleted && !v.Equal(now) && (carried || !filled) {
			reason = "a later session wrote it"
		}
	}
	return reason, err
}

// left returns what those fields held when the session had written the local side last that were
// written since it made it.
func (w *work) left(ctx context.Context, tx store.Tx, d *deeds) (ticket.Fields, error) {
	left, own := ticket.Fields{}, map[ticket.Field]bool{}
	err := w.eachChange(ctx, tx, d.item.At, func(c store.TicketChange) bool {
		switch {
		case own[c.Field]:
		case c.SessionID == d.item.SessionID:
			left[c.Field], own[c.Field] = c.After, true
		default:
			left[c.Field] = c.Before
		}
		return true
	})
	return left, err
}

// livesHere says why a ticket or comment that a session made here is not to be deleted, or
// "" when nobody has touched it since.
func (e *Engine) livesHere(ctx context.Context, w *work, d *deeds, theirs map[ticket.Field]bool) (reason string, err error) {
	if w.byPeople() {
		return "edited here since", nil
	}
	if reason, err = e.wroteSince(ctx, w, d, theirs); reason != "" || err != nil || w.link.Kind == external.KindComment {
		return reason, err
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		comments, err := tx.CommentsOf(ctx, w.ticket.ID)
		for _, c := range comments {
			if !c.Deleted && c.Origin != w.link.ProjectID {
				reason = "somebody commented on it here since"
			}
		}
		return err
	})
	return reason, err
}

// planTakeBack plans to withdraw what a session made outside, unless somebody there has
// worked on it.
func (e *Engine) planTakeBack(ctx context.Context, p *peer, w *work, d *deeds) error {
	u := w.undo
	u.item = plan.Step{Action: plan.Withdraw, Reason: undoneReason + "the session made it outside"}
	switch {
	case w.link.ExternalID == "" && !over(w.link): // it is to be made there again, and was not yet
		u.item.Reason = undoneReason + "it was to be made outside"
		return nil
	case w.link.ExternalID == "" || w.link.State == store.Withdrawn || w.link.State == store.Tombstone:
		u.item = plan.Step{Action: plan.Nothing, Reason: "there is nothing outside any more"}
		return nil
	case w.input.External.Deleted:
		return nil
	case p.editedThere(w, d):
		u.item = plan.Step{Action: plan.Keep, Reason: "edited outside since"}
		return nil
	}
	back, err := p.withdrawal(w, "", false)
	if err != nil {
		var vendor *external.Error
		errors.As(err, &vendor)
		u.item = plan.Step{Action: plan.Cannot, Reason: vendor.Message}
		return nil
	}
	if s := back.Steps[0]; s.Field != "" {
		u.closes = plan.Swap{Done: true, Before: s.Before, After: s.After}
	}
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		if worked, err := p.letIn(ctx, tx, w, d); err != nil || worked {
			u.item = plan.Step{Action: plan.Keep, Reason: "edited outside since"}
			return err
		}
		others, err := e.remarked(ctx, tx, p, w.link)
		if others {
			u.item = plan.Step{Action: plan.Keep, Reason: "somebody commented on it outside since"}
		}
		return err
	})
}

// editedThere reports whether an item that we made was edited outside since we last looked
// at what it holds, or before, so that the session itself applied it here.
func (p *peer) editedThere(w *work, d *deeds) bool {
	for _, f := range d.fields {
		if f.Here.Done && !filledIn(f) {
			return true
		}
	}
	there := w.standing(p)
	for _, r := range w.input.Rules {
		if _, told := w.link.Bases[r.Field]; r.Field == ticket.State && w.undo.halfway || r.OnCreate && !told {
			continue // that was us, or nothing of it was agreed on
		}
		now, met := w.input.Reads(r.Field, there[r.Field]), w.input.Reads(r.Field, w.link.Bases[r.Field].External)
		if !now.Equal(met) {
			return true
		}
	}
	return w.seen != nil && p.editedUncarried(w.link, w.seen.Item)
}

// letIn reports whether a later session wrote here what somebody had put on an item that we
// made. Who has written over it here since does not make it undone.
func (p *peer) letIn(ctx context.Context, tx store.Tx, w *work, d *deeds) (is bool, err error) {
	err = w.eachChange(ctx, tx, d.item.At, func(c store.TicketChange) bool {
		is = c.By == "project:"+p.project.ID && c.SessionID != d.item.SessionID && c.Field != store.ChangedDeleted
		return !is
	})
	return is, err
}

// eachChange tells what was written here of a ticket or comment since then, the newest first, for
// as long as do wants to hear it.
func (w *work) eachChange(ctx context.Context, tx store.Tx, since time.Time, do func(store.TicketChange) bool) error {
	id := ""
	if w.comment != nil {
		id = w.comment.ID
	}
	for before := int64(0); ; {
		page, err := tx.TicketChanges(ctx, w.ticket.ID, before, journalPage)
		for _, c := range page {
			if before = c.Seq; c.At.Before(since) || c.CommentID == id && !do(c) {
				return err
			}
		}
		if err != nil || len(page) < journalPage {
			return err
		}
	}
}

// filledIn reports whether what came in after a create is what a system fills in by itself,
// and nobody's work: a value of a field that was empty and is no text or set.
func filledIn(d plan.Deed) bool {
	return d.Here.Before.IsEmpty() && !d.Here.After.IsSet() && d.Field != ticket.Title && d.Field != ticket.Body
}

// leftIt is why nothing is undone of a link that has left its ticket or comment to another one.
const leftIt = "by now it goes on with another item outside, and what that holds was not written by the session; " +
	"look at both, and change by hand what is not to stay"

// madeAgainSince is why nothing is brought back of a link that has left its ticket or comment to a new item.
const madeAgainSince = "it was made again outside since"

// letAlone is why nothing is undone of a link that a person ended.
const letAlone = "a person decided to stop synchronising it, and no undo overrules that; both sides are as they were"

// planReopen plans to bring back what a session withdrew. What a rollback, or a take-back, deleted outside is made again there: by the
// same author, with the same text, though under another key.
func planReopen(w *work, deleted bool) {
	u := w.undo
	switch {
	case isUnlinked(w.link):
		u.item = plan.Step{Action: plan.Cannot, Reason: letAlone}
	case isMadeAgain(w.link):
		u.item = plan.Step{Action: plan.Nothing, Reason: madeAgainSince}
	case w.link.State == store.Tombstone:
		u.item = plan.Step{Action: plan.Cannot, Reason: "its ticket was deleted here since; restore it, and it is opened again"}
	case w.link.State != store.Withdrawn:
		u.item = plan.Step{Action: plan.Nothing, Reason: "it is not withdrawn any more"}
	case w.input.Local.Deleted:
		u.item = plan.Step{Action: plan.Cannot, Reason: "it was deleted here since, and what is deleted here is not brought back outside"}
	case w.ticket.Deleted:
		u.item = plan.Step{Action: plan.Cannot, Reason: "its ticket was deleted here since, and what is deleted here is not brought back outside"}
	case w.input.External.Deleted && !deleted:
		u.item = plan.Step{Action: plan.Cannot, Reason: "it was deleted outside, and no system brings back what was deleted"}
	case !w.input.Verdict.Out:
		u.item = plan.Step{Action: plan.Cannot, Reason: "it may not leave any more: " + w.input.Verdict.Reason}
	case w.input.External.Deleted && !w.input.Direction.Out():
		u.item = plan.Step{Action: plan.Cannot, Reason: "it was deleted outside, and the direction of the project does not let it out again"}
	case w.input.External.Deleted:
		u.item, u.again = plan.Step{Action: plan.Rejoin, Reason: undoneReason + "it was deleted outside, and is made there again"}, true
	default:
		u.item, u.relink = plan.Step{Action: plan.Rejoin, Reason: undoneReason + "it was withdrawn"}, true
	}
}

// deletedOutside reports whether the session took an item back by a call that deleted it.
func (d *deeds) deletedOutside() bool { return d.item.Field == "" && d.item.IntentID != "" }

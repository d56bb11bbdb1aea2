package engine

import (
	"cmp"
	"context"
	"errors"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// unseenThere is why a comment rests that was moved along with its ticket and does not
// show there under its old id: the system gave it another one, or somebody deleted it.
const unseenThere = "it was moved along with its ticket, and has not been seen there yet"

func isUnseen(l store.Link) bool {
	return l.State == store.MaybeGone && l.Cause == store.CauseMovedAlong
}

// takeAlong lets the comments and the open conflicts of a moved item go on with it.
func (e *Engine) takeAlong(ctx context.Context, tx store.Tx, a *arrived, old, fresh store.Link, j *journal) error {
	if err := e.moveConflicts(ctx, tx, old, fresh, j); err != nil {
		return err
	}
	children, err := underTicket(ctx, tx, old)
	if err != nil {
		return err
	}
	for _, c := range children {
		if over(c) && (!over(old) || !isOwed(c)) && !isUndoneHere(c) {
			continue
		}
		if err := e.moveComment(ctx, tx, a, c, fresh, j); err != nil {
			return err
		}
	}
	return nil
}

// isOwed reports whether a comment whose link is over is still to be taken back where it is now.
func isOwed(l store.Link) bool {
	return l.LocalID != "" && !isMoved(l) && (l.TakeBack != "" || l.Unseen != "")
}

// underTicket returns the links of a ticket's comments in its project, those among them that were
// never planned, and do not know the ticket's link yet.
func underTicket(ctx context.Context, tx store.Tx, l store.Link) ([]store.Link, error) {
	children, err := tx.LinksOfParent(ctx, l.ID)
	if err != nil || l.LocalID == "" {
		return children, err
	}
	comments, err := tx.CommentsOf(ctx, l.LocalID)
	for _, c := range comments {
		if err != nil {
			return nil, err
		}
		var stub store.Link
		switch stub, err = tx.LinkByLocal(ctx, l.ProjectID, external.KindComment, c.ID); {
		case errors.Is(err, store.ErrNotFound):
			err = nil
		case err == nil && stub.Parent == "":
			children = append(children, stub)
		}
	}
	return children, err
}

// moveComment lets the link of one comment go on in the new project. One that was never
// made outside is made there; one that does not show there rests until a list does.
func (e *Engine) moveComment(ctx context.Context, tx store.Tx, a *arrived, old, parent store.Link, j *journal) error {
	old, err := tx.LinkForUpdate(ctx, old.ID) // as it is by now: what was asked of it goes along
	if err != nil {
		return err
	}
	item, shown, err := e.commentThere(ctx, tx, a, old)
	if err != nil {
		return err
	}
	if !shown {
		if _, item, shown, err = e.saidThere(ctx, tx, a.home, parent.ID, old.LocalID); err != nil {
			return err
		}
	}
	if !shown && old.LocalID == "" {
		return tx.DeleteLink(ctx, old.ID) // nothing is known of it but where it was
	}
	there, joined, err := joinedUnder(ctx, tx, old, parent)
	if err != nil {
		return err
	}
	if joined {
		return errors.Join(e.endMoved(ctx, tx, a, old, there), e.keepAll(ctx, tx, old))
	}
	fresh, left, err := e.seat(ctx, tx, a, old, item.ID)
	if err == nil {
		fresh, err = tx.LinkForUpdate(ctx, fresh.ID)
	}
	if err != nil {
		return err
	}
	fresh.Unseen = cmp.Or(fresh.Unseen, left.Unseen, left.TakeBack)
	if err := e.endMoved(ctx, tx, a, old, fresh); err != nil {
		return err
	}
	if err := e.moveConflicts(ctx, tx, old, fresh, j); err != nil {
		return err
	}
	if shown {
		fresh = carried(a.home, fresh, old, item)
		fresh.Parent, fresh.ParentKey = parent.ID, parent.ExternalKey
		if _, read := a.comments[old.ID]; read {
			return e.settleIn(ctx, tx, a, fresh, item)
		}
		return e.sitDown(ctx, tx, fresh) // what a list showed is no news, and may be in doubt
	}
	fresh.LocalID, fresh.Parent, fresh.ParentKey = old.LocalID, parent.ID, parent.ExternalKey
	fresh.Bases, fresh.Made, fresh.Held = old.Bases, old.Made, old.Held
	switch fresh = fresh.AtWork(); { // it may be the note of an earlier stay
	case isUndoneHere(old):
		fresh = sameCause(fresh, store.Withdrawn, old)
	case old.ExternalID != "":
		fresh = fresh.As(store.MaybeGone, store.CauseMovedAlong, unseenThere)
		fresh.TakeBack, fresh.Unseen = "", cmp.Or(old.TakeBack, old.Unseen, fresh.TakeBack, fresh.Unseen)
	case old.State == store.MaybeGone: // it came along unseen, and went on before it was seen
		fresh = sameCause(fresh, old.State, old)
		fresh.Unseen = cmp.Or(old.Unseen, fresh.Unseen)
	}
	if err := tx.UpdateLink(ctx, fresh); err != nil {
		return err
	}
	return tx.MarkDirty(ctx, fresh.ID)
}

// saidThere returns what we made of a comment of ours, in whatever project, where that stands
// under a ticket's item by now and belongs to nothing: its create landed after the ticket had
// moved, or it came along with it. Its key tells. A key is believed on an item of our own only.
// What both sides had agreed on where it was made is theirs still.
func (e *Engine) saidThere(ctx context.Context, tx store.Tx, p *peer, parentID, localID string) (l store.Link, item external.Item, is bool, err error) {
	under, err := tx.LinksOfParent(ctx, parentID)
	for _, l := range under {
		if err != nil || localID == "" || l.LocalID != "" || l.ExternalID == "" || over(l) {
			continue
		}
		o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
		if errors.Is(err, store.ErrNotFound) || err == nil && (o.Item.Gone || !p.project.SpokeAs(o.Item.Author)) {
			continue
		}
		if err != nil {
			return l, item, false, err
		}
		id, ours := e.keyOwner(p.project.ID, o.Item.CreateKey)
		if !ours {
			continue
		}
		owner, err := tx.Link(ctx, id)
		if err == nil && owner.LocalID == localID {
			l.Bases = owner.Bases
			return l, o.Item, true, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return l, item, false, err
		}
	}
	return l, item, false, err
}

// joinedUnder returns the link that a comment has already under its ticket's new one, where
// it is joined with an item: a person said that the two tickets are one.
func joinedUnder(ctx context.Context, tx store.Tx, old, parent store.Link) (store.Link, bool, error) {
	if old.LocalID == "" {
		return store.Link{}, false, nil
	}
	there, err := tx.LinkByLocal(ctx, parent.ProjectID, old.Kind, old.LocalID)
	if errors.Is(err, store.ErrNotFound) {
		return there, false, nil
	}
	return there, err == nil && there.ID != old.ID && there.Parent == parent.ID && there.ExternalID != "" && !over(there), err
}

// commentThere returns what a comment is in the project to which its ticket was moved, if
// it is known: by its old id, or, where it got another one, by its author and the moment
// at which it was made.
func (e *Engine) commentThere(ctx context.Context, tx store.Tx, a *arrived, old store.Link) (external.Item, bool, error) {
	none := external.Item{}
	if item, shown := a.comments[old.ID]; shown {
		return item, true, nil
	}
	last, err := seenAs(ctx, tx, old)
	if err != nil || last.ExternalID == "" {
		return none, false, err
	}
	was, err := tx.Observation(ctx, last.ProjectID, last.Kind, last.ExternalID)
	if errors.Is(err, store.ErrNotFound) {
		return none, false, nil
	}
	if err != nil {
		return none, false, err
	}
	known, err := e.sameMoment(ctx, tx, was.Item)
	for _, o := range known {
		if o.ProjectID != a.home.project.ID || o.Item.Gone || o.Item.Parent != a.item.Key {
			continue
		}
		l, err := tx.LinkByExternal(ctx, o.ProjectID, o.Item.Kind, o.Item.ID)
		if err == nil && l.LocalID == "" && !over(l) {
			return o.Item, true, nil
		}
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return none, false, err
		}
	}
	return none, false, err
}

// seenAs returns the link of a comment as it was seen last: of one that came along unseen, that
// is the one which it had before.
func seenAs(ctx context.Context, tx store.Tx, l store.Link) (store.Link, error) {
	if l.ExternalID != "" {
		return l, nil
	}
	links, err := tx.LinksOfLocal(ctx, l.Kind, l.LocalID)
	for _, was := range links {
		if err != nil || was.ExternalID == "" {
			continue
		}
		var now store.Link
		if now, err = goneOn(ctx, tx, was); err == nil && now.ID == l.ID {
			return was, nil
		}
	}
	return l, err
}

// moveConflicts lets the open conflicts of a link go on under another one, with the
// decisions that wait to be carried out. What the old project refused, could not hold or
// bent is found out anew in the new one: such a conflict is closed, and its values stay in
// its record. That the item was gone is answered, and so is whether another one took its place.
func (e *Engine) moveConflicts(ctx context.Context, tx store.Tx, old, fresh store.Link, j *journal) error {
	open, err := tx.LinkConflicts(ctx, old.ID)
	if err != nil {
		return err
	}
	for _, c := range open {
		switch c.Kind {
		case store.Unmappable, store.RefusedOutside, store.LossyWrite:
			err = e.giveWay(ctx, tx, c)
		case store.GoneOutside, store.EditedAndDeleted, store.TwinCreated:
			err = e.closeWhole(ctx, tx, old.ID, store.Converged, j)
		default:
			err = e.moveConflict(ctx, tx, c, fresh)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// giveWay closes the conflict of a link that is over, and whose ticket goes on with another one. What a
// person has decided on it is carried out here.
func (e *Engine) giveWay(ctx context.Context, tx store.Tx, c store.Conflict) error {
	c, err := tx.ConflictForUpdate(ctx, c.ID)
	if err == nil && c.State == store.Decided {
		return e.decideHere(ctx, tx, &c)
	}
	if err != nil {
		return err
	}
	return e.keep(ctx, tx, c)
}

// keepAll closes the conflicts about fields of a link whose ticket and item have another one.
func (e *Engine) keepAll(ctx context.Context, tx store.Tx, l store.Link) error {
	open, err := tx.LinkConflicts(ctx, l.ID)
	for _, c := range open {
		if err == nil && c.Field != whole {
			err = e.giveWay(ctx, tx, c)
		}
	}
	return err
}

func (e *Engine) moveConflict(ctx context.Context, tx store.Tx, c store.Conflict, fresh store.Link) error {
	there, err := tx.LinkConflicts(ctx, fresh.ID)
	if err != nil {
		return err
	}
	for _, other := range there { // of a stub, about what kept it from being made
		if other.Field == c.Field {
			if err := e.keep(ctx, tx, other); err != nil {
				return err
			}
		}
	}
	on, err := tx.ConflictForUpdate(ctx, c.ID) // with what a person has decided since
	if err != nil || on.Closed() {
		return err
	}
	if err := e.keep(ctx, tx, on); err != nil {
		return err
	}
	on.ID, on.ProjectID, on.LinkID = e.NewID(), fresh.ProjectID, fresh.ID
	if err := tx.InsertConflict(ctx, on); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.opened(on)...)
}

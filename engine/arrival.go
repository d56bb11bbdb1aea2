package engine

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// awaitMove holds an item back that nobody knows here while it may be one that another
// project of the installation knows: it could have been moved here before that project has
// noticed. What is moved keeps its author and the moment at which it was made, and few
// items share both; of those that do, the other project reads its own once, and then
// either its link comes here, or the item was new after all.
//
// Lists lag, on both sides: each side must have been seen at a time when every move that
// could have brought the item here shows. Only one answer that shows two of this project proves
// that they are two: between two pages of a list an item can leave and come back.
func (e *Engine) awaitMove(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	item := w.seen.Item
	if w.link.Kind != external.KindTicket || item.Gone || w.seen.Hash == "" || item.CreatedAt.IsZero() {
		return nil
	}
	near, err := e.beside(ctx, tx, p)
	if err != nil {
		return err
	}
	certain := w.link.CreatedAt.Add(p.caps.Lag + p.caps.Precision)
	alike, err := e.askAround(ctx, tx, p, w, near, certain)
	if w.wait != "" && p.project.Restored.Open() { // no link moves on before the release, which has every one planned again
		w.wait, w.waitTil, w.enquiry = comesLate, time.Time{}, nil
	}
	if err == nil && alike && w.wait == "" && w.seen.SeenAt.Before(e.Clock.Now().Add(-restlessDelay)) {
		w.seen.Hash = "" // it may have been moved away itself: it is read before it comes in
	}
	return err
}

// awaitBack has an item of ours wait while it may be that of the link whose key it carries, which was moved away and
// is back under another id: that one is read first. Where nothing else is connected nobody would ask else.
func (e *Engine) awaitBack(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link) (waits bool, err error) {
	if l.Kind != external.KindTicket || l.ProjectID != p.project.ID || p.project.Restored.Open() {
		return false, nil
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if errors.Is(err, store.ErrNotFound) || err == nil && !o.Item.Gone {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	waits, till, err := e.mayHaveLeft(ctx, tx, p, w, p.project, o, w.link.CreatedAt.Add(p.caps.Lag+p.caps.Precision))
	if waits {
		w.wait, w.waitTil = "it may be the item that a ticket here had, moved away and back, which is read first", till
	}
	return waits, err
}

// comesLate is why an item waits that may have been moved to a project of a restored database. Its
// link keeps that in mind: where the item went on to before, nobody knows when it comes in.
const comesLate = "it may have been moved here from another project, which is found out once the project is released"

// askAround has the item wait for each project that knows one like it and has not looked
// since. It reports whether any does. All are asked at once: a script makes hundreds of items
// at one moment, of which each waits for all others.
func (e *Engine) askAround(ctx context.Context, tx store.Tx, p *peer, w *work, near []store.Project, certain time.Time) (alike bool, err error) {
	item := w.seen.Item
	known, err := tx.Sightings(ctx, item.Kind, item.Author, item.CreatedAt)
	if err != nil {
		return false, err
	}
	near = append(slices.Clip(near), p.project) // it may have left, and come back under another id
	for _, o := range known {
		n := slices.IndexFunc(near, func(from store.Project) bool { return from.ID == o.ProjectID })
		both := o.Hash != "" && !o.Item.Gone && o.SeenAt.Equal(w.seen.SeenAt)
		if n < 0 || o.ProjectID == p.project.ID && (o.Item.ID == item.ID || both) {
			continue
		}
		left, till, err := e.mayHaveLeft(ctx, tx, p, w, near[n], o, certain)
		if err != nil {
			return true, err
		}
		if alike = true; left && (w.wait == "" || till.IsZero()) { // a person's answer is waited for longest
			w.wait, w.waitTil = "it may have been moved here from "+near[n].Key+", which is asked first", till
		}
	}
	return alike, nil
}

// mayHaveLeft reports whether an item is to wait because it may be one that another
// project knows, and until when; zero: until a person was asked there. It has that project
// read its item where it must.
func (e *Engine) mayHaveLeft(ctx context.Context, tx store.Tx, p *peer, w *work, from store.Project, o store.Observation, certain time.Time) (left bool, till time.Time, err error) {
	l, err := tx.LinkByExternal(ctx, from.ID, o.Item.Kind, o.Item.ID)
	if errors.Is(err, store.ErrNotFound) || err == nil && l.State == store.ParkedLink && l.LocalID == "" {
		return false, till, nil
	}
	if err != nil {
		return false, till, err
	}
	if apart, err := areApart(ctx, tx, p.project.ID, l.LocalID, w.seen.Item.ID); err != nil || apart {
		return false, till, err // a person said so, whatever became of the other one
	}
	if isUnread(l) {
		return e.mayHaveOutlived(ctx, tx, p, w, l, o, certain)
	}
	now, here := e.Clock.Now(), l.LocalID != "" && cameTo(p, w, o.Item)
	again := now.Add(restlessDelay)
	if !from.Status.Syncs() {
		again = now.Add(unprovedDelay)
	}
	if here {
		free, err := e.isFree(ctx, tx, p.project.ID, l, w.seen.Item.ID)
		if err != nil || !free { // a person is asked there what is to become of it
			return true, till, err
		}
		return true, again, e.ask(ctx, tx, l)
	}
	switch replyOf(from, l, o, certain) {
	case noneOfOurs:
		return false, till, nil
	case beingAsked:
		return true, again, nil
	}
	if o.Hash != "" && now.Before(certain) {
		return true, certain, nil
	}
	return true, again, e.ask(ctx, tx, l)
}

// reply is what another project has to say about an item that may be one of its own.
type reply int

const (
	notAsked reply = iota
	beingAsked
	noneOfOurs
)

// replyOf reads the reply of a project from what it knows of its own item.
func replyOf(from store.Project, l store.Link, o store.Observation, certain time.Time) reply {
	switch asked := o.Hash == ""; {
	case !o.Item.Gone && !o.SeenAt.Before(certain): // it is still there, whatever was hinted since
		return noneOfOurs
	case (asked || o.Item.Gone && l.Active()) && l.Dirty() && givenUp(from, l, certain): // no answer, or no proof, is to be had
		return noneOfOurs
	case asked && !l.Active():
		return notAsked // it rests, and reads nothing
	case asked, o.Item.Gone && l.Active() && l.Dirty(): // not read yet, or not proved what became of it
		return beingAsked
	case o.Item.Gone && (o.Item.Home.Project == "" || !o.SeenAt.Before(certain)): // deleted, or elsewhere: this is another item
		return noneOfOurs
	}
	return notAsked
}

// patience is how long an item waits for a project that was asked, synchronises and cannot
// read its own. After that it comes in as new: should it have been moved, both are listed
// among the duplicates, and a person is asked in the project that it left.
const patience = time.Hour

// givenUp reports whether a project has synchronised for so long since it was asked about the item
// of a link, and tried to read it all the while. What was not tried has no next try: a hint has
// nobody read what rests, and a busy project does not come to everything in one session. A question from
// before the other item appeared counts from then: nobody may have worked in between.
func givenUp(from store.Project, l store.Link, since time.Time) bool {
	if l.DirtyAt.After(since) {
		since = l.DirtyAt
	}
	end := since.Add(patience)
	return from.SyncedAt.After(end) && l.NextTry.After(end)
}

// cameTo reports whether an item is known to have been moved here, as the one that is seen.
func cameTo(p *peer, w *work, item external.Item) bool {
	return item.Gone && item.Home.Project == p.project.ExternalID && item.Home.ID == w.seen.Item.ID
}

// letGo tells the project to which an item was moved that nothing more is asked about it
// in the one that it left.
func (e *Engine) letGo(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	if w.seen == nil {
		return nil
	}
	home := w.seen.Item.Home
	o, err := e.connectedAs(ctx, tx, p, home.Project)
	if err != nil || o == nil {
		return err
	}
	l, err := tx.LinkByExternal(ctx, o.ID, w.link.Kind, home.ID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil || l.LocalID != "" {
		return err
	}
	return errors.Join(tx.MarkDirty(ctx, l.ID), tx.AddOutbox(ctx, e.wake(o.ID)))
}

// ask has a project read one of its items, even where its link rests. One that was asked already
// is only woken: others count from then how long they wait for its answer.
func (e *Engine) ask(ctx context.Context, tx store.Tx, l store.Link) error {
	l, err := tx.LinkForUpdate(ctx, l.ID)
	if err != nil {
		return err
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return err
	}
	if l.Active() && !askedAt(l, o).IsZero() {
		return tx.AddOutbox(ctx, e.wake(l.ProjectID))
	}
	if asksAboutGone(l) || awaitsTwin(l) || l.State == store.Quarantined {
		if err := tx.UpdateLink(ctx, l.AtWork()); err != nil {
			return err
		}
	}
	if err := e.doubt(ctx, tx, l); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.wake(l.ProjectID))
}

// cameBack asks the projects to which an item was moved whether it came back: it shows in
// the one that it left. Where its link is over in them all, it is taken back if that was asked for meanwhile.
func (e *Engine) cameBack(ctx context.Context, tx store.Tx, p *peer, item external.Item, l store.Link) error {
	links, err := tx.LinksOfLocal(ctx, l.Kind, l.LocalID)
	if err != nil {
		return err
	}
	asked := false
	for _, other := range links {
		if other.ID == l.ID || other.ExternalID != item.ID || over(other) {
			continue
		}
		if err := e.ask(ctx, tx, other); err != nil {
			return err
		}
		asked = true
	}
	if asked {
		return nil
	}
	if l, err = tx.LinkForUpdate(ctx, l.ID); err == nil {
		l, err = e.takeBackSeen(ctx, tx, p, l)
	}
	if err != nil || !l.Retracts() {
		return err
	}
	return tx.MarkDirty(ctx, l.ID)
}

// ownerElsewhere returns the link of a comment that was moved along with its ticket and
// got another id on the way, if the item is that comment.
func (e *Engine) ownerElsewhere(ctx context.Context, tx store.Tx, p *peer, item external.Item) (l store.Link, is bool, err error) {
	if item.Kind != external.KindComment || item.Gone || item.CreatedAt.IsZero() {
		return l, false, nil
	}
	if near, err := e.beside(ctx, tx, p); err != nil || len(near) == 0 {
		return l, false, err
	}
	known, err := e.sameMoment(ctx, tx, item)
	for _, o := range known {
		if o.ProjectID == p.project.ID && o.Item.ID == item.ID { // itself; it may have come back under another id
			continue
		}
		if l, is, err = e.wentAlong(ctx, tx, p, o, item.Parent); err != nil || is {
			return l, is, err
		}
	}
	return l, false, err
}

// sameMoment returns what is known, in any project, of an author and a moment: what reads as the
// item does goes first, for a script says more than one thing at a moment.
func (e *Engine) sameMoment(ctx context.Context, tx store.Tx, item external.Item) ([]store.Observation, error) {
	known, err := tx.Sightings(ctx, item.Kind, item.Author, item.CreatedAt)
	same := func(o store.Observation) int {
		if maps.EqualFunc(o.Item.Fields, item.Fields, ticket.Value.Equal) {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(known, func(a, b store.Observation) int { return same(a) - same(b) })
	return known, err
}

// wentAlong returns the link here of a comment that another project knew, if it waits to
// be seen under the ticket with such a key: one person may say something of two tickets at
// one moment. Only where its old link went tells which it is: that one may have left its
// comment since to another item of the ticket, which was moved there.
func (e *Engine) wentAlong(ctx context.Context, tx store.Tx, p *peer, o store.Observation, under string) (store.Link, bool, error) {
	l, err := tx.LinkByExternal(ctx, o.ProjectID, o.Item.Kind, o.Item.ID)
	if errors.Is(err, store.ErrNotFound) {
		return l, false, nil
	}
	if err == nil {
		l, err = goneOn(ctx, tx, l)
	}
	if err != nil || l.ProjectID != p.project.ID || l.ExternalID != "" || l.State != store.MaybeGone && l.State != store.Withdrawn {
		return l, false, err
	}
	parent, err := tx.Link(ctx, l.Parent)
	return l, err == nil && parent.ExternalKey == under, err
}

// joinMoved gives the link of a comment that was moved along the item that it is now.
func (e *Engine) joinMoved(ctx context.Context, tx store.Tx, l store.Link, item external.Item) error {
	l, err := tx.LinkForUpdate(ctx, l.ID) // as it is by now
	if err != nil {
		return err
	}
	l.ExternalID, l.ExternalKey, l.ParentKey = item.ID, item.Key, item.Parent
	if over(l) { // an undo took it back here, and it stays out
		return tx.UpdateLink(ctx, l)
	}
	l = inSight(l.AtWork())
	if err := tx.UpdateLink(ctx, l); err != nil {
		return err
	}
	if err := tx.MarkDirty(ctx, l.ID); err != nil {
		return err
	}
	return e.joined(ctx, tx, l)
}

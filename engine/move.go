package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// A ticket may be moved to another project outside: transferred, given another key or
// team. Where that project is connected here too, its link goes on there, with the same
// ticket of ours and all that both sides had agreed on. The session of the project that it
// left does it, for that project alone can ask where it went: it reads the item at its new
// place and then, in one transaction, ends the old link with a tombstone that names the
// move, makes the new one, and takes comments and open conflicts along. Whatever may leave
// for the new project is for that project's own rules and grants to say.
//
// The new project may see the item first. It must not be taken for new there; see
// arrival.go.

// What people are told of a link that is over because it goes on elsewhere, around the project's address.
const (
	movedReason = "moved to "
	movedUnder  = " under link "
)

// goneOn returns the link as which one goes on by now, after all moves; zero: there is none.
func goneOn(ctx context.Context, tx store.Tx, l store.Link) (now store.Link, err error) {
	now = l
	for id, moved := goesOnAs(now); moved && err == nil; id, moved = goesOnAs(now) {
		now, err = tx.Link(ctx, id)
	}
	if errors.Is(err, store.ErrNotFound) {
		return store.Link{}, nil
	}
	return now, err
}

// onward is where the link of an item that was moved may go on.
type onward struct {
	project store.Project
	to      external.Home
}

// beside returns the connected projects of the same installation, but for the project
// itself: those between which items can move.
func (e *Engine) beside(ctx context.Context, tx store.Tx, p *peer) ([]store.Project, error) {
	if p.near != nil {
		return p.near, nil
	}
	all, err := tx.ListProjects(ctx)
	if err != nil {
		return nil, err
	}
	near := []store.Project{}
	for _, o := range all {
		if isBeside(p.project, o) {
			near = append(near, o)
		}
	}
	p.near = near
	return near, nil
}

// connectedAs returns the connected project to which an item was moved, by the id that the system
// knows it by; nil: there is none. It may be the one that the item left: it may be back under
// another id.
func (e *Engine) connectedAs(ctx context.Context, tx store.Tx, p *peer, externalID string) (*store.Project, error) {
	near, err := e.beside(ctx, tx, p)
	if err != nil || externalID == "" {
		return nil, err
	}
	for _, o := range append(slices.Clip(near), p.project) {
		if o.ExternalID == externalID {
			return &o, nil
		}
	}
	return nil, nil
}

func isBeside(p, o store.Project) bool {
	return o.ID != p.ID && o.System == p.System && o.BaseURL == p.BaseURL && o.ExternalID != "" &&
		o.Status != external.Disconnected && o.Status != external.Configuring
}

// gatherMove finds out whether the link of an item that was moved goes on in another
// project. Where it cannot, a person is asked as about any item that is gone.
func (e *Engine) gatherMove(ctx context.Context, tx store.Tx, p *peer, w *work) error {
	l := w.link
	if l.Kind != external.KindTicket || l.LocalID == "" || w.seen == nil || !w.seen.Item.Gone || p.strays[l.ID] || l.Retracts() {
		return nil
	}
	home := w.seen.Item.Home
	o, err := e.connectedAs(ctx, tx, p, home.Project)
	if err != nil || o == nil || home.ID == l.ExternalID && o.ID == p.project.ID {
		return err
	}
	free, err := e.isFree(ctx, tx, o.ID, l, home.ID)
	if err != nil {
		return err
	}
	if !free {
		return e.awaitPlace(ctx, tx, p, w, *o)
	}
	w.onward = &onward{project: *o, to: home}
	w.wait, w.waitTil, err = e.unsettled(ctx, tx, p, w)
	return err
}

// isFree reports whether the ticket of a link can go on with an item of a project: neither
// is linked there with anything else that is not over, and nobody has told the two apart.
func (e *Engine) isFree(ctx context.Context, tx store.Tx, projectID string, l store.Link, itemID string) (bool, error) {
	if unclaimed, err := isUnclaimed(ctx, tx, projectID, l, itemID); err != nil || !unclaimed {
		return false, err
	}
	byTicket, err := tx.LinkByLocal(ctx, projectID, external.KindTicket, l.LocalID)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return byTicket.ID == l.ID || byTicket.ExternalID == "" || byTicket.ExternalID == itemID || over(byTicket), err
}

// unsettled says what must be known before a link can go on elsewhere: what became of
// every write to the item and its comments, and to what the ticket has in the project to
// which it goes.
func (e *Engine) unsettled(ctx context.Context, tx store.Tx, p *peer, w *work) (why string, till time.Time, err error) {
	links, err := tx.LinksOfParent(ctx, w.link.ID)
	if err != nil {
		return "", till, err
	}
	there, err := tx.LinkByLocal(ctx, w.onward.project.ID, external.KindTicket, w.link.LocalID)
	if err == nil {
		var remarks []store.Link
		remarks, err = tx.LinksOfParent(ctx, there.ID)
		links = append(append(links, there), remarks...)
	}
	if err != nil && !errors.Is(err, store.ErrNotFound) {
		return "", till, err
	}
	switch {
	case p.project.Restored.Open(): // its release has every link planned again
		return awaitsRelease, till, nil
	case w.onward.project.Restored.Open():
		return awaitsRelease, e.Clock.Now().Add(unprovedDelay), nil
	}
	for _, l := range links {
		open, err := tx.LinkIntents(ctx, l.ID)
		if err != nil {
			return "", till, err
		}
		for _, i := range open {
			if i.State != store.Landed {
				return "it was moved; the outcome of a write is not known yet", cmp.Or(i.Deadline, i.CreatedAt), nil
			}
		}
	}
	return "", till, nil
}

// awaitsRelease is why the link of a moved item stays where it is, see docs/decisions/0019.
const awaitsRelease = "it was moved, and its link goes on once the restored database is released"

// moveOn lets a link go on in the project that its item was moved to.
// It returns false where that project does not show it, and it is to be asked about.
func (e *Engine) moveOn(ctx context.Context, r Run, p *peer, w *work) (done bool, err error) {
	a, err := e.visit(ctx, w)
	if err != nil {
		if ctx.Err() != nil {
			return true, err
		}
		e.Log.WarnContext(ctx, "a moved item cannot be read at its new place", "project", w.onward.project.ID, "link", w.link.ID, "kind", string(external.KindOf(err)))
		return true, e.restUnproved(ctx, r, w, w.unreachable())
	}
	if a == nil {
		p.stray(w.link.ID)
		return false, e.missedThere(ctx, r, w)
	}
	j := &journal{run: r}
	return true, e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		if err := e.lockBoth(ctx, tx, r, a.home); err != nil {
			return err
		}
		if err := e.lockLocal(ctx, tx, w); err != nil {
			return err
		}
		old, err := e.stillMoves(ctx, tx, p, w)
		if err != nil {
			return err
		}
		fresh, left, err := e.goOn(ctx, tx, a, old, j)
		if err != nil {
			return err
		}
		if err := e.takeAlong(ctx, tx, a, old, fresh, j); err != nil {
			return err
		}
		if err := e.leaveRest(ctx, tx, left, fresh); err != nil {
			return err
		}
		j.add(w, w.plan.Steps[0], "done", "")
		return errors.Join(e.wakeMoved(ctx, tx, old), e.tellMove(ctx, tx, p, a.home, old, fresh), j.flush(ctx, tx, e))
	})
}

// wakeMoved has the ticket's other links planned again about which a person is asked because
// their item is gone: one may have been moved to the project in which this one is over.
func (e *Engine) wakeMoved(ctx context.Context, tx store.Tx, left store.Link) error {
	all, err := tx.LinksOfLocal(ctx, left.Kind, left.LocalID)
	for _, l := range all {
		if err == nil && asksAboutGone(l) {
			err = errors.Join(e.wakeAsked(ctx, tx, l.ID), tx.MarkDirty(ctx, l.ID), tx.AddOutbox(ctx, e.wake(l.ProjectID)))
		}
	}
	return err
}

// missedThere has the new project read for itself what does not show there any more. Until it
// has, it takes the item for there, waits for it and asks the project that it left over and over.
// Once it has, that is no news to it, however often the project that it left looks.
func (e *Engine) missedThere(ctx context.Context, r Run, w *work) error {
	return e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkByExternal(ctx, w.onward.project.ID, w.link.Kind, w.onward.to.ID)
		if errors.Is(err, store.ErrNotFound) || err == nil && l.LocalID != "" {
			return nil // it was never seen there, or is looked at as a ticket's
		}
		if err != nil {
			return err
		}
		o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
		if err == nil && o.Item.Gone && o.Hash != "" || err != nil && !errors.Is(err, store.ErrNotFound) {
			return err
		}
		return e.ask(ctx, tx, l)
	})
}

// follow is moveOn, where done says besides that nothing is to be planned again.
func (e *Engine) follow(ctx context.Context, r Run, p *peer, w *work) (done bool, err error) {
	done, err = e.moveOn(ctx, r, p, w)
	return done && !errors.Is(err, store.ErrStale), err
}

// stray remembers that a moved item cannot be followed.
func (p *peer) stray(linkID string) {
	if p.strays == nil {
		p.strays = map[string]bool{}
	}
	p.strays[linkID] = true
}

// lockBoth locks both projects, always in the same order, so that two sessions that move
// items to each other's projects do not wait for one another.
func (e *Engine) lockBoth(ctx context.Context, tx store.Tx, r Run, home *peer) error {
	first, second := r.ProjectID, home.project.ID
	if second < first {
		first, second = second, first
	}
	for _, id := range []string{first, second} {
		if _, err := tx.ProjectForUpdate(ctx, id); err != nil {
			return err
		}
	}
	p, err := e.fence(ctx, tx, r)
	if err != nil {
		return err
	}
	if home.project, err = tx.Project(ctx, home.project.ID); err == nil && p.ID != home.project.ID && !isBeside(p, home.project) {
		err = fmt.Errorf("project %s: %w", home.project.ID, store.ErrStale)
	}
	return err
}

// stillMoves returns the link that is about to go on elsewhere, if all that was found when
// that was planned still holds.
func (e *Engine) stillMoves(ctx context.Context, tx store.Tx, p *peer, w *work) (store.Link, error) {
	now := &work{link: w.link, seen: w.seen}
	l, err := tx.LinkForUpdate(ctx, w.link.ID)
	if err != nil {
		return l, err
	}
	if !sameLink(l, w.link) || !l.Active() {
		return l, fmt.Errorf("link %s: %w", l.ID, store.ErrStale)
	}
	if err := e.gatherMove(ctx, tx, p, now); err != nil {
		return l, err
	}
	if now.onward == nil || now.onward.to != w.onward.to || now.wait != "" {
		return l, fmt.Errorf("link %s: %w", l.ID, store.ErrStale)
	}
	return l, nil
}

// sameLink reports whether a link still joins what it joined when a plan was made of it.
// Another project's session may have let an item of ours go on here, or there.
func sameLink(now, planned store.Link) bool {
	return now.LocalID == planned.LocalID && now.ExternalID == planned.ExternalID && (now.State == store.Tombstone) == (planned.State == store.Tombstone)
}

// goOn ends a link and makes the one that goes on for it in the new project, from what
// there is of it: the ticket's own stub, the item's, or the note of an earlier stay. left is
// the link that left its ticket to it; zero: none did.
func (e *Engine) goOn(ctx context.Context, tx store.Tx, a *arrived, old store.Link, j *journal) (fresh, left store.Link, err error) {
	fresh, left, err = e.seat(ctx, tx, a, old, a.item.ID)
	if err == nil {
		fresh, err = tx.LinkForUpdate(ctx, fresh.ID)
	}
	if err != nil {
		return fresh, left, err
	}
	fresh.Unseen = cmp.Or(fresh.Unseen, left.Unseen, left.TakeBack)
	joined := fresh.LocalID == old.LocalID && fresh.ExternalID == a.item.ID && !over(fresh)
	if err := e.endMoved(ctx, tx, a, old, fresh); err != nil {
		return fresh, left, err
	}
	if joined { // a person said that the two are one: what they agree on there is known
		return fresh, left, e.keepAll(ctx, tx, old)
	}
	if err := e.closeWhole(ctx, tx, fresh.ID, store.Converged, j); err != nil { // it looked like a twin of its own
		return fresh, left, err
	}
	fresh = carried(a.home, fresh, old, a.item)
	return fresh, left, e.settleIn(ctx, tx, a, fresh, a.item)
}

// leaveRest gives the comments of a link that left its ticket to another one to that one, as far
// as they did not come along with it.
func (e *Engine) leaveRest(ctx context.Context, tx store.Tx, left, to store.Link) error {
	if left.ID == "" {
		return nil
	}
	return e.replaceChildren(ctx, tx, left, to.ID)
}

// seat returns the link that the local item of an old one and an external item are to have in
// the new project: a new one, or what there is of it. Both are free there. The new project may
// be the old one, where the item came back to: then the old link is left to whoever ends it.
// left is the link that had the local item there and has it no more; zero: none had.
func (e *Engine) seat(ctx context.Context, tx store.Tx, a *arrived, old store.Link, itemID string) (fresh, left store.Link, err error) {
	kind, localID := old.Kind, old.LocalID
	var byItem, byLocal store.Link
	if itemID != "" {
		if byItem, err = tx.LinkByExternal(ctx, a.home.project.ID, kind, itemID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return byItem, left, err
		}
	}
	if localID != "" {
		if byLocal, err = tx.LinkByLocal(ctx, a.home.project.ID, kind, localID); err != nil && !errors.Is(err, store.ErrNotFound) {
			return byLocal, left, err
		}
	}
	if byLocal.ID != "" && (byLocal.ExternalID == "" || byLocal.ID == byItem.ID) {
		if byItem.ID != "" && byItem.ID != byLocal.ID {
			return byLocal, left, e.replaceStub(ctx, tx, byItem, byLocal.ID)
		}
		return byLocal, left, nil
	}
	if byItem.ID == "" {
		now := e.Clock.Now()
		byItem = store.Link{ID: e.NewID(), ProjectID: a.home.project.ID, Kind: kind, State: store.Backlog, DirtyRev: 1, DirtyAt: now, CreatedAt: now}
		if err := tx.InsertLink(ctx, byItem); err != nil {
			return byItem, left, err
		}
	}
	if byLocal.ID == "" || byLocal.ID == old.ID {
		return byItem, left, nil
	}
	return byItem, byLocal, vacate(ctx, tx, byLocal, byItem.ID)
}

// vacate has a link that is over, or a comment's whose ticket's is, leave its local side to
// the one that goes on. It is over itself then. What is to be taken back of what it holds outside still is.
func vacate(ctx context.Context, tx store.Tx, l store.Link, by string) error {
	l, err := tx.LinkForUpdate(ctx, l.ID)
	if err != nil {
		return err
	}
	if l.LocalID = ""; !over(l) {
		if l = l.As(store.Tombstone, store.CauseLeft, ""); l.TakeBack != "" {
			l.State = store.Withdrawn
		}
	}
	if !isMoved(l) { // else it says where its item went, and so whose it was
		said := leftReason + by
		if l.Reason != "" {
			said = and(l.Reason, said)
		}
		l.Reason, l.Onward = said, by
	}
	return tx.UpdateLink(ctx, l)
}

// carried returns a link of the new project as it goes on from the old one.
func carried(home *peer, fresh, old store.Link, item external.Item) store.Link {
	fresh.LocalID, fresh.ExternalID, fresh.ExternalKey = old.LocalID, item.ID, item.Key
	fresh.Made, fresh.Held = old.Made, old.Held
	fresh.TakeBack, fresh.Unseen = cmp.Or(old.TakeBack, old.Unseen, fresh.TakeBack, fresh.Unseen), ""
	fresh.Bases = carriedBases(home, old, item)
	if fresh = fresh.AtWork(); over(old) { // it goes on to be taken back, and for nothing else
		fresh = sameCause(fresh, store.Withdrawn, old)
	}
	return fresh
}

// carriedBases are the bases of a link whose item was moved, as it shows at its new place.
func carriedBases(home *peer, old store.Link, item external.Item) plan.Bases {
	out := plan.Carried(old.Bases, canonical(home, item))
	for f, b := range old.Bases { // what its mapping leaves out does not read as dropped: see carriedOver
		if home.mapping.Rule(old.Kind, f) == nil {
			out[f] = base{Local: b.Local, External: b.External, Ours: b.Ours}
		}
	}
	return out
}

// wasAway reports whether an item was moved to where nothing is connected, and back, though it kept its id: it shows
// under another number. A project that gets another key leaves its items their numbers.
func wasAway(l store.Link, item external.Item) bool {
	number := func(key string) string { return key[strings.LastIndex(key, "-")+1:] }
	return l.Kind == external.KindTicket && l.LocalID != "" && l.ExternalKey != "" && item.Key != "" && !over(l) && !item.Gone && item.Restricted() == "" &&
		number(l.ExternalKey) != number(item.Key)
}

// settleIn stores what an item shows that was read at its new place, and its link there.
func (e *Engine) settleIn(ctx context.Context, tx store.Tx, a *arrived, l store.Link, item external.Item) error {
	if _, err := tx.PutObservation(ctx, seenAt(a.home, item, a.at)); err != nil {
		return err
	}
	return e.sitDown(ctx, tx, l)
}

// sitDown stores a link that goes on here, and wakes whatever waited for it.
func (e *Engine) sitDown(ctx context.Context, tx store.Tx, l store.Link) error {
	if err := tx.UpdateLink(ctx, l); err != nil {
		return err
	}
	if err := tx.MarkDirty(ctx, l.ID); err != nil {
		return err
	}
	return e.joined(ctx, tx, l)
}

// endMoved ends a link whose item went on under another one. It keeps its ticket, so that
// nothing makes that ticket again in the project it left, and what was asked of it, should it come back.
func (e *Engine) endMoved(ctx context.Context, tx store.Tx, a *arrived, old, fresh store.Link) error {
	old = old.As(store.Tombstone, store.CauseMoved, movedReason+a.home.project.Key+movedUnder+fresh.ID)
	if old.Onward = fresh.ID; fresh.ProjectID == old.ProjectID { // where a ticket has one link
		old.LocalID = ""
	}
	old.Unseen = cmp.Or(old.TakeBack, old.Unseen)
	old.TakeBack, old.Attempts, old.FirstTry, old.NextTry = "", 0, time.Time{}, time.Time{}
	if err := tx.UpdateLink(ctx, old); err != nil {
		return err
	}
	return tx.MarkClean(ctx, old.ID, old.DirtyRev)
}

// tellMove writes a move into the books of both projects.
func (e *Engine) tellMove(ctx context.Context, tx store.Tx, p, home *peer, old, fresh store.Link) error {
	entry := func(projectID, action, subject, detail string) error {
		return tx.AppendAudit(ctx, store.AuditEntry{ProjectID: projectID, At: e.Clock.Now(), Actor: "sync", Action: action, Subject: subject, Detail: detail})
	}
	if err := entry(p.project.ID, "moved_away", old.ID, "project="+home.project.ID+" link="+fresh.ID); err != nil {
		return err
	}
	if err := entry(home.project.ID, "moved_here", fresh.ID, "project="+p.project.ID+" link="+old.ID); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.wake(home.project.ID), e.event(home.project.ID, "ExternalTicketMoved", fresh.ID))
}

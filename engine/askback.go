package engine

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// askBack marks the links of a project among those given whose items may not be outside
// any more, as a whole or in part, to be taken back, and returns how many. An item that its ticket
// left for another one still says what it did.
func (e *Engine) askBack(ctx context.Context, tx store.Tx, project store.Project, how outbound.TakeBack, links []store.Link) (n int, err error) {
	if how = how.Or(project.Rules.Withdraw); how == outbound.Stop {
		return 0, nil
	}
	for _, l := range links {
		if l.LocalID == "" && !over(l) || l.Kind == external.KindContainer {
			continue
		}
		stands, err := e.askBackLink(ctx, tx, project, how, l.ID)
		if err != nil {
			return n, err
		}
		if stands {
			n++
		}
	}
	return n, nil
}

// askBackLink marks a link to be taken back where it must be, and reports whether an item of it stands outside.
func (e *Engine) askBackLink(ctx context.Context, tx store.Tx, project store.Project, how outbound.TakeBack, linkID string) (stands bool, err error) {
	l, err := tx.LinkForUpdate(ctx, linkID) // as it is by now: a session may have made it outside
	if err != nil {
		return false, err
	}
	if id, err := stoodFor(ctx, tx, l); err != nil || id == "" {
		return false, err
	}
	says, err := mayStillSay(ctx, tx, l, how)
	if err != nil {
		return false, err
	}
	if !says {
		return false, e.noteUnseen(ctx, tx, project, l, how)
	}
	if stays, err := e.mayStay(ctx, tx, project, l); err != nil || stays {
		return false, err
	}
	unmade := l.ExternalID == "" && isHeldBack(l) // what may have been made is for a person to find
	if over(l) {
		l.State = store.Withdrawn // nothing brings back what is taken back
	}
	if l.TakeBack = how; comesBack(l) && !unmade {
		l = l.AtWork()
	}
	return l.ExternalID != "", errors.Join(tx.UpdateLink(ctx, l), tx.MarkDirty(ctx, l.ID))
}

// mayStay reports whether an item may be outside as it is, by the rules of its project.
func (e *Engine) mayStay(ctx context.Context, tx store.Tx, project store.Project, l store.Link) (bool, error) {
	w := &work{link: l}
	if err := e.localOf(ctx, tx, w); err != nil {
		return false, err
	}
	grants, err := tx.Grants(ctx, w.ticket.ID)
	stays := outbound.Judge(project.ID, project.Rules, grants, w.ticket, w.comment).Out
	return stays && (w.comment != nil || len(project.Rules.Keep) == 0), err
}

// mayStillSay reports whether a link is not over, or an item may still stand for it and say something: an
// undo has closed it, say, or a deletion here; a person let the two alone; less was asked for when it was
// taken back. Where its item went on under another link, that one is asked.
func mayStillSay(ctx context.Context, tx store.Tx, l store.Link, how outbound.TakeBack) (bool, error) {
	if !over(l) {
		return true, nil
	}
	if l.ExternalID == "" || isMoved(l) || isTakenBack(l) && how == outbound.Redact {
		return false, nil
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if errors.Is(err, store.ErrNotFound) {
		return true, nil
	}
	return !o.Item.Gone || o.Item.MovedTo != "" || o.Hash == "", err // a list may have shown since what was gone
}

// outOfSight is what is said of an item that was to be taken back as it could not be seen outside: whoever
// deleted it, or hid it from us, may bring it back, with all that it says. See store.Link.Unseen.
const outOfSight = "it could not be seen there; once it shows, what it says is overwritten"

// isUnseen reports whether something is to be taken back of an item that does not show.
func (w *work) isUnseen() bool {
	whole := !w.input.Verdict.Out
	return w.seen != nil && w.seen.Item.Gone && (whole || slices.ContainsFunc(w.input.Rules, func(r plan.Rule) bool {
		_, concerned := w.notice(r, whole)
		return concerned
	}))
}

// noteUnseen has the item of a link that is over taken back once it shows again, if it may not be there then.
// It may be in another project meanwhile, which is asked by itself.
func (e *Engine) noteUnseen(ctx context.Context, tx store.Tx, project store.Project, l store.Link, how outbound.TakeBack) error {
	if !over(l) || l.ExternalID == "" || l.Unseen != "" || isTakenBack(l) {
		return nil
	}
	if stays, err := e.mayStay(ctx, tx, project, l); err != nil || stays {
		return err
	}
	if !isMoved(l) { // whoever brings it back may have said something there
		return tx.UpdateLink(ctx, outOfReach(l))
	}
	l.Unseen = how
	return errors.Join(tx.UpdateLink(ctx, l), e.lookIfBack(ctx, tx, project, l))
}

// lookIfBack has a project look at an item that was moved away, to be taken back since, and that may be back by now:
// where its link was over nobody has let it go on here, and what is known here already is no news.
func (e *Engine) lookIfBack(ctx context.Context, tx store.Tx, project store.Project, l store.Link) error {
	now, err := goneOn(ctx, tx, l)
	if err != nil || now.ExternalID == "" || !over(now) {
		return err
	}
	p := &peer{project: project}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if err == nil && (!o.Item.Gone || o.Hash == "") { // what a list shows is in doubt, and nobody reads it
		return e.cameBack(ctx, tx, p, o.Item, l)
	}
	switch o, err = tx.Observation(ctx, now.ProjectID, now.Kind, now.ExternalID); {
	case errors.Is(err, store.ErrNotFound):
		return nil
	case err != nil || !o.Item.Gone:
		return err
	}
	return e.letGo(ctx, tx, p, &work{link: now, seen: &o})
}

// outOfReach returns a link that is over whose item does not show, and is taken back once it does. It is
// overwritten then, whatever was asked for: what others said below it meanwhile has not come in.
func outOfReach(l store.Link) store.Link {
	l.Unseen = outbound.Redact
	return besides(staysAway(l), outOfSight)
}

// inSight returns a link whose item shows, or is to be looked for: what was asked for before is due.
func inSight(l store.Link) store.Link {
	l.TakeBack, l.Unseen = cmp.Or(l.TakeBack, l.Unseen), ""
	return l
}

// keepAsked has a link that begins again remember that its item was to be taken back while nobody saw it.
func keepAsked(ctx context.Context, tx store.Tx, was store.Link) error {
	if !over(was) || was.Unseen == "" {
		return nil
	}
	l, err := tx.LinkForUpdate(ctx, was.ID)
	if err != nil {
		return err
	}
	return tx.UpdateLink(ctx, inSight(l))
}

// takeBackShown asks for an item that shows, and for what is said below it, to be taken back if that was due while
// they could not be seen. It appears where it did not show before.
func (e *Engine) takeBackShown(ctx context.Context, tx store.Tx, p *peer, l store.Link, appears bool) (store.Link, error) {
	l, err := e.takeBackSeen(ctx, tx, p, l)
	if err == nil && appears {
		err = e.takeBackBelow(ctx, tx, p, l)
	}
	return l, err
}

// takeBackSeen asks for an item to be taken back of which something is heard again, and that could not be
// seen when that was asked for. What may be there by now is left alone.
func (e *Engine) takeBackSeen(ctx context.Context, tx store.Tx, p *peer, l store.Link) (store.Link, error) {
	if l.TakeBack != "" || l.Unseen == "" && l.LocalID != "" {
		return l, nil
	}
	by, err := holder(ctx, tx, l)
	if err != nil || by.LocalID == "" {
		return l, err
	}
	if l.Unseen == "" { // nobody knew of it when that of the other item was asked for
		if by.TakeBack == "" && by.Unseen == "" && !isTakenBack(by) || wasTakenBack(l) || !over(l) {
			return l, nil
		}
		l.Unseen = outbound.Redact
	}
	if over(l) { // of one at work that is found out as it is looked at
		if stays, err := e.mayStay(ctx, tx, p.project, l); err != nil || stays {
			return l, err
		}
	}
	if l = inSight(l); over(l) {
		l.State = store.Withdrawn
	} else if comesBack(l) {
		l = l.AtWork()
	}
	return l, tx.UpdateLink(ctx, l)
}

// takeBackBelow is takeBackSeen for what was said below a ticket that shows: nothing is heard of that by itself,
// since nobody has changed it.
func (e *Engine) takeBackBelow(ctx context.Context, tx store.Tx, p *peer, l store.Link) error {
	if l.Kind != external.KindTicket {
		return nil
	}
	children, err := tx.LinksOfParent(ctx, l.ID)
	for _, c := range children {
		if err != nil || !over(c) || c.Unseen == "" && c.LocalID != "" {
			continue
		}
		if c, err = tx.LinkForUpdate(ctx, c.ID); err == nil { // as it is by now
			c, err = e.takeBackSeen(ctx, tx, p, c)
		}
		if err == nil && c.Retracts() {
			err = tx.MarkDirty(ctx, c.ID)
		}
	}
	return err
}

// askBackTicket asks for a ticket and its comments to be taken back wherever they may not
// be any more.
func (e *Engine) askBackTicket(ctx context.Context, tx store.Tx, ticketID, onlyProject string, how outbound.TakeBack) (Withdrawal, error) {
	links, err := tx.LinksOfLocal(ctx, external.KindTicket, ticketID)
	if err != nil {
		return Withdrawal{}, err
	}
	comments, err := tx.CommentsOf(ctx, ticketID)
	if err != nil {
		return Withdrawal{}, err
	}
	for _, c := range comments {
		more, err := tx.LinksOfLocal(ctx, external.KindComment, c.ID)
		if err != nil {
			return Withdrawal{}, err
		}
		links = append(links, more...)
	}
	left, err := leftBy(ctx, tx, ticketID)
	if err != nil {
		return Withdrawal{}, err
	}
	links = append(links, left...)
	slices.SortStableFunc(links, func(a, b store.Link) int { return strings.Compare(a.ProjectID, b.ProjectID) })
	out := Withdrawal{How: outbound.Stop}
	for len(links) > 0 {
		n := 1
		for n < len(links) && links[n].ProjectID == links[0].ProjectID {
			n++
		}
		if onlyProject == "" || onlyProject == links[0].ProjectID {
			project, err := tx.Project(ctx, links[0].ProjectID)
			if err != nil {
				return out, err
			}
			asked, err := e.askBack(ctx, tx, project, how, links[:n])
			if err != nil {
				return out, err
			}
			out = out.with(project, how, asked)
		}
		links = links[n:]
	}
	return out, nil
}

// leftBy returns the links that left a ticket, or what was said below it, to another item, as far as its journal
// goes back: what they hold outside is still its own.
func leftBy(ctx context.Context, tx store.Tx, ticketID string) (left []store.Link, err error) {
	steps, err := allSteps(ctx, tx, ticketID)
	met := map[string]bool{}
	if err != nil {
		return nil, err
	}
	for _, s := range steps {
		if met[s.LinkID] {
			continue
		}
		met[s.LinkID] = true
		l, err := tx.Link(ctx, s.LinkID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err == nil && l.LocalID == "" && over(l) {
			left = append(left, l)
		}
	}
	return left, nil
}

// with adds what was asked to be taken back of a project. Nobody does it in one that is disconnected.
func (wd Withdrawal) with(p store.Project, how outbound.TakeBack, asked int) Withdrawal {
	if how = how.Or(p.Rules.Withdraw); how == outbound.Stop {
		return wd
	}
	if wd.How != outbound.Remove {
		wd.How = how
	}
	wd.Items += asked
	if len(wd.Cannot) == 0 {
		wd.Cannot = cannotTakeBack()
	}
	if asked > 0 && p.Status == external.Disconnected {
		wd.Cannot = append(wd.Cannot, fmt.Sprintf("all of it in %s, which is disconnected: it is taken back once that is connected again, or by hand", p.Key))
	}
	return wd
}

// askBackAll asks for whatever of a project may not be outside any more to be taken back.
func (e *Engine) askBackAll(ctx context.Context, tx store.Tx, project store.Project, how outbound.TakeBack) (Withdrawal, error) {
	out := Withdrawal{How: outbound.Stop}
	for _, kind := range []external.Kind{external.KindTicket, external.KindComment} {
		for after := ""; ; {
			links, err := tx.LinksOf(ctx, project.ID, kind, after, replanPage)
			if err != nil {
				return out, err
			}
			if len(links) == 0 {
				break
			}
			n, err := e.askBack(ctx, tx, project, how, links)
			if err != nil {
				return out, err
			}
			out, after = out.with(project, how, n), links[len(links)-1].ID
		}
	}
	return out, nil
}

package engine

import (
	"context"
	"errors"
	"slices"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// The verbs of intents.
const (
	verbCreate    = "create"
	verbUpdate    = "update"
	verbDelete    = "delete"
	verbContainer = "container"
)

// lostCreate returns the link whose create made the item, or the one as which that one goes on
// by now, when that link does not know it. A key is believed only on an item of our own account, be
// it the one of before: anybody may copy the text that carries it.
func (e *Engine) lostCreate(ctx context.Context, tx store.Tx, p *peer, item external.Item) (store.Link, bool, error) {
	if item.CreateKey == "" || !p.project.SpokeAs(item.Author) || item.Gone {
		return store.Link{}, false, nil
	}
	id, ours := e.keyOwner(p.project.ID, item.CreateKey)
	if !ours {
		return store.Link{}, false, nil
	}
	l, err := tx.Link(ctx, id)
	if err == nil {
		l, err = goneOn(ctx, tx, l)
	}
	if err == nil {
		l, err = tx.LinkForUpdate(ctx, l.ID)
	}
	if errors.Is(err, store.ErrNotFound) {
		return l, false, nil
	}
	return l, err == nil && l.ExternalID == "" && l.Kind == item.Kind && l.ProjectID == p.project.ID, err
}

// join gives a link the external item that its create made.
func (e *Engine) join(ctx context.Context, tx store.Tx, p *peer, l store.Link, item external.Item) error {
	intents, err := tx.LinkIntents(ctx, l.ID)
	if err != nil {
		return err
	}
	for _, i := range intents {
		if i.Verb != verbCreate || i.State != store.Sent {
			continue
		}
		was, err := e.asWritten(ctx, tx, p, i)
		if err != nil {
			return err
		}
		if p.project.Restored.Open() {
			i.Changes = asMade(was, i.Changes, item)
		}
		w := &work{link: l}
		if err := e.localOf(ctx, tx, w); err != nil { // a remark's steps are its ticket's, too
			return err
		}
		w.link.Bases = joinedBases(was, w, i, item)
		l.Bases = w.link.Bases
		if err := e.journalJoin(ctx, tx, w, i); err != nil {
			return err
		}
		if was != p {
			l.Bases = carriedOver(was, p, l.Kind, l.Bases, canonical(was, item), canonical(p, item))
		}
		i.State, i.DoneAt, i.Error = store.Landed, e.Clock.Now(), ""
		if err := tx.UpdateIntent(ctx, i, store.Sent); err != nil {
			return err
		}
	}
	l = made(l, item)
	l.Held = l.Held || p.project.Restored.Open() // as those that the backup knew to be there
	if err := tx.UpdateLink(ctx, l); err != nil {
		return err
	}
	if err := tx.MarkDirty(ctx, l.ID); err != nil {
		return err
	}
	return e.joined(ctx, tx, l)
}

// journalJoin tells in the journal of the session whose create is known by now what it made.
func (e *Engine) journalJoin(ctx context.Context, tx store.Tx, w *work, i store.Intent) error {
	j := &journal{run: Run{SessionID: i.SessionID}}
	reason := ""
	for _, c := range i.Changes {
		reason = c.Reason
	}
	j.add(w, plan.Step{Action: plan.CreateOutside, Reason: reason}, knownLate, i.ID)
	for _, c := range i.Changes {
		j.add(w, plan.Step{Field: c.Field, Action: plan.Push, After: c.Written, Reason: c.Reason}, knownLate, i.ID)
		j.based(base{}, w.link.Bases[c.Field])
	}
	return j.flush(ctx, tx, e)
}

// replaceStub removes the stub that a list or a webhook made of an item, and gives
// the comments that hang on it to the link that the item belongs to.
func (e *Engine) replaceStub(ctx context.Context, tx store.Tx, stub store.Link, by string) error {
	if err := e.withdrawQuestion(ctx, tx, stub); err != nil {
		return err
	}
	children, err := tx.LinksOfParent(ctx, stub.ID)
	if err != nil {
		return err
	}
	for _, c := range children {
		c, err := tx.LinkForUpdate(ctx, c.ID) // as it is by now
		if err != nil {
			return err
		}
		c.Parent = by
		if err := tx.UpdateLink(ctx, c); err != nil {
			return err
		}
	}
	return tx.DeleteLink(ctx, stub.ID)
}

// made returns the link joined to an item that we created.
func made(l store.Link, item external.Item) store.Link {
	l = l.As(store.Live, store.NoCause, "")
	l.ExternalID, l.ExternalKey, l.Made, l.Attempts = item.ID, item.Key, true, 0
	if l.Kind == external.KindComment {
		l.ParentKey = item.Parent
	}
	return inSight(l)
}

// joinedBases returns the bases after a create that is known by its item only. Only
// what was written is certain: stamps are too coarse to tell whether somebody has
// touched the item since, so whatever differs from it counts as an edit outside. A
// field that was not written has no base; a new ticket is open everywhere. Where we hold no
// state, that is news, and comes in; see createdBases.
//
// Where states are reached through others, an item may be on its way to the state that
// was asked for: both sides have met at the one it is found in.
func joinedBases(p *peer, w *work, i store.Intent, item external.Item) plan.Bases {
	bases, norm := plan.Bases{}, p.normalize(item.Kind)
	hasState := item.Kind == external.KindTicket && !w.input.Local.Fields[ticket.State].IsEmpty()
	if open := ticket.Text(ticket.StateOpen); hasState {
		bases[ticket.State] = base{Local: open, External: open}
	}
	for _, c := range i.Changes {
		bases[c.Field] = base{Local: c.Local, External: norm(c.Field, c.Written)}
	}
	if p.caps.Transitions && hasState {
		met := canonical(p, item)[ticket.State]
		bases[ticket.State] = base{Local: met, External: met}
	}
	return bases
}

// asMade returns of what a create was to write only what its item shows. A restored database
// holds the intent of one attempt, and another one, made since the backup with other values,
// may be what made the item: what differs is nobody's edit then, and was never agreed on.
func asMade(p *peer, changes []store.Change, item external.Item) []store.Change {
	norm, shown := p.normalize(item.Kind), canonical(p, item)
	return slices.DeleteFunc(slices.Clone(changes), func(c store.Change) bool {
		return !norm(c.Field, shown[c.Field]).Equal(norm(c.Field, c.Written))
	})
}

// joined wakes what waited for a link to have both sides: the comments of a ticket, and
// the tickets that name it.
func (e *Engine) joined(ctx context.Context, tx store.Tx, l store.Link) error {
	if l.Kind != external.KindTicket {
		return e.askAnew(ctx, tx, l)
	}
	if err := e.adoptOrphans(ctx, tx, l); err != nil {
		return err
	}
	if err := e.wakeReferring(ctx, tx, l); err != nil {
		return err
	}
	return wakeChildren(ctx, tx, l)
}

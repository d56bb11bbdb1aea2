package engine

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/adapters"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
)

// push sends the calls of one link, one after the other. When something moved
// meanwhile the rest is given up, and the link is planned again.
func (e *Engine) push(ctx context.Context, r Run, p *peer, w *work, ops []adapters.Op, intents []store.Intent) error {
	for n := range ops {
		item, err := e.send(ctx, r, p, w, ops[n], &intents[n])
		if err != nil {
			return err
		}
		if item.MovedTo != "" && n+1 < len(ops) { // what is left was meant for the project that it was in
			return fmt.Errorf("it was moved to another project: %w", store.ErrStale)
		}
		for later := n + 1; later < len(ops); later++ {
			if ops[n].Creates {
				ops[later] = ops[later].At(item.Ref)
			}
			if ops[n].CreatesContainer {
				ops[later] = ops[later].Know(containerOf(item))
			}
		}
	}
	return nil
}

// send makes one call under its intent.
func (e *Engine) send(ctx context.Context, r Run, p *peer, w *work, op adapters.Op, i *store.Intent) (external.Item, error) {
	use := store.UseWrite
	if op.Creates || op.CreatesContainer {
		use = store.UseCreate
	}
	if err := e.pace(ctx, p, use); err != nil {
		return external.Item{}, err
	}
	call, cancel := e.within(ctx)
	defer cancel()
	if err := e.markSent(ctx, r, w, i); err != nil {
		return external.Item{}, err
	}
	item, err := p.adapter.Write(call, op)
	switch {
	case err == nil:
		return item, e.land(ctx, r, p, w, op, *i, item)
	case external.KindOf(err) == external.Ambiguous || ctx.Err() != nil:
		return item, e.unknown(ctx, r, *i, err)
	}
	var waits error
	if w.undo != nil {
		waits = e.shutsUndo(ctx, p, err)
		w.undo.waits = waits != nil
	}
	taken := op.Creates && external.KindOf(err) == external.Conflict && p.caps.CreateKey == external.CreateKeyClientID
	rests, rerr := e.refused(ctx, r, w, *i, err, taken)
	switch {
	case rerr != nil:
		return item, rerr
	case waits != nil:
		return item, waits
	case taken:
		return item, errTaken
	case rests:
		return item, errRests
	}
	return item, e.vendorError(ctx, p, err)
}

// within bounds a write from before its intent is marked as sent, with a margin to the intent's deadline:
// a process that stood still in between, or a write of several calls, does not go on once somebody
// else may look what became of it.
func (e *Engine) within(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, e.CallTimeout*3/4)
}

// errTaken says that the system refuses to make an item because it has, or had, one
// with our id.
var errTaken = errors.New("the item was made before and cannot be seen")

// markSent makes the intent durable as sent, after a last look at all that could
// forbid the call: a newer session, a pause, an edit, a privacy change.
func (e *Engine) markSent(ctx context.Context, r Run, w *work, i *store.Intent) error {
	var sent store.Intent
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		project, err := e.fence(ctx, tx, r)
		if err != nil {
			return err
		}
		sent, err = e.mark(ctx, tx, project, w, *i)
		return err
	})
	if err != nil {
		return err
	}
	*i = sent
	return nil
}

// mark stores one intent as sent, or says with store.ErrStale why its call may not be made
// any more. Nothing was written then.
func (e *Engine) mark(ctx context.Context, tx store.Tx, project store.Project, w *work, i store.Intent) (store.Intent, error) {
	if err := stillSaid(project, w); err != nil {
		return i, err
	}
	l, err := tx.Link(ctx, i.LinkID)
	if err != nil {
		return i, err
	}
	if l.State == store.Tombstone || i.Verb == verbCreate && l.ExternalID != "" { // it goes on elsewhere, or has come here
		return i, fmt.Errorf("link %s: %w", l.ID, store.ErrStale)
	}
	if err := e.lockLocal(ctx, tx, w); err != nil {
		return i, err
	}
	grants, err := tx.Grants(ctx, w.ticket.ID)
	if err != nil {
		return i, err
	}
	back := w.retracts() // which carries nothing of the ticket
	if v := outbound.Judge(project.ID, project.Rules, grants, w.ticket, w.comment); !v.Out && !back {
		return i, fmt.Errorf("%s: %w", v.Reason, store.ErrStale)
	} else if v.Out != w.input.Verdict.Out && w.link.TakeBack != "" {
		return i, fmt.Errorf("it may leave again: %w", store.ErrStale)
	}
	if hidden, err := e.hidesNow(ctx, tx, l); err != nil {
		return i, err
	} else if hidden && !back {
		return i, fmt.Errorf("only some may see it outside by now: %w", store.ErrStale)
	}
	now := e.Clock.Now()
	i.State, i.SentAt, i.Deadline = store.Sent, now, now.Add(e.CallTimeout)
	return i, tx.UpdateIntent(ctx, i, store.Planned)
}

// unknown leaves the intent as sent: the next session reads what became of it. Its
// link rests until the call has certainly ended.
func (e *Engine) unknown(ctx context.Context, r Run, i store.Intent, cause error) error {
	// The call's own context may be over; the note must be written all the same.
	ctx = context.WithoutCancel(ctx)
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		i.Error = string(external.KindOf(cause))
		if err := tx.UpdateIntent(ctx, i, store.Sent); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, i.LinkID)
		if err != nil {
			return err
		}
		l.NextTry = i.Deadline
		return tx.UpdateLink(ctx, l)
	})
	return errors.Join(cause, err)
}

// refused closes the intent of a call that certainly did nothing. When the id of
// a create is taken, an earlier try made the item and somebody deleted it before any
// list showed it to us: the link is gone outside. (Were it there after all, a list
// would show it with our key, and the link would come back to life.) It reports whether
// the fields of the call rest from now on, so that the others can flow.
func (e *Engine) refused(ctx context.Context, r Run, w *work, i store.Intent, cause error, taken bool) (rests bool, err error) {
	j := &journal{run: r}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		j.counts.Writes = 1
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		i.State, i.DoneAt, i.Error = store.Refused, e.Clock.Now(), string(external.KindOf(cause))
		if err := tx.UpdateIntent(ctx, i, store.Sent); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, i.LinkID)
		if err != nil {
			return err
		}
		forgot, err := e.forgetContainers(ctx, tx, w, cause)
		switch {
		case err != nil:
		case w.undo == nil:
			rests, err = e.noteRefusal(ctx, tx, w, l, i, cause, j)
		case !forgot && !w.undo.waits: // else it is tried once more, and finds the container, or makes it
			j.cannot(w, i, cause)
			l, err = closedStill(ctx, tx, w, l, i)
		}
		if err != nil {
			return err
		}
		if taken {
			l = l.As(store.MaybeGone, store.NoCause, "it was made outside and deleted there before it was seen")
			if err := tx.UpdateLink(ctx, l); err != nil {
				return err
			}
		}
		return j.flush(ctx, tx, e)
	})
	return rests, err
}

func containerOf(item external.Item) external.Container {
	return external.Container{Ref: item.Ref, Field: item.Fields["field"].Text(), Name: item.Fields["name"].Text()}
}

// land records a call that succeeded: what came back becomes the new base.
func (e *Engine) land(ctx context.Context, r Run, p *peer, w *work, op adapters.Op, i store.Intent, item external.Item) error {
	item = storable(item)
	j := &journal{run: r}
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		j.clear()
		j.counts.Writes = 1
		if _, err := e.fence(ctx, tx, r); err != nil {
			return err
		}
		l, err := tx.LinkForUpdate(ctx, i.LinkID)
		if err != nil {
			return err
		}
		item, err := e.meetRenamed(ctx, tx, p, w, i, item)
		if err != nil {
			return err
		}
		l.Attempts, l.FirstTry = 0, time.Time{} // a link that gets on is not one that always fails
		next := p.landed(l, i, item, e.Clock.Now())
		if err := tx.UpdateIntent(ctx, next, store.Sent); err != nil {
			return err
		}
		if _, back := w.takesBack(); back {
			return e.landEnd(ctx, tx, p, w, l, next, item, j)
		}
		before := l.Bases
		switch i.Verb {
		case verbContainer:
			return errors.Join(e.landContainer(ctx, tx, p, item), j.flush(ctx, tx, e))
		case verbDelete:
			return e.landEnd(ctx, tx, p, w, l, i, item, j)
		case verbCreate:
			if err := e.landCreate(ctx, tx, p, w, &l, item, j); err != nil {
				return err
			}
		}
		if i.Verb == verbUpdate {
			l = l.Pushed(next.DoneAt)
		}
		var losses []plan.Disagreement
		l.Bases, losses = e.landBases(p, w, op, i, l, item, j)
		if l, err = e.landUndone(ctx, tx, p, l, i, item, j); err != nil {
			return err
		}
		if i.Verb == verbCreate {
			l.Bases = landRepeat(before, l.Bases, i.Changes)
		}
		if err := tx.UpdateLink(ctx, l); err != nil {
			return err
		}
		if err := e.keepLosses(ctx, tx, w, losses, j); err != nil {
			return err
		}
		return errors.Join(e.seeWritten(ctx, tx, p, l, i, item), j.flush(ctx, tx, e))
	})
	if errors.Is(err, errKnown) {
		cause := &external.Error{Kind: external.Conflict, Op: op.Name, Message: errKnown.Error() + "; keep that one, and delete this one here"}
		_, err = e.refused(ctx, r, w, i, cause, false)
		return errors.Join(err, cause)
	}
	return err
}

// errKnown says that a create is answered with an item that came in before, since nothing told that it is ours.
var errKnown = errors.New("what it made came in as another one, before it was known for ours")

// landed returns the intent of a call that succeeded.
func (p *peer) landed(l store.Link, i store.Intent, item external.Item, now time.Time) store.Intent {
	next := i
	next.State, next.DoneAt, next.Audit = store.Landed, now, auditOf(p, l.Kind, i)
	next.Changes = p.reached(l.Kind, i.Changes, item)
	if item.MovedTo != "" {
		next.Error = landedElsewhere
	}
	return next
}

// seeWritten stores what a call answered, and wakes what waited for the item that it made.
func (e *Engine) seeWritten(ctx context.Context, tx store.Tx, p *peer, l store.Link, i store.Intent, item external.Item) error {
	if err := e.observeWritten(ctx, tx, p, l, i, item); err != nil || i.Verb != verbCreate {
		return err
	}
	return e.joined(ctx, tx, l)
}

// landCreate joins the link to the item that was made, and removes a stub that a
// list or a webhook made of it meanwhile.
func (e *Engine) landCreate(ctx context.Context, tx store.Tx, p *peer, w *work, l *store.Link, item external.Item, j *journal) error {
	stub, err := tx.LinkByExternal(ctx, p.project.ID, item.Kind, item.ID)
	switch {
	case errors.Is(err, store.ErrNotFound):
	case err != nil:
		return err
	case stub.ID != l.ID && stub.LocalID == "":
		if err := e.replaceStub(ctx, tx, stub, l.ID); err != nil {
			return err
		}
	case stub.ID != l.ID:
		return errKnown
	}
	l.Unseen = "" // of what could not be there before; this may
	*l = made(*l, item)
	l.Bases = createdBases(p, w, item)
	j.counts.CreatedOutside++
	j.add(w, plan.Step{Action: plan.CreateOutside, Reason: w.plan.Steps[0].Reason}, "done", "")
	return nil
}

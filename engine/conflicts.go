package engine

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// recordConflicts stores the disagreements of a plan. A conflict that is open
// already shows the new values from now on; a decision on the old ones is void.
func (e *Engine) recordConflicts(ctx context.Context, tx store.Tx, w *work, j *journal) error {
	for _, d := range w.plan.Conflicts {
		if err := e.raise(ctx, tx, w, d, j); err != nil {
			return err
		}
	}
	return nil
}

// chosen says whose value a strategy decided on.
func chosen(d plan.Disagreement) store.Choice {
	switch {
	case d.Value.Equal(d.Local):
		return store.ChooseLocal
	case d.Value.Equal(d.External):
		return store.ChooseExternal
	}
	return store.ChooseValue
}

// raise stores one disagreement.
func (e *Engine) raise(ctx context.Context, tx store.Tx, w *work, d plan.Disagreement, j *journal) error {
	if c, open := w.conflicts[d.Field]; open {
		now, err := tx.ConflictForUpdate(ctx, c.ID) // it may have been decided, or closed, while a call was on its way
		if err != nil {
			return err
		}
		if !now.Closed() {
			if again, err := e.meetOpen(ctx, tx, w, now, d); err != nil || again {
				return err
			}
		}
	}
	c := e.newConflict(w, d)
	if d.Settled {
		c.DecidedBy, c.DecidedAt = "strategy", e.Clock.Now()
		c = e.closed(c, store.Resolved, w)
		c.Choice, c.Value = chosen(d), d.Value
	}
	j.counts.Conflicts++
	if c.Kind == store.TwinCreated {
		j.counts.Twins++
	}
	return e.insertConflict(ctx, tx, c)
}

func (e *Engine) newConflict(w *work, d plan.Disagreement) store.Conflict {
	if d.Kind == "" {
		d.Kind = store.BothEdited
	}
	c := store.Conflict{
		ID: e.NewID(), ProjectID: w.link.ProjectID, LinkID: w.link.ID, TicketID: w.ticket.ID, Field: d.Field,
		Kind: d.Kind, Untold: d.Untold, Reason: d.Reason, State: store.OpenConflict, Base: d.Base, Local: d.Local, External: d.External,
		Digest: plan.Digest(d.Local, d.External), Strategy: d.Strategy, DetectedAt: e.Clock.Now(), Twin: d.Twin,
	}
	if w.comment != nil {
		c.CommentID = w.comment.ID
	}
	return c
}

func (e *Engine) insertConflict(ctx context.Context, tx store.Tx, c store.Conflict) error {
	if err := tx.InsertConflict(ctx, c); err != nil {
		return err
	}
	if c.State != store.OpenConflict {
		return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictResolved", c.ID))
	}
	return tx.AddOutbox(ctx, e.opened(c)...)
}

// opened tells of an open conflict, and starts what follows it.
func (e *Engine) opened(c store.Conflict) []store.Outbox {
	return []store.Outbox{e.event(c.ProjectID, "ConflictDetected", c.ID), {
		ID: e.NewID(), Kind: store.OutboxConflict, ProjectID: c.ProjectID, Subject: c.ID, At: e.Clock.Now(),
	}}
}

// meetOpen deals with the conflict that is open in the field of a disagreement. It
// reports whether that conflict stands for the disagreement from now on. A kept
// losing value gives way to a disagreement of today: it is closed, and stays in its
// record. So does what a restored database has shown, and is outside no more: what was decided
// since the backup, and by it replaced there, stands in no other record.
func (e *Engine) meetOpen(ctx context.Context, tx store.Tx, w *work, c store.Conflict, d plan.Disagreement) (bool, error) {
	another := (d.Kind == plan.Overwritten || w.restored) && !d.External.Equal(c.External) // lost, like the one before
	if c.Sticky() == d.Sticky && !d.Settled && !another {
		return true, e.showAnew(ctx, tx, c, d)
	}
	return false, e.keep(ctx, tx, c)
}

// keep closes a conflict that gives way to another one of its field. Its values stay in
// its record, with what a person has decided since it was read.
func (e *Engine) keep(ctx context.Context, tx store.Tx, c store.Conflict) error {
	c, err := tx.ConflictForUpdate(ctx, c.ID)
	if err != nil || c.Closed() {
		return err
	}
	if c.ClosedRevision, err = revisionOf(ctx, tx, c); err != nil {
		return err
	}
	c.State, c.ClosedAt, c.DecidedBy = store.Resolved, e.Clock.Now(), keptBy
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.news(c))
}

// closed returns a conflict as it is closed by a plan of its link. What the plan writes
// here makes one more revision; where it writes nothing, w.patched is false.
func (e *Engine) closed(c store.Conflict, to store.ConflictState, w *work) store.Conflict {
	c.State, c.ClosedAt, c.ClosedRevision = to, e.Clock.Now(), w.ticket.Revision
	if w.comment != nil {
		c.ClosedRevision = w.comment.Revision
	}
	if w.patched {
		c.ClosedRevision++
	}
	if c.TicketID == "" { // its ticket was not there yet
		c.TicketID = w.ticket.ID
	}
	return c
}

// news tells whoever follows a conflict that its row has changed.
func (e *Engine) news(c store.Conflict) store.Outbox {
	return store.Outbox{ID: e.NewID(), Kind: store.OutboxDecision, ProjectID: c.ProjectID, Subject: c.ID, At: e.Clock.Now()}
}

// keptBy is who closed a conflict whose losing value is kept without a decision.
const keptBy = "kept"

func (e *Engine) showAnew(ctx context.Context, tx store.Tx, c store.Conflict, d plan.Disagreement) error {
	was := c
	if d.Kind != "" {
		c.Twin = d.Twin
		c.Kind, c.Untold, c.Reason = d.Kind, d.Untold, cmp.Or(d.Reason, c.Reason)
	}
	// A value that a person wrote into a decision that is void now stays in the record,
	// for whoever decides next to see.
	void := c.State == store.Decided
	c.Local, c.External, c.State, c.Choice = d.Local, d.External, store.OpenConflict, ""
	c.Digest = shownAs(c)
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return err
	}
	if was.Twin != c.Twin {
		if err := e.releaseTwin(ctx, tx, was); err != nil {
			return err
		}
	}
	if !void {
		return nil
	}
	return tx.AddOutbox(ctx, e.news(c))
}

// shownAs identifies what whoever decides is shown: both values, and a third one that was written into a decision
// which came to nothing. Who decides has seen that one, too.
func shownAs(c store.Conflict) string {
	digest := plan.Digest(c.Local, c.External)
	if c.Value.IsEmpty() || c.Kind == store.Undone {
		return digest // there it is what an undo took away
	}
	return plan.Digest(ticket.Text(digest), c.Value)
}

// closeConflict closes the conflict of a field that a step has settled.
func (e *Engine) closeConflict(ctx context.Context, tx store.Tx, w *work, s plan.Step, j *journal) error {
	c, open := w.conflicts[s.Field]
	if !open {
		return nil
	}
	switch s.Action {
	case plan.Decide, plan.Stay:
		c = e.closed(c, store.Resolved, w)
	case plan.CloseConflict:
		c = e.closed(c, store.Converged, w)
	default:
		return nil
	}
	return e.storeClosed(ctx, tx, c, j)
}

func (e *Engine) storeClosed(ctx context.Context, tx store.Tx, c store.Conflict, j *journal) error {
	j.counts.Resolved++
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return err
	}
	if err := e.releaseTwin(ctx, tx, c); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictResolved", c.ID), e.news(c))
}

// settleUnmade keeps edits out while an item is set aside that is not made, since the other side cannot hold a
// field of it. What the queue tells of that is closed once the item is not to be made at all: it may not flow, is
// deleted, or does not show any more. No choice is offered there, so that nobody else could.
func (e *Engine) settleUnmade(ctx context.Context, tx store.Tx, w *work, j *journal) error {
	if len(w.plan.Of(plan.Unfit)) > 0 {
		return lockEdits(ctx, tx, w)
	}
	if w.wait != "" || w.input.Linked || !w.plan.Idle() {
		return nil
	}
	for _, f := range slices.Sorted(maps.Keys(w.conflicts)) {
		if w.conflicts[f].Untold != plan.UntoldItem {
			continue
		}
		c, err := tx.ConflictForUpdate(ctx, w.conflicts[f].ID)
		if err == nil && !c.Closed() {
			err = e.storeClosed(ctx, tx, e.closed(c, store.Converged, w), j)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// wasUntold reports whether an external item was not made here, since a field of it has no word here. It may be
// gone since it was seen: no sweep looks for what has no twin.
func (w *work) wasUntold() bool {
	return w.wait == "" && !w.input.Linked && w.link.ExternalID != "" &&
		slices.ContainsFunc(slices.Collect(maps.Values(w.conflicts)), func(c store.Conflict) bool { return c.Untold == plan.UntoldItem })
}

package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// recordConflicts stores the disagreements of a plan. A conflict that is open
// already shows the new values from now on; a decision on the old ones is void.
func (e *Engine) recordConflicts(ctx context.Context, tx store.Tx, w *work, j *journal) error {
	for _, d := range w.plan.Conflicts {
		if c, open := w.conflicts[d.Field]; open {
			again, err := e.meetOpen(ctx, tx, c, d)
			if err != nil {
				return err
			}
			if again {
				continue
			}
		}
		c := e.newConflict(w, d, store.BothEdited)
		if d.Settled {
			now := e.Clock.Now()
			c.State, c.DecidedBy, c.DecidedAt, c.ClosedAt = store.Resolved, "strategy", now, now
			c.Choice, c.Value = chosen(d), d.Value
		}
		j.counts.Conflicts++
		if err := e.insertConflict(ctx, tx, c); err != nil {
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

func (e *Engine) newConflict(w *work, d plan.Disagreement, kind store.ConflictKind) store.Conflict {
	c := store.Conflict{
		ID: e.NewID(), ProjectID: w.link.ProjectID, LinkID: w.link.ID, TicketID: w.ticket.ID, Field: d.Field,
		Kind: kind, State: store.OpenConflict, Base: d.Base, Local: d.Local, External: d.External,
		Digest: plan.Digest(d.Local, d.External), Strategy: d.Strategy, DetectedAt: e.Clock.Now(),
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
	return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictDetected", c.ID), store.Outbox{
		ID: e.NewID(), Kind: store.OutboxConflict, ProjectID: c.ProjectID, Subject: c.ID, At: e.Clock.Now(),
	})
}

// meetOpen deals with the conflict that is open in the field of a disagreement. It
// reports whether that conflict stands for the disagreement from now on. A kept
// losing value gives way to a disagreement of today: it is closed, and stays in its
// record.
func (e *Engine) meetOpen(ctx context.Context, tx store.Tx, c store.Conflict, d plan.Disagreement) (bool, error) {
	if (c.Kind == store.Overwritten) == d.Sticky && !d.Settled {
		return true, e.showAnew(ctx, tx, c, d)
	}
	c.State, c.ClosedAt, c.DecidedBy = store.Resolved, e.Clock.Now(), keptBy
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return false, err
	}
	return false, tx.AddOutbox(ctx, e.news(c))
}

// news tells whoever follows a conflict that its row has changed.
func (e *Engine) news(c store.Conflict) store.Outbox {
	return store.Outbox{ID: e.NewID(), Kind: store.OutboxDecision, ProjectID: c.ProjectID, Subject: c.ID, At: e.Clock.Now()}
}

// keptBy is who closed a conflict whose losing value is kept without a decision.
const keptBy = "kept"

func (e *Engine) showAnew(ctx context.Context, tx store.Tx, c store.Conflict, d plan.Disagreement) error {
	c.Local, c.External, c.Digest = d.Local, d.External, plan.Digest(d.Local, d.External)
	// A value that a person wrote into a decision that is void now stays in the record,
	// for whoever decides next to see.
	void := c.State == store.Decided
	c.State, c.Choice = store.OpenConflict, ""
	if err := tx.UpdateConflict(ctx, c); err != nil || !void {
		return err
	}
	return tx.AddOutbox(ctx, e.news(c))
}

// closeConflict closes the conflict of a field that a step has settled.
func (e *Engine) closeConflict(ctx context.Context, tx store.Tx, w *work, s plan.Step, j *journal) error {
	c, open := w.conflicts[s.Field]
	if !open {
		return nil
	}
	switch s.Action {
	case plan.Decide:
		c.State = store.Resolved
	case plan.CloseConflict:
		c.State = store.Converged
	default:
		return nil
	}
	c.ClosedAt = e.Clock.Now()
	j.counts.Resolved++
	if err := tx.UpdateConflict(ctx, c); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictResolved", c.ID), e.news(c))
}

// ChooseBlocks is the choice of a Decision by blocks. It is stored as the value that they
// make.
const ChooseBlocks store.Choice = "blocks"

// Decision is what a person decided on a conflict.
type Decision struct {
	Choice store.Choice
	Value  ticket.Value // for store.ChooseValue
	// Blocks, for ChooseBlocks, says whose version of each clash stands, in the order in
	// which Engine.Blocks shows them. What does not clash is merged.
	Blocks []plan.Take
	Digest string // of the values that the person was shown
	By     string // a local handle
}

// The reasons for which a decision is refused. The conflict that comes with them
// shows how things are now.
var (
	ErrDecided = errors.New("the conflict is decided already")
	ErrMoved   = errors.New("the values have moved since they were shown; look again and decide on the new ones")
)

// Decide stores a decision. It takes effect in the project's next session, unless
// the values move before. It returns the conflict as it is now, also with
// ErrDecided and ErrMoved.
func (e *Engine) Decide(ctx context.Context, conflictID string, d Decision) (store.Conflict, error) {
	var c store.Conflict
	var refusal error
	p, err := e.decider(ctx, conflictID, d)
	if err != nil {
		return c, fmt.Errorf("decide conflict %s: %w", conflictID, err)
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		refusal = nil
		var err error
		if c, err = tx.ConflictForUpdate(ctx, conflictID); err != nil {
			return err
		}
		if c.State != store.OpenConflict {
			refusal = ErrDecided
			return nil
		}
		if err := e.refreshConflict(ctx, tx, &c); err != nil {
			return err
		}
		if c.Digest != d.Digest {
			refusal = ErrMoved
			return tx.UpdateConflict(ctx, c)
		}
		return e.storeDecision(ctx, tx, p, &c, d)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return c, fmt.Errorf("decide conflict %s: %w", conflictID, err)
	}
	return c, nil
}

// storeDecision stores what was decided; p is needed for a decision by blocks only.
func (e *Engine) storeDecision(ctx context.Context, tx store.Tx, p *peer, c *store.Conflict, d Decision) error {
	switch d.Choice {
	case store.ChooseLocal:
		c.Value = c.Local
	case store.ChooseExternal:
		c.Value = c.External
	case store.ChooseValue:
		c.Value = d.Value
		if err := (ticket.Fields{c.Field: d.Value}).Validate(); err != nil {
			return err
		}
	case ChooseBlocks:
		var err error
		if c.Value, err = p.compose(*c, d.Blocks); err != nil {
			return err
		}
	default:
		return fmt.Errorf("choice %q: want local, external, value or blocks: %w", d.Choice, ticket.ErrInvalid)
	}
	now := e.Clock.Now()
	c.State, c.Choice, c.DecidedBy, c.DecidedAt = store.Decided, stored(d.Choice), d.By, now
	if err := tx.UpdateConflict(ctx, *c); err != nil {
		return err
	}
	if err := tx.MarkDirty(ctx, c.LinkID); err != nil {
		return err
	}
	entry := store.AuditEntry{
		ProjectID: c.ProjectID, At: now, Actor: d.By, Action: "decide", Subject: c.ID,
		Detail: fmt.Sprintf("field=%s choice=%s", c.Field, d.choice()), Digest: c.Digest,
	}
	if err := tx.AppendAudit(ctx, entry); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.wake(c.ProjectID), e.news(*c))
}

// stored is the choice that the store knows.
func stored(c store.Choice) store.Choice {
	if c == ChooseBlocks {
		return store.ChooseValue
	}
	return c
}

// choice says what was chosen, for the audit log.
func (d Decision) choice() string {
	if d.Choice != ChooseBlocks {
		return string(d.Choice)
	}
	return fmt.Sprintf("%s%v", d.Choice, d.Blocks)
}

// refreshConflict sets the values of an open conflict to what both sides hold now,
// as far as we know. A kept losing value stays what it is.
func (e *Engine) refreshConflict(ctx context.Context, tx store.Tx, c *store.Conflict) error {
	if c.CommentID != "" {
		com, err := tx.Comment(ctx, c.CommentID)
		if err != nil {
			return err
		}
		c.Local = com.Body
	} else {
		t, err := tx.Ticket(ctx, c.TicketID)
		if err != nil {
			return err
		}
		c.Local = t.Fields[c.Field]
	}
	if c.Kind == store.BothEdited {
		if err := e.refreshExternal(ctx, tx, c); err != nil {
			return err
		}
	}
	c.Digest = plan.Digest(c.Local, c.External)
	return nil
}

func (e *Engine) refreshExternal(ctx context.Context, tx store.Tx, c *store.Conflict) error {
	l, err := tx.Link(ctx, c.LinkID)
	if err != nil {
		return err
	}
	o, err := tx.Observation(ctx, l.ProjectID, l.Kind, l.ExternalID)
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	project, err := tx.Project(ctx, l.ProjectID)
	if err != nil {
		return err
	}
	m, err := mappingInForce(ctx, tx, project)
	if err != nil {
		return err
	}
	if o.Hash != "" { // else it is doubtful, and what was shown stands
		p := &peer{project: project, mapping: m, refs: references{here: map[string]string{}, there: map[string]string{}}}
		if _, err := e.gatherReferences(ctx, tx, p, &work{link: l, seen: &o}); err != nil {
			return err
		}
		c.External = canonical(p, o.Item)[c.Field]
	}
	return nil
}

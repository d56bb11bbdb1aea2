package engine

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

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
	// Because says for the audit log how it came about, where nobody looked at this very
	// conflict; usually empty.
	Because string
}

// The reasons for which a decision is refused. The conflict that comes with them
// shows how things are now.
var (
	ErrDecided = errors.New("the conflict is decided already")
	ErrMoved   = errors.New("they are others than were shown; look again and decide on the new ones")
)

// Decide stores a decision. It takes effect in the project's next session, unless
// the values move before. It returns the conflict as it is now, also with
// ErrDecided and ErrMoved. A value that could not be written outside then fails with ErrCannotHold.
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

// decided is a conflict with the value that a decision is for.
func (p *peer) decided(c store.Conflict, d Decision) (store.Conflict, error) {
	err := offered(c, d.Choice)
	switch {
	case err != nil:
		return c, err
	case d.Choice == store.ChooseLocal:
		c.Value = c.Local
	case d.Choice == store.ChooseExternal:
		c.Value = c.External
	case d.Choice == store.ChooseValue, d.Choice == ChooseBlocks:
		if c.Value, err = p.worded(c, d); err != nil {
			return c, err
		}
	}
	return c, nil
}

// storeDecision stores what was decided. Without p it is not held against what the external system can hold.
func (e *Engine) storeDecision(ctx context.Context, tx store.Tx, p *peer, c *store.Conflict, d Decision) error {
	var err error
	if *c, err = p.decided(*c, d); err != nil {
		return err
	}
	nowhere, err := e.goesNowhere(ctx, tx, *c)
	if err == nil && !nowhere {
		err = e.fits(ctx, tx, p, *c)
	}
	if err != nil {
		return err
	}
	now := e.Clock.Now()
	c.State, c.Choice, c.DecidedBy, c.DecidedAt = store.Decided, stored(d.Choice), d.By, now
	if err := tx.UpdateConflict(ctx, *c); err != nil {
		return err
	}
	if err := e.wakeDecided(ctx, tx, *c); err != nil {
		return err
	}
	if err := tx.MarkDirty(ctx, c.LinkID); err != nil {
		return err
	}
	entry := store.AuditEntry{
		ProjectID: c.ProjectID, At: now, Actor: d.By, Action: "decide", Subject: c.ID,
		Detail: strings.TrimSpace(fmt.Sprintf("field=%s choice=%s %s", c.Field, d.choice(), d.Because)), Digest: c.Digest,
	}
	if err := tx.AppendAudit(ctx, entry); err != nil {
		return err
	}
	if nowhere {
		return e.decideHere(ctx, tx, c)
	}
	return tx.AddOutbox(ctx, e.wake(c.ProjectID), e.news(*c))
}

// worded is the value that a person has decided on who takes neither side as it is. It must be fit to be
// written here, as if he had typed it into the ticket or the comment.
func (p *peer) worded(c store.Conflict, d Decision) (v ticket.Value, err error) {
	if v = d.Value; d.Choice == ChooseBlocks {
		if v, err = p.compose(c, d.Blocks); err != nil {
			return v, err
		}
	}
	if err = validEdit(ticket.Fields{c.Field: v}); err == nil && c.CommentID != "" {
		err = validComment(v.Text())
	}
	return v, err
}

// wakeDecided puts a link back to work that rests until a person decides, or was set aside: whoever
// decides has seen to it, as whoever edits its ticket has, and else nobody would carry that out. That another
// program fights over it no expiry has seen to; nor has whoever decides a field to what a restored database
// holds back, but who says what becomes of a ticket that one side lacks has.
func (e *Engine) wakeDecided(ctx context.Context, tx store.Tx, c store.Conflict) error {
	l, err := tx.LinkForUpdate(ctx, c.LinkID)
	seenTo := c.DecidedBy != expiryActor && (!isHeldBack(l) || c.AsksAboutDeletion())
	switch {
	case err != nil:
		return err
	case l.State == store.Quarantined, l.State == store.ParkedLink && seenTo:
		return e.RetryTx(ctx, tx, l.ID)
	}
	return e.wakeAsked(ctx, tx, l.ID)
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

// offered refuses a choice that would not settle the conflict.
func offered(c store.Conflict, choice store.Choice) error {
	parks := c.Kind == store.BothEdited || c.Kind == store.Undone
	if c.Offers(stored(choice)) && (choice != ChooseBlocks || parks) {
		return nil
	}
	if len(c.Choices()) == 0 {
		return fmt.Errorf("nothing can be chosen here; change the value or the mapping, and it is tried again: %w", ticket.ErrInvalid)
	}
	return fmt.Errorf("choice %q: want one of %v: %w", choice, c.Choices(), ticket.ErrInvalid)
}

// refreshConflict sets the values of an open conflict to what both sides hold now,
// as far as we know. A kept losing value stays what it is, and so does what was shown of
// a whole item.
func (e *Engine) refreshConflict(ctx context.Context, tx store.Tx, c *store.Conflict) error {
	if c.Field == whole {
		return nil // planning compares what was shown with what is there
	}
	switch {
	case c.Field == "" || c.TicketID == "":
		return nil
	case c.CommentID != "":
		com, err := tx.Comment(ctx, c.CommentID)
		if err != nil {
			return err
		}
		c.Local = com.Body
	default:
		t, err := tx.Ticket(ctx, c.TicketID)
		if err != nil {
			return err
		}
		c.Local = t.Fields[c.Field]
	}
	if c.Kind != store.Overwritten && !c.Kept { // whose external value stands nowhere any more
		if err := e.refreshExternal(ctx, tx, c); err != nil {
			return err
		}
	}
	c.Digest = shownAs(*c)
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
	m, err := e.mappings.inForce(ctx, tx, &project)
	if err != nil || o.Hash == "" || m.Rule(l.Kind, c.Field) == nil { // it is doubtful, or has no word for it: what was shown stands
		return err
	}
	p := &peer{project: project, mapping: m, refs: references{here: map[string]string{}, there: map[string]string{}}}
	w := &work{link: l, seen: &o}
	if err := e.gatherHidden(ctx, tx, w); err != nil || w.lastRestricted() != "" { // so does it where not everybody may see the value
		return err
	}
	if _, err := e.gatherReferences(ctx, tx, p, w); err != nil {
		return err
	}
	shown := p.held(o.Item, l.Bases)
	c.External = shown[c.Field]
	if _, unfit := p.unfit(o.Item, shown)[c.Field]; unfit {
		c.External = p.raw(l.Kind, c.Field, o.Item)
	}
	return nil
}

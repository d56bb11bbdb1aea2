package engine

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Side names one of the values that a conflict keeps.
type Side string

// The values that can be restored. The base is what the local side held when both last
// agreed.
const (
	SideLocal    Side = "local"
	SideExternal Side = "external"
	SideBase     Side = "base"
)

// Restoration puts a losing value back.
type Restoration struct {
	Side Side
	// Revision of the ticket or comment that the person saw; 0: as it was when the conflict
	// was closed. A field that was written since refuses the restoration.
	Revision int64
	By       string // a local handle
}

// Restored is what a restoration made: an edit of the ticket, or of the comment, or a new
// comment in place of one that is deleted.
type Restored struct {
	Conflict store.Conflict
	Ticket   ticket.Ticket
	Comment  ticket.Comment // its ID is empty where the value is a ticket's
	Anew     bool           // the comment was made anew
}

// ErrOpen refuses to restore a value of a conflict that waits for a decision: that decision
// is how its values are chosen from.
var ErrOpen = fmt.Errorf("the conflict is not closed; decide it instead: %w", ticket.ErrInvalid)

// Restore puts a value of a closed conflict back, as an ordinary edit made here: it flows
// out like any other, and is a conflict again where somebody edits against it. It fails
// with a StaleError when the field was written since, and with ticket.ErrInvalid where
// there is nothing to put a value back into, or nothing that could be typed here.
func (e *Engine) Restore(ctx context.Context, conflictID string, r Restoration) (Restored, error) {
	var out Restored
	err := e.Store.Tx(ctx, func(tx store.Tx) error {
		out = Restored{}
		c, err := tx.ConflictForUpdate(ctx, conflictID)
		if err != nil {
			return err
		}
		out.Conflict = c
		v, err := restorable(c, r.Side)
		if err != nil {
			return err
		}
		if r.Revision == 0 {
			r.Revision = c.ClosedRevision
		}
		if c.CommentID != "" {
			err = e.restoreComment(ctx, tx, &out, v, r)
		} else {
			err = e.restoreField(ctx, tx, &out, v, r)
		}
		if err != nil {
			return err
		}
		return tx.AppendAudit(ctx, store.AuditEntry{
			ProjectID: c.ProjectID, At: e.Clock.Now(), Actor: r.By, Action: "restore", Subject: c.ID,
			Detail: fmt.Sprintf("field=%s value=%s", c.Field, r.Side), Digest: plan.Mark(v),
		})
	})
	if err != nil {
		return out, fmt.Errorf("restore a value of conflict %s: %w", conflictID, err)
	}
	return out, nil
}

// restorable returns the value to put back.
func restorable(c store.Conflict, side Side) (v ticket.Value, err error) {
	switch side {
	case SideLocal:
		v = c.Local
	case SideExternal:
		v = c.External
	case SideBase:
		v = c.Base.Local
	default:
		return v, fmt.Errorf("value %q: want local, external or base: %w", side, ticket.ErrInvalid)
	}
	switch {
	case !c.Closed():
		return v, ErrOpen
	case c.Field == "":
		return v, fmt.Errorf("it is about a whole item and holds no value; bring the item back instead: %w", ticket.ErrInvalid)
	case c.TicketID == "":
		return v, fmt.Errorf("its item was never made here: %w", ticket.ErrInvalid)
	}
	if err := (ticket.Fields{c.Field: v}).Validate(); err != nil {
		return v, fmt.Errorf("the value cannot be held here; its record keeps it: %w", err)
	}
	return v, nil
}

func (e *Engine) restoreField(ctx context.Context, tx store.Tx, out *Restored, v ticket.Value, r Restoration) error {
	t, err := tx.TicketForUpdate(ctx, out.Conflict.TicketID)
	if err != nil {
		return err
	}
	if err := exists(r, t.Revision); err != nil {
		return err
	}
	if t.Deleted {
		return fmt.Errorf("the ticket is deleted; bring it back first, the record keeps the value: %w", ticket.ErrInvalid)
	}
	out.Ticket, err = e.editTicket(ctx, tx, t.ID, ticket.Patch{Seen: r.Revision, Set: ticket.Fields{out.Conflict.Field: v}, By: r.By})
	return err
}

// exists refuses a revision that nobody can have seen: it would hide newer edits.
func exists(r Restoration, present int64) error {
	if r.Revision > present {
		return fmt.Errorf("revision %d does not exist; the present one is %d: %w", r.Revision, present, ticket.ErrInvalid)
	}
	return nil
}

// restoreComment writes the text into the comment, or into a new one where it is deleted:
// what is deleted on both sides does not come back to life.
func (e *Engine) restoreComment(ctx context.Context, tx store.Tx, out *Restored, v ticket.Value, r Restoration) error {
	if err := validComment(v.Text()); err != nil {
		return err
	}
	was, err := tx.Comment(ctx, out.Conflict.CommentID)
	if err != nil {
		return err
	}
	if out.Ticket, err = tx.TicketForUpdate(ctx, was.TicketID); err != nil {
		return err
	}
	if err := exists(r, was.Revision); err != nil {
		return err
	}
	switch {
	case out.Ticket.Deleted:
		return fmt.Errorf("its ticket is deleted; bring it back first, the record keeps the text: %w", ticket.ErrInvalid)
	case was.Deleted:
		out.Anew = true
		out.Comment, err = e.restoreAnew(ctx, tx, out.Conflict, was, v, r.By)
	default:
		out.Comment, err = e.alterComment(ctx, tx, was.ID, r.Revision, r.By, func(c *ticket.Comment) { c.Body = v })
	}
	return err
}

// restoreAnew makes a comment in place of one that is deleted, unless one stands there that was made
// here since with that text: it was asked for before, and the answer was lost.
func (e *Engine) restoreAnew(ctx context.Context, tx store.Tx, c store.Conflict, was ticket.Comment, v ticket.Value, by string) (ticket.Comment, error) {
	all, err := tx.CommentsOf(ctx, was.TicketID)
	if err != nil {
		return was, err
	}
	for _, other := range all {
		if !other.Deleted && other.Origin == "" && other.Body.Equal(v) && !other.CreatedAt.Before(c.ClosedAt) {
			return other, nil
		}
	}
	return e.addComment(ctx, tx, was.TicketID, v.Text(), was.Privacy, by)
}

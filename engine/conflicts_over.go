package engine

import (
	"context"
	"time"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Once a link is over no session carries out what is decided about a field of it. A field that was
// parked waits for nothing any more: its conflict is closed with the link, and any value of it can
// be restored. Should the link begin again, both sides are compared anew. What only keeps a value
// stays in the queue, for nobody has seen that value; whoever decides on it then writes here.

// overAt does what there is to do as a link comes to its end.
func (e *Engine) overAt(ctx context.Context, tx store.Tx, l store.Link) error {
	if over(l) {
		if err := e.endFields(ctx, tx, l); err != nil {
			return err
		}
	}
	if l.LocalID == "" { // its ticket has another one
		return nil
	}
	return e.wakeMoved(ctx, tx, l)
}

// endFields closes what is parked on a link that is over, and on its comments, which go nowhere
// without their ticket.
func (e *Engine) endFields(ctx context.Context, tx store.Tx, l store.Link) error {
	if l.Kind == external.KindTicket {
		children, err := tx.LinksOfParent(ctx, l.ID)
		for _, c := range children {
			if err == nil {
				err = e.endFields(ctx, tx, c)
			}
		}
		if err != nil {
			return err
		}
	}
	open, err := tx.LinkConflicts(ctx, l.ID)
	for _, c := range open {
		if err == nil && c.Field != whole {
			err = e.endField(ctx, tx, c)
		}
	}
	return err
}

// endField closes what is parked of one field, or carries out what was decided about it, be it since the
// conflict was read.
func (e *Engine) endField(ctx context.Context, tx store.Tx, c store.Conflict) error {
	c, err := tx.ConflictForUpdate(ctx, c.ID)
	switch {
	case err != nil || c.Closed():
		return err
	case c.State == store.Decided:
		return e.decideHere(ctx, tx, &c)
	case !c.Sticky() && c.Kind != store.Undone:
		return e.keep(ctx, tx, c)
	}
	return nil
}

// goesNowhere reports whether no session carries out what is decided on a conflict: its link is
// over, or the mapping in force does not synchronise its field.
func (e *Engine) goesNowhere(ctx context.Context, tx store.Tx, c store.Conflict) (bool, error) {
	l, err := tx.Link(ctx, c.LinkID)
	if err != nil || over(l) {
		return err == nil, err
	}
	project, err := tx.Project(ctx, c.ProjectID)
	if err != nil {
		return false, err
	}
	m, err := e.mappings.inForce(ctx, tx, &project)
	switch {
	case err != nil || c.Field != whole && m.Rule(l.Kind, c.Field) == nil:
		return err == nil, err
	case l.Kind != external.KindComment:
		return false, nil
	case l.State == store.MaybeGone: // about which nobody is asked
		return true, nil
	case l.Parent == "":
		return false, nil
	}
	parent, err := tx.Link(ctx, l.Parent)
	return err == nil && over(parent), err
}

// decideHere carries a decision out whose link is over: it is an edit of the person's who made it.
// What is deleted here stays as it is, and the record keeps the values.
func (e *Engine) decideHere(ctx context.Context, tx store.Tx, c *store.Conflict) error {
	revision, err := e.writeDecided(ctx, tx, *c)
	if err != nil {
		return err
	}
	c.State, c.ClosedAt, c.ClosedRevision = store.Resolved, e.Clock.Now(), revision
	if err := tx.UpdateConflict(ctx, *c); err != nil {
		return err
	}
	return tx.AddOutbox(ctx, e.event(c.ProjectID, "ConflictResolved", c.ID), e.news(*c))
}

// writeDecided writes what was decided, if that was upon what stands here, and returns the
// revision that the ticket, or the comment, has then.
func (e *Engine) writeDecided(ctx context.Context, tx store.Tx, c store.Conflict) (int64, error) {
	if c.Field == whole || c.TicketID == "" {
		return 0, nil
	}
	t, err := tx.TicketForUpdate(ctx, c.TicketID)
	if err != nil || c.CommentID == "" {
		set := ticket.Fields{c.Field: c.Value}
		if err != nil || t.Deleted || !t.Fields[c.Field].Equal(c.Local) || set.Validate() != nil {
			return t.Revision, err
		}
		t, err = e.editTicket(ctx, tx, t.ID, ticket.Patch{Seen: t.Revision, Set: set, By: c.DecidedBy})
		return t.Revision, err
	}
	com, err := tx.CommentForUpdate(ctx, c.CommentID)
	if err != nil || t.Deleted || com.Deleted || !com.Body.Equal(c.Local) || com.Body.Equal(c.Value) || validComment(c.Value.Text()) != nil {
		return com.Revision, err
	}
	com, err = e.alterComment(ctx, tx, com.ID, com.Revision, c.DecidedBy, func(n *ticket.Comment) { n.Body = c.Value })
	return com.Revision, err
}

// endUnmapped closes what is parked of fields that a mapping does not synchronise: no session
// looks at them any more. Under one that does again, both sides are compared anew.
func (e *Engine) endUnmapped(ctx context.Context, tx store.Tx, projectID string, m mapping.Mapping) error {
	for _, state := range []store.ConflictState{store.OpenConflict, store.Decided} {
		err := eachConflict(ctx, tx, store.ConflictFilter{ProjectID: projectID, State: state}, func(c store.Conflict) error {
			kind := external.KindTicket
			if c.CommentID != "" {
				kind = external.KindComment
			}
			if c.Field == whole || m.Rule(kind, c.Field) != nil {
				return nil
			}
			return e.endField(ctx, tx, c)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// conflictsPage is how many conflicts are read at a time.
const conflictsPage = 500

// eachConflict tells of the conflicts that pass a filter, the newest first, page by page. It may tell
// of one more than once: pages go by the moment of detection, which several can share.
func eachConflict(ctx context.Context, tx store.Tx, f store.ConflictFilter, do func(store.Conflict) error) error {
	for page := conflictsPage; ; {
		list, err := tx.FindConflicts(ctx, f, page)
		for _, c := range list {
			if err == nil {
				err = do(c)
			}
		}
		if err != nil || len(list) < page {
			return err
		}
		last := list[len(list)-1].DetectedAt
		if last.Equal(list[0].DetectedAt) { // no page gets beyond it
			page *= 2
		}
		f.Before = last.Add(time.Microsecond)
	}
}

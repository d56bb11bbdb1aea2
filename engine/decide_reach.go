package engine

import (
	"context"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Reach is how far what is decided about a field of a conflict goes, as things stand.
type Reach int

// The reaches of a decision.
const (
	ReachBoth Reach = iota // both sides of its link
	ReachHere              // this side; nothing of it is written in the project of the conflict
	ReachOnly              // this side alone: the ticket, or the comment, is local_only
)

// Reaches says how far a decision on a conflict of a ticket would go: its link may be over, or privacy, the direction or
// the mapping keep the field here. What becomes of a whole item its choices say themselves.
func (e *Engine) Reaches(ctx context.Context, tx store.Tx, c store.Conflict, t ticket.Ticket) (Reach, error) {
	if c.Field == whole || c.TicketID == "" {
		return ReachBoth, nil
	}
	var com *ticket.Comment
	if c.CommentID != "" {
		found, err := tx.Comment(ctx, c.CommentID)
		if err != nil {
			return ReachBoth, err
		}
		com = &found
	}
	if t.Privacy == ticket.LocalOnly || com != nil && com.Privacy == ticket.LocalOnly {
		return ReachOnly, nil
	}
	stays, err := e.goesNowhere(ctx, tx, c)
	if err == nil && !stays {
		stays, err = e.keptHere(ctx, tx, c, t, com)
	}
	if err == nil && stays {
		return ReachHere, nil
	}
	return ReachBoth, err
}

// keptHere reports whether a field of a link that is not over is not written outside.
func (e *Engine) keptHere(ctx context.Context, tx store.Tx, c store.Conflict, t ticket.Ticket, com *ticket.Comment) (bool, error) {
	project, err := tx.Project(ctx, c.ProjectID)
	if err != nil {
		return false, err
	}
	m, err := e.mappings.inForce(ctx, tx, &project)
	if err != nil {
		return false, err
	}
	l, err := tx.Link(ctx, c.LinkID)
	if err != nil {
		return false, err
	}
	hidden, err := e.hidesNow(ctx, tx, l)
	if err != nil || hidden {
		return hidden, err
	}
	grants, err := tx.Grants(ctx, t.ID)
	r := m.Rule(l.Kind, c.Field)
	kept := l.Kind == external.KindTicket && project.Rules.Keeps(c.Field)
	return kept || r == nil || r.OnCreate || r.ReadOnly || !r.Writes() || !project.Direction.Out() ||
		!outbound.Judge(project.ID, project.Rules, grants, t, com).Out, err
}

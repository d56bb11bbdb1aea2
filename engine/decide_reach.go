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
	ReachPart              // likewise, but passages that a rule of the project keeps here are on this side alone
	ReachHere              // this side; nothing of it is written in the project of the conflict
	ReachOnly              // this side alone: the ticket, or the comment, is local_only
)

// Reaches says of each choice of a conflict of a ticket how far it would go: its link may be over, or privacy, the
// direction or the mapping keep the field here. What becomes of a whole item its choices say themselves.
func (e *Engine) Reaches(ctx context.Context, tx store.Tx, c store.Conflict, t ticket.Ticket) (map[store.Choice]Reach, error) {
	goes, err := e.reaches(ctx, tx, c, t)
	out := map[store.Choice]Reach{}
	for _, choice := range c.Choices() {
		out[choice] = goes
	}
	if err != nil || goes != ReachBoth || c.Field == whole || c.TicketID == "" {
		return out, err
	}
	return out, e.withoutPassages(ctx, tx, c, out)
}

// withoutPassages corrects what is said of choices on a text where rules of the project keep passages here.
func (e *Engine) withoutPassages(ctx context.Context, tx store.Tx, c store.Conflict, goes map[store.Choice]Reach) error {
	project, err := tx.Project(ctx, c.ProjectID)
	if err != nil || len(project.Rules.Cuts) == 0 {
		return err
	}
	m, err := e.mappings.inForce(ctx, tx, &project)
	if err != nil {
		return err
	}
	r, screen := m.Rule(external.KindTicket, c.Field), outbound.NewScreen(project.Rules)
	_, custom := c.Field.CustomName()
	look := screen.Text
	switch {
	case c.CommentID != "":
	case c.Field == ticket.Title, custom, r != nil && r.Prose:
		look = func(v ticket.Value) (ticket.Value, string) { return screen.Field(c.Field, r != nil && r.Prose, v) }
	default:
		return nil // no rule about passages looks at it
	}
	for choice := range goes {
		goes[choice] = reachOfText(look, c, choice)
	}
	return nil
}

// screened returns what of a text may leave, and why all of it stays here, or "".
type screened func(ticket.Value) (leaves ticket.Value, stays string)

// reachOfText is how far a choice on a text goes. Where outside holds a passage that is kept here nothing is
// written over it, and a text that is kept as a whole for one stays here.
func reachOfText(look screened, c store.Conflict, choice store.Choice) Reach {
	standsThere := !c.Sticky() && !c.Kept
	value := c.Local
	switch {
	case choice == store.ChooseExternal && standsThere && look.reach(c.External) == ReachBoth:
		if look.reach(c.Local) != ReachBoth {
			return ReachPart // it comes in without them
		}
		return ReachBoth
	case choice == store.ChooseExternal && standsThere:
		return ReachBoth // it is there, with its passages, and comes in so
	case standsThere && look.reach(c.External) != ReachBoth:
		return ReachHere
	case choice == store.ChooseValue:
		return ReachPart // whatever it will be
	case choice == store.ChooseExternal:
		value = c.External
	}
	return look.reach(value)
}

// reach is how far a text goes under rules about passages.
func (look screened) reach(v ticket.Value) Reach {
	switch leaves, stays := look(v); {
	case stays != "" || leaves.IsEmpty() && !v.IsEmpty():
		return ReachHere
	case !leaves.Equal(v):
		return ReachPart
	}
	return ReachBoth
}

// reaches is how far a decision on a conflict goes, whichever it is.
func (e *Engine) reaches(ctx context.Context, tx store.Tx, c store.Conflict, t ticket.Ticket) (Reach, error) {
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

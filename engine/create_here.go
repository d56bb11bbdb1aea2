package engine

import (
	"context"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// createHere makes the local ticket or comment of an external item. A pulled ticket
// is shareable and granted to its project of origin alone.
func (e *Engine) createHere(ctx context.Context, tx store.Tx, p *peer, w *work, l store.Link, j *journal) error {
	step := w.plan.Of(plan.CreateHere)[0]
	item := w.seen.Item
	var err error
	if l.Kind == external.KindComment {
		l.LocalID, err = e.pullComment(ctx, tx, p, w, item)
	} else {
		l.LocalID, err = e.pullTicket(ctx, tx, p, w, item)
	}
	if err != nil {
		return err
	}
	l = l.As(store.Live, store.NoCause, "")
	l.Bases = agreed(w.input)
	if err := tx.UpdateLink(ctx, l); err != nil {
		return err
	}
	if err := e.joined(ctx, tx, l); err != nil {
		return err
	}
	j.counts.CreatedHere++
	told := *w // a transaction may run again: what it plans on must stay as it was
	if l.Kind == external.KindTicket {
		told.ticket.ID = l.LocalID
	}
	j.add(&told, step, "done", "")
	return tx.AddOutbox(ctx, e.event(p.project.ID, "ExternalTicketCreated", l.ID))
}

func (e *Engine) pullTicket(ctx context.Context, tx store.Tx, p *peer, w *work, item external.Item) (string, error) {
	now := e.Clock.Now()
	t := ticket.Ticket{
		ID: e.NewID(), Privacy: ticket.Shareable, Origin: p.project.ID, CreatedAt: item.CreatedAt, UpdatedAt: now,
	}.With(pulled(w.input), "project:"+p.project.ID, now)
	if t.CreatedAt.IsZero() {
		t.CreatedAt = now
	}
	if err := tx.InsertTicket(ctx, t); err != nil {
		return "", err
	}
	g := ticket.Grant{TicketID: t.ID, ProjectID: p.project.ID, By: "origin"}
	if err := tx.PutGrant(ctx, g); err != nil {
		return "", err
	}
	if err := e.stubs(ctx, tx, external.KindTicket, t.ID, p.project.ID); err != nil || w.link.Cause != store.CauseComesLate {
		return t.ID, err
	}
	return t.ID, e.holdBack(ctx, tx, t)
}

// pulled returns the external fields that a new ticket of ours begins with. What cannot
// be told here is left out, and is a conflict next.
func pulled(in plan.Input) ticket.Fields {
	f := make(ticket.Fields, len(in.Rules))
	for _, r := range in.Rules {
		if _, unfit := in.Unfit[r.Field]; !r.PushOnly && r.Withheld == "" && !unfit {
			f[r.Field] = in.External.Fields[r.Field]
		}
	}
	return f
}

func (e *Engine) pullComment(ctx context.Context, tx store.Tx, p *peer, w *work, item external.Item) (string, error) {
	now := e.Clock.Now()
	c := ticket.Comment{
		ID: e.NewID(), TicketID: w.ticket.ID, Revision: 1, Body: w.input.External.Fields[ticket.Body],
		Stamp:  ticket.Stamp{By: "project:" + p.project.ID, At: now, Revision: 1},
		Author: string(p.project.System) + ":" + item.Author, Origin: p.project.ID,
		CreatedAt: item.CreatedAt, UpdatedAt: now,
	}
	if c.CreatedAt.IsZero() {
		c.CreatedAt = now
	}
	if err := tx.InsertComment(ctx, c); err != nil {
		return "", err
	}
	return c.ID, e.stubs(ctx, tx, external.KindComment, c.ID, p.project.ID)
}

// stubsAnew makes the missing links of a ticket that is brought back, and of what is said below it: a
// project may have been connected while it was deleted.
func (e *Engine) stubsAnew(ctx context.Context, tx store.Tx, ticketID string) error {
	if err := e.stubs(ctx, tx, external.KindTicket, ticketID, ""); err != nil {
		return err
	}
	comments, err := tx.CommentsOf(ctx, ticketID)
	for _, c := range comments {
		if err == nil && !c.Deleted {
			err = e.stubs(ctx, tx, external.KindComment, c.ID, "")
		}
	}
	return err
}

// stubs makes the missing links of a local item in every connected project but one.
// Whether the item may go there is for the plan to say.
func (e *Engine) stubs(ctx context.Context, tx store.Tx, kind external.Kind, localID, except string) error {
	projects, err := tx.ListProjects(ctx)
	if err != nil {
		return err
	}
	have, err := tx.LinksOfLocal(ctx, kind, localID)
	if err != nil {
		return err
	}
	linked := map[string]bool{except: true}
	for _, l := range have {
		linked[l.ProjectID] = true
	}
	now := e.Clock.Now()
	for _, p := range projects {
		if linked[p.ID] || p.Status == external.Disconnected {
			continue
		}
		err := tx.InsertLink(ctx, store.Link{
			ID: e.newLinkID(), ProjectID: p.ID, Kind: kind, LocalID: localID, State: store.Backlog,
			DirtyRev: 1, DirtyAt: now, CreatedAt: now,
		})
		if err != nil {
			return err
		}
		if err := tx.AddOutbox(ctx, e.wake(p.ID)); err != nil {
			return err
		}
	}
	return nil
}

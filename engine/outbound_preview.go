package engine

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// Leaving is what would leave of one ticket or comment in the next session, as things
// stand, and what of it stays.
type Leaving struct {
	TicketID  string
	CommentID string // of a comment
	Action    outbound.Action
	// Sends holds what would be sent, in the external system's own terms, after mapping,
	// rules and sanitising: what the privacy gate passed.
	Sends external.Fields
	Stays []Stay
	// Reason is why the item leaves, or why nothing of it does.
	Reason string
}

// Stay is one field that stays here, or a part of it.
type Stay struct {
	Field  ticket.Field
	Reason string
}

// WhatIf changes what a preview looks at, and nothing else.
type WhatIf struct {
	Privacy ticket.Privacy        // of every ticket; empty: each its own
	Grant   bool                  // every ticket is granted to the project
	Rules   func(*outbound.Rules) // nil: the project's own
}

// OutboundPreview says what would leave for a project: of one ticket and its comments, or
// of up to limit tickets with an id greater than after, in ascending order of id; next is
// the id to go on after, or empty. It takes the way that a session takes, up to the calls,
// and reads nothing outside: what was not observed yet is not in it, and a field of which the
// newest edit is to win is said to stay, and that it may leave. It changes nothing.
func (e *Engine) OutboundPreview(ctx context.Context, projectID, ticketID, after string, limit int, what WhatIf) (out []Leaving, next string, err error) {
	p, err := e.peer(ctx, projectID)
	if err != nil {
		return nil, "", fmt.Errorf("preview: %w", err)
	}
	if what.Rules != nil {
		what.Rules(&p.project.Rules)
		if err := p.project.Rules.Validate(); err != nil {
			return nil, "", fmt.Errorf("preview: %w", err)
		}
	}
	err = e.Store.Tx(ctx, func(tx store.Tx) error {
		out, next = nil, ""
		tickets, err := ticketsFor(ctx, tx, ticketID, after, limit)
		if err != nil {
			return err
		}
		for _, t := range tickets {
			items, err := e.leavings(ctx, tx, p, t, what)
			if err != nil {
				return err
			}
			out = append(out, items...)
		}
		if ticketID == "" && len(tickets) == limit {
			next = tickets[limit-1].ID
		}
		return nil
	})
	if err != nil {
		return nil, "", fmt.Errorf("preview: %w", err)
	}
	return out, next, nil
}

func ticketsFor(ctx context.Context, tx store.Tx, id, after string, limit int) ([]ticket.Ticket, error) {
	if id == "" {
		return tx.ListTickets(ctx, after, limit)
	}
	t, err := tx.Ticket(ctx, id)
	return []ticket.Ticket{t}, err
}

// leavings previews a ticket and its comments.
func (e *Engine) leavings(ctx context.Context, tx store.Tx, p *peer, t ticket.Ticket, what WhatIf) ([]Leaving, error) {
	grants, err := tx.Grants(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	if what.Privacy != "" {
		t.Privacy = what.Privacy
	}
	if what.Grant {
		grants = append(grants, ticket.Grant{TicketID: t.ID, ProjectID: p.project.ID, By: "preview"})
	}
	parent := &work{ticket: t, grants: grants}
	first, err := e.previewItem(ctx, tx, p, parent, external.KindTicket, t.ID)
	if err != nil {
		return nil, err
	}
	out := []Leaving{first}
	comments, err := tx.CommentsOf(ctx, t.ID)
	if err != nil {
		return nil, err
	}
	for _, c := range comments {
		if c.Deleted {
			continue
		}
		one, err := e.previewItem(ctx, tx, p, &work{ticket: t, grants: grants, comment: &c, under: parent.seen}, external.KindComment, c.ID)
		if err != nil {
			return nil, err
		}
		if one.Action == outbound.Create && !takesComments(parent.link, first) {
			one = Leaving{TicketID: t.ID, CommentID: c.ID, Reason: "it waits for its ticket: " + first.Reason}
		}
		out = append(out, one)
	}
	return out, nil
}

// takesComments reports whether a ticket is outside, or will be, so that comments can be
// made there.
func takesComments(l store.Link, next Leaving) bool {
	there := l.ExternalID != "" && (l.State == store.Live || l.State == store.Quarantined)
	return there || next.Action == outbound.Create
}

// previewItem plans one item as a session would, and passes the plan through the gate.
func (e *Engine) previewItem(ctx context.Context, tx store.Tx, p *peer, w *work, kind external.Kind, localID string) (Leaving, error) {
	w.rules, w.screen = p.project.Rules, outbound.NewScreen(p.project.Rules)
	out := Leaving{TicketID: w.ticket.ID}
	if w.comment != nil {
		out.CommentID = w.comment.ID
	}
	link, err := tx.LinkByLocal(ctx, p.project.ID, kind, localID)
	if errors.Is(err, store.ErrNotFound) { // of a project that is being set up
		link, err = store.Link{ID: "preview", ProjectID: p.project.ID, Kind: kind, LocalID: localID, State: store.Backlog}, nil
	}
	if err != nil {
		return out, err
	}
	w.link = untried(link)
	if link.ExternalID != "" {
		seen, err := tx.Observation(ctx, p.project.ID, kind, link.ExternalID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return out, err
		}
		w.seen = &seen
	}
	if w.missing, err = e.gatherReferences(ctx, tx, p, w); err != nil {
		return out, err
	}
	if err := e.gatherConflicts(ctx, tx, w); err != nil {
		return out, err
	}
	w.input = e.input(p, w)
	w.plan = plan.Make(w.input)
	return out.of(e, p, w)
}

// mayLeave is said of a field whose strategy lets the newest edit win. Only the system knows when it was
// edited there, and a preview asks it nothing.
const mayLeave = "it may leave: it does if the edit here is the newer one, and the session looks up when it was edited outside"

// untried returns a link without what its system refused before: that makes a field leave in a call
// of its own, and not stay.
func untried(l store.Link) store.Link {
	l.Bases = maps.Clone(l.Bases)
	for f, b := range l.Bases {
		b.Refused = ""
		l.Bases[f] = b
	}
	return l
}

// of fills in what the gate passes of a plan, and what stays.
func (l Leaving) of(e *Engine, p *peer, w *work) (Leaving, error) {
	l.Reason = w.input.Verdict.Reason
	for _, s := range w.plan.Steps {
		if s.Field == "" {
			l.Reason = s.Reason
		}
		if s.Action == plan.Withhold && s.Field != "" {
			l.Stays = append(l.Stays, Stay{s.Field, s.Reason})
		}
	}
	if !w.link.Active() {
		l.Reason = fmt.Sprintf("the link is %s: %s", w.link.State, w.link.Reason)
		return l, nil
	}
	for _, f := range w.plan.Undated {
		if p.isDatable(w, f) {
			l.Stays = append(l.Stays, Stay{f, mayLeave})
		}
	}
	sealed, wanted, err := e.cleared(p, w)
	if err != nil || !wanted {
		return l, err
	}
	c, err := sealed.Open()
	if err != nil {
		return l, err
	}
	l.Action, l.Sends = c.Action, c.Set
	for _, r := range w.input.Rules {
		local := w.input.Local.Fields[r.Field]
		switch {
		case local.IsEmpty():
		case r.Withheld != "" && c.Action == outbound.Create:
			l.Stays = append(l.Stays, Stay{r.Field, r.Withheld})
		case r.Withheld == "" && !w.leaving(r.Field).Equal(local):
			l.Stays = append(l.Stays, Stay{r.Field, "passages of it are cut out"})
		}
	}
	return l, nil
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// tickets registers the local side.
func (s *server) tickets() {
	add(s, huma.Operation{OperationID: "list-tickets", Method: http.MethodGet, Path: "/v1/tickets", Tags: []string{"tickets"},
		Summary: "List tickets by id, page by page"}, s.listTickets)
	add(s, huma.Operation{OperationID: "create-ticket", Method: http.MethodPost, Path: "/v1/tickets", Tags: []string{"tickets"},
		Summary: "Create a ticket", DefaultStatus: http.StatusCreated,
		Description: "A ticket is local_only unless you say otherwise, and then nothing of it leaves."}, s.createTicket)
	add(s, huma.Operation{OperationID: "get-ticket", Method: http.MethodGet, Path: "/v1/tickets/{ticket}", Tags: []string{"tickets"},
		Summary: "Read one ticket with its comments, links and grants"}, s.getTicket)
	add(s, huma.Operation{OperationID: "edit-ticket", Method: http.MethodPatch, Path: "/v1/tickets/{ticket}", Tags: []string{"tickets"},
		Summary: "Change fields of a ticket",
		Description: "If-Match names the revision you saw. A field that was changed since refuses the whole edit with 409 and the present values; " +
			"changes of other fields do not."}, s.editTicket)
}

type listTicketsInput struct {
	TicketPage
	Key     string `query:"key" maxLength:"512" doc:"only those that an external system calls so; not paged" example:"PROJ-12"`
	Project string `query:"project" format:"uuid" doc:"with key: only in this project"`
}

// TicketPage pages through tickets.
type TicketPage struct {
	After string `query:"after" format:"uuid" doc:"id of the last element seen"`
	Limit int    `query:"limit" default:"50" minimum:"1" maximum:"200"`
}

func (s *server) listTickets(ctx context.Context, in *listTicketsInput) (*body[v1.Tickets], error) {
	var out v1.Tickets
	switch {
	case in.Key != "":
		err := s.tx(ctx, func(tx store.Tx) (err error) {
			out, err = ticketsCalled(ctx, tx, in.Key, in.Project)
			return err
		})
		return &body[v1.Tickets]{out}, err
	case in.Project != "":
		return nil, refuse(ctx, v1.InvalidRequest, "project belongs to key")
	}
	err := s.tx(ctx, func(tx store.Tx) error {
		out = v1.Tickets{Tickets: []v1.Ticket{}}
		page, err := tx.ListTickets(ctx, in.After, in.Limit)
		if err != nil {
			return err
		}
		for _, t := range page {
			links, err := linksOf(ctx, tx, external.KindTicket, t.ID, false)
			if err != nil {
				return err
			}
			out.Tickets = append(out.Tickets, viewTicket(t, links))
		}
		if len(page) == in.Limit {
			out.Next = page[len(page)-1].ID
		}
		out.Total, err = tx.CountTickets(ctx)
		return err
	})
	return &body[v1.Tickets]{out}, err
}

// ticketsCalled finds the tickets whose item bears a key outside, at most one in each project.
func ticketsCalled(ctx context.Context, tx store.Tx, key, projectID string) (v1.Tickets, error) {
	out := v1.Tickets{Tickets: []v1.Ticket{}}
	projects, err := tx.ListProjects(ctx)
	if err != nil {
		return out, err
	}
	seen := map[string]bool{"": true} // an item of which there is no ticket here
	for _, p := range projects {
		if projectID != "" && p.ID != projectID {
			continue
		}
		l, err := tx.LinkByKey(ctx, p.ID, external.KindTicket, key)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return out, err
		}
		if seen[l.LocalID] {
			continue
		}
		seen[l.LocalID] = true
		t, err := tx.Ticket(ctx, l.LocalID)
		if errors.Is(err, store.ErrNotFound) {
			continue // it was erased
		}
		if err != nil {
			return out, err
		}
		links, err := linksOf(ctx, tx, external.KindTicket, t.ID, false)
		if err != nil {
			return out, err
		}
		out.Tickets = append(out.Tickets, viewTicket(t, links))
	}
	out.Total = len(out.Tickets)
	return out, nil
}

// linksOf shows the twins of a ticket or comment, with their addresses where asked.
func linksOf(ctx context.Context, tx store.Tx, kind external.Kind, id string, urls bool) ([]v1.Link, error) {
	links, err := tx.LinksOfLocal(ctx, kind, id)
	if err != nil {
		return nil, err
	}
	out := make([]v1.Link, len(links))
	for i, l := range links {
		out[i] = viewLink(l)
		if !urls || l.ExternalID == "" {
			continue
		}
		o, err := tx.Observation(ctx, l.ProjectID, kind, l.ExternalID)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		out[i].URL = o.Item.URL
	}
	return out, nil
}

func (s *server) getTicket(ctx context.Context, in *TicketPath) (*tagged[v1.Ticket], error) {
	var v v1.Ticket
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		v, err = wholeTicket(ctx, tx, in.Ticket)
		return err
	})
	return &tagged[v1.Ticket]{etag(v.Revision), v}, err
}

func wholeTicket(ctx context.Context, tx store.Tx, id string) (v1.Ticket, error) {
	t, err := tx.Ticket(ctx, id)
	if err != nil {
		return v1.Ticket{}, err
	}
	links, err := linksOf(ctx, tx, external.KindTicket, id, true)
	if err != nil {
		return v1.Ticket{}, err
	}
	v := viewTicket(t, links)
	v.Written = viewStamps(t.Stamps)
	comments, err := tx.CommentsOf(ctx, id)
	if err != nil {
		return v, err
	}
	for _, c := range comments {
		if c.Deleted {
			continue
		}
		links, err := linksOf(ctx, tx, external.KindComment, c.ID, true)
		if err != nil {
			return v, err
		}
		v.Comments = append(v.Comments, viewComment(c, links))
	}
	grants, err := tx.Grants(ctx, id)
	for _, g := range grants {
		v.Grants = append(v.Grants, v1.Grant{Project: g.ProjectID, By: g.By})
	}
	return v, err
}

type createTicketInput struct {
	Actor
	IdempotencyKey
	Body v1.NewTicket
}

type createdTicket struct {
	Location string `header:"Location"`
	ETag     string `header:"ETag"`
	Replayed
	Body v1.Ticket
}

func (s *server) createTicket(ctx context.Context, in *createTicketInput) (*createdTicket, error) {
	once, err := in.once(ctx, in.Actor, "create-ticket", in.Body)
	if err != nil {
		return nil, err
	}
	n := in.Body
	if err := s.knowsParent(ctx, n.Parent, ""); err != nil {
		return nil, err
	}
	t, again, err := s.Engine.CreateTicketOnce(ctx, once, fieldsOf(n), ticket.Privacy(n.Privacy), in.Actor.Actor)
	if err != nil {
		return nil, err
	}
	links, err := s.links(ctx, external.KindTicket, t.ID)
	return &createdTicket{"/v1/tickets/" + t.ID, etag(t.Revision), replayed(again), viewTicket(t, links)}, err
}

// fieldsOf returns the fields that a new ticket has.
func fieldsOf(n v1.NewTicket) ticket.Fields {
	fields := ticket.Fields{
		ticket.Title: ticket.Text(n.Title), ticket.Body: ticket.Text(n.Body), ticket.State: ticket.Text(n.State),
		ticket.Labels: ticket.Set(n.Labels...), ticket.Assignees: ticket.Set(n.Assignees...), ticket.Milestone: ticket.Text(n.Milestone),
		ticket.Priority: ticket.Text(n.Priority), ticket.Estimate: ticket.Text(n.Estimate), ticket.Due: ticket.Text(n.Due),
		ticket.Iteration: ticket.Text(n.Iteration), ticket.Parent: ticket.Text(n.Parent),
	}
	for name, v := range n.Custom {
		fields[ticket.Custom(name)] = v
	}
	for f, v := range fields {
		if v.IsEmpty() && f != ticket.Title {
			delete(fields, f) // not said: nobody wrote it
		}
	}
	return fields
}

func (s *server) links(ctx context.Context, kind external.Kind, id string) ([]v1.Link, error) {
	var links []v1.Link
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		links, err = linksOf(ctx, tx, kind, id, false)
		return err
	})
	return links, err
}

type editTicketInput struct {
	TicketPath
	IfMatch
	Actor
	Body v1.TicketEdit
}

// knows refuses a revision of a ticket that does not exist yet.
func (s *server) knows(ctx context.Context, ticketID string, seen int64) error {
	var now ticket.Ticket
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		now, err = tx.Ticket(ctx, ticketID)
		return err
	})
	if err != nil {
		return err
	}
	return known(ctx, seen, now.Revision)
}

// knowsParent refuses a parent that is no ticket, or the ticket itself.
func (s *server) knowsParent(ctx context.Context, parent, of string) error {
	if parent == "" {
		return nil
	}
	if parent == of {
		return refuse(ctx, v1.InvalidRequest, "parent: a ticket is no part of itself")
	}
	err := s.tx(ctx, func(tx store.Tx) error {
		_, err := tx.Ticket(ctx, parent)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return refuse(ctx, v1.InvalidRequest, fmt.Sprintf("parent: there is no ticket %.64q; want the id of one", parent))
	}
	return err
}

func (s *server) editTicket(ctx context.Context, in *editTicketInput) (*tagged[v1.Ticket], error) {
	seen, err := in.seen(ctx)
	if err != nil {
		return nil, err
	}
	set := editOf(in.Body)
	if len(set) == 0 {
		return nil, refuse(ctx, v1.InvalidRequest, "the edit names no field")
	}
	if err := s.knows(ctx, in.Ticket, seen); err != nil {
		return nil, err
	}
	if in.Body.Parent != nil {
		if err := s.knowsParent(ctx, *in.Body.Parent, in.Ticket); err != nil {
			return nil, err
		}
	}
	t, err := s.Engine.EditTicket(ctx, in.Ticket, ticket.Patch{Seen: seen, Set: set, By: in.Actor.Actor})
	if err != nil {
		return nil, err
	}
	links, err := s.links(ctx, external.KindTicket, t.ID)
	return &tagged[v1.Ticket]{etag(t.Revision), viewTicket(t, links)}, err
}

// editOf returns the fields that an edit names.
func editOf(e v1.TicketEdit) ticket.Fields {
	set := ticket.Fields{}
	for f, text := range map[ticket.Field]*string{
		ticket.Title: e.Title, ticket.Body: e.Body, ticket.State: e.State, ticket.Milestone: e.Milestone, ticket.Priority: e.Priority,
		ticket.Estimate: e.Estimate, ticket.Due: e.Due, ticket.Iteration: e.Iteration, ticket.Parent: e.Parent,
	} {
		if text != nil {
			set[f] = ticket.Text(*text)
		}
	}
	for f, list := range map[ticket.Field][]string{ticket.Labels: e.Labels, ticket.Assignees: e.Assignees} {
		if list != nil {
			set[f] = ticket.Set(list...)
		}
	}
	for name, v := range e.Custom {
		set[ticket.Custom(name)] = v
	}
	return set
}

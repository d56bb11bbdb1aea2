package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// deletions registers what makes tickets go and come back.
func (s *server) deletions() {
	add(s, huma.Operation{OperationID: "delete-ticket", Method: http.MethodDelete, Path: "/v1/tickets/{ticket}", Tags: []string{"tickets"},
		Summary: "Delete a ticket", DefaultStatus: http.StatusOK,
		Description: "If-Match names the revision you saw; a ticket that was edited since is not deleted. It can be restored. What becomes of its twins " +
			"outside you are asked by a conflict, unless deletions follow in that project."}, s.deleteTicket)
	add(s, huma.Operation{OperationID: "restore-ticket", Method: http.MethodPost, Path: "/v1/tickets/{ticket}/restore", Tags: []string{"tickets"},
		Summary:     "Bring a deleted ticket back",
		Description: "A twin that was closed is opened; about one that is gone you are asked by a conflict.", DefaultStatus: http.StatusOK}, s.restoreTicket)
}

type deleteTicketInput struct {
	TicketPath
	IfMatch
	Actor
}

func (s *server) deleteTicket(ctx context.Context, in *deleteTicketInput) (*tagged[v1.Ticket], error) {
	seen, err := in.seen(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.knows(ctx, in.Ticket, seen); err != nil {
		return nil, err
	}
	t, err := s.Engine.DeleteTicket(ctx, in.Ticket, seen, in.Actor.Actor)
	return s.shownTicket(ctx, t, err)
}

type restoreTicketInput struct {
	TicketPath
	Actor
}

func (s *server) restoreTicket(ctx context.Context, in *restoreTicketInput) (*tagged[v1.Ticket], error) {
	t, err := s.Engine.RestoreTicket(ctx, in.Ticket, in.Actor.Actor)
	if errors.Is(err, store.ErrStale) {
		return nil, refuse(ctx, v1.WrongStatus, "the ticket is not deleted: there is nothing to restore")
	}
	return s.shownTicket(ctx, t, err)
}

func (s *server) shownTicket(ctx context.Context, t ticket.Ticket, err error) (*tagged[v1.Ticket], error) {
	if err != nil {
		return nil, err
	}
	links, err := s.links(ctx, external.KindTicket, t.ID)
	return &tagged[v1.Ticket]{etag(t.Revision), viewTicket(t, links)}, err
}

func viewDeletions(d store.Deletions) v1.Deletions {
	return v1.Deletions{Follow: d.Follow, Delay: v1.Duration(d.Delay), ConfirmedBy: d.ConfirmedBy, ConfirmedAt: d.ConfirmedAt}
}

package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// ticketAccess registers what decides where a ticket may go.
func (s *server) ticketAccess() {
	add(s, huma.Operation{OperationID: "set-privacy", Method: http.MethodPut, Path: "/v1/tickets/{ticket}/privacy", Tags: []string{"tickets"},
		Summary:     "Set a ticket's privacy level",
		Description: "From the answer on no call carrying the ticket begins that the new level forbids. What left before stays outside."}, s.setPrivacy)
	add(s, huma.Operation{OperationID: "grant-ticket", Method: http.MethodPut, Path: "/v1/tickets/{ticket}/grants/{project}", Tags: []string{"tickets"},
		Summary: "Let a shareable ticket leave for one project"}, s.grant)
	add(s, huma.Operation{OperationID: "revoke-ticket", Method: http.MethodDelete, Path: "/v1/tickets/{ticket}/grants/{project}", Tags: []string{"tickets"},
		Summary: "Take a grant back"}, s.revoke)
}

type privacyInput struct {
	TicketPath
	Actor
	Body v1.Privacy
}

func (s *server) setPrivacy(ctx context.Context, in *privacyInput) (*tagged[v1.Ticket], error) {
	if _, err := s.Engine.SetPrivacy(ctx, in.Ticket, ticket.Privacy(in.Body.Privacy), in.Actor.Actor); err != nil {
		return nil, err
	}
	return s.getTicket(ctx, &in.TicketPath)
}

type grantInput struct {
	TicketPath
	ProjectPath
	Actor
}

func (s *server) grant(ctx context.Context, in *grantInput) (*tagged[v1.Ticket], error) {
	err := s.Engine.Grant(ctx, ticket.Grant{TicketID: in.Ticket, ProjectID: in.Project, By: in.Actor.Actor})
	if err != nil {
		return nil, err
	}
	return s.getTicket(ctx, &in.TicketPath)
}

func (s *server) revoke(ctx context.Context, in *grantInput) (*tagged[v1.Ticket], error) {
	// A grant that was never made is taken back already; a project that never was, is a mistake.
	err := s.tx(ctx, func(tx store.Tx) error {
		_, err := tx.Project(ctx, in.Project)
		return err
	})
	if err != nil {
		return nil, err
	}
	if err := s.Engine.Revoke(ctx, in.Ticket, in.Project, in.Actor.Actor); err != nil {
		return nil, err
	}
	return s.getTicket(ctx, &in.TicketPath)
}

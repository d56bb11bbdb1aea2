package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/outbound"
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
	_, back, err := s.Engine.SetPrivacyAndTakeBack(ctx, in.Ticket, ticket.Privacy(in.Body.Privacy), outbound.TakeBack(in.Body.Withdraw), in.Actor.Actor)
	if err != nil {
		return nil, err
	}
	return s.ticketTakenBack(ctx, &in.TicketPath, back)
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

// ticketTakenBack answers a change by which less of a ticket may leave.
func (s *server) ticketTakenBack(ctx context.Context, in *TicketPath, back engine.Withdrawal) (*tagged[v1.Ticket], error) {
	t, err := s.getTicket(ctx, in)
	if err == nil {
		t.Body.Withdrawal = viewWithdrawal(back)
	}
	return t, err
}

// WithdrawQuery says what becomes of what is outside.
type WithdrawQuery struct {
	Withdraw string `query:"withdraw" enum:"stop,redact,remove" doc:"what becomes of what is outside and may not be there any more; absent: what the project's rules say"`
}

type revokeInput struct {
	TicketPath
	ProjectPath
	Actor
	WithdrawQuery
}

func (s *server) revoke(ctx context.Context, in *revokeInput) (*tagged[v1.Ticket], error) {
	// A grant that was never made is taken back already; a project that never was, is a mistake.
	err := s.tx(ctx, func(tx store.Tx) error {
		_, err := tx.Project(ctx, in.Project)
		return err
	})
	if err != nil {
		return nil, err
	}
	back, err := s.Engine.RevokeAndTakeBack(ctx, in.Ticket, in.Project, outbound.TakeBack(in.Withdraw), in.Actor.Actor)
	if err != nil {
		return nil, err
	}
	return s.ticketTakenBack(ctx, &in.TicketPath, back)
}

package api

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/ticket"
)

// outboundPreview registers the question what would leave.
func (s *server) outboundPreview() {
	add(s, huma.Operation{OperationID: "outbound-preview", Method: http.MethodGet, Path: "/v1/projects/{project}/outbound-preview", Tags: []string{"projects"},
		Summary: "See what would leave for a project",
		Description: "For each ticket and comment: what the next session would send, word for word, what stays and why. It takes the way " +
			"that a session takes, up to the calls, and changes nothing. With privacy, grant, keep or comments it tells what would leave if " +
			"things were so."}, s.previewOutbound)
}

type previewInput struct {
	ProjectPath
	Ticket   string `query:"ticket" format:"uuid" doc:"only of this ticket and its comments"`
	Privacy  string `query:"privacy" enum:"local_only,shareable,public" doc:"if every ticket had this level"`
	Grant    bool   `query:"grant" doc:"if every ticket were granted to the project"`
	Keep     string `query:"keep" maxLength:"2048" doc:"if these fields, separated by commas, were kept here besides"`
	Comments string `query:"comments" enum:"all,none,public_only" doc:"if the rule about comments were this one"`
	After    string `query:"after" format:"uuid" doc:"id of the last ticket seen"`
	Limit    int    `query:"limit" default:"50" minimum:"1" maximum:"200" doc:"tickets on a page"`
}

func (s *server) previewOutbound(ctx context.Context, in *previewInput) (*body[v1.OutboundPreview], error) {
	if _, err := s.connected(ctx, in.Project); err != nil {
		return nil, err
	}
	what := engine.WhatIf{Privacy: ticket.Privacy(in.Privacy), Grant: in.Grant}
	if in.Keep != "" || in.Comments != "" {
		what.Rules = func(r *outbound.Rules) { supposed(r, in) }
	}
	list, next, err := s.Engine.OutboundPreview(ctx, in.Project, in.Ticket, in.After, in.Limit, what)
	if err != nil {
		return nil, err
	}
	out := v1.OutboundPreview{Items: make([]v1.Leaving, len(list)), Next: next}
	for n, l := range list {
		out.Items[n] = viewLeaving(l)
	}
	return &body[v1.OutboundPreview]{out}, nil
}

// supposed lays the rules of a question over those in force.
func supposed(r *outbound.Rules, in *previewInput) {
	if in.Keep != "" {
		kept := append([]ticket.Field{}, r.Keep...)
		for f := range strings.SplitSeq(in.Keep, ",") {
			if f := ticket.Field(strings.TrimSpace(f)); !r.Keeps(f) {
				kept = append(kept, f)
			}
		}
		r.Keep = kept
	}
	if in.Comments != "" {
		r.Comments = outbound.CommentRule{Mode: outbound.CommentMode(in.Comments)}
	}
}

func viewLeaving(l engine.Leaving) v1.Leaving {
	v := v1.Leaving{Ticket: l.TicketID, Comment: l.CommentID, Action: string(l.Action), Sends: map[string]v1.Value{}, Stays: []v1.Stay{}, Reason: l.Reason}
	if l.Action == "" {
		v.Action = "nothing"
	}
	for name, value := range l.Sends {
		v.Sends[name] = value
	}
	for _, s := range l.Stays {
		v.Stays = append(v.Stays, v1.Stay{Field: string(s.Field), Reason: s.Reason})
	}
	return v
}

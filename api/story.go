package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
	"github.com/extsync/extsync/why"
)

// stories registers the explanation of what a ticket holds.
func (s *server) stories() {
	add(s, huma.Operation{OperationID: "why-ticket", Method: http.MethodGet, Path: "/v1/tickets/{ticket}/why", Tags: []string{"tickets"},
		Summary: "Tell how a ticket came to hold what it holds",
		Description: "For each value: who wrote it, when and on which side, through which session, what it replaced, which conflicts were decided " +
			"and how, where it went on to, and why nothing happens where nothing does."}, s.whyTicket)
}

type whyInput struct {
	TicketPath
	Field string `query:"field" maxLength:"128" doc:"tell of this field alone; body and deleted include the comments"`
}

func (s *server) whyTicket(ctx context.Context, in *whyInput) (*body[v1.Story], error) {
	var rows why.Rows
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		rows, err = why.Load(ctx, tx, in.Ticket)
		return err
	})
	if err != nil {
		return nil, err
	}
	var fields []ticket.Field
	if in.Field != "" {
		fields = append(fields, ticket.Field(in.Field))
	}
	return &body[v1.Story]{viewStory(why.Tell(rows, fields...))}, nil
}

func viewStory(s why.Story) v1.Story {
	out := v1.Story{Ticket: s.TicketID, Chapters: []v1.StoryChapter{}, Cut: s.Cut}
	for _, c := range s.Chapters {
		v := v1.StoryChapter{Field: string(c.Field), Comment: c.CommentID, Value: c.Value, Events: []v1.StoryEvent{}, Standings: []v1.StoryStanding{}}
		for _, e := range c.Events {
			v.Events = append(v.Events, v1.StoryEvent{
				At: e.At, Verb: string(e.Verb), Who: e.Who, Project: e.Project, Before: e.Before, After: e.After, Reason: e.Reason,
				Outcome: e.Outcome, Session: e.SessionID, Step: e.Step, Mapping: e.Mapping, Intent: e.IntentID, Conflict: e.ConflictID,
			})
		}
		for _, st := range c.Standings {
			v.Standings = append(v.Standings, v1.StoryStanding{
				Project: st.Project, Key: st.Key, State: string(st.State), Waiting: st.Waiting, Conflict: st.Conflict, Because: st.Because,
			})
		}
		out.Chapters = append(out.Chapters, v)
	}
	return out
}

package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/twin"
)

// duplicates registers the list of what looks alike.
func (s *server) duplicates() {
	add(s, huma.Operation{OperationID: "list-duplicates", Method: http.MethodGet, Path: "/v1/projects/{project}/duplicates", Tags: []string{"projects"},
		Summary: "List what looks like one ticket made several times, here, outside or on both sides",
		Description: "It proposes and changes nothing, and asks nobody outside. Two that bear a title which tells nothing are listed only where " +
			"their texts are the same."}, s.listDuplicates)
}

type listDuplicatesInput struct {
	ProjectPath
	After string `query:"after" maxLength:"64" doc:"next of the page before"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"titles on a page"`
}

func (s *server) listDuplicates(ctx context.Context, in *listDuplicatesInput) (*body[v1.Duplicates], error) {
	d, err := s.Engine.Duplicates(ctx, in.Project, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	out := v1.Duplicates{Duplicates: []v1.Duplicate{}, Next: d.Next}
	for _, a := range d.Groups {
		out.Duplicates = append(out.Duplicates, viewAlike(a))
	}
	return &body[v1.Duplicates]{out}, nil
}

func viewAlike(a engine.Alike) v1.Duplicate {
	v := v1.Duplicate{
		Title: a.Title, Degree: string(a.Degree), Reason: a.Reason, Asked: a.Asked, Apart: a.Apart, More: a.More, Members: []v1.Member{}, Proposal: proposal(a),
	}
	for _, m := range a.Members {
		v.Members = append(v.Members, v1.Member{Link: m.LinkID, Ticket: m.TicketID, Key: m.External.Key, URL: m.URL, State: string(m.State)})
	}
	return v
}

// proposal says what can be done about a group.
func proposal(a engine.Alike) string {
	switch {
	case a.Asked != "":
		return "decide the conflict: link makes two of them one, separate keeps both"
	case a.Apart && len(a.Members) > 2:
		return "look at the others; a person has told two of them apart"
	case a.Apart:
		return "nothing: a person has told them apart"
	case a.Degree == twin.Exact:
		return "keep one: close or delete the others, here or outside"
	}
	return "look at them; if they are one, close or delete the others, here or outside"
}

package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

// asides registers what waits for a person, and how it is put back to work.
func (s *server) asides() {
	add(s, huma.Operation{OperationID: "list-links", Method: http.MethodGet, Path: "/v1/projects/{project}/links", Tags: []string{"projects"},
		Summary:     "List what waits for a person: parked, quarantined or gone outside",
		Description: "A parked one is stopped by a rule, a quarantined one failed too often, and of one that is gone the external side says that it does not exist."}, s.listAsides)
	add(s, huma.Operation{OperationID: "retry-links", Method: http.MethodPost, Path: "/v1/projects/{project}/retry", Tags: []string{"projects"},
		Summary: "Put parked and quarantined tickets back to work", DefaultStatus: http.StatusAccepted,
		Description: "What is gone outside is not tried: it comes back by itself when the external side shows it again."}, s.retry)
}

type listAsidesInput struct {
	ProjectPath
	State string `query:"state" enum:"parked,quarantined,gone" doc:"absent: all three"`
	After string `query:"after" maxLength:"64" doc:"id of the last link seen"`
	Limit int    `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

func (s *server) listAsides(ctx context.Context, in *listAsidesInput) (*body[v1.Asides], error) {
	var out v1.Asides
	err := s.tx(ctx, func(tx store.Tx) error {
		out = v1.Asides{Asides: []v1.Aside{}}
		if _, err := tx.Project(ctx, in.Project); err != nil {
			return err
		}
		links, err := tx.LinksAside(ctx, in.Project, store.LinkState(in.State), in.After, in.Limit)
		if err != nil {
			return err
		}
		for _, l := range links {
			v, err := viewAside(ctx, tx, l)
			if err != nil {
				return err
			}
			out.Asides = append(out.Asides, v)
		}
		if len(links) == in.Limit {
			out.Next = links[len(links)-1].ID
		}
		return nil
	})
	return &body[v1.Asides]{out}, err
}

func viewAside(ctx context.Context, tx store.Tx, l store.Link) (v1.Aside, error) {
	v := v1.Aside{
		Link: l.ID, Kind: string(l.Kind), Local: l.LocalID, Key: l.ExternalKey, State: string(l.State), Reason: l.Reason,
		Tries: l.Attempts, FirstAt: l.FirstTry,
	}
	id := l.LocalID
	if l.Kind == external.KindComment && id != "" {
		c, err := tx.Comment(ctx, id)
		if err != nil {
			return v, ignoreMissing(err)
		}
		id = c.TicketID
	}
	if id == "" {
		return v, nil
	}
	t, err := tx.Ticket(ctx, id)
	v.Title = t.Fields[ticket.Title].Text()
	return v, ignoreMissing(err)
}

func ignoreMissing(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return nil
	}
	return err
}

type retryInput struct {
	SteerInput
	Body *v1.Retry
}

// maxRetried bounds one request: the project's row is locked meanwhile.
const maxRetried = 1000

func (s *server) retry(ctx context.Context, in *retryInput) (*body[v1.Retried], error) {
	var wanted []string
	if in.Body != nil {
		wanted = in.Body.Links
	}
	done := 0
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		done = 0
		p, err := tx.ProjectForUpdate(ctx, in.Project) // keeps sessions out
		if err != nil {
			return err
		}
		if !p.Status.Syncs() {
			return refuse(ctx, v1.WrongStatus, fmt.Sprintf("the project is %s and does not synchronise; %s", p.Status, wayOut(p.Status)))
		}
		done, err = s.retryLinks(ctx, tx, p, wanted, in.Actor.Actor)
		return err
	})
	return &body[v1.Retried]{v1.Retried{Links: done}}, err
}

func (s *server) retryLinks(ctx context.Context, tx store.Tx, p store.Project, wanted []string, by string) (int, error) {
	links, err := asides(ctx, tx, p.ID, wanted)
	if err != nil {
		return 0, err
	}
	now, done := s.Engine.Clock.Now(), 0
	for _, l := range links {
		if l.State == store.MaybeGone {
			continue
		}
		if err := s.Engine.RetryTx(ctx, tx, l.ID); err != nil {
			return 0, err
		}
		err := tx.AppendAudit(ctx, store.AuditEntry{ProjectID: p.ID, At: now, Actor: by, Action: "retry", Subject: l.ID, Detail: string(l.State)})
		if err != nil {
			return 0, err
		}
		done++
	}
	if done == 0 {
		return 0, nil
	}
	return done, tx.AddOutbox(ctx, store.Outbox{ID: s.Engine.NewID(), Kind: store.OutboxWake, ProjectID: p.ID, Subject: p.ID, At: now})
}

// asides are the links of a project that are named, each of which must wait for a person;
// with none named, what can be tried of all that wait.
func asides(ctx context.Context, tx store.Tx, projectID string, named []string) ([]store.Link, error) {
	var out []store.Link
	for _, id := range slices.Compact(slices.Sorted(slices.Values(named))) {
		l, err := tx.Link(ctx, id)
		if err != nil && !errors.Is(err, store.ErrNotFound) {
			return nil, err
		}
		if err != nil || l.ProjectID != projectID || l.Kind == external.KindContainer || !slices.Contains(setAside(), l.State) {
			return nil, refuse(ctx, v1.NotFound, fmt.Sprintf("no link %.64q of this project waits for a person", id))
		}
		out = append(out, l)
	}
	if len(named) > 0 {
		return out, nil
	}
	for _, state := range setAside()[1:] {
		links, err := tx.LinksAside(ctx, projectID, state, "", maxRetried-len(out))
		if err != nil {
			return nil, err
		}
		out = append(out, links...)
	}
	return out, nil
}

// setAside lists the states in which a link waits for a person. The first is what cannot be
// tried again: it is gone outside.
func setAside() []store.LinkState {
	return []store.LinkState{store.MaybeGone, store.ParkedLink, store.Quarantined}
}

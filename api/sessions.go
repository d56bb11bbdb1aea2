package api

import (
	"cmp"
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/store"
)

// sessions registers the reports of what was synchronised.
func (s *server) sessions() {
	add(s, huma.Operation{OperationID: "list-sessions", Method: http.MethodGet, Path: "/v1/projects/{project}/sessions", Tags: []string{"sessions"},
		Summary: "List a project's sessions, newest first"}, s.listSessions)
	add(s, huma.Operation{OperationID: "get-session", Method: http.MethodGet, Path: "/v1/sessions/{session}", Tags: []string{"sessions"},
		Summary: "Read one session: its report and a page of its journal"}, s.getSession)
}

// auditLog registers the audit log.
func (s *server) auditLog() {
	add(s, huma.Operation{OperationID: "list-audit", Method: http.MethodGet, Path: "/v1/projects/{project}/audit", Tags: []string{"audit"},
		Summary:     "Read a project's audit log, oldest first",
		Description: "One entry per external write and per act of a person. Each carries the hash of the one before it."}, s.listAudit)
}

type listSessionsInput struct {
	ProjectPath
	Before string `query:"before" maxLength:"128" pattern:"^[A-Za-z0-9._:-]+$" doc:"id of the oldest session seen: those before it"`
	Limit  int    `query:"limit" default:"20" minimum:"1" maximum:"200"`
}

func (s *server) listSessions(ctx context.Context, in *listSessionsInput) (*body[v1.Sessions], error) {
	var out v1.Sessions
	err := s.tx(ctx, func(tx store.Tx) error {
		out = v1.Sessions{Sessions: []v1.Session{}}
		if _, err := tx.Project(ctx, in.Project); err != nil {
			return err
		}
		if in.Before != "" {
			if seen, err := tx.Session(ctx, in.Before); err != nil || seen.ProjectID != in.Project {
				return cmp.Or(err, refuse(ctx, v1.InvalidRequest, "before: that session is another project's"))
			}
		}
		list, err := tx.ListSessions(ctx, in.Project, in.Before, in.Limit+1)
		if out.More = len(list) > in.Limit; out.More {
			list = list[:in.Limit]
			out.Next = list[in.Limit-1].ID
		}
		for _, se := range list {
			out.Sessions = append(out.Sessions, viewSession(se))
		}
		return err
	})
	return &body[v1.Sessions]{out}, err
}

// JournalPage pages through what is numbered.
type JournalPage struct {
	After int64 `query:"after" minimum:"0" doc:"number of the last element seen"`
	Limit int   `query:"limit" default:"100" minimum:"1" maximum:"1000"`
}

type getSessionInput struct {
	SessionPath
	JournalPage
}

func (s *server) getSession(ctx context.Context, in *getSessionInput) (*body[v1.Session], error) {
	var v v1.Session
	err := s.tx(ctx, func(tx store.Tx) error {
		se, err := tx.Session(ctx, in.Session)
		if err != nil {
			return err
		}
		v = viewSession(se)
		steps, err := tx.Steps(ctx, se.ID, in.After, in.Limit)
		for _, st := range steps {
			v.Steps = append(v.Steps, viewStep(st))
		}
		if len(steps) == in.Limit {
			v.Next = steps[len(steps)-1].Seq
		}
		return err
	})
	return &body[v1.Session]{v}, err
}

type auditInput struct {
	ProjectPath
	JournalPage
}

func (s *server) listAudit(ctx context.Context, in *auditInput) (*body[v1.Audit], error) {
	var out v1.Audit
	err := s.tx(ctx, func(tx store.Tx) error {
		out = v1.Audit{Entries: []v1.AuditEntry{}}
		if _, err := tx.Project(ctx, in.Project); err != nil {
			return err
		}
		entries, err := tx.AuditLog(ctx, in.Project, in.After, in.Limit)
		for _, e := range entries {
			out.Entries = append(out.Entries, viewAudit(e))
		}
		if len(entries) == in.Limit {
			out.Next = entries[len(entries)-1].Seq
		}
		return err
	})
	return &body[v1.Audit]{out}, err
}

package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/extsync/extsync/activities"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/workflows"
)

// rollbacks registers the undo of sessions.
func (s *server) rollbacks() {
	add(s, huma.Operation{OperationID: "preview-rollback", Method: http.MethodPost, Path: "/v1/sessions/{session}/rollback/preview", Tags: []string{"sessions"},
		Summary:     "Say what undoing a session would do, and what cannot be undone",
		Description: "From what is stored here and was last seen outside. Nothing is changed, and no external system is called."}, s.previewRollback)
	add(s, huma.Operation{OperationID: "rollback", Method: http.MethodPost, Path: "/v1/sessions/{session}/rollback", Tags: []string{"sessions"},
		Summary: "Undo a session", DefaultStatus: http.StatusAccepted,
		Description: "Approves the preview with that digest; 409 with the preview of now when things have moved since. " +
			"The answer is the session that carries it out: read it until it has succeeded. It can be undone in turn."}, s.rollback)
	add(s, huma.Operation{OperationID: "cancel-rollback", Method: http.MethodPost, Path: "/v1/sessions/{session}/rollback/cancel", Tags: []string{"sessions"},
		Summary: "Take the order of a rollback back",
		Description: "Of one that has done nothing yet, since its project is paused or it waits for a permission. The session may be the rollback, " +
			"or the one that it was to undo. 409 where none waits so."}, s.cancelRollback)
}

func (s *server) previewRollback(ctx context.Context, in *SessionPath) (*body[v1.RollbackPreview], error) {
	pv, err := s.Engine.PreviewRollback(ctx, in.Session)
	return &body[v1.RollbackPreview]{viewRollback(pv)}, err
}

type rollbackInput struct {
	SessionPath
	Actor
	Body v1.RollbackOrder
}

func (s *server) rollback(ctx context.Context, in *rollbackInput) (*body[v1.Session], error) {
	by := in.Body.By
	if by == "" {
		by = in.Actor.Actor
	}
	r, pv, err := s.Engine.OrderRollback(ctx, in.Session, in.Body.Digest, by)
	if errors.Is(err, engine.ErrMoved) {
		p := problem(ctx, v1.Moved, "things have moved since the preview; look at the one that comes with this answer, and approve it by its digest")
		v := viewRollback(pv)
		p.Rollback = &v
		return nil, p
	}
	if err != nil {
		return nil, err
	}
	p, err := s.project(ctx, r.ProjectID)
	if err != nil {
		return nil, err
	}
	follow := workflows.RollbackInput{SessionID: in.Session, By: by, Digest: in.Body.Digest, Ordered: r.ID}
	view := activities.RollbackView{SessionID: in.Session, ProjectID: p.ID, System: p.System, Key: p.Key}
	if err := s.Steering.FollowRollback(ctx, follow, view); err != nil {
		s.Log.WarnContext(ctx, "nobody follows the rollback", "session", r.ID, "error", err.Error())
	}
	return &body[v1.Session]{viewSession(r)}, nil
}

type cancelInput struct {
	SessionPath
	Actor
}

func (s *server) cancelRollback(ctx context.Context, in *cancelInput) (*body[v1.Session], error) {
	r, err := s.Engine.CancelRollback(ctx, in.Session, in.Actor.Actor)
	return &body[v1.Session]{viewSession(r)}, err
}

func viewRollback(pv engine.RollbackPreview) v1.RollbackPreview {
	v := v1.RollbackPreview{
		Session: pv.Session.ID, Project: pv.Session.ProjectID, Counts: v1.RollbackCounts(pv.Counts), Digest: pv.Digest, Rows: []v1.RollbackRow{},
	}
	for _, r := range pv.Rows {
		v.Rows = append(v.Rows, v1.RollbackRow{
			Ticket: r.TicketID, Comment: r.CommentID, Key: r.Key, Field: string(r.Field), Action: string(r.Action), Reason: r.Reason,
			Here: viewSwap(r.Here), Outside: viewSwap(r.There), Elsewhere: r.Elsewhere,
		})
	}
	return v
}

func viewSwap(s plan.Swap) *v1.Swap {
	if !s.Done {
		return nil
	}
	return &v1.Swap{Now: s.Before, Then: s.After}
}

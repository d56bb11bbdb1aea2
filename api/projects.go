package api

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/extsync/extsync/activities"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
)

// projects registers what connects external projects and steers them.
func (s *server) projects() {
	add(s, huma.Operation{OperationID: "list-projects", Method: http.MethodGet, Path: "/v1/projects", Tags: []string{"projects"},
		Summary: "List all projects"}, s.listProjects)
	add(s, huma.Operation{OperationID: "connect-project", Method: http.MethodPost, Path: "/v1/projects", Tags: []string{"projects"},
		Summary: "Connect an external project", DefaultStatus: http.StatusCreated,
		Description: "Tries the credential first: a wrong token, a missing permission or an unknown project is refused and nothing is stored. " +
			"Then the setup starts, and after it the first synchronisation; the project's status tells how far it is."}, s.connectProject)
	add(s, huma.Operation{OperationID: "get-project", Method: http.MethodGet, Path: "/v1/projects/{project}", Tags: []string{"projects"},
		Summary: "Read one project"}, s.getProject)
	add(s, huma.Operation{OperationID: "sync-project", Method: http.MethodPost, Path: "/v1/projects/{project}/sync", Tags: []string{"projects"},
		Summary: "Synchronise now", DefaultStatus: http.StatusAccepted}, s.syncProject)
	add(s, huma.Operation{OperationID: "pause-project", Method: http.MethodPost, Path: "/v1/projects/{project}/pause", Tags: []string{"projects"},
		Summary: "Pause: sessions stop at the next ticket"}, s.pauseProject)
	add(s, huma.Operation{OperationID: "resume-project", Method: http.MethodPost, Path: "/v1/projects/{project}/resume", Tags: []string{"projects"},
		Summary: "Resume, with allow past the guards"}, s.resumeProject)
	add(s, huma.Operation{OperationID: "disconnect-project", Method: http.MethodPost, Path: "/v1/projects/{project}/disconnect", Tags: []string{"projects"},
		Summary: "Disconnect: tickets stay, links freeze, the credential is destroyed"}, s.disconnectProject)
}

func (s *server) listProjects(ctx context.Context, _ *struct{}) (*body[v1.Projects], error) {
	out := v1.Projects{Projects: []v1.Project{}}
	err := s.tx(ctx, func(tx store.Tx) error {
		out.Projects = out.Projects[:0]
		all, err := tx.ListProjects(ctx)
		for _, p := range all {
			out.Projects = append(out.Projects, viewProject(p))
		}
		return err
	})
	return &body[v1.Projects]{out}, err
}

func (s *server) getProject(ctx context.Context, in *ProjectPath) (*body[v1.Project], error) {
	var v v1.Project
	err := s.tx(ctx, func(tx store.Tx) error {
		p, err := tx.Project(ctx, in.Project)
		if err != nil {
			return err
		}
		v = viewProject(p)
		if v.SweptAt, err = engine.SweptAt(ctx, tx, p.ID); err != nil {
			return err
		}
		v.SweepOverdue = s.overdue(p, v.SweptAt)
		n, err := tx.CountLinks(ctx, p.ID, s.Engine.Clock.Now())
		if err != nil {
			return err
		}
		v.Links = &v1.Links{
			Tickets: n.Tickets, Comments: n.Comments, Due: n.Due, Waiting: n.Dirty,
			Quarantined: n.Quarantined, Gone: n.Gone, Parked: n.Parked,
		}
		waiting, err := tx.CountConflicts(ctx, p.ID)
		if err != nil {
			return err
		}
		v.ConflictKinds = map[string]int{}
		for _, c := range waiting {
			if c.State == store.OpenConflict {
				v.Conflicts += c.Count
				v.ConflictKinds[string(c.Kind)] += c.Count
			}
		}
		m, err := tx.ActiveMapping(ctx, p.ID)
		if v.Mapping = m.Version; errors.Is(err, store.ErrNotFound) {
			return nil // the system's default is in force
		}
		return err
	})
	return &body[v1.Project]{v}, err
}

// overdue reports whether a project was not swept in time: twice the time between two sweeps.
func (s *server) overdue(p store.Project, swept time.Time) bool {
	every := cmp.Or(s.SweepEvery, activities.DefaultReconcile)
	return p.Status.Syncs() && !swept.IsZero() && s.Engine.Clock.Now().Sub(swept) > 2*every
}

func (s *server) project(ctx context.Context, id string) (store.Project, error) {
	var p store.Project
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		p, err = tx.Project(ctx, id)
		return err
	})
	return p, err
}

type syncInput struct {
	ProjectPath
	Body *v1.SyncRequest
}

func (s *server) syncProject(ctx context.Context, in *syncInput) (*body[v1.Project], error) {
	p, err := s.project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	if !p.Status.Syncs() {
		return nil, refuse(ctx, v1.WrongStatus, fmt.Sprintf("the project is %s and does not synchronise; %s", p.Status, wayOut(p.Status)))
	}
	if err := s.Steering.Sync(ctx, p.ID, in.Body != nil && in.Body.Full); err != nil {
		return nil, err
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

// wayOut says how a project comes to synchronise from a status in which it does not.
func wayOut(st external.Status) string {
	switch st {
	case external.Configuring:
		return "wait for its setup, or start it again"
	case external.Paused:
		return "resume it first"
	case external.Disconnected:
		return "connect it again first"
	default:
		return "look at its status_reason"
	}
}

// SteerInput names a project and who acts on it.
type SteerInput struct {
	ProjectPath
	Actor
}

func (s *server) pauseProject(ctx context.Context, in *SteerInput) (*body[v1.Project], error) {
	p, err := s.Engine.Pause(ctx, in.Project, in.Actor.Actor)
	return s.told(ctx, p, Paused, in.order(), err)
}

type resumeInput struct {
	SteerInput
	Body *v1.Resume
}

func (s *server) resumeProject(ctx context.Context, in *resumeInput) (*body[v1.Project], error) {
	o := in.order()
	o.Allow = in.Body != nil && in.Body.Allow
	p, err := s.Engine.Resume(ctx, in.Project, in.Actor.Actor, o.Allow)
	return s.told(ctx, p, Resumed, o, err)
}

func (s *server) disconnectProject(ctx context.Context, in *SteerInput) (*body[v1.Project], error) {
	p, err := s.Engine.Disconnect(ctx, in.Project, in.Actor.Actor)
	return s.told(ctx, p, Disconnected, in.order(), err)
}

func (in *SteerInput) order() activities.Order {
	return activities.Order{ProjectID: in.Project, By: in.Actor.Actor}
}

// told answers a change of the project's row and tells its workflow. That the
// workflow was not reached is not the caller's concern: the row counts, and the
// outbox wakes the project too.
func (s *server) told(ctx context.Context, p store.Project, c Change, o activities.Order, err error) (*body[v1.Project], error) {
	if errors.Is(err, store.ErrStale) {
		if p, err = s.project(ctx, o.ProjectID); err == nil {
			err = refuse(ctx, v1.WrongStatus, fmt.Sprintf("the project is %s; %s", p.Status, wayOut(p.Status)))
		}
	}
	if err != nil {
		return nil, err
	}
	if err := s.Steering.Tell(ctx, c, o); err != nil {
		s.Log.WarnContext(ctx, "workflow not told", "project", p.ID, "change", string(c), "error", err)
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

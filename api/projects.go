package api

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/adapters"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/outbound"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
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

// maxOpen bounds how many open conflicts are counted for one project.
const maxOpen = 1000

func (s *server) getProject(ctx context.Context, in *ProjectPath) (*body[v1.Project], error) {
	var v v1.Project
	err := s.tx(ctx, func(tx store.Tx) error {
		p, err := tx.Project(ctx, in.Project)
		if err != nil {
			return err
		}
		v = viewProject(p)
		n, err := tx.CountLinks(ctx, p.ID, s.Engine.Clock.Now())
		if err != nil {
			return err
		}
		v.Links = &v1.Links{
			Tickets: n.Tickets, Comments: n.Comments, Due: n.Due, Waiting: n.Dirty,
			Quarantined: n.Quarantined, Gone: n.Gone, Parked: n.Parked,
		}
		open, err := tx.ListConflicts(ctx, p.ID, store.OpenConflict, maxOpen)
		v.Conflicts = len(open)
		return err
	})
	return &body[v1.Project]{v}, err
}

type connectInput struct {
	Actor
	Body v1.NewProject
}

type created[T any] struct {
	Location string `header:"Location"`
	Body     T
}

// probeTimeout bounds how long a person waits for a host that does not answer.
const probeTimeout = 15 * time.Second

func (s *server) connectProject(ctx context.Context, in *connectInput) (*created[v1.Project], error) {
	req := in.Body
	c, err := s.connection(ctx, req, in.Actor.Actor)
	if err != nil {
		return nil, err
	}
	if err := s.probe(ctx, c, req.Token); err != nil {
		return nil, err
	}
	p, err := s.Engine.CreateProject(ctx, c, func(projectID string) ([]byte, error) {
		return s.Vault.Seal(projectID, engine.CredentialName, []byte(req.Token))
	})
	if err != nil {
		return nil, err
	}
	if req.WebhookSecret != "" {
		if err := s.putSecret(ctx, p.ID, in.Actor.Actor, hookSecretName, req.WebhookSecret); err != nil {
			return nil, err
		}
	}
	if err := s.startSetup(ctx, p, in.Actor.Actor, !req.Preview); err != nil {
		return nil, err
	}
	return &created[v1.Project]{"/v1/projects/" + p.ID, viewProject(p)}, nil
}

func (s *server) connection(ctx context.Context, req v1.NewProject, by string) (engine.Connection, error) {
	system := external.System(req.System)
	if _, ok := s.Systems[system]; !ok {
		known := slices.Sorted(maps.Keys(s.Systems))
		return engine.Connection{}, refuse(ctx, v1.InvalidRequest, fmt.Sprintf("system %.64q is not known; known: %s", req.System, join(known)))
	}
	strategies := make([]store.Strategy, 0, len(req.Strategies))
	for _, n := range req.Strategies {
		st := store.Strategy{Field: ticket.Field(n.Field), Strategy: plan.Strategy(n.Strategy)}
		if n.Confirm {
			st.ConfirmedBy, st.ConfirmedAt = by, s.Engine.Clock.Now()
		}
		strategies = append(strategies, st)
	}
	return engine.Connection{
		System: system, BaseURL: req.APIURL, Key: strings.TrimSpace(req.Address), Direction: external.Direction(req.Direction),
		Strategies: strategies, PollEvery: time.Duration(req.PollEvery), Pace: paceOf(req.Pace), By: by,
	}, nil
}

// probe tries the credential before anything is stored, so that a person hears at
// once what is wrong.
func (s *server) probe(ctx context.Context, c engine.Connection, token string) error {
	a, err := s.Systems[c.System].New(adapters.Config{
		BaseURL: c.BaseURL, ProjectKey: c.Key, Token: token, Timeout: probeTimeout,
	})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	id, err := a.Probe(ctx)
	if err != nil {
		return err
	}
	if len(id.Missing) > 0 {
		return &external.Error{Kind: external.Forbidden, Op: "connect " + c.Key, Message: "the credential lacks " + strings.Join(id.Missing, ", ")}
	}
	return nil
}

func join[T ~string](list []T) string {
	var b strings.Builder
	for i, e := range list {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString(string(e))
	}
	return b.String()
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
		return nil, refuse(ctx, v1.WrongStatus, err.Error())
	}
	if err != nil {
		return nil, err
	}
	if err := s.Steering.Tell(ctx, c, o); err != nil {
		s.Log.WarnContext(ctx, "workflow not told", "project", p.ID, "change", string(c), "error", err)
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

// passOn reads the rules that let tickets go from one project to another.
func passOn(ctx context.Context, tx store.Tx, rules []v1.PassOn) ([]outbound.PassOn, error) {
	out := make([]outbound.PassOn, 0, len(rules))
	for _, r := range rules {
		for _, id := range []string{r.From, r.To} {
			if _, err := tx.Project(ctx, id); err != nil {
				return nil, fmt.Errorf("pass_on: %w", err)
			}
		}
		out = append(out, outbound.PassOn{From: r.From, To: r.To})
	}
	return out, nil
}

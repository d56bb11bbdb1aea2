package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/extsync/extsync/adapters"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// setup registers the way of a project from its connection to its first synchronisation.
func (s *server) setup() {
	add(s, huma.Operation{OperationID: "get-setup", Method: http.MethodGet, Path: "/v1/projects/{project}/setup", Tags: []string{"projects"},
		Summary: "How the setup stands"}, s.getSetup)
	add(s, huma.Operation{OperationID: "retry-setup", Method: http.MethodPost, Path: "/v1/projects/{project}/setup", Tags: []string{"projects"},
		Summary: "Start the setup again, or let it try again", DefaultStatus: http.StatusAccepted,
		Description: "For a project that is still configuring: what was wrong is mended, or its setup could not be started."}, s.retrySetup)
	add(s, huma.Operation{OperationID: "approve-setup", Method: http.MethodPost, Path: "/v1/projects/{project}/approve", Tags: []string{"projects"},
		Summary: "Approve what the first synchronisation would create outside", DefaultStatus: http.StatusAccepted}, s.approveSetup)
	add(s, huma.Operation{OperationID: "replace-token", Method: http.MethodPut, Path: "/v1/projects/{project}/token", Tags: []string{"projects"},
		Summary:     "Replace the credential",
		Description: "It is tried first: a wrong one is refused, and the old one stays."}, s.replaceToken)
}

// stepNames say what each step of a setup does.
func stepNames() []string {
	return []string{"starting", "system", "credentials", "project", "mapping", "privacy", "preview and approval", "first synchronisation", "done"}
}

func (s *server) getSetup(ctx context.Context, in *ProjectPath) (*body[v1.Setup], error) {
	if _, err := s.project(ctx, in.Project); err != nil {
		return nil, err
	}
	st, err := s.Steering.ReadSetup(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	v := v1.Setup{
		Step: int(st.Step), Done: st.Step >= workflows.StepDone, Problem: st.Problem, Fault: string(st.Fault),
		NeedsApproval: st.Approve, CreateOutside: st.Preview.CreateOutside, Withheld: st.Preview.Withheld, Twins: st.Preview.Twins,
		Outside: st.Preview.Outside, TwinsPart: st.Preview.Part,
	}
	if names := stepNames(); v.Step >= 0 && v.Step < len(names) {
		v.Name = names[v.Step]
	}
	if st.Step == workflows.StepMapping {
		review, err := s.Steering.ReadReview(ctx, in.Project)
		if err != nil && !errors.Is(err, store.ErrNotFound) { // it may not have begun
			return nil, err
		}
		if err == nil {
			r := viewReview(review)
			v.Mapping = &r
		}
	}
	return &body[v1.Setup]{v}, nil
}

// choice reads how a setup is to come to its mapping.
func choice(word string) workflows.MappingChoice {
	switch word {
	case "default":
		return workflows.MappingByDefault
	case "review":
		return workflows.MappingByReview
	}
	return workflows.MappingAuto
}

// wishes reads what somebody wants to see first.
func wishes(preview bool, mapping string) store.Wishes {
	return store.Wishes{Preview: preview, Review: choice(mapping) == workflows.MappingByReview}
}

// startSetup starts a setup, by one of Steering's ways to do so. It obeys the project's wishes: the
// setup that was told of them may be lost.
func (s *server) startSetup(ctx context.Context, start func(context.Context, workflows.SetupInput) error, p store.Project, by string, m workflows.MappingChoice) error {
	if p.Wishes.Review {
		m = workflows.MappingByReview
	}
	err := start(ctx, workflows.SetupInput{
		ProjectID: p.ID, System: p.System, Key: p.Key, By: by, AutoApprove: !p.Wishes.Preview, Mapping: m,
	})
	if err != nil {
		s.Log.ErrorContext(ctx, "setup not started", "project", p.ID, "instance", instance(ctx), "error", err)
		return refuse(ctx, v1.Unavailable, fmt.Sprintf(
			"project %s is stored, but its setup could not be started; start it with POST /v1/projects/%s/setup, or connect it again", p.ID, p.ID))
	}
	return nil
}

// configuring returns the project if its setup is not through.
func (s *server) configuring(ctx context.Context, id string) (store.Project, error) {
	p, err := s.project(ctx, id)
	if err == nil && p.Status != external.Configuring {
		err = refuse(ctx, v1.WrongStatus, fmt.Sprintf("the project is %s, not configuring: there is nothing to set up", p.Status))
	}
	return p, err
}

type retrySetupInput struct {
	SteerInput
	Preview bool   `query:"preview" doc:"wait for approval of the preview, also where the setup began without"`
	Mapping string `query:"mapping" enum:"auto,review,default" default:"auto" doc:"how the fields are mapped, as when connecting; where a setup runs that is not at the mapping yet, review alone counts"`
}

func (s *server) retrySetup(ctx context.Context, in *retrySetupInput) (*body[v1.Project], error) {
	p, err := s.configuring(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	if w := p.Wishes.And(wishes(in.Preview, in.Mapping)); w != p.Wishes {
		p, err = s.wish(ctx, in, w)
		if errors.Is(err, store.ErrStale) { // it came through meanwhile
			_, err = s.configuring(ctx, in.Project)
		}
		if err != nil {
			return nil, err
		}
	}
	if err := s.startSetup(ctx, s.Steering.StartSetup, p, in.Actor.Actor, choice(in.Mapping)); err != nil {
		return nil, err
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

// wish keeps what somebody wants to see first with the project. It fails as stale once the setup is through:
// there is nothing left to see first.
func (s *server) wish(ctx context.Context, in *retrySetupInput, w store.Wishes) (store.Project, error) {
	return s.Engine.Configure(ctx, in.Project, in.Actor.Actor, func(now *store.Project) error {
		if now.Status != external.Configuring {
			return fmt.Errorf("it is %s: %w", now.Status, store.ErrStale)
		}
		now.Wishes = now.Wishes.And(w)
		return nil
	})
}

func (s *server) approveSetup(ctx context.Context, in *SteerInput) (*body[v1.Project], error) {
	p, err := s.configuring(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	// Where nobody can tell, the setup judges by itself.
	if st, err := s.Steering.ReadSetup(ctx, p.ID); err == nil && !st.Approve {
		return nil, refuse(ctx, v1.WrongStatus, "no preview waits for approval; read the setup, and approve once it needs it")
	}
	if err := s.Steering.ApproveSetup(ctx, in.order()); err != nil {
		return nil, err
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

type tokenInput struct {
	SteerInput
	Body v1.Token
}

func (s *server) replaceToken(ctx context.Context, in *tokenInput) (*body[v1.Project], error) {
	p, err := s.connected(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	try := trial{system: p.System, direction: p.Direction, config: adapters.Config{
		BaseURL: p.BaseURL, ProjectKey: p.Key, Token: in.Body.Token, User: or(in.Body.User, p.User), Filter: p.Filter, Settings: p.Settings,
	}}
	if err := s.try(ctx, &try); err != nil {
		return nil, err
	}
	err = s.putSecret(ctx, p.ID, in.Actor.Actor, engine.CredentialName, in.Body.Token, func(now *store.Project) {
		now.User = try.config.User
		now.SpeakAs(try.login) // what another account makes is ours from now on, too
		p = *now
	})
	if err != nil {
		return nil, err
	}
	if p.Status == external.Configuring {
		if err := s.Steering.RetrySetup(ctx, p.ID); err != nil {
			return nil, err
		}
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

func or(value, otherwise string) string {
	if value == "" {
		return otherwise
	}
	return value
}

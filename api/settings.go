package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"net/http"
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

// settings registers what changes a connected project.
func (s *server) settings() {
	add(s, huma.Operation{OperationID: "change-project", Method: http.MethodPatch, Path: "/v1/projects/{project}", Tags: []string{"projects"},
		Summary: "Change direction, schedule, strategies and rules",
		Description: "What is absent stays. A strategy by which the external side can win needs confirm: true; until someone confirms it, " +
			"it acts as manual."}, s.changeProject)
	add(s, huma.Operation{OperationID: "set-webhook-secret", Method: http.MethodPut, Path: "/v1/projects/{project}/webhook-secret", Tags: []string{"projects"},
		Summary:     "Set or make the secret that webhooks are signed with",
		Description: "Enter the same secret in the external system. It is shown this once."}, s.setHookSecret)
}

type changeInput struct {
	SteerInput
	Body v1.ProjectChange
}

func (s *server) changeProject(ctx context.Context, in *changeInput) (*body[v1.Project], error) {
	by, req := in.Actor.Actor, in.Body
	if err := refusedChange(ctx, req); err != nil {
		return nil, err
	}
	rules, err := s.rulesOf(ctx, in.Project, req)
	if err != nil {
		return nil, err
	}
	next, err := s.tryChange(ctx, in.Project, req)
	if err != nil {
		return nil, err
	}
	p, err := s.Engine.Configure(ctx, in.Project, by, func(p *store.Project) error {
		if p.Status == external.Disconnected {
			return fmt.Errorf("it is disconnected; connect it again first: %w", store.ErrStale)
		}
		if req.Direction != "" {
			p.Direction = external.Direction(req.Direction)
		}
		if req.PollEvery != nil {
			p.PollEvery = time.Duration(*req.PollEvery)
		}
		if req.RollbackFailed != nil {
			p.RollbackFailed = *req.RollbackFailed
		}
		if req.Pace != nil {
			p.Pace = paceOf(*req.Pace)
		}
		if next != nil {
			next.takeOver(p, req)
		}
		return nil
	})
	if err != nil {
		return s.told(ctx, p, Reconfigured, in.order(), err)
	}
	if req.PassOn != nil { // what left by a rule that ends is taken back as the project's rules say
		if p, err = s.Engine.ChangeRules(ctx, p.ID, by, func(r *outbound.Rules) { r.PassOn = rules }); err != nil {
			return nil, err
		}
	}
	if req.Deletions != nil {
		if p, err = s.Engine.FollowDeletions(ctx, p.ID, by, req.Deletions.Follow, time.Duration(req.Deletions.Delay)); err != nil {
			return nil, err
		}
	}
	if req.Conflicts != nil {
		if p, err = s.Engine.SetConflictPolicy(ctx, p.ID, by, policyOf(*req.Conflicts), req.Conflicts.Confirm); err != nil {
			return nil, err
		}
	}
	for _, n := range req.Strategies {
		st := store.Strategy{Field: ticket.Field(n.Field), Strategy: plan.Strategy(n.Strategy)}
		if p, err = s.Engine.Strategise(ctx, p.ID, by, st, n.Confirm); err != nil {
			return nil, err
		}
	}
	if next != nil {
		return s.reread(ctx, p, in.order())
	}
	return s.told(ctx, p, Reconfigured, in.order(), nil)
}

// refusedChange says what of a change makes no sense by itself, before any of it is in
// force.
func refusedChange(ctx context.Context, req v1.ProjectChange) error {
	if d := req.Deletions; d != nil && d.Follow && !d.Confirm {
		return refuse(ctx, v1.InvalidRequest, "that deletions follow without a person deciding on each needs confirm: true (--confirm)")
	}
	if req.Conflicts != nil {
		return engine.ValidPolicy(policyOf(*req.Conflicts))
	}
	return nil
}

// tryChange tries what the external system must agree to: a direction, and another
// account, filter or settings, which it returns.
func (s *server) tryChange(ctx context.Context, id string, req v1.ProjectChange) (*trial, error) {
	other := req.User != nil || req.Filter != nil || len(req.Settings) > 0
	if req.Direction == "" && !other {
		return nil, nil
	}
	p, err := s.project(ctx, id)
	if err != nil || p.Status == external.Disconnected {
		return nil, err // Configure refuses a disconnected one
	}
	if req.Direction != "" {
		p.Direction = external.Direction(req.Direction)
	}
	if !other {
		_, err := s.settle(ctx, &trial{system: p.System, direction: p.Direction, config: adapters.Config{Settings: p.Settings}})
		return nil, err
	}
	t, err := s.stored(ctx, p)
	if err != nil {
		return nil, err
	}
	if req.User != nil {
		t.config.User = *req.User
	}
	if req.Filter != nil {
		t.config.Filter = *req.Filter
	}
	if len(req.Settings) > 0 {
		t.config.Settings = req.Settings
	}
	err = s.try(ctx, &t)
	return &t, err
}

// takeOver changes of a project what was tried and asked for. The rest may be otherwise by now: a
// trial takes its time.
func (t *trial) takeOver(p *store.Project, req v1.ProjectChange) {
	if req.User != nil {
		p.User = t.config.User
		p.SpeakAs(t.login)
	}
	if req.Filter != nil {
		p.Filter = t.config.Filter
	}
	if len(req.Settings) > 0 {
		p.Settings = settingsOf(t.config.Settings)
	}
}

// reread answers a change of what of the project is seen: tickets that did not change
// may show for the first time, so that everything is read again.
func (s *server) reread(ctx context.Context, p store.Project, o activities.Order) (*body[v1.Project], error) {
	if p.Status.Syncs() {
		if err := s.Steering.Sync(ctx, p.ID, true); err != nil {
			s.Log.WarnContext(ctx, "workflow not told to read everything", "project", p.ID, "error", err)
		}
	}
	return s.told(ctx, p, Reconfigured, o, nil)
}

func (s *server) rulesOf(ctx context.Context, projectID string, req v1.ProjectChange) ([]outbound.PassOn, error) {
	if req.PassOn == nil {
		return nil, nil
	}
	var rules []outbound.PassOn
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		rules, err = passOn(ctx, tx, projectID, *req.PassOn)
		return err
	})
	return rules, err
}

type hookSecretInput struct {
	SteerInput
	Body *v1.WebhookSecret
}

func (s *server) setHookSecret(ctx context.Context, in *hookSecretInput) (*body[v1.WebhookSetup], error) {
	p, err := s.project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	var secret string
	if in.Body != nil {
		secret = in.Body.Secret
	}
	if secret == "" {
		random := make([]byte, 32)
		if _, err := rand.Read(random); err != nil {
			return nil, fmt.Errorf("make a webhook secret: %w", err)
		}
		// As Standard Webhooks want it; to all others it is a text like any other.
		secret = "whsec_" + base64.StdEncoding.EncodeToString(random)
	}
	if err := s.putSecret(ctx, p.ID, in.Actor.Actor, hookSecretName, secret, nil); err != nil {
		return nil, err
	}
	return &body[v1.WebhookSetup]{v1.WebhookSetup{
		Path: "/v1/hooks/" + string(p.System) + "/" + p.ID, Secret: secret, ContentType: "application/json",
	}}, nil
}

// hookSecretName is the name under which a project's webhook secret is stored, sealed.
const hookSecretName = "webhook-secret"

// reconnectFirst is why a project takes no secret whose secrets were destroyed, and is not asked for
// anything with them.
const reconnectFirst = "the project is disconnected; connect it again first"

// connected returns the project unless it is disconnected.
func (s *server) connected(ctx context.Context, id string) (store.Project, error) {
	p, err := s.project(ctx, id)
	if err == nil && p.Status == external.Disconnected {
		err = refuse(ctx, v1.WrongStatus, reconnectFirst)
	}
	return p, err
}

// putSecret seals a secret of a project, with what it changes of the project beside, notes who set
// it, and wakes the project, which may have failed for want of it.
func (s *server) putSecret(ctx context.Context, projectID, by, name, secret string, beside func(*store.Project)) error {
	sealed, err := s.Vault.Seal(projectID, name, []byte(secret))
	if err != nil {
		return err
	}
	now := s.Engine.Clock.Now()
	return s.tx(ctx, func(tx store.Tx) error {
		p, err := tx.ProjectForUpdate(ctx, projectID)
		if err != nil {
			return err
		}
		if p.Status == external.Disconnected {
			return refuse(ctx, v1.WrongStatus, reconnectFirst)
		}
		if beside != nil {
			beside(&p)
			if err := tx.UpdateProject(ctx, p); err != nil {
				return err
			}
		}
		if err := tx.PutSecret(ctx, projectID, name, sealed); err != nil {
			return err
		}
		err = tx.AppendAudit(ctx, store.AuditEntry{ProjectID: projectID, At: now, Actor: by, Action: "secret", Subject: projectID, Detail: name})
		if err != nil {
			return err
		}
		return tx.AddOutbox(ctx, store.Outbox{ID: s.Engine.NewID(), Kind: store.OutboxWake, ProjectID: projectID, Subject: projectID, At: now})
	})
}

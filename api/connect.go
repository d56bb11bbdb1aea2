package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/extsync/extsync/adapters"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/plan"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/ticket"
)

type connectInput struct {
	Actor
	Body v1.NewProject
}

type created[T any] struct {
	Location string `header:"Location"`
	Body     T
}

func (s *server) connectProject(ctx context.Context, in *connectInput) (*created[v1.Project], error) {
	req, by := in.Body, in.Actor.Actor
	if err := s.asSpelled(ctx, &req); err != nil {
		return nil, err
	}
	if err := s.asBefore(ctx, &req); err != nil {
		return nil, err
	}
	c, err := s.connection(ctx, req, by)
	if err != nil {
		return nil, err
	}
	try := trial{
		system: c.System, direction: c.Direction,
		config: adapters.Config{
			BaseURL: c.BaseURL, ProjectKey: c.Key, Token: req.Token, User: req.User, Filter: req.Filter, Settings: req.Settings,
		},
	}
	caps, err := s.settle(ctx, &try)
	if err == nil && req.Token == "" && caps.Serves(external.Push) { // who only sends to us needs no credential
		err = problem(ctx, v1.InvalidRequest, "", v1.Fault{Where: "body.token", Message: "there is none"})
	}
	if err == nil {
		err = s.try(ctx, &try)
	}
	if err != nil {
		return nil, err
	}
	c.User, c.Filter, c.Settings = try.config.User, try.config.Filter, settingsOf(try.config.Settings)
	p, err := s.Engine.CreateProject(ctx, c, func(projectID string) ([]byte, error) {
		return s.Vault.Seal(projectID, engine.CredentialName, []byte(req.Token))
	})
	if err != nil {
		return nil, err
	}
	if req.WebhookSecret != "" {
		if err := s.putSecret(ctx, p.ID, by, hookSecretName, req.WebhookSecret, nil); err != nil {
			return nil, err
		}
	}
	if err := s.startSetup(ctx, s.Steering.StartSetupAnew, p, by, choice(req.Mapping)); err != nil {
		return nil, err
	}
	return &created[v1.Project]{"/v1/projects/" + p.ID, viewProject(p)}, nil
}

// connection reads the request.
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
	direction := external.Direction(req.Direction)
	if direction == "" {
		direction = external.Bidirectional
	}
	return engine.Connection{
		System: system, BaseURL: req.APIURL, Key: strings.TrimSpace(req.Address), Direction: direction,
		Strategies: strategies, PollEvery: time.Duration(req.PollEvery), Pace: paceOf(req.Pace), Wishes: wishes(req.Preview, req.Mapping), By: by,
	}, nil
}

// settingsOf makes null and an empty object what they mean: the adapter's defaults.
func settingsOf(raw json.RawMessage) json.RawMessage {
	if text := strings.Join(strings.Fields(string(raw)), ""); text == "null" || text == "{}" {
		return nil
	}
	return raw
}

// trial is a connection that is not stored yet.
type trial struct {
	system    external.System
	direction external.Direction
	config    adapters.Config
	login     string // whom the credential speaks as, once it was tried
}

const (
	// probeTimeout bounds how long a person waits for a host that does not answer.
	probeTimeout = 15 * time.Second
	// maxSettings bounds an adapter's settings, in bytes.
	maxSettings = 64 << 10
)

// try finds out whether a connection would work before anything of it is stored, so
// that a person hears at once what is wrong.
func (s *server) try(ctx context.Context, t *trial) error {
	if _, err := s.settle(ctx, t); err != nil {
		return err
	}
	cfg := t.config
	cfg.Timeout = probeTimeout
	a, err := s.Systems[t.system].New(cfg)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	id, err := a.Probe(ctx)
	t.login = id.Login
	var blocked *adapters.BlockedError
	if errors.As(err, &blocked) { // the adapter can only say that nobody answered
		return refuse(ctx, v1.InvalidRequest, blocked.Error())
	}
	if err != nil {
		return err
	}
	if why := id.Hinders(t.direction); why != "" {
		return &external.Error{Kind: external.Forbidden, Op: "connect " + t.config.ProjectKey, Message: why}
	}
	return nil
}

// settle refuses settings that the adapter does not understand, a filter that it would not keep to, and
// a direction that it cannot serve with them. It returns what it can.
func (s *server) settle(ctx context.Context, t *trial) (external.Capabilities, error) {
	var caps external.Capabilities
	t.config.Settings = settingsOf(t.config.Settings)
	if raw := t.config.Settings; raw != nil {
		var object map[string]json.RawMessage
		if err := json.Unmarshal(raw, &object); err != nil {
			return caps, refuse(ctx, v1.InvalidRequest, "settings: want a JSON object")
		}
		if len(raw) > maxSettings {
			return caps, refuse(ctx, v1.InvalidRequest, fmt.Sprintf("settings: want at most %d bytes", maxSettings))
		}
	}
	factory, ok := s.Systems[t.system]
	if !ok {
		return caps, refuse(ctx, v1.NotFound, "this server has no adapter for the project's system")
	}
	caps = factory.Capabilities
	if factory.Settle != nil {
		var err error
		if caps, err = factory.Settle(t.config.Settings); err != nil {
			return caps, err
		}
	}
	if t.config.Filter != "" && !caps.Filters { // ignored, it would be believed to keep tickets apart
		return caps, refuse(ctx, v1.InvalidRequest, fmt.Sprintf("%s takes no filter: all tickets of the project are in step; leave it empty", t.system))
	}
	if !caps.Serves(t.direction) {
		return caps, refuse(ctx, v1.InvalidRequest, fmt.Sprintf("%s with these settings cannot serve the direction %s; it serves %s",
			t.system, t.direction, join(caps.Directions)))
	}
	return caps, nil
}

// stored returns what a project is connected with, its credential opened.
func (s *server) stored(ctx context.Context, p store.Project) (trial, error) {
	var sealed []byte
	err := s.tx(ctx, func(tx store.Tx) (err error) {
		sealed, err = tx.Secret(ctx, p.ID, engine.CredentialName)
		return err
	})
	if errors.Is(err, store.ErrNotFound) {
		return trial{}, refuse(ctx, v1.WrongStatus, "the project has no credential; replace its token first")
	}
	if err != nil {
		return trial{}, err
	}
	token, err := s.Vault.Open(p.ID, engine.CredentialName, sealed)
	if err != nil {
		return trial{}, err
	}
	return trial{system: p.System, direction: p.Direction, config: adapters.Config{
		BaseURL: p.BaseURL, ProjectKey: p.Key, Token: string(token), User: p.User, Filter: p.Filter, Settings: p.Settings,
	}}, nil
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

package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"time"

	enumspb "go.temporal.io/api/enums/v1"

	githubadapter "github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/internal/actioncount"
	"github.com/extsync/extsync/internal/devstack"
	"github.com/extsync/extsync/simulator/github"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

// actions counts what Temporal would bill for: for connecting a project and bringing n
// issues with a comment each in, and for one poll that finds nothing.
func actions(n int, callGoal, goal float64) scenario {
	title := fmt.Sprintf("first pull of %d issues with one comment each", n)
	sys := system{name: "GitHub on the real stack"}
	return scenario{sys.name + ": " + title, func(ctx context.Context) ([]Figure, error) {
		s, err := startStack(ctx)
		if err != nil {
			return nil, err
		}
		figures, err := s.measure(ctx, sys, n, title, callGoal, goal)
		return figures, errors.Join(err, s.stop(context.WithoutCancel(ctx)))
	}}
}

const (
	owner = "octo"
	name  = "hello"
	token = "bench-token"
	login = "extsync-bot"
)

// stack is the service on a private Postgres and Temporal, with a simulated GitHub
// behind HTTP that has no limits.
type stack struct {
	*worker.Services
	meter   actioncount.Meter
	servers *devstack.Stack
	dir     string
	sim     *github.Sim
	http    *httptest.Server
	cancel  context.CancelFunc
	ended   chan error
	project string
}

func startStack(ctx context.Context) (*stack, error) {
	s := &stack{ended: make(chan error, 1)}
	var err error
	if s.dir, err = os.MkdirTemp("", "extsync-bench-"); err != nil {
		return nil, fmt.Errorf("make a temporary directory: %w", err)
	}
	if s.servers, err = devstack.Start(ctx, devstack.Options{
		Temporal: true, SearchAttributes: workflows.SearchAttributes(), FastUnsafe: true,
		Progress: func(f string, a ...any) { fmt.Fprintf(os.Stderr, f+"\n", a...) },
	}); err != nil {
		return nil, errors.Join(err, os.RemoveAll(s.dir))
	}
	s.sim = github.New(github.Options{Seed: 1, Limits: github.NoLimits()})
	s.sim.AddToken(token, github.Token{Login: login, Push: true})
	s.http = httptest.NewServer(s.sim)
	s.sim.SetBaseURL(s.http.URL)
	s.Services, err = worker.Open(ctx, worker.Config{
		PostgresURL: s.servers.PostgresURL, TemporalAddress: s.servers.TemporalAddress, Namespace: s.servers.Namespace,
		KeysetFile: filepath.Join(s.dir, "keys.json"), AllowAddresses: worker.Loopback(), TuneClient: s.meter.Tune,
		Log: slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn})),
	})
	if err != nil {
		return nil, errors.Join(err, s.stop(context.WithoutCancel(ctx)))
	}
	work, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	go func() { s.ended <- s.Run(work) }()
	return s, nil
}

// stop takes everything down.
func (s *stack) stop(ctx context.Context) error {
	var errs []error
	if s.cancel != nil {
		s.cancel()
		errs = append(errs, <-s.ended)
	}
	if s.Services != nil {
		s.Close()
	}
	s.http.Close()
	return errors.Join(append(errs, s.servers.Stop(ctx), os.RemoveAll(s.dir))...)
}

func (s *stack) measure(ctx context.Context, sys system, n int, title string, callGoal, goal float64) ([]Figure, error) {
	began := time.Now()
	if err := s.pull(ctx, n); err != nil {
		return nil, err
	}
	calls := s.sim.Counters().Total
	fmt.Fprintf(os.Stderr, "%d issues and as many comments came in within %.0f s\n", n, time.Since(began).Seconds())
	ids := []string{workflows.SetupID(s.project), workflows.ProjectID(s.project)}
	sessions, err := s.sessions(ctx)
	if err != nil {
		return nil, err
	}
	for _, x := range sessions {
		ids = append(ids, workflows.SessionID(s.project, x.ID))
	}
	total := actioncount.Actions{"heartbeat": s.meter.Heartbeats()}
	for _, id := range ids {
		a, err := s.count(ctx, id)
		if err != nil {
			return nil, err
		}
		total.Add(a)
	}
	poll, err := s.poll(ctx)
	return []Figure{
		sys.figure(title+": calls", float64(calls), "calls", callGoal),
		sys.figure(title+": Temporal actions", float64(total.Sum()), "actions", goal),
		sys.figure(fmt.Sprintf("idle poll at %d issues: Temporal actions", n), float64(poll.Sum()), "actions", 6),
	}, err
}

// pull connects the repository and waits until its issues are here.
func (s *stack) pull(ctx context.Context, n int) error {
	if err := s.sim.AddRepo(owner, name).Generate(n, model.GenerateOptions{Seed: 7, Comments: 1}); err != nil {
		return err
	}
	p, err := s.Engine.CreateProject(ctx, engine.Connection{
		System: githubadapter.System, BaseURL: s.http.URL, Key: owner + "/" + name, By: "bench",
	}, s.Seal([]byte(token)))
	if err != nil {
		return err
	}
	s.project = p.ID
	if err := workflows.StartSetup(ctx, s.Temporal, workflows.SetupInput{
		ProjectID: p.ID, System: p.System, Key: p.Key, By: "bench", AutoApprove: true,
	}); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 5*time.Minute)
	defer cancel()
	var done workflows.SetupState
	if err := s.Temporal.GetWorkflow(ctx, workflows.SetupID(p.ID), "").Get(ctx, &done); err != nil {
		return fmt.Errorf("the setup did not end well: %w", err)
	}
	if done.Project.Tickets != n || done.Project.Comments != n {
		return fmt.Errorf("%d issues and %d comments came in, want %d each", done.Project.Tickets, done.Project.Comments, n)
	}
	return nil
}

func (s *stack) sessions(ctx context.Context) (list []store.Session, err error) {
	err = s.Store.Tx(ctx, func(tx store.Tx) (err error) {
		list, err = tx.ListSessions(ctx, s.project, "", 1000)
		return err
	})
	return list, err
}

func (s *stack) count(ctx context.Context, id string) (actioncount.Actions, error) {
	return actioncount.Count(s.Temporal.GetWorkflowHistory(ctx, id, "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT))
}

// poll lets the schedule fire a few times while nothing changes, and counts one run.
func (s *stack) poll(ctx context.Context) (actioncount.Actions, error) {
	_, err := s.Engine.Configure(ctx, s.project, "bench", func(p *store.Project) error {
		p.PollEvery = time.Second
		return nil
	})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	look := time.NewTicker(200 * time.Millisecond)
	defer look.Stop()
	for {
		d, err := s.Temporal.ScheduleClient().GetHandle(ctx, workflows.PollID(s.project)).Describe(ctx)
		if err == nil && len(d.Info.RecentActions) >= 5 {
			run := d.Info.RecentActions[3].StartWorkflowResult.WorkflowID
			if err := s.Temporal.GetWorkflow(ctx, run, "").Get(ctx, nil); err != nil {
				return nil, fmt.Errorf("the poll did not end well: %w", err)
			}
			return s.count(ctx, run)
		}
		select {
		case <-look.C:
		case <-ctx.Done():
			return nil, errors.Join(errors.New("the schedule of polls does not fire"), err)
		}
	}
}

package worker

import (
	"context"
	"fmt"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/worker"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// Run opens the services and does the background work until ctx ends.
func Run(ctx context.Context, cfg Config) error {
	s, err := Open(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.Close()
	return s.Run(ctx)
}

// Run does the background work until ctx ends, and then comes to a rest within the
// configured time. It returns an error only when it could not start, or could not go
// on.
func (s *Services) Run(ctx context.Context) error {
	if err := s.registerAttributes(ctx); err != nil {
		return err
	}
	if err := s.adopt(ctx); err != nil {
		return err
	}
	key, err := s.Vault.SigningKey(ctx, s.Store)
	if err != nil {
		return err
	}
	publisher, err := newHeads(s, key)
	if err != nil {
		return err
	}
	fatal := make(chan error, 1)
	w := s.worker(func(err error) {
		s.running.Store(false)
		select {
		case fatal <- err:
		default: // the first one counts
		}
	})
	if err := w.Start(); err != nil {
		return fmt.Errorf("start the worker: %w", err)
	}
	defer w.Stop() // waits for activities, see Config.StopTimeout
	if err := s.recover(ctx); err != nil {
		return err
	}
	s.running.Store(true)
	defer s.running.Store(false)

	work, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	group.Go(func() { newDispatcher(s).run(work) })
	group.Go(func() { publisher.run(work) })

	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("the worker cannot go on: %w", err)
	}
}

func (s *Services) worker(fatal func(error)) worker.Worker {
	w := worker.New(s.Temporal, workflows.TaskQueue, worker.Options{
		MaxConcurrentActivityExecutionSize: s.cfg.MaxActivities,
		WorkerStopTimeout:                  s.cfg.StopTimeout,
		DisableRegistrationAliasing:        true,
		OnFatalError:                       fatal,
	})
	workflows.Register(w)
	w.RegisterActivity(&activities.Session{Engine: s.Engine})
	w.RegisterActivity(&activities.Conflict{Engine: s.Engine})
	w.RegisterActivity(&activities.Rollback{Engine: s.Engine})
	w.RegisterActivity(&activities.Mapping{Engine: s.Engine, Desk: deskForWorkflows{s.Mappings()}})
	w.RegisterActivity(&activities.Project{
		Engine: s.Engine, Steering: workflows.Steering{Client: s.Temporal}, ReconcileEvery: s.cfg.ReconcileEvery,
	})
	return w
}

// recover makes sure that every connected project and every open conflict has its
// workflow: they may have been lost with a Temporal, or never started. Those that run
// are left in peace.
func (s *Services) recover(ctx context.Context) error {
	var projects []store.Project
	var conflicts []store.Conflict
	err := s.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if projects, err = tx.ListProjects(ctx); err != nil {
			return err
		}
		conflicts, err = waitingConflicts(ctx, tx)
		return err
	})
	if err != nil {
		return fmt.Errorf("look for projects to continue: %w", err)
	}
	for _, p := range projects {
		switch p.Status {
		case external.Active, external.Paused, external.InError:
			if err := workflows.StartProject(ctx, s.Temporal, p.ID); err != nil {
				return err
			}
		case external.Configuring, external.Disconnected:
		}
	}
	for _, c := range conflicts {
		v, err := activities.ViewConflict(ctx, s.Store, c.ID)
		if err != nil {
			return fmt.Errorf("look for conflicts to continue: %w", err)
		}
		if err := workflows.StartConflict(ctx, s.Temporal, v); err != nil {
			return err
		}
	}
	return nil
}

// maxRecovered is how many conflicts of a state are continued at a start.
const maxRecovered = 10_000

func waitingConflicts(ctx context.Context, tx store.Tx) ([]store.Conflict, error) {
	open, err := tx.FindConflicts(ctx, store.ConflictFilter{State: store.OpenConflict}, maxRecovered)
	if err != nil {
		return nil, err
	}
	decided, err := tx.FindConflicts(ctx, store.ConflictFilter{State: store.Decided}, maxRecovered)
	return append(open, decided...), err
}

// registerAttributes makes sure that the namespace knows our search attributes.
func (s *Services) registerAttributes(ctx context.Context) error {
	operator := s.Temporal.OperatorService()
	have, err := operator.ListSearchAttributes(ctx, &operatorservice.ListSearchAttributesRequest{Namespace: s.cfg.Namespace})
	if err != nil {
		return fmt.Errorf("read the search attributes of namespace %s: %w", s.cfg.Namespace, err)
	}
	missing := map[string]enumspb.IndexedValueType{}
	for name, kind := range workflows.SearchAttributes() {
		if _, known := have.GetCustomAttributes()[name]; known {
			continue
		}
		if missing[name], err = enumspb.IndexedValueTypeFromString(kind); err != nil {
			return fmt.Errorf("search attribute %s: %w", name, err)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	_, err = operator.AddSearchAttributes(ctx, &operatorservice.AddSearchAttributesRequest{
		Namespace: s.cfg.Namespace, SearchAttributes: missing,
	})
	if err != nil {
		return fmt.Errorf("add search attributes to namespace %s; have an operator run `temporal operator search-attribute create` for %v: %w",
			s.cfg.Namespace, workflows.SearchAttributes(), err)
	}
	return nil
}

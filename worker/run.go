package worker

import (
	"context"
	"fmt"
	"sync"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/operatorservice/v1"
	"go.temporal.io/sdk/worker"

	"github.com/extsync/extsync/activities"
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
	workers := s.workers(func(err error) {
		s.running.Store(false)
		select {
		case fatal <- err:
		default: // the first one counts
		}
	})
	defer stopAll(workers)
	for _, w := range workers {
		if err := w.Start(); err != nil {
			return fmt.Errorf("start the worker: %w", err)
		}
	}
	if err := s.tend(ctx, true); err != nil { // one project must not keep the others from their worker
		s.Log.WarnContext(ctx, "not all is seen to in Temporal; it is tried again", "error", err.Error())
	}
	s.running.Store(true)
	defer s.running.Store(false)

	work, stop := context.WithCancel(ctx)
	var group sync.WaitGroup
	defer group.Wait()
	defer stop()
	group.Go(func() { newDispatcher(s).run(work) })
	group.Go(func() { publisher.run(work) })
	group.Go(func() { s.tendOn(work) })
	group.Go(func() { newKeeper(s).run(work) })

	select {
	case <-ctx.Done():
		return nil
	case err := <-fatal:
		return fmt.Errorf("the worker cannot go on: %w", err)
	}
}

// stopAll stops the workers at the same time: each waits for its activities, see
// Config.StopTimeout.
func stopAll(workers []worker.Worker) {
	var group sync.WaitGroup
	defer group.Wait()
	for _, w := range workers {
		group.Go(w.Stop)
	}
}

// workers are the one that runs everything and the one for what takes long, each with slots
// of its own.
func (s *Services) workers(fatal func(error)) []worker.Worker {
	o := worker.Options{
		MaxConcurrentActivityExecutionSize: s.cfg.MaxActivities,
		WorkerStopTimeout:                  s.cfg.StopTimeout,
		DisableRegistrationAliasing:        true,
		OnFatalError:                       fatal,
	}
	all := worker.New(s.Temporal, workflows.TaskQueue, o)
	workflows.Register(all)
	s.registerActivities(all)
	o.DisableWorkflowWorker = true
	bulk := worker.New(s.Temporal, workflows.BulkQueue, o)
	s.registerActivities(bulk)
	return []worker.Worker{all, bulk}
}

func (s *Services) registerActivities(w worker.ActivityRegistry) {
	w.RegisterActivity(&activities.Session{Engine: s.Engine})
	w.RegisterActivity(&activities.Conflict{Engine: s.Engine})
	w.RegisterActivity(&activities.Rollback{Engine: s.Engine})
	w.RegisterActivity(&activities.Mapping{Engine: s.Engine, Desk: deskForWorkflows{s.Mappings()}})
	w.RegisterActivity(&activities.Project{
		Engine: s.Engine, Steering: workflows.Steering{Client: s.Temporal}, ReconcileEvery: s.cfg.ReconcileEvery,
	})
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

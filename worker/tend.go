package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// What the database says must have its workflows and schedules in Temporal. They may have been
// lost with a Temporal, never been started, or been ended, deleted or paused there by hand: a
// worker looks for that when it starts, and now and then while it runs. What runs is left in
// peace.

// tendOn looks again and again until ctx ends.
func (s *Services) tendOn(ctx context.Context) {
	repeat(ctx, s.cfg.TendEvery, func() time.Duration {
		if err := s.tend(ctx, false); err != nil && ctx.Err() == nil {
			s.Log.WarnContext(ctx, "not all is seen to in Temporal; it is tried again", "error", err.Error())
		}
		return s.cfg.TendEvery
	})
}

// tend brings back what Temporal should have and has not. What fails for one project holds up
// no other one. At a start the workflows of all conflicts are asked for, whatever Temporal's
// list of them says.
func (s *Services) tend(ctx context.Context, starting bool) error {
	if err := s.registerAttributes(ctx); err != nil {
		return err // a new Temporal does not know them, and starts nothing without
	}
	projects, conflicts, err := s.tended(ctx)
	if err != nil {
		return fmt.Errorf("look for what is to be continued: %w", err)
	}
	firing, err := workflows.Steering{Client: s.Temporal}.Firing(ctx)
	errs := []error{err}
	for _, p := range projects {
		errs = append(errs, s.tendProject(ctx, p, firing))
	}
	return errors.Join(append(errs, s.tendConflicts(ctx, conflicts, starting))...)
}

// tended reads what must be in Temporal.
func (s *Services) tended(ctx context.Context) (projects []store.Project, conflicts []store.Conflict, err error) {
	err = s.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if projects, err = tx.ListProjects(ctx); err != nil {
			return err
		}
		conflicts, err = waitingConflicts(ctx, tx)
		return err
	})
	return projects, conflicts, err
}

// tendProject makes sure that a project has its workflow and its schedules. firing are the
// schedules that are as they should be; nil: nobody knows.
func (s *Services) tendProject(ctx context.Context, p store.Project, firing map[string]bool) error {
	switch p.Status {
	case external.Configuring:
		return s.tendSetup(ctx, p)
	case external.Active, external.Paused, external.InError:
	case external.Disconnected:
		return nil
	}
	if firing == nil || !p.Status.Syncs() || firing[workflows.ReconcileID(p.ID)] && (p.PollEvery == 0 || firing[workflows.PollID(p.ID)]) {
		return workflows.StartProject(ctx, s.Temporal, p.ID)
	}
	s.Log.InfoContext(ctx, "a schedule is missing, paused or changed, and is made anew", "project", p.ID)
	return workflows.Reschedule(ctx, s.Temporal, p.ID)
}

// tendSetup makes sure that a setup runs. Where one begins anew, it is lost whether its first
// synchronisation was approved beforehand: somebody is asked. A mapping that is in force stays, unless somebody wants to review it.
// One that came through since the projects were listed has nothing to begin.
func (s *Services) tendSetup(ctx context.Context, p store.Project) error {
	in := workflows.SetupInput{ProjectID: p.ID, System: p.System, Key: p.Key, By: "extsync"}
	var now store.Project
	err := s.Store.Tx(ctx, func(tx store.Tx) (err error) {
		if now, err = tx.Project(ctx, p.ID); err != nil || now.Status != external.Configuring {
			return err
		}
		_, err = tx.ActiveMapping(ctx, p.ID)
		return err
	})
	switch {
	case err == nil && now.Status != external.Configuring:
		return nil
	case errors.Is(err, store.ErrNotFound) && now.ID != "":
		in.Mapping = workflows.MappingAuto
	case err != nil:
		return fmt.Errorf("look for the mapping of project %s: %w", p.ID, err)
	}
	if now.Wishes.Review {
		in.Mapping = workflows.MappingByReview
	}
	return workflows.StartSetup(ctx, s.Temporal, in)
}

// tendConflicts makes sure that every open conflict has its workflow. While as many run as
// are open nothing is started.
func (s *Services) tendConflicts(ctx context.Context, waiting []store.Conflict, starting bool) error {
	if !starting {
		n, err := workflows.Followed(ctx, s.Temporal)
		if err != nil || n >= int64(len(waiting)) {
			return err
		}
	}
	for _, c := range waiting {
		v, err := activities.ViewConflict(ctx, s.Store, c.ID)
		if errors.Is(err, store.ErrNotFound) {
			continue // erased meanwhile
		}
		if err != nil {
			return fmt.Errorf("look for conflicts to continue: %w", err)
		}
		if err := workflows.StartConflict(ctx, s.Temporal, v); err != nil {
			return err
		}
	}
	return nil
}

// maxRecovered is how many conflicts of a state are continued at a time.
const maxRecovered = 10_000

func waitingConflicts(ctx context.Context, tx store.Tx) ([]store.Conflict, error) {
	open, err := tx.FindConflicts(ctx, store.ConflictFilter{State: store.OpenConflict}, maxRecovered)
	if err != nil {
		return nil, err
	}
	decided, err := tx.FindConflicts(ctx, store.ConflictFilter{State: store.Decided}, maxRecovered)
	return append(open, decided...), err
}

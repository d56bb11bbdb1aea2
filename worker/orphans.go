package worker

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/temporal"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// A process that is killed leaves activities behind that Temporal gives up only when
// their sign of life fails to come, after minutes. The next process on the same host
// knows better: it hands them out again at once. Should it be mistaken, nothing is
// lost: an attempt that was given up is fenced by its successor.

// identity is how this process is known to Temporal.
func identity() (string, error) {
	host, err := os.Hostname()
	if err != nil {
		return "", fmt.Errorf("name of this host: %w", err)
	}
	return fmt.Sprintf("%d@%s", os.Getpid(), host), nil
}

// orphaned reports whether another process's identity is one of this host whose
// process has ended. A process with our own id was our predecessor in a container.
func orphaned(theirs, ours string) bool {
	pid, host, _ := strings.Cut(theirs, "@")
	_, here, _ := strings.Cut(ours, "@")
	if host != here {
		return false
	}
	if theirs == ours {
		return true
	}
	n, err := strconv.Atoi(pid)
	if err != nil {
		return false
	}
	p, err := os.FindProcess(n)
	if err != nil {
		return true
	}
	err = p.Signal(syscall.Signal(0))
	return errors.Is(err, os.ErrProcessDone) || errors.Is(err, syscall.ESRCH)
}

// adopt hands the activities of dead processes of this host out again. It must be
// called before this process takes any on.
func (s *Services) adopt(ctx context.Context) error {
	ours, err := identity()
	if err != nil {
		return err
	}
	ids, err := s.mayRun(ctx)
	if err != nil {
		return fmt.Errorf("look for what a dead worker left: %w", err)
	}
	for _, id := range ids {
		if err := s.adoptFrom(ctx, id, ours); err != nil {
			return fmt.Errorf("take over from a dead worker: %w", err)
		}
	}
	return nil
}

// mayRun returns the ids of the workflows that may have an activity running.
func (s *Services) mayRun(ctx context.Context) (ids []string, err error) {
	err = s.Store.Tx(ctx, func(tx store.Tx) error {
		ids = nil
		projects, err := tx.ListProjects(ctx)
		if err != nil {
			return err
		}
		for _, p := range projects {
			if p.Status == external.Disconnected {
				continue
			}
			ids = append(ids, workflows.ProjectID(p.ID), workflows.SetupID(p.ID))
			running, err := tx.RunningSessions(ctx, p.ID)
			if err != nil {
				return err
			}
			for _, x := range running {
				ids = append(ids, workflows.SessionID(p.ID, x.ID))
			}
		}
		return nil
	})
	return ids, err
}

func (s *Services) adoptFrom(ctx context.Context, id, ours string) error {
	d, err := s.Temporal.DescribeWorkflowExecution(ctx, id, "")
	var none *serviceerror.NotFound
	if errors.As(err, &none) {
		return nil
	}
	if err != nil {
		return err
	}
	run := d.GetWorkflowExecutionInfo().GetExecution().GetRunId()
	for _, a := range d.GetPendingActivities() {
		if a.GetState() != enumspb.PENDING_ACTIVITY_STATE_STARTED || !orphaned(a.GetLastWorkerIdentity(), ours) {
			continue
		}
		again := temporal.NewApplicationErrorWithOptions("its worker has died", activities.Stopping, temporal.ApplicationErrorOptions{
			NextRetryDelay: 10 * time.Millisecond, Category: temporal.ApplicationErrorCategoryBenign,
		})
		err := s.Temporal.CompleteActivityByID(ctx, s.cfg.Namespace, id, run, a.GetActivityId(), nil, again)
		if err != nil && !errors.As(err, &none) { // it may have ended meanwhile
			return err
		}
		s.Log.InfoContext(ctx, "taken over from a dead worker", "workflow", id, "activity", a.GetActivityType().GetName())
	}
	return nil
}

package worker_test

import (
	"errors"
	"testing"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/api/serviceerror"
	"go.temporal.io/sdk/client"

	"github.com/extsync/extsync/activities"
	githubadapter "github.com/extsync/extsync/adapters/github"
	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/simulator/github/model"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/worker"
	"github.com/extsync/extsync/workflows"
)

// often has the worker look after Temporal every second.
func often(cfg *worker.Config) { cfg.TendEvery = time.Second }

// fires reports whether a schedule is there and not paused.
func (s *stack) fires(schedule string) bool {
	d, err := s.Temporal.ScheduleClient().GetHandle(s.ctx, schedule).Describe(s.ctx)
	return err == nil && !d.Schedule.State.Paused
}

// TestASchedulePausedOrDeletedByHandComesBack: somebody tidied up in Temporal's pages. Neither his
// worker nor any setting changes afterwards.
func TestASchedulePausedOrDeletedByHandComesBack(t *testing.T) {
	s := newStack(t, often)
	s.must(s.repo.Generate(1, model.GenerateOptions{}))
	s.connect(time.Hour)
	s.quiet()
	poll := s.Temporal.ScheduleClient().GetHandle(s.ctx, workflows.PollID(s.project))
	sweep := s.Temporal.ScheduleClient().GetHandle(s.ctx, workflows.ReconcileID(s.project))
	s.must(poll.Delete(s.ctx))
	s.must(sweep.Pause(s.ctx, client.SchedulePauseOptions{Note: "tidied up"}))
	s.eventually("the poll is back", func() bool { return s.fires(workflows.PollID(s.project)) })
	s.eventually("the sweep goes on", func() bool { return s.fires(workflows.ReconcileID(s.project)) })
	sessions := len(s.sessions())

	signals, since := s.signals(), time.Now() // Temporal's list is a little behind
	s.eventually("three looks in a row find nothing amiss", func() bool {
		if n := s.signals(); n != signals {
			signals, since = n, time.Now()
		}
		return time.Since(since) > 3*time.Second
	})
	if n := len(s.sessions()); n != sessions {
		t.Errorf("%d sessions for nothing", n-sessions)
	}
}

// signals counts those that the project's workflow got.
func (s *stack) signals() (n int) {
	s.t.Helper()
	history := s.Temporal.GetWorkflowHistory(s.ctx, workflows.ProjectID(s.project), "", false, enumspb.HISTORY_EVENT_FILTER_TYPE_ALL_EVENT)
	for history.HasNext() {
		e, err := history.Next()
		s.must(err)
		if e.GetEventType() == enumspb.EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED {
			n++
		}
	}
	return n
}

// TestASetupEndedByHandIsNoSetup: what it waited for when somebody ended it nobody waits for any more.
func TestASetupEndedByHandIsNoSetup(t *testing.T) {
	s := newStack(t)
	s.create(time.Hour, "ghp_wrong")
	s.setUp(true)
	s.eventually("the token is refused", func() bool {
		now, err := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
		return err == nil && now.Fault == external.Unauthorised
	})
	s.must(s.Temporal.TerminateWorkflow(s.ctx, workflows.SetupID(s.project), "", "ended, for this test"))
	now, err := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
	var none *serviceerror.NotFound
	if !errors.As(err, &none) {
		t.Errorf("it shows %+v, %v", now, err)
	}
	s.must(s.ReplaceCredential(s.ctx, s.project, "ann", []byte(token)))
	s.setUp(true) // anew
	if done := s.setUpEnds(); done.Step != workflows.StepDone {
		t.Errorf("ended with %+v", done)
	}
}

// TestAWorkflowEndedByHandComesBack while the worker runs on: the project's, and a setup's, which
// asks before anything leaves, for nobody knows any more whether somebody approved it.
func TestAWorkflowEndedByHandComesBack(t *testing.T) {
	s := newStack(t, often)
	s.local("ours")
	s.create(time.Hour, "ghp_wrong")
	s.setUp(true)
	s.eventually("the token is refused", func() bool {
		now, err := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
		return err == nil && now.Fault == external.Unauthorised
	})
	s.must(s.Temporal.TerminateWorkflow(s.ctx, workflows.SetupID(s.project), "", "lost, for this test"))
	s.must(s.ReplaceCredential(s.ctx, s.project, "ann", []byte(token)))
	s.eventually("the preview waits", func() bool {
		now, err := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
		return err == nil && now.Approve
	})
	if n := s.issues(); n != 0 {
		t.Errorf("%d issues left unapproved", n)
	}
	s.must(workflows.SignalApprove(s.ctx, s.Temporal, activities.Order{ProjectID: s.project, By: "ann"}))
	s.setUpEnds()

	s.must(s.Temporal.TerminateWorkflow(s.ctx, workflows.ProjectID(s.project), "", "lost, for this test"))
	s.eventually("the project's workflow is back", func() bool {
		d, err := s.Temporal.DescribeWorkflowExecution(s.ctx, workflows.ProjectID(s.project), "")
		return err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_RUNNING
	})
}

// TestALostSetupKeepsItsWishes: a worker that brings it back has the mapping reviewed, as somebody
// wanted who connected.
func TestALostSetupKeepsItsWishes(t *testing.T) {
	s := newStack(t, often)
	p, err := s.Engine.CreateProject(s.ctx, engine.Connection{
		System: githubadapter.System, BaseURL: s.server.URL, Key: repoName, Pace: store.Pace{Off: true}, By: "op",
		Wishes: store.Wishes{Review: true},
	}, s.Seal([]byte(token)))
	s.must(err)
	s.project = p.ID
	s.reviewed(1)
	s.must(workflows.SignalMappingConfirm(s.ctx, s.Temporal, activities.MappingOrder{ProjectID: s.project, Version: 1, By: "ann"}))
	s.eventually("the preview waits", func() bool {
		now, err := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
		return err == nil && now.Approve
	})
	s.must(workflows.SignalApprove(s.ctx, s.Temporal, activities.Order{ProjectID: s.project, By: "ann"}))
	s.setUpEnds()
}

// TestASetupOfWhatIsDisconnectedEnds, though whoever disconnected the project could not tell it: Temporal was away.
func TestASetupOfWhatIsDisconnectedEnds(t *testing.T) {
	s := newStack(t)
	s.create(time.Hour, "nobody's")
	s.must(workflows.StartSetup(s.ctx, s.Temporal, workflows.SetupInput{ProjectID: s.project, System: githubadapter.System, Key: repoName, By: "op"}))
	s.eventually("it waits for another token", func() bool {
		now, err := workflows.ReadSetup(s.ctx, s.Temporal, s.project)
		return err == nil && now.Fault == external.Unauthorised
	})
	_, err := s.Engine.Disconnect(s.ctx, s.project, "op")
	s.must(err)
	s.eventually("it ends", func() bool {
		d, err := s.Temporal.DescribeWorkflowExecution(s.ctx, workflows.SetupID(s.project), "")
		return err == nil && d.GetWorkflowExecutionInfo().GetStatus() == enumspb.WORKFLOW_EXECUTION_STATUS_COMPLETED
	})
	s.project = "" // it never had a workflow of its own
}

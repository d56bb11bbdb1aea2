package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/workflows"
)

// ordered is a project whose rollback r1 of session s1 waits.
func ordered(e *env) {
	e.project.Rollback, e.project.Undoes = "r1", "s1"
}

// TestARollbackComesFirst: before whatever else is wanted, which is not forgotten, and
// whoever follows it is told.
func TestARollbackComesFirst(t *testing.T) {
	e := newEnv(t)
	ordered(e)
	told := 0
	e.OnSignalExternalWorkflow(mock.Anything, workflows.RollbackID("s1"), "", "ended", mock.Anything).
		Return(func(_, _, _, _ string, _ any) error { told++; return nil })
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{Wanted: true, Walk: true})
	e.endsWell()
	if len(e.recorded) < 2 || e.recorded[0].SessionID != "r1" || e.recorded[0].Kind != activities.RollBack || told != 1 {
		t.Fatalf("recorded %+v, told %d times", e.recorded, told)
	}
	if len(e.observed) != 1 || !e.observed[0].Walk || e.observed[0].Kind != activities.Incremental {
		t.Errorf("the session that was wanted besides: %+v", e.observed)
	}
}

// TestARollbackThatCannotEndGoesOn as the same session: after a failure, and after a wait
// for the system.
func TestARollbackThatCannotEndGoesOn(t *testing.T) {
	e := newEnv(t)
	ordered(e)
	e.undo = func(n int) (activities.Progress, error) {
		switch n {
		case 1:
			return activities.Progress{}, failure(string(external.Temporary), "away")
		case 2:
			return activities.Progress{More: true, Wait: activities.Wait{RetryAt: e.began.Add(30 * time.Minute), Reason: "slow down"}}, nil
		}
		return activities.Progress{}, nil
	}
	e.OnSignalExternalWorkflow(mock.Anything, workflows.RollbackID("s1"), "", "ended", mock.Anything).
		Return(errors.New("nobody follows it"))
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	var states []activities.State
	for _, r := range e.recorded {
		if r.Kind == activities.RollBack && r.SessionID == "r1" {
			states = append(states, r.State)
		}
	}
	if len(states) != 3 || states[0] != activities.Failed || states[1] != activities.WasStopped || states[2] != activities.Succeeded {
		t.Errorf("the rollback's session ended %v", states)
	}
}

// TestARollbackWaitsOutALimit that it met before it wrote anything.
func TestARollbackWaitsOutALimit(t *testing.T) {
	e := newEnv(t)
	ordered(e)
	e.repair = func(n int) (activities.Wait, error) {
		if n == 1 {
			return activities.Wait{RetryAt: e.began.Add(30 * time.Minute), Reason: "slow down"}, nil
		}
		return activities.Wait{}, nil
	}
	e.OnSignalExternalWorkflow(mock.Anything, workflows.RollbackID("s1"), "", "ended", mock.Anything).Return(nil)
	e.after(29*time.Minute, func() {
		if n := e.count("Repair"); n != 1 {
			t.Errorf("tried %d times before the limit was over", n)
		}
	})
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if len(e.undone) != 1 {
		t.Errorf("undone by %d steps once the limit was over, want 1", len(e.undone))
	}
}

// TestAPendingRollbackSurvives a workflow that continues as new: the row remembers it.
func TestAPendingRollbackSurvives(t *testing.T) {
	e := newEnv(t)
	ordered(e)
	e.SetContinueAsNewSuggested(true)
	e.runProject(workflows.ProjectSyncState{})
	var again *workflow.ContinueAsNewError
	if err := e.GetWorkflowError(); !errors.As(err, &again) || len(e.recorded) != 0 {
		t.Fatalf("it should continue as new before anything else: %v", err)
	}
	next := newEnv(t)
	ordered(next)
	next.OnSignalExternalWorkflow(mock.Anything, workflows.RollbackID("s1"), "", "ended", mock.Anything).Return(nil)
	next.disconnectAfter(time.Hour)
	next.runProject(workflows.ProjectSyncState{Scheduled: activities.Schedules{ProjectID: "p1"}})
	if len(next.recorded) == 0 || next.recorded[0].SessionID != "r1" {
		t.Errorf("the next run recorded %+v", next.recorded)
	}
}

// TestRollbackWaitsForApproval of the very preview that it shows.
func TestRollbackWaitsForApproval(t *testing.T) {
	e := newEnv(t)
	e.digest = "one"
	e.after(time.Minute, func() { e.edit(func(*activities.ProjectState) { e.digest = "two" }) })
	e.signalAfter(2*time.Minute, "approve", activities.RollbackOrder{Digest: "one", By: "ann"})
	e.signalAfter(3*time.Minute, "approve", activities.RollbackOrder{Digest: "two", By: "bob"})
	e.after(4*time.Minute, func() {
		e.edit(func(*activities.ProjectState) {
			e.recorded = append(e.recorded, activities.RecordInput{SessionRun: activities.SessionRun{SessionID: "r1"}, State: activities.Succeeded})
		})
		e.SignalWorkflow("ended", nil)
	})
	e.ExecuteWorkflow(workflows.Rollback, workflows.RollbackInput{SessionID: "s1", By: "ann"})
	e.endsWell()
	if len(e.ordered) != 1 || e.ordered[0].Digest != "two" || e.ordered[0].By != "bob" || e.ordered[0].SessionID != "s1" {
		t.Errorf("ordered %+v", e.ordered)
	}
	if e.elapsed() > 10*time.Minute {
		t.Errorf("it took %v to notice the end", e.elapsed())
	}
}

// TestRollbackApprovedFromTheStart needs nobody any more, and one that was ordered is only
// followed. A lost signal costs an hour.
func TestRollbackApprovedFromTheStart(t *testing.T) {
	for _, in := range []workflows.RollbackInput{{SessionID: "s1", By: "ann", Digest: "one"}, {SessionID: "s1", By: "ann", Ordered: "r1"}} {
		e := newEnv(t)
		e.digest = "one"
		e.after(time.Minute, func() {
			e.edit(func(*activities.ProjectState) {
				e.recorded = append(e.recorded, activities.RecordInput{SessionRun: activities.SessionRun{SessionID: "r1"}, State: activities.Succeeded})
			})
		})
		e.ExecuteWorkflow(workflows.Rollback, in)
		e.endsWell()
		if want := 1; in.Ordered == "" && len(e.ordered) != want || in.Ordered != "" && len(e.ordered) != 0 {
			t.Errorf("%+v: ordered %+v", in, e.ordered)
		}
	}
}

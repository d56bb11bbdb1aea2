package workflows_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/testsuite"
	"go.temporal.io/sdk/worker"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/workflows"
)

// env runs one workflow over the fakes, in time that skips ahead.
type env struct {
	*testsuite.TestWorkflowEnvironment
	*fakes
	t       *testing.T
	began   time.Time
	awaited bool                  // a setup waits for the first synchronisation
	told    []workflows.FirstSync // what setups were told
	started map[string]bool       // timers that neither fired nor were cancelled
	timers  int
}

func newEnv(t *testing.T) *env {
	t.Helper()
	var suite testsuite.WorkflowTestSuite
	e := &env{TestWorkflowEnvironment: suite.NewTestWorkflowEnvironment(), fakes: newFakes(), t: t, started: map[string]bool{}}
	// The first workflow of a process warms up: on a busy machine that takes longer than the second which
	// the SDK allows before it takes a workflow for stuck.
	e.SetWorkerOptions(worker.Options{DeadlockDetectionTimeout: 10 * time.Second})
	workflows.Register(e)
	e.RegisterActivity(e.fakes)
	e.began = time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	e.SetStartTime(e.began)
	e.SetTestTimeout(20 * time.Second)
	e.OnSignalExternalWorkflow(mock.Anything, workflows.SetupID("p1"), "", "first-sync", mock.Anything).
		Return(func(_, _, _, _ string, arg any) error {
			if f, ok := arg.(workflows.FirstSync); ok && f != (workflows.FirstSync{}) {
				e.told = append(e.told, f)
			}
			if !e.awaited {
				return errors.New("there is no such workflow")
			}
			return nil
		}).Maybe()
	e.SetOnTimerScheduledListener(func(id string, _ time.Duration) { e.timers++; e.started[id] = true })
	e.SetOnTimerFiredListener(func(id string) { delete(e.started, id) })
	e.SetOnTimerCanceledListener(func(id string) { delete(e.started, id) })
	return e
}

// after does something when that much time has passed since the start.
func (e *env) after(d time.Duration, do func()) { e.RegisterDelayedCallback(do, d) }

// signalAfter signals the workflow under test.
func (e *env) signalAfter(d time.Duration, name string, arg any) {
	e.after(d, func() { e.SignalWorkflow(name, arg) })
}

// disconnectAfter ends a ProjectSync.
func (e *env) disconnectAfter(d time.Duration) {
	e.signalAfter(d, "disconnect", activities.Order{By: "ann"})
}

// sync runs a ProjectSync to its end.
func (e *env) runProject(state workflows.ProjectSyncState) {
	e.t.Helper()
	e.ExecuteWorkflow(workflows.ProjectSync, workflows.ProjectSyncInput{ProjectID: "p1", State: state})
	if !e.IsWorkflowCompleted() {
		e.t.Fatal("the project's workflow did not end")
	}
}

func (e *env) endsWell() {
	e.t.Helper()
	if err := e.GetWorkflowError(); err != nil {
		e.t.Fatalf("the workflow failed: %v", err)
	}
	if len(e.started) != 0 {
		e.t.Errorf("%d timers were left running", len(e.started))
	}
}

func (e *env) elapsed() time.Duration { return e.Now().Sub(e.began) }

func (e *env) walks() []bool {
	var out []bool
	for _, o := range e.observed {
		out = append(out, o.Walk)
	}
	return out
}

func (e *env) kinds() []activities.Kind {
	var out []activities.Kind
	for _, o := range e.observed {
		out = append(out, o.Kind)
	}
	return out
}

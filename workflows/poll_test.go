package workflows_test

import (
	"slices"
	"testing"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/workflows"
)

func TestAPollIsOneActivity(t *testing.T) {
	e := newEnv(t)
	e.ExecuteWorkflow(workflows.Poll, "p1")
	e.endsWell()
	if !slices.Equal(e.calls, []string{"Poll"}) {
		t.Errorf("activities %v", e.calls)
	}
}

func TestAReconcileAsksForASweep(t *testing.T) {
	e := newEnv(t)
	e.ExecuteWorkflow(workflows.Reconcile, "p1")
	e.endsWell()
	if !slices.Equal(e.wakes, []activities.Wake{{Walk: true, Sweep: true}}) {
		t.Errorf("asked for %+v", e.wakes)
	}
}

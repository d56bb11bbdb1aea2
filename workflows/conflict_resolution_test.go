package workflows_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/workflows"
)

func (e *env) follow() activities.ConflictView {
	e.t.Helper()
	e.ExecuteWorkflow(workflows.ConflictResolution, "c1")
	e.endsWell()
	var out activities.ConflictView
	if err := e.GetWorkflowResult(&out); err != nil {
		e.t.Fatal(err)
	}
	return out
}

// row makes the conflict's row show these states, one after the other.
func (e *env) row(states ...activities.ConflictView) {
	e.read = func(n int, v *activities.ConflictView) {
		s := states[min(n, len(states))-1]
		v.State, v.Choice = s.State, s.Choice
	}
}

func TestAConflictIsFollowedToItsEnd(t *testing.T) {
	e := newEnv(t)
	e.row(
		activities.ConflictView{State: activities.OpenConflict},
		activities.ConflictView{State: activities.Decided, Choice: "local"},
		activities.ConflictView{State: activities.Resolved, Choice: "local"},
	)
	e.signalAfter(time.Hour, "decide", "c1")
	e.signalAfter(2*time.Hour, "decide", "c1")
	if out := e.follow(); out.State != activities.Resolved || out.Choice != "local" || e.reads != 3 {
		t.Errorf("ended with %+v after %d reads", out, e.reads)
	}
	if e.elapsed() != 2*time.Hour {
		t.Errorf("took %s", e.elapsed())
	}
}

func TestAConflictThatIsClosedAlreadyEndsAtOnce(t *testing.T) {
	e := newEnv(t)
	e.row(activities.ConflictView{State: activities.Converged})
	if out := e.follow(); out.State != activities.Converged || e.reads != 1 || e.timers != 0 {
		t.Errorf("ended with %+v after %d reads and %d timers", out, e.reads, e.timers)
	}
}

func TestALostSignalCostsADayAtMost(t *testing.T) {
	e := newEnv(t)
	open := activities.ConflictView{State: activities.OpenConflict}
	e.row(open, open, activities.ConflictView{State: activities.Resolved})
	e.follow()
	if e.elapsed() != 48*time.Hour || e.reads != 3 {
		t.Errorf("took %s with %d reads", e.elapsed(), e.reads)
	}
}

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
		v.State, v.Choice, v.DueAt = s.State, s.Choice, s.DueAt
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

// TestWhatIsDueIsDoneInTime: the row says when; a decision before that cancels the wait.
func TestWhatIsDueIsDoneInTime(t *testing.T) {
	e := newEnv(t)
	start := e.Now()
	due := func(at time.Duration) activities.ConflictView {
		return activities.ConflictView{State: activities.OpenConflict, DueAt: start.Add(at)}
	}
	e.row(due(3*time.Hour), due(27*time.Hour), due(50*time.Hour), due(50*time.Hour),
		activities.ConflictView{State: activities.Decided}, activities.ConflictView{State: activities.Resolved})
	e.signalAfter(30*time.Hour, "decide", "c1") // shown anew: nothing is due
	e.signalAfter(31*time.Hour, "decide", "c1") // decided, and then applied
	e.signalAfter(32*time.Hour, "decide", "c1")
	if out := e.follow(); out.State != activities.Resolved {
		t.Errorf("ended with %+v", out)
	}
	if e.count("AttendConflict") != 2 || e.elapsed() != 32*time.Hour {
		t.Errorf("attended to %d times, after %s", e.count("AttendConflict"), e.elapsed())
	}
}

// TestWhatStaysDueCostsLittle: a row that says all the time that something is due is
// attended to twice a minute.
func TestWhatStaysDueCostsLittle(t *testing.T) {
	e := newEnv(t)
	late := activities.ConflictView{State: activities.OpenConflict, DueAt: e.Now().Add(-time.Hour)}
	e.row(late, late, late, activities.ConflictView{State: activities.Converged})
	e.follow()
	if e.count("AttendConflict") != 3 || e.elapsed() != 90*time.Second {
		t.Errorf("attended to %d times within %s", e.count("AttendConflict"), e.elapsed())
	}
}

// TestNothingIsDoneBeforeItsTime: the daily look comes first.
func TestNothingIsDoneBeforeItsTime(t *testing.T) {
	e := newEnv(t)
	far := activities.ConflictView{State: activities.OpenConflict, DueAt: e.Now().Add(30 * 24 * time.Hour)}
	e.row(far, far, activities.ConflictView{State: activities.Resolved})
	e.follow()
	if e.count("AttendConflict") != 0 || e.elapsed() != 48*time.Hour {
		t.Errorf("attended to %d times within %s", e.count("AttendConflict"), e.elapsed())
	}
}

package workflows_test

import (
	"testing"
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/workflows"
)

// TestAPollKnowsWhatTheOneBeforeSaw: the epoch that a poll saw is known to the next one of
// the same schedule, whatever the database says by then.
func TestAPollKnowsWhatTheOneBeforeSaw(t *testing.T) {
	for _, c := range []struct {
		reason string
		last   any
		want   int64
	}{
		{"the first poll knows nothing", nil, 0},
		{"the next one knows its epoch", activities.Polled{Epoch: 17}, 17},
		{"one of an older version told none", map[string]any{"Changed": true}, 0},
	} {
		t.Run(c.reason, func(t *testing.T) {
			e := newEnv(t)
			if c.last != nil {
				e.SetLastCompletionResult(c.last)
			}
			e.ExecuteWorkflow(workflows.Poll, "p1")
			e.endsWell()
			if len(e.known) != 1 || e.known[0] != c.want {
				t.Errorf("the poll was told %v, want %d", e.known, c.want)
			}
		})
	}
}

// TestASessionIsToldTheHighestEpoch: ProjectSync remembers the highest epoch it heard of,
// and a smaller one in the database makes a session, which finds out.
func TestASessionIsToldTheHighestEpoch(t *testing.T) {
	e := newEnv(t)
	e.project.Epoch = 40
	e.record = func(_ int, out *activities.Recorded) { out.Epoch = 45 }
	e.after(time.Minute, func() { e.SignalWorkflow("wake", activities.Wake{Walk: true}) })
	e.after(time.Hour, func() {
		e.edit(func(p *activities.ProjectState) { p.Epoch = 12 }) // restored
		e.SignalWorkflow("wake", activities.Wake{})
	})
	e.disconnectAfter(2 * time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if len(e.observed) != 2 || e.observed[0].Known != 40 || e.observed[1].Known != 45 {
		t.Errorf("sessions were told %+v, want the epochs 40 and 45", e.observed)
	}
}

// TestAStepIsToldTheEpochOfTheOneBefore: a database that goes back in the middle of a session
// is found out by the session's next step.
func TestAStepIsToldTheEpochOfTheOneBefore(t *testing.T) {
	e := newEnv(t)
	e.observe = func(int) (activities.Observed, error) {
		return activities.Observed{Wait: activities.Wait{Epoch: 51}}, nil
	}
	in := workflows.SessionInput{SessionRun: activities.SessionRun{ProjectID: "p1", SessionID: "s1", Kind: activities.Incremental, Known: 40}, Walk: true}
	e.ExecuteWorkflow(workflows.IncrementalSync, in)
	e.endsWell()
	if len(e.synced) == 0 || e.synced[0].Known != 51 {
		t.Errorf("after a step of epoch 51 the next ones were told %+v", e.synced)
	}
}

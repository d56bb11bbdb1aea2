package workflows_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/mock"
	"go.temporal.io/sdk/temporal"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/workflows"
)

func sessionInput() workflows.SessionInput {
	in := workflows.SessionInput{Walk: true}
	in.ProjectID, in.SessionID, in.Kind = "p1", "s1", activities.Incremental
	return in
}

func (e *env) session() workflows.SessionResult {
	e.t.Helper()
	e.ExecuteWorkflow(workflows.IncrementalSync, sessionInput())
	e.endsWell()
	var out workflows.SessionResult
	if err := e.GetWorkflowResult(&out); err != nil {
		e.t.Fatal(err)
	}
	return out
}

func TestHowASessionEnds(t *testing.T) {
	limit := activities.Wait{RetryAt: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), Reason: "limit"}
	for _, c := range []struct {
		reason string
		set    func(*fakes)
		state  activities.State
		fault  external.ErrorKind
		steps  []string
		walked bool
	}{
		{"nothing goes wrong", func(*fakes) {}, activities.Succeeded, "", []string{"Observe", "Repair", "Guard", "Sync", "Record"}, true},
		{"a refused credential", func(f *fakes) {
			f.observe = func(int) (activities.Observed, error) {
				return activities.Observed{}, failure(string(external.Unauthorised), "refused")
			}
		}, activities.Failed, external.Unauthorised, []string{"Observe", "Record"}, false},
		{"a limit in the middle of a walk", func(f *fakes) {
			f.observe = func(int) (activities.Observed, error) { return activities.Observed{Wait: limit}, nil }
		}, activities.Succeeded, "", []string{"Observe", "Record"}, false},
		{"a limit while writing", func(f *fakes) {
			f.sync = func(int) (activities.Progress, error) { return activities.Progress{More: true, Wait: limit}, nil }
		}, activities.Succeeded, "", []string{"Observe", "Repair", "Guard", "Sync", "Record"}, true},
		{"a guard", func(f *fakes) {
			f.guard = func(int) error { return failure(activities.Held, "too much") }
		}, activities.HeldByGuard, "", []string{"Observe", "Repair", "Guard", "Record"}, true},
		{"a pause before it began", func(f *fakes) { f.project.Status = external.Paused }, activities.WasStopped, "", []string{"Observe", "Record"}, false},
		{"a newer writer", func(f *fakes) {
			f.sync = func(int) (activities.Progress, error) {
				return activities.Progress{}, failure(activities.Fenced, "newer")
			}
		}, activities.WasStopped, "", []string{"Observe", "Repair", "Guard", "Sync", "Record"}, true},
		{"code that panics", func(f *fakes) {
			f.sync = func(int) (activities.Progress, error) {
				return activities.Progress{}, temporal.NewNonRetryableApplicationError("boom with content", "PanicError", nil)
			}
		}, activities.Failed, activities.Internal, []string{"Observe", "Repair", "Guard", "Sync", "Record"}, true},
	} {
		t.Run(c.reason, func(t *testing.T) {
			e := newEnv(t)
			c.set(e.fakes)
			out := e.session()
			if out.State != c.state || out.Fault != c.fault || out.Walked != c.walked {
				t.Errorf("got %s, fault %q, walked %t; want %s, %q, %t", out.State, out.Fault, out.Walked, c.state, c.fault, c.walked)
			}
			if !slices.Equal(e.calls, c.steps) {
				t.Errorf("steps %v, want %v", e.calls, c.steps)
			}
			if r := e.recorded[0]; r.State != c.state || r.Walked != c.walked || r.Fault != c.fault || r.Reason != out.Reason || r.Reason == "boom with content" {
				t.Errorf("recorded %+v", r)
			}
		})
	}
}

// TestALimitBeforeTheGuard: a person's word about the guards is for the session that asks one.
func TestALimitBeforeTheGuard(t *testing.T) {
	limit := activities.Wait{RetryAt: time.Date(2026, 11, 1, 10, 0, 0, 0, time.UTC), Reason: "limit"}
	for _, c := range []struct {
		reason string
		set    func(*fakes)
		early  bool
		steps  int
	}{
		{"a limit in the middle of a walk", func(f *fakes) {
			f.observe = func(int) (activities.Observed, error) { return activities.Observed{Wait: limit}, nil }
		}, true, 2},
		{"a limit while the guard looks", func(f *fakes) { f.guardWait = limit }, true, 4},
		{"a limit while writing", func(f *fakes) {
			f.sync = func(int) (activities.Progress, error) { return activities.Progress{More: true, Wait: limit}, nil }
		}, false, 5},
		{"none", func(*fakes) {}, false, 5},
	} {
		t.Run(c.reason, func(t *testing.T) {
			e := newEnv(t)
			c.set(e.fakes)
			out := e.session()
			if r := e.recorded[0]; out.State != activities.Succeeded || r.Early != c.early || len(e.calls) != c.steps {
				t.Errorf("%s after %v, recorded %+v", out.State, e.calls, r)
			}
		})
	}
}

func TestASessionIsBounded(t *testing.T) {
	t.Run("by the number of links", func(t *testing.T) {
		e := newEnv(t)
		e.sync = func(int) (activities.Progress, error) {
			return activities.Progress{Tickets: 150, Comments: 50, More: true}, nil
		}
		out := e.session()
		var limits []int
		for _, in := range e.synced {
			limits = append(limits, in.Limit)
		}
		if want := []int{250, 250, 100}; !slices.Equal(limits, want) || !out.More {
			t.Errorf("batches of %v, more %t; want %v and more", limits, out.More, want)
		}
	})
	t.Run("by time", func(t *testing.T) {
		e := newEnv(t)
		e.sync = func(n int) (activities.Progress, error) {
			if n > 1 {
				t.Error("another batch was begun after the time was up")
			}
			return activities.Progress{Tickets: 1, More: true}, nil
		}
		e.OnActivity("Sync", mock.Anything, mock.Anything).After(6*time.Minute).Return(activities.Progress{Tickets: 1, More: true}, nil).Once()
		out := e.session()
		if out.Links != 1 || !out.More {
			t.Errorf("%d links, more %t", out.Links, out.More)
		}
	})
}

func TestACancelledSessionIsRecorded(t *testing.T) {
	e := newEnv(t)
	e.sync = func(n int) (activities.Progress, error) {
		if n == 1 {
			e.CancelWorkflow()
		}
		return activities.Progress{Tickets: 1, More: true}, nil
	}
	out := e.session()
	if out.State != activities.WasStopped || len(e.recorded) != 1 || e.recorded[0].State != activities.WasStopped {
		t.Errorf("ended as %s, recorded %+v", out.State, e.recorded)
	}
}

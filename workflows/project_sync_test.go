package workflows_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/workflows"
)

func TestTheFirstSynchronisationIsDrainedBySessions(t *testing.T) {
	e := newEnv(t)
	e.project.Fresh = true
	e.sync = func(n int) (activities.Progress, error) { // 1,100 tickets
		return activities.Progress{Tickets: min(250, 1100-250*(n-1)), More: n < 5}, nil
	}
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if want := []activities.Kind{activities.Initial, activities.Initial, activities.Initial}; !slices.Equal(e.kinds(), want) {
		t.Errorf("sessions %v, want %v", e.kinds(), want)
	}
	if want := []bool{true, false, false}; !slices.Equal(e.walks(), want) {
		t.Errorf("walks %v: the streams are read once, want %v", e.walks(), want)
	}
	if len(e.told) != 1 || !e.told[0].Done {
		t.Errorf("the setup was told %+v, want once that it is done", e.told)
	}
}

func TestWakeUps(t *testing.T) {
	for _, c := range []struct {
		reason  string
		pending bool
		wake    activities.Wake
		kinds   []activities.Kind
		walks   []bool
	}{
		{"an edit of ours makes a session without a walk", true, activities.Wake{}, []activities.Kind{activities.Incremental}, []bool{false}},
		{"a wake-up for nothing makes none", false, activities.Wake{}, nil, nil},
		{"news from outside make one that walks", false, activities.Wake{Walk: true}, []activities.Kind{activities.Incremental}, []bool{true}},
		{"a sweep makes one that reads everything", false, activities.Wake{Walk: true, Sweep: true}, []activities.Kind{activities.Reconcile}, []bool{true}},
	} {
		t.Run(c.reason, func(t *testing.T) {
			e := newEnv(t)
			e.after(time.Minute, func() {
				e.edit(func(p *activities.ProjectState) { p.Pending = c.pending })
				e.SignalWorkflow("wake", c.wake)
			})
			e.sync = func(int) (activities.Progress, error) {
				e.project.Pending = false
				return activities.Progress{Tickets: 1}, nil
			}
			e.disconnectAfter(time.Hour)
			e.runProject(workflows.ProjectSyncState{})
			e.endsWell()
			if !slices.Equal(e.kinds(), c.kinds) || !slices.Equal(e.walks(), c.walks) {
				t.Errorf("sessions %v, walks %v; want %v, %v", e.kinds(), e.walks(), c.kinds, c.walks)
			}
		})
	}
}

func TestAWakeUpDuringASessionMakesAnother(t *testing.T) {
	e := newEnv(t)
	e.signalAfter(time.Minute, "wake", activities.Wake{Walk: true})
	e.sync = func(n int) (activities.Progress, error) {
		if n == 1 { // many edits while the session runs are one session more
			e.project.Pending = true
			for range 20 {
				e.SignalWorkflow("wake", activities.Wake{})
			}
			return activities.Progress{}, nil
		}
		e.project.Pending = false
		return activities.Progress{}, nil
	}
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if want := []bool{true, false}; !slices.Equal(e.walks(), want) {
		t.Errorf("walks %v, want %v", e.walks(), want)
	}
}

func TestAPauseActsWhileASessionRuns(t *testing.T) {
	e := newEnv(t)
	e.signalAfter(time.Minute, "wake", activities.Wake{Walk: true})
	e.sync = func(n int) (activities.Progress, error) {
		if n == 1 {
			e.SignalWorkflow("pause", activities.Order{By: "ann"})
		}
		// There is always more to do until the pause has been heard.
		return activities.Progress{More: len(e.recorded) == 0}, nil
	}
	e.after(30*time.Minute, func() {
		if n := len(e.recorded); n != 1 || e.recorded[0].State != activities.WasStopped {
			t.Errorf("while paused: %+v, want one session that was stopped", e.recorded)
		}
		e.SignalWorkflow("wake", activities.Wake{Walk: true}) // not while paused
	})
	e.after(40*time.Minute, func() {
		if n := len(e.recorded); n != 1 {
			t.Errorf("%d sessions while paused, want none besides the stopped one", n-1)
		}
		e.SignalWorkflow("resume", activities.Order{By: "ann"})
	})
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if last := e.recorded[len(e.recorded)-1]; last.State != activities.Succeeded {
		t.Errorf("after the resume: %+v", last)
	}
	var paused []bool
	for _, p := range e.plans {
		paused = append(paused, p.Paused)
	}
	if want := []bool{false, true, false, true}; !slices.Equal(paused, want) || !e.plans[3].Deleted {
		t.Errorf("schedules paused %v, want %v and deleted in the end", paused, want)
	}
}

// limited makes the first session meet a limit of the vendor's for an hour.
func limited(e *env) {
	e.sync = func(n int) (activities.Progress, error) {
		if n > 1 {
			return activities.Progress{}, nil
		}
		return activities.Progress{More: true, Wait: activities.Wait{RetryAt: e.began.Add(time.Hour), Reason: "limit"}}, nil
	}
	e.signalAfter(time.Minute, "wake", activities.Wake{Walk: true})
}

func TestALimitIsWaitedOut(t *testing.T) {
	e := newEnv(t)
	limited(e)
	for n := range 10 { // news do not make the vendor allow more
		e.signalAfter(time.Duration(n+2)*time.Minute, "wake", activities.Wake{Walk: true})
	}
	e.after(59*time.Minute, func() {
		if len(e.synced) != 1 {
			t.Errorf("%d sessions before the limit was over", len(e.synced))
		}
	})
	e.after(61*time.Minute, func() {
		if len(e.synced) != 2 {
			t.Errorf("%d sessions once the limit was over, want the second", len(e.synced))
		}
	})
	e.disconnectAfter(2 * time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if e.timers != 1 {
		t.Errorf("%d timers for one wait: each is billed", e.timers)
	}
}

// TestALongLimitIsWaitedOutByTwoRuns: what is heard meanwhile ends no wait, but fills the
// history, and Temporal ends a workflow whose history is full.
func TestALongLimitIsWaitedOutByTwoRuns(t *testing.T) {
	e := newEnv(t)
	limited(e)
	e.after(10*time.Minute, func() {
		e.SetContinueAsNewSuggested(true)
		e.SignalWorkflow("wake", activities.Wake{Walk: true})
	})
	e.runProject(workflows.ProjectSyncState{})
	var again *workflow.ContinueAsNewError
	if err := e.GetWorkflowError(); !errors.As(err, &again) {
		t.Fatalf("ended with %v, want a new run", err)
	}
	var in workflows.ProjectSyncInput
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &in); err != nil {
		t.Fatal(err)
	}
	if s := in.State; e.elapsed() > 15*time.Minute || !s.Wanted || !s.Walk || !s.Limit || !s.NotBefore.Equal(e.began.Add(time.Hour)) {
		t.Errorf("after %s carried over %+v", e.elapsed(), s)
	}
}

func TestAnOrderInterruptsALimit(t *testing.T) {
	for _, c := range []struct {
		order string
		want  string // the activity
	}{
		{"pause", "Pause"}, {"resume", "Resume"}, {"disconnect", "Disconnect"},
	} {
		t.Run(c.order, func(t *testing.T) {
			e := newEnv(t)
			limited(e)
			e.signalAfter(10*time.Minute, c.order, activities.Order{By: "ann"})
			e.after(11*time.Minute, func() {
				if e.count(c.want) != 1 {
					t.Errorf("%s was not carried out within the minute", c.order)
				}
			})
			e.disconnectAfter(20 * time.Minute)
			e.runProject(workflows.ProjectSyncState{})
			e.endsWell()
			if e.elapsed() > 30*time.Minute {
				t.Errorf("ended after %s: the limit was waited out", e.elapsed())
			}
		})
	}
}

func TestAFailureIsTriedAgainLaterEachTime(t *testing.T) {
	e := newEnv(t)
	var at []time.Duration
	e.observe = func(int) (activities.Observed, error) {
		at = append(at, e.elapsed().Truncate(time.Second))
		return activities.Observed{}, failure(string(external.Temporary), "away")
	}
	e.signalAfter(0, "wake", activities.Wake{Walk: true})
	e.disconnectAfter(8 * time.Minute)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	want := []time.Duration{0, 30 * time.Second, 90 * time.Second, 210 * time.Second, 450 * time.Second}
	if !slices.Equal(at, want) {
		t.Errorf("tried at %v, want %v", at, want)
	}
	if slices.Contains(e.walks(), false) {
		t.Errorf("walks %v: a walk that failed is still wanted", e.walks())
	}
}

func TestWhatCutsTheWaitAfterAFailureShort(t *testing.T) {
	for _, c := range []struct {
		reason string
		signal string
		arg    any
		at     time.Duration // of the signal
		again  time.Duration // of the second try
	}{
		{"nothing: it is waited out", "", nil, 0, 15 * time.Minute},
		{"a poll that succeeds does at once", "wake", activities.Wake{Walk: true}, 10 * time.Second, 10 * time.Second},
		{"an edit of ours does after a minute", "wake", activities.Wake{}, 10 * time.Second, time.Minute},
		{"one that comes later does at once", "wake", activities.Wake{}, 5 * time.Minute, 5 * time.Minute},
		{"an order does at once", "reconfigure", activities.Order{By: "ann"}, 10 * time.Second, 10 * time.Second},
	} {
		t.Run(c.reason, func(t *testing.T) {
			e := newEnv(t)
			var at []time.Duration
			e.observe = func(n int) (activities.Observed, error) {
				at = append(at, e.elapsed().Truncate(time.Second))
				if n == 1 {
					e.project.Status, e.project.Pending = external.InError, true
					return activities.Observed{}, failure(string(external.Unauthorised), "token refused")
				}
				e.project.Pending = false
				return activities.Observed{}, nil
			}
			e.signalAfter(0, "wake", activities.Wake{Walk: true})
			if c.signal != "" {
				e.signalAfter(c.at, c.signal, c.arg)
			}
			e.disconnectAfter(time.Hour)
			e.runProject(workflows.ProjectSyncState{})
			e.endsWell()
			if want := []time.Duration{0, c.again}; !slices.Equal(at, want) {
				t.Errorf("tried at %v, want %v", at, want)
			}
		})
	}
}

// TestARefusalIsTriedAgainSoonOnce: an edge of the system's may refuse a single call by mistake. Who
// lacks a permission is not asked for it every minute.
func TestARefusalIsTriedAgainSoonOnce(t *testing.T) {
	e := newEnv(t)
	var at []time.Duration
	e.observe = func(n int) (activities.Observed, error) {
		at = append(at, e.elapsed().Truncate(time.Second))
		if n <= 2 {
			e.project.Status, e.project.Pending = external.InError, true
			return activities.Observed{}, failure(string(external.Forbidden), "it may not be read")
		}
		e.project.Pending = false
		return activities.Observed{}, nil
	}
	e.signalAfter(0, "wake", activities.Wake{Walk: true})
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if want := []time.Duration{0, 30 * time.Second, 15*time.Minute + 30*time.Second}; !slices.Equal(at, want) {
		t.Errorf("tried at %v, want %v", at, want)
	}
}

func TestAHeldSessionWaitsForAPerson(t *testing.T) {
	e := newEnv(t)
	e.guard = func(n int) error {
		if n == 1 {
			return failure(activities.Held, "12 deletions")
		}
		return nil
	}
	e.signalAfter(0, "wake", activities.Wake{Walk: true})
	e.after(time.Hour, func() {
		if e.recorded[0].State != activities.HeldByGuard || len(e.recorded) != 1 || e.recorded[0].Reason != "12 deletions" {
			t.Errorf("recorded %+v", e.recorded)
		}
		e.SignalWorkflow("resume", activities.Order{By: "ann", Allow: true})
	})
	e.disconnectAfter(2 * time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if len(e.recorded) != 2 || e.recorded[1].State != activities.Succeeded {
		t.Errorf("after the resume: %+v", e.recorded)
	}
}

func TestWhatRestsIsTakenUpAgain(t *testing.T) {
	e := newEnv(t)
	e.record = func(n int, out *activities.Recorded) {
		if n == 1 {
			e.project.Pending = true
			out.NextDue = e.Now().Add(5 * time.Minute)
		}
	}
	e.sync = func(n int) (activities.Progress, error) {
		if n > 1 {
			e.project.Pending = false
		}
		return activities.Progress{}, nil
	}
	e.signalAfter(0, "wake", activities.Wake{Walk: true})
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if want := []bool{true, false}; !slices.Equal(e.walks(), want) {
		t.Errorf("walks %v, want %v", e.walks(), want)
	}
}

// TestAWorkerWhoseClockIsOff says when to go on by that clock, and Temporal goes by another:
// the wait is as long as the worker said, neither none nor for ever.
func TestAWorkerWhoseClockIsOff(t *testing.T) {
	for _, off := range []time.Duration{0, -time.Hour, 3 * time.Hour} {
		t.Run(off.String(), func(t *testing.T) {
			e := newEnv(t)
			now := func() time.Time { return e.Now().Add(off) }
			var at []time.Duration
			e.observe = func(int) (activities.Observed, error) {
				at = append(at, e.elapsed().Truncate(time.Second))
				return activities.Observed{}, nil
			}
			e.sync = func(n int) (activities.Progress, error) {
				if n == 1 {
					return activities.Progress{More: true, Wait: activities.Wait{RetryAt: now().Add(20 * time.Minute), Reason: "limit", Now: now()}}, nil
				}
				return activities.Progress{}, nil
			}
			e.record = func(n int, out *activities.Recorded) {
				if e.project.Pending = n < 3; n == 2 {
					out.NextDue, out.Now = now().Add(5*time.Minute), now()
				}
			}
			e.signalAfter(0, "wake", activities.Wake{Walk: true})
			e.disconnectAfter(time.Hour)
			e.runProject(workflows.ProjectSyncState{})
			e.endsWell()
			if want := []time.Duration{0, 20 * time.Minute, 25 * time.Minute}; !slices.Equal(at, want) {
				t.Errorf("sessions at %v, want %v: a limit, and what rests", at, want)
			}
		})
	}
}

// TestNothingHeardIsLostWhenItContinuesAsNew signals before the run ends: what was
// heard and not done is in the input of the next.
func TestNothingHeardIsLostWhenItContinuesAsNew(t *testing.T) {
	e := newEnv(t)
	e.SetContinueAsNewSuggested(true)
	e.after(0, func() {
		e.SignalWorkflow("wake", activities.Wake{Walk: true, Sweep: true})
		e.SignalWorkflow("pause", activities.Order{By: "ann"})
	})
	e.runProject(workflows.ProjectSyncState{Initial: true, Sessions: 7})
	var again *workflow.ContinueAsNewError
	if err := e.GetWorkflowError(); !errors.As(err, &again) {
		t.Fatalf("ended with %v, want a new run", err)
	}
	var in workflows.ProjectSyncInput
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &in); err != nil {
		t.Fatal(err)
	}
	s := in.State
	done := e.count("Pause") == 1 || len(s.Orders) == 1
	if in.ProjectID != "p1" || !s.Wanted || !s.Walk || !s.Sweep || !s.Initial || s.Sessions != 7 || !done {
		t.Errorf("carried over %+v, with %d pauses carried out", s, e.count("Pause"))
	}
	if s.Scheduled.ProjectID == "" {
		t.Error("the next run does not know what the schedules are")
	}
}

func TestARefusedOrderIsShownAndForgotten(t *testing.T) {
	e := newEnv(t)
	e.project.Status = external.Configuring
	e.signalAfter(time.Minute, "pause", activities.Order{By: "ann"})
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if e.count("Pause") != 1 || len(e.observed) != 0 {
		t.Errorf("pause called %d times, %d sessions", e.count("Pause"), len(e.observed))
	}
}

func TestAnEndDuringTheFirstSynchronisationIsToldToTheSetup(t *testing.T) {
	e := newEnv(t)
	e.project.Fresh = true
	e.observe = func(int) (activities.Observed, error) {
		return activities.Observed{}, failure(string(external.Temporary), "away")
	}
	e.disconnectAfter(10 * time.Second)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	if n := len(e.told); n != 2 || e.told[0].State != activities.Failed || !e.told[1].Ended {
		t.Errorf("the setup was told %+v, want of the failure and of the end", e.told)
	}
}

// TestAnotherIntervalOfSweeps: a worker that is started with another setting has it take effect, also for
// projects that were connected before.
func TestAnotherIntervalOfSweeps(t *testing.T) {
	e := newEnv(t)
	e.project.Reconcile = 24 * time.Hour
	e.after(time.Hour, func() {
		e.edit(func(p *activities.ProjectState) { p.Reconcile = time.Hour })
		e.SignalWorkflow("wake", activities.Wake{})
	})
	e.disconnectAfter(2 * time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	e.endsWell()
	var every []time.Duration
	for _, p := range e.plans {
		every = append(every, p.Reconcile)
	}
	if want := []time.Duration{24 * time.Hour, time.Hour, time.Hour}; !slices.Equal(every, want) {
		t.Errorf("sweeps were scheduled every %v, want %v", every, want)
	}
}

// TestAWorkflowEndedInTheFirstSynchronisation: the one that comes in its place knows nothing of it,
// and the setup waits. It goes through with it, also with what was listed in part, and tells.
func TestAWorkflowEndedInTheFirstSynchronisation(t *testing.T) {
	e := newEnv(t)
	e.awaited = true
	e.disconnectAfter(time.Hour)
	e.runProject(workflows.ProjectSyncState{})
	if want := []workflows.FirstSync{{Done: true, State: activities.Succeeded}}; !slices.Equal(e.told, want) {
		t.Errorf("the setup was told %+v, want its end", e.told)
	}
	if want := []bool{true}; !slices.Equal(e.walks(), want) {
		t.Errorf("sessions that walk: %v, want one", e.walks())
	}
}

// TestADisconnectAfterThat ends the setup that waits, too.
func TestADisconnectAfterThat(t *testing.T) {
	e := newEnv(t)
	e.awaited, e.project.Status = true, external.Disconnected
	e.runProject(workflows.ProjectSyncState{})
	if want := []workflows.FirstSync{{Ended: true}}; !slices.Equal(e.told, want) {
		t.Errorf("the setup was told %+v, want that it is over", e.told)
	}
}

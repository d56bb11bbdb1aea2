package workflows_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/workflows"
)

func (e *env) runMapping(auto bool) workflows.MappingState {
	e.t.Helper()
	e.ExecuteWorkflow(workflows.FieldMapping, workflows.MappingInput{
		ProjectID: "p1", System: "jira", Key: "PROJ", By: "ann", Auto: auto,
	})
	e.endsWell()
	var out workflows.MappingState
	if err := e.GetWorkflowResult(&out); err != nil {
		e.t.Fatal(err)
	}
	return out
}

func (e *env) mappingShown() workflows.MappingState {
	e.t.Helper()
	v, err := e.QueryWorkflow("mapping")
	if err != nil {
		e.t.Fatal(err)
	}
	var s workflows.MappingState
	if err := v.Get(&s); err != nil {
		e.t.Fatal(err)
	}
	return s
}

func word(version int, by string) activities.MappingOrder {
	return activities.MappingOrder{ProjectID: "p1", Version: version, By: by}
}

func TestAProposalWithoutFaultRunsThrough(t *testing.T) {
	e := newEnv(t)
	out := e.runMapping(true)
	if out.Step != workflows.MappingDone || out.Draft.Version != 1 || out.Trial.Outside != 20 {
		t.Errorf("ended with %+v", out)
	}
	if want := []string{"ProposeMapping", "JudgeMapping", "TryMapping", "ActivateMapping"}; !slices.Equal(e.calls, want) {
		t.Errorf("activities %v, want %v", e.calls, want)
	}
	if got := e.mappings; len(got) != 1 || got[0] != word(1, "ann") {
		t.Errorf("put in force: %+v", got)
	}
}

func TestAProposalWaitsForItsReview(t *testing.T) {
	e := newEnv(t)
	e.after(time.Hour, func() {
		if s := e.mappingShown(); s.Step != workflows.MappingReview || s.Draft.Doubtful != 2 || e.count("ActivateMapping") != 0 {
			t.Errorf("it shows %+v after %d activations", s, e.count("ActivateMapping"))
		}
		e.SignalWorkflow("edit", word(2, "bob"))
	})
	e.after(2*time.Hour, func() {
		if s := e.mappingShown(); s.Step != workflows.MappingReview || s.Draft.Version != 2 || s.Draft.Mapped != 0 {
			t.Errorf("after an edit it shows %+v", s)
		}
		e.SignalWorkflow("confirm", word(2, "eve"))
	})
	out := e.runMapping(false)
	if out.Step != workflows.MappingDone || out.By != "eve" || !slices.Equal(e.judged, []int{1, 2}) {
		t.Errorf("ended with %+v after judging %v", out, e.judged)
	}
	if got := e.mappings; len(got) != 1 || got[0] != word(2, "eve") {
		t.Errorf("put in force: %+v", got)
	}
}

func TestWhatIsWrongWithAProposalIsForAPerson(t *testing.T) {
	e := newEnv(t)
	e.verdict = func(version int) (activities.MappingVerdict, error) {
		if version == 1 {
			return activities.MappingVerdict{Errors: 2}, nil
		}
		return activities.MappingVerdict{}, nil
	}
	e.signalAfter(time.Hour, "edit", word(2, "bob"))
	e.after(2*time.Hour, func() {
		if s := e.mappingShown(); s.Step != workflows.MappingReview || s.Verdict.Errors != 0 {
			t.Errorf("what a person edits is in force when they say so: %+v", s)
		}
		e.SignalWorkflow("confirm", word(2, "bob"))
	})
	if out := e.runMapping(true); out.Step != workflows.MappingDone || len(e.mappings) != 1 || e.mappings[0].Version != 2 {
		t.Errorf("ended with %+v, in force %+v", out, e.mappings)
	}
}

func TestARefusedActivationIsShownAndWaitedFor(t *testing.T) {
	e := newEnv(t)
	e.inForce = func(version int) error {
		if version == 1 {
			return failure(string(external.Invalid), "it has 2 errors")
		}
		return nil
	}
	e.after(time.Hour, func() {
		if s := e.mappingShown(); s.Step != workflows.MappingReview || s.Fault != external.Invalid || !strings.Contains(s.Problem, "2 errors") {
			t.Errorf("it shows %+v", s)
		}
		e.SignalWorkflow("confirm", word(3, "bob")) // which nobody has shown it
	})
	if out := e.runMapping(true); out.Step != workflows.MappingDone || out.Draft.Version != 3 || out.Problem != "" {
		t.Errorf("ended with %+v", out)
	}
}

func TestAMappingIsLeftAsItIs(t *testing.T) {
	for _, c := range []struct {
		reason  string
		signals []string // at once
		want    workflows.MappingStep
	}{
		{"rejected", []string{"reject"}, workflows.MappingRejected},
		{"nobody came", nil, workflows.MappingLapsed},
		{"a rejection counts most", []string{"reject", "edit", "confirm"}, workflows.MappingRejected},
	} {
		t.Run(c.reason, func(t *testing.T) {
			e := newEnv(t)
			// The environment does not tell of a timer that the very last task cancels; the
			// recorded histories do.
			e.SetOnTimerScheduledListener(nil)
			e.after(time.Hour, func() {
				for _, signal := range c.signals {
					e.SignalWorkflow(signal, word(1, "bob"))
				}
			})
			out := e.runMapping(false)
			if out.Step != c.want || out.Draft.Version != 1 || len(e.mappings) != 0 {
				t.Errorf("ended with %+v, in force %+v", out, e.mappings)
			}
		})
	}
}

func TestAProposalIsTriedAgainAfterAnOutage(t *testing.T) {
	e := newEnv(t)
	e.propose = []error{failure(string(external.Temporary), "no answer"), failure(string(external.Unauthorised), "no"), nil}
	if out := e.runMapping(true); out.Step != workflows.MappingDone || out.Problem != "" || e.count("ProposeMapping") != 3 {
		t.Errorf("ended with %+v after %d proposals", out, e.count("ProposeMapping"))
	}
	e = newEnv(t)
	e.propose = slices.Repeat([]error{failure(string(external.Unauthorised), "no")}, 3)
	e.signalAfter(6*time.Minute, "edit", word(7, "bob")) // somebody wrote one by hand
	e.signalAfter(time.Hour, "confirm", word(7, "bob"))
	if out := e.runMapping(false); out.Step != workflows.MappingDone || out.Draft.Version != 7 {
		t.Errorf("ended with %+v", out)
	}
	e = newEnv(t)
	e.propose = []error{failure(activities.Missing, "gone")}
	e.ExecuteWorkflow(workflows.FieldMapping, workflows.MappingInput{ProjectID: "p1"})
	if err := e.GetWorkflowError(); err == nil {
		t.Error("without its project it has nothing to do")
	}
}

func TestASetupFindsItsMapping(t *testing.T) {
	for _, c := range []struct {
		reason string
		choice workflows.MappingChoice
		signal func(*env)
		want   int
	}{
		{"by itself", workflows.MappingAuto, func(*env) {}, 1},
		{"confirmed by a person", workflows.MappingByReview, func(e *env) {
			e.after(time.Hour, func() {
				if s := e.shown(); s.Step != workflows.StepMapping || e.count("Preview") != 0 {
					t.Errorf("meanwhile it shows %+v after %d previews", s, e.count("Preview"))
				}
				if err := e.SignalWorkflowByID(workflows.MappingID("p1"), "confirm", word(1, "bob")); err != nil {
					t.Error(err)
				}
			})
		}, 1},
		{"rejected: the default stays", workflows.MappingByReview, func(e *env) {
			e.after(time.Hour, func() {
				if err := e.SignalWorkflowByID(workflows.MappingID("p1"), "reject", word(1, "bob")); err != nil {
					t.Error(err)
				}
			})
		}, 0},
	} {
		t.Run(c.reason, func(t *testing.T) {
			e := newEnv(t)
			c.signal(e)
			e.signalAfter(2*time.Hour, "first-sync", done())
			e.ExecuteWorkflow(workflows.InitialSetup, workflows.SetupInput{
				ProjectID: "p1", System: "github", Key: "octo/hello", By: "ann", AutoApprove: true, Mapping: c.choice,
			})
			e.endsWell()
			var out workflows.SetupState
			if err := e.GetWorkflowResult(&out); err != nil {
				t.Fatal(err)
			}
			if out.Step != workflows.StepDone || out.Mapping != c.want || len(e.mappings) != c.want {
				t.Errorf("ended with %+v, in force %+v", out, e.mappings)
			}
		})
	}
}

func TestADisconnectEndsASetupThatFindsItsMapping(t *testing.T) {
	e := newEnv(t)
	e.signalAfter(time.Hour, "first-sync", workflows.FirstSync{Ended: true})
	e.ExecuteWorkflow(workflows.InitialSetup, workflows.SetupInput{
		ProjectID: "p1", System: "github", Key: "octo/hello", By: "ann", Mapping: workflows.MappingByReview,
	})
	e.endsWell()
	if e.count("Activate") != 0 || e.count("ActivateMapping") != 0 {
		t.Error("it was activated")
	}
}

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

func (e *env) runSetup(auto bool) workflows.SetupState {
	e.t.Helper()
	e.ExecuteWorkflow(workflows.InitialSetup, workflows.SetupInput{
		ProjectID: "p1", System: "github", Key: "octo/hello", By: "ann", AutoApprove: auto,
	})
	e.endsWell()
	var out workflows.SetupState
	if err := e.GetWorkflowResult(&out); err != nil {
		e.t.Fatal(err)
	}
	return out
}

func (e *env) shown() workflows.SetupState {
	e.t.Helper()
	v, err := e.QueryWorkflow("setup")
	if err != nil {
		e.t.Fatal(err)
	}
	var s workflows.SetupState
	if err := v.Get(&s); err != nil {
		e.t.Fatal(err)
	}
	return s
}

func done() workflows.FirstSync {
	return workflows.FirstSync{Done: true, State: activities.Succeeded}
}

func TestCompleteInputRunsThrough(t *testing.T) {
	e := newEnv(t)
	e.signalAfter(time.Minute, "first-sync", done())
	out := e.runSetup(true)
	if e.looked {
		t.Error("nobody is to approve the preview, and it reads what is outside")
	}
	if out.Step != workflows.StepDone || out.Preview.CreateOutside != 3 {
		t.Errorf("ended with %+v", out)
	}
	if want := []string{"Probe", "Preview", "Activate", "ReadProject"}; !slices.Equal(e.calls, want) {
		t.Errorf("activities %v, want %v", e.calls, want)
	}
	if a := e.approved[0]; a.By != "ann" || a.Preview.CreateOutside != 3 {
		t.Errorf("approved %+v", a)
	}
}

// TestASetupOfWhatIsSetUp was asked for while the one before came through. It puts no other mapping in force,
// asks nobody, and does not wait for a first synchronisation that is over.
func TestASetupOfWhatIsSetUp(t *testing.T) {
	e := newEnv(t)
	e.begun = true
	if out := e.runSetup(false); out.Step != workflows.StepDone || out.Approve || out.Problem != "" {
		t.Errorf("ended with %+v", out)
	}
	if want := []string{"Probe"}; !slices.Equal(e.calls, want) {
		t.Errorf("activities %v, want %v", e.calls, want)
	}
}

func TestWhatAPersonMustMendIsShownAndWaitedFor(t *testing.T) {
	e := newEnv(t)
	e.probe = []error{
		failure(string(external.Unauthorised), "the token is not accepted"),
		failure(string(external.Forbidden), "the credential lacks issues: write"), nil,
	}
	e.after(time.Hour, func() {
		if s := e.shown(); s.Step != workflows.StepCredentials || s.Fault != external.Unauthorised || !strings.Contains(s.Problem, "not accepted") {
			t.Errorf("after the first try it shows %+v", s)
		}
		e.SignalWorkflow("credentials", nil)
	})
	e.after(2*time.Hour, func() {
		if s := e.shown(); s.Fault != external.Forbidden || !strings.Contains(s.Problem, "issues: write") {
			t.Errorf("after the second try it shows %+v", s)
		}
		e.SignalWorkflow("retry", nil)
	})
	e.signalAfter(3*time.Hour, "first-sync", done())
	if out := e.runSetup(true); out.Step != workflows.StepDone || out.Problem != "" {
		t.Errorf("ended with %+v", out)
	}
}

func TestAnOutageIsTriedAgainByItself(t *testing.T) {
	e := newEnv(t)
	e.probe = []error{failure(string(external.Temporary), "no answer"), failure(string(external.Temporary), "no answer"), nil}
	e.signalAfter(time.Hour, "first-sync", done())
	e.runSetup(true)
	if e.count("Probe") != 3 {
		t.Errorf("%d tries, want the third to succeed", e.count("Probe"))
	}
}

func TestThePreviewWaitsForItsApproval(t *testing.T) {
	e := newEnv(t)
	e.probe = []error{failure(string(external.Unauthorised), "no"), nil}
	e.signalAfter(time.Minute, "approve", activities.Order{By: "eve"}) // of what nobody has seen
	e.signalAfter(2*time.Minute, "credentials", nil)
	e.after(time.Hour, func() {
		if !e.looked {
			t.Error("somebody is to approve the preview, and it does not read what is outside")
		}
		if s := e.shown(); !s.Approve || s.Preview.CreateOutside != 3 || e.count("Activate") != 0 {
			t.Errorf("it shows %+v after %d activations", s, e.count("Activate"))
		}
		e.SignalWorkflow("retry", nil) // shows another preview
	})
	e.after(2*time.Hour, func() {
		if e.count("Preview") != 2 || e.count("Activate") != 0 {
			t.Errorf("%d previews, %d activations", e.count("Preview"), e.count("Activate"))
		}
		e.SignalWorkflow("approve", activities.Order{By: "bob"})
	})
	e.signalAfter(3*time.Hour, "first-sync", done())
	e.runSetup(false)
	if len(e.approved) != 1 || e.approved[0].By != "bob" {
		t.Errorf("approved by %+v, want bob once", e.approved)
	}
}

// TestWhoWantsToSeeThePreviewIsAsked, though the setup began with the word that nobody needs to be:
// he says so while it waits for a token, or in the moment in which it counts what would leave.
func TestWhoWantsToSeeThePreviewIsAsked(t *testing.T) {
	for when, set := range map[string]func(*env){
		"while it waits for a token": func(e *env) {
			e.probe = []error{failure(string(external.Unauthorised), "no"), nil}
			e.signalAfter(time.Minute, "wishes", workflows.SetupWishes{Approve: true})
			e.signalAfter(time.Minute, "credentials", nil)
		},
		"while it previews": func(e *env) {
			e.previewed = func(n int) {
				if n == 1 {
					e.SignalWorkflow("wishes", workflows.SetupWishes{Approve: true})
				}
			}
		},
	} {
		t.Run(when, func(t *testing.T) {
			e := newEnv(t)
			set(e)
			e.after(time.Hour, func() {
				if s := e.shown(); !s.Approve || !e.looked || e.count("Activate") != 0 {
					t.Errorf("it shows %+v after %d activations", s, e.count("Activate"))
				}
				e.SignalWorkflow("approve", activities.Order{By: "bob"})
			})
			e.signalAfter(2*time.Hour, "first-sync", done())
			e.runSetup(true)
			if len(e.approved) != 1 || e.approved[0].By != "bob" {
				t.Errorf("approved by %+v, want bob once", e.approved)
			}
		})
	}
}

// TestWhoWantsToSeeThePreviewInTheLastMomentIsAsked: his wish stands in the row, and what tells the setup of
// it is on its way.
func TestWhoWantsToSeeThePreviewInTheLastMomentIsAsked(t *testing.T) {
	e := newEnv(t)
	e.wanted = true
	e.after(time.Hour, func() {
		if s := e.shown(); !s.Approve || !e.looked {
			t.Errorf("it shows %+v", s)
		}
		e.SignalWorkflow("approve", activities.Order{By: "bob"})
	})
	e.signalAfter(2*time.Hour, "first-sync", done())
	e.runSetup(true)
	if n := len(e.approved); n != 2 || !e.approved[0].Unasked || e.approved[1].Unasked || e.approved[1].By != "bob" {
		t.Errorf("approved by %+v, want by bob in the end", e.approved)
	}
}

// TestWhoWantsToReviewTheMappingIsAsked, though he says so while it is found without him.
func TestWhoWantsToReviewTheMappingIsAsked(t *testing.T) {
	e := newEnv(t)
	e.verdict = func(int) (activities.MappingVerdict, error) {
		if len(e.judged) == 1 {
			e.SignalWorkflow("wishes", workflows.SetupWishes{Review: true})
		}
		return activities.MappingVerdict{}, nil
	}
	e.after(time.Hour, func() {
		if s := e.shown(); s.Step != workflows.StepMapping || e.count("Preview") != 0 {
			t.Errorf("it shows %+v", s)
		}
		err := e.SignalWorkflowByID(workflows.MappingID("p1"), "confirm", activities.MappingOrder{ProjectID: "p1", Version: 1, By: "bob"})
		if err != nil {
			t.Error(err)
		}
	})
	e.signalAfter(2*time.Hour, "first-sync", done())
	e.ExecuteWorkflow(workflows.InitialSetup, workflows.SetupInput{
		ProjectID: "p1", System: "github", Key: "octo/hello", By: "ann", AutoApprove: true, Mapping: workflows.MappingAuto,
	})
	e.endsWell()
	if n := len(e.mappings); n != 2 || e.mappings[1].By != "bob" {
		t.Errorf("put in force: %+v, want by bob in the end", e.mappings)
	}
}

func TestAFailingFirstSynchronisationIsShownUntilItIsThrough(t *testing.T) {
	e := newEnv(t)
	e.signalAfter(time.Minute, "first-sync", workflows.FirstSync{State: activities.Failed, Fault: external.Temporary, Reason: "away"})
	e.after(time.Hour, func() {
		if s := e.shown(); s.Step != workflows.StepVerification || s.Problem != "away" {
			t.Errorf("it shows %+v", s)
		}
		e.SignalWorkflow("first-sync", done())
	})
	if out := e.runSetup(true); out.Step != workflows.StepDone || out.Problem != "" {
		t.Errorf("ended with %+v", out)
	}
}

func TestADisconnectEndsASetupWhereverItIs(t *testing.T) {
	for reason, set := range map[string]func(*env){
		"waiting for a credential": func(e *env) { e.probe = []error{failure(string(external.Unauthorised), "no")} },
		"waiting for approval":     func(*env) {},
	} {
		t.Run(reason, func(t *testing.T) {
			e := newEnv(t)
			set(e)
			e.signalAfter(time.Hour, "first-sync", workflows.FirstSync{Ended: true})
			e.runSetup(false)
			if e.count("Activate") != 0 {
				t.Error("it was activated")
			}
		})
	}
}

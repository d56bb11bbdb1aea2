package workflows_test

import (
	"errors"
	"testing"
	"time"

	"go.temporal.io/sdk/converter"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/workflows"
)

// carried runs a workflow whose history has grown long by then, and returns what the next run is
// started with.
func carried[T any](e *env, after time.Duration, run any, in T) T {
	e.t.Helper()
	e.after(after, func() { e.SetContinueAsNewSuggested(true) })
	e.ExecuteWorkflow(run, in)
	var again *workflow.ContinueAsNewError
	if err := e.GetWorkflowError(); !errors.As(err, &again) {
		e.t.Fatalf("ended with %v, want a new run", err)
	}
	var next T
	if err := converter.GetDefaultDataConverter().FromPayloads(again.Input, &next); err != nil {
		e.t.Fatal(err)
	}
	return next
}

func setupOfHello() workflows.SetupInput {
	return workflows.SetupInput{ProjectID: "p1", System: "github", Key: "octo/hello", By: "ann"}
}

// away is a system that does not answer for so many tries.
func away(tries int) (out []error) {
	for range tries {
		out = append(out, failure(string(external.Temporary), "does not answer"))
	}
	return out
}

// TestASetupOutlastsALongOutage: it tries every five minutes, for weeks if it must, and its history
// must not become what Temporal ends a workflow for.
func TestASetupOutlastsALongOutage(t *testing.T) {
	e := newEnv(t)
	e.probe = away(1000)
	next := carried(e, 24*time.Hour, workflows.InitialSetup, setupOfHello())
	if e.elapsed() > 25*time.Hour || next.ProjectID != "p1" || next.By != "ann" {
		t.Errorf("after %s it goes on with %+v", e.elapsed(), next)
	}
	again := newEnv(t)
	again.signalAfter(time.Minute, "approve", activities.Order{By: "bob"})
	again.signalAfter(time.Hour, "first-sync", done())
	again.ExecuteWorkflow(workflows.InitialSetup, next)
	again.endsWell()
	if len(again.approved) != 1 || again.approved[0].By != "bob" {
		t.Errorf("the next run approved %+v", again.approved)
	}
}

// TestASetupThatIsRenewedKnowsWhereItWas: nothing is done twice, and what is wrong is shown on.
func TestASetupThatIsRenewedKnowsWhereItWas(t *testing.T) {
	in := setupOfHello()
	in.AutoApprove = true
	e := newEnv(t)
	failed := workflows.FirstSync{State: activities.Failed, Fault: external.Temporary, Reason: "does not answer"}
	e.signalAfter(time.Hour, "first-sync", failed)
	e.signalAfter(25*time.Hour, "first-sync", failed)
	next := carried(e, 24*time.Hour, workflows.InitialSetup, in)

	again := newEnv(t)
	again.after(time.Minute, func() {
		if s := again.shown(); s.Step != workflows.StepVerification || s.Problem != "does not answer" || s.Preview.CreateOutside != 3 {
			t.Errorf("the next run shows %+v", s)
		}
	})
	again.signalAfter(time.Hour, "first-sync", done())
	again.ExecuteWorkflow(workflows.InitialSetup, next)
	again.endsWell()
	if again.count("Probe")+again.count("Preview")+again.count("Activate") != 0 {
		t.Errorf("the next run did %v", again.calls)
	}
}

// TestAMappingOutlastsALongOutage: a draft that somebody stored meanwhile is looked at by the next run.
func TestAMappingOutlastsALongOutage(t *testing.T) {
	e := newEnv(t)
	e.propose = away(1000)
	next := carried(e, 24*time.Hour, workflows.FieldMapping, workflows.MappingInput{ProjectID: "p1", System: "jira", Key: "PROJ", By: "ann"})
	if e.elapsed() > 25*time.Hour || next.Carried == nil || next.Carried.Problem == "" {
		t.Errorf("after %s it goes on with %+v", e.elapsed(), next)
	}
	again := newEnv(t)
	again.propose = away(1000)
	again.signalAfter(time.Minute, "edit", word(7, "bob"))
	again.signalAfter(time.Hour, "confirm", word(7, "bob"))
	again.ExecuteWorkflow(workflows.FieldMapping, next)
	again.endsWell()
	if got := again.mappings; len(got) != 1 || got[0] != word(7, "bob") {
		t.Errorf("put in force: %+v", got)
	}
}

// TestAMappingThatIsRenewedKeepsAWord that was said in the very moment.
func TestAMappingThatIsRenewedKeepsAWord(t *testing.T) {
	e := newEnv(t)
	e.after(24*time.Hour, func() {
		e.SetContinueAsNewSuggested(true)
		e.SignalWorkflow("edit", word(7, "bob"))
	})
	next := carried(e, 25*time.Hour, workflows.FieldMapping, workflows.MappingInput{ProjectID: "p1", System: "jira", Key: "PROJ", By: "ann"})
	if !next.Edited || len(e.judged) != 1 {
		t.Fatalf("it judged %v and goes on with %+v", e.judged, next.Carried)
	}
	again := newEnv(t)
	again.signalAfter(time.Hour, "confirm", word(7, "bob"))
	again.ExecuteWorkflow(workflows.FieldMapping, next)
	again.endsWell()
	if len(again.judged) != 1 || again.judged[0] != 7 || len(again.mappings) != 1 {
		t.Errorf("judged %v, put in force %+v", again.judged, again.mappings)
	}
}

// TestARollbackIsFollowedForWeeks: its project may be paused, or away, for so long.
func TestARollbackIsFollowedForWeeks(t *testing.T) {
	e := newEnv(t)
	e.digest = "one"
	next := carried(e, 20*24*time.Hour, workflows.Rollback, workflows.RollbackInput{SessionID: "s1", By: "ann", Digest: "one"})
	if next.Ordered != "r1" || e.elapsed() > 21*24*time.Hour {
		t.Errorf("after %s it goes on with %+v", e.elapsed(), next)
	}
}

// TestAnEarlyApprovalApprovesNothing: it is of a preview that somebody had seen before this one was asked for.
func TestAnEarlyApprovalApprovesNothing(t *testing.T) {
	e := newEnv(t)
	e.after(0, func() { e.SignalWorkflow("approve", activities.Order{By: "ann"}) })
	e.after(time.Hour, func() {
		if s := e.shown(); !s.Approve {
			t.Errorf("an hour later it shows %+v", s)
		}
		e.SignalWorkflow("approve", activities.Order{By: "bob"})
	})
	e.signalAfter(2*time.Hour, "first-sync", done())
	e.runSetup(false)
	if len(e.approved) != 1 || e.approved[0].By != "bob" {
		t.Errorf("approved %+v", e.approved)
	}
}

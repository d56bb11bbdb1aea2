package workflows

import (
	"errors"
	"time"

	enumspb "go.temporal.io/api/enums/v1"
	"go.temporal.io/sdk/temporal"
	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
)

// SetupID returns the workflow id of a project's setup.
func SetupID(projectID string) string { return "setup/" + projectID }

// The signals of an InitialSetup.
const (
	signalCredentials = "credentials" // another credential was stored; carries nothing
	signalRetry       = "retry"       // what was wrong outside is mended; carries nothing
	signalApprove     = "approve"     // activities.Order: the preview is approved
	signalWishes      = "wishes"      // SetupWishes: what somebody wants to see first, after all
	signalFirstSync   = "first-sync"  // FirstSync, from ProjectSync
)

// querySetup returns the SetupState.
const querySetup = "setup"

// SetupInput is what a setup is started with. The project's row and its sealed
// credential exist already.
type SetupInput struct {
	ProjectID   string
	System      external.System
	Key         string // the project's address
	By          string // a local handle
	AutoApprove bool   // the first synchronisation needs no approval
	Mapping     MappingChoice
	// Carried is what the run before knew, where the setup continued as new; nil: it begins.
	Carried *SetupCarried
}

// SetupCarried is what a setup carries over when it continues as new.
type SetupCarried struct {
	State SetupState
	First FirstSync // the last word of ProjectSync
	Told  bool      // which nobody has looked at yet
}

// SetupWishes are what somebody wants to see first, though the setup began without it. They only
// add to what is asked: nobody's word that he is to be asked is taken back by another one's.
type SetupWishes struct {
	Approve bool // the preview, before anything leaves
	Review  bool // the mapping, before it is in force
}

// MappingChoice says how a setup comes to its field mapping.
type MappingChoice string

// The choices.
const (
	MappingByDefault MappingChoice = ""       // the system's default, as it is
	MappingAuto      MappingChoice = "auto"   // proposed, and put in force unless something is wrong
	MappingByReview  MappingChoice = "review" // proposed, and confirmed by a person
)

// SetupStep is where a setup is.
type SetupStep int

// The seven steps.
const (
	StepSystem SetupStep = iota + 1
	StepCredentials
	StepProject
	StepMapping
	StepPrivacy
	StepPreview
	StepVerification
	StepDone
)

// SetupState is what a setup shows.
type SetupState struct {
	Step    SetupStep
	Problem string             // what a person must mend, and how; empty while all is well
	Fault   external.ErrorKind // its kind
	// Approve: the preview waits for a person's approval.
	Approve bool
	Preview activities.Preview
	Project activities.ProjectState
	Mapping int // version of the field mapping in force; 0: the system's default
}

// FirstSync is what ProjectSync tells the setup.
type FirstSync struct {
	Done   bool // the first synchronisation is through
	Ended  bool // the project was disconnected
	State  activities.State
	Fault  external.ErrorKind
	Reason string
}

// InitialSetup takes a new connection through the seven steps: system, credentials,
// project, mapping, privacy, preview and approval, first synchronisation and its
// verification. With complete input it runs through; where a person must mend or
// approve something it says so and waits. It returns what is linked in the end.
func InitialSetup(ctx workflow.Context, in SetupInput) (SetupState, error) {
	s := newSetup(ctx, in)
	if err := workflow.SetQueryHandler(ctx, querySetup, func() (SetupState, error) { return s.SetupState, nil }); err != nil {
		return s.SetupState, err
	}
	for _, step := range s.steps() {
		if err := step(ctx); err != nil || s.ended {
			return s.SetupState, err
		}
	}
	return s.SetupState, nil
}

// setup is what one run of InitialSetup knows.
type setup struct {
	in SetupInput
	SetupState
	ended bool // the project was disconnected meanwhile
	setupInbox
	// do names the activities; it is nil.
	do *activities.Project
}

func newSetup(ctx workflow.Context, in SetupInput) *setup {
	s := &setup{in: in}
	s.Step = StepSystem
	s.Project = activities.ProjectState{ID: in.ProjectID, System: in.System, Key: in.Key}
	if c := in.Carried; c != nil {
		s.SetupState, s.first, s.told = c.State, c.First, c.Told
	}
	s.open(ctx)
	return s
}

// steps are those that are left: all, unless an earlier run is through with some.
func (s *setup) steps() []func(workflow.Context) error {
	switch {
	case s.Step >= StepVerification:
		return []func(workflow.Context) error{s.firstSync, s.verify}
	case s.Step >= StepPreview:
		return []func(workflow.Context) error{s.agree, s.firstSync, s.verify}
	}
	return []func(workflow.Context) error{s.connect, s.findMapping, s.agree, s.firstSync, s.verify}
}

// renew continues as new where the history has grown long: an outage, or a person, may be
// waited for for weeks. Every wait comes through here once more before it goes on.
func (s *setup) renew(ctx workflow.Context) error {
	if !workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
		return nil
	}
	if s.hear(); s.ended { // what came since is carried over, or begins the step anew
		return nil
	}
	in := s.in
	in.Carried = &SetupCarried{State: s.SetupState, First: s.first, Told: s.told}
	return workflow.NewContinueAsNewError(ctx, InitialSetup, in)
}

// connect tries the credential until it works. The answer names the project and what
// is missing.
func (s *setup) connect(ctx workflow.Context) error {
	for {
		if err := s.renew(ctx); err != nil || s.ended {
			return err
		}
		s.at(ctx, StepCredentials)
		err := workflow.ExecuteActivity(call(ctx, "try the credential"), s.do.Probe, s.in.ProjectID).Get(ctx, &s.Project)
		if err == nil {
			s.at(ctx, StepProject)
			s.begun(ctx)
			return nil
		}
		if err := s.mend(ctx, err); err != nil || s.ended {
			return err
		}
	}
}

// changeBegun marks histories in which a setup of a project that is through with one ends at once.
const changeBegun = "setup-of-begun"

// begun ends a setup that was asked for while the one before came through: a project that synchronises by now
// needs no mapping found and no preview, and nobody would tell of its first synchronisation again.
func (s *setup) begun(ctx workflow.Context) {
	now := s.Project.Status
	if now == external.Configuring || now == "" || workflow.GetVersion(ctx, changeBegun, workflow.DefaultVersion, 1) == workflow.DefaultVersion {
		return
	}
	if s.ended = true; now != external.Disconnected {
		s.at(ctx, StepDone)
	}
}

// mend shows what is wrong and waits until a person says that it is mended. What may
// pass by itself is tried again after a while.
func (s *setup) mend(ctx workflow.Context, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	s.Problem, s.Fault = activities.Say(err), external.ErrorKind(activities.KindOf(err))
	if s.Fault == activities.Missing {
		return err // the project's row is gone
	}
	s.tell(ctx)
	again := time.Duration(0)
	if s.Fault == external.Temporary {
		again = outagePause
	}
	return s.await(ctx, again, func() bool { return s.retried })
}

// outagePause is how long a setup waits for a system that does not answer.
const outagePause = 5 * time.Minute

// findMapping has a child find the field mapping. It ends early when the project is
// disconnected meanwhile. A rejected or lapsed proposal leaves the system's default.
func (s *setup) findMapping(ctx workflow.Context) error {
	for s.heed(); s.in.Mapping != MappingByDefault && !s.ended; {
		if err := s.renew(ctx); err != nil || s.ended {
			return err
		}
		s.at(ctx, StepMapping)
		out, err := s.mappingChild(ctx)
		var runs *temporal.ChildWorkflowExecutionAlreadyStartedError
		switch {
		case s.ended:
		case errors.As(err, &runs):
			s.Problem = "a review of this project's mapping runs already: confirm or reject it, and start the setup again"
			s.tell(ctx)
			if err := s.await(ctx, 0, func() bool { return s.retried }); err != nil {
				return err
			}
			continue
		case err != nil:
			return err
		case out.Step == MappingDone:
			s.Mapping = out.Draft.Version
		}
		if s.ended || out.By != "" || !s.reviewAfterAll(ctx) { // who decided on it has reviewed it
			return nil
		}
	}
	return nil
}

// changeReviewAfterAll marks histories in which a mapping that was found is found anew because somebody
// wants to review it since.
const changeReviewAfterAll = "review-after-all"

// reviewAfterAll reports whether somebody wants to review the mapping, who said so while it was found
// without him. Nothing has left by it yet.
func (s *setup) reviewAfterAll(ctx workflow.Context) bool {
	if s.in.Mapping == MappingByReview {
		return false
	}
	s.heed()
	return s.in.Mapping == MappingByReview &&
		workflow.GetVersion(ctx, changeReviewAfterAll, workflow.DefaultVersion, 1) != workflow.DefaultVersion
}

// mappingChild runs the child to its end.
func (s *setup) mappingChild(ctx workflow.Context) (MappingState, error) {
	child, cancel := workflow.WithCancel(ctx)
	defer cancel()
	found := workflow.ExecuteChildWorkflow(workflow.WithChildOptions(child, workflow.ChildWorkflowOptions{
		WorkflowID: MappingID(s.in.ProjectID), StaticSummary: "field mapping of " + short(s.Project.Key), WaitForCancellation: true,
		ParentClosePolicy:     enumspb.PARENT_CLOSE_POLICY_REQUEST_CANCEL,
		TypedSearchAttributes: ofProject(s.Project.System, s.Project.Key),
	}), FieldMapping, MappingInput{
		ProjectID: s.in.ProjectID, System: s.Project.System, Key: s.Project.Key, By: s.in.By, Auto: s.in.Mapping == MappingAuto,
	})
	var out MappingState
	err := s.awaitChild(ctx, found, cancel).Get(ctx, &out)
	return out, err
}

// agree shows what the first synchronisation would do, and waits for approval. The
// privacy rules came with the connection.
func (s *setup) agree(ctx workflow.Context) error {
	for {
		asked, err := s.letGo(ctx)
		if err != nil || s.ended {
			return err
		}
		// The first session is asked for in the transaction that activates the project.
		in := activities.Approval{ProjectID: s.in.ProjectID, By: s.in.By, Preview: s.Preview, Unasked: !asked}
		if s.approvedBy != "" {
			in.By = s.approvedBy
		}
		err = workflow.ExecuteActivity(quick(ctx, "activate"), s.do.Activate, in).Get(ctx, nil)
		if asked || activities.KindOf(err) != activities.Stale {
			return err
		}
		s.in.AutoApprove = false // somebody wants to see it, whose word is on its way
	}
}

// letGo previews the first synchronisation until somebody approves it, or nobody needs to, and reports
// whether somebody was asked.
func (s *setup) letGo(ctx workflow.Context) (asked bool, err error) {
	for approved := false; !approved; {
		if err := s.renew(ctx); err != nil || s.ended {
			return asked, err
		}
		s.at(ctx, StepPreview)
		s.heed()
		asked = !s.in.AutoApprove
		if err := workflow.ExecuteActivity(call(ctx, "preview"), s.do.Preview, s.in.ProjectID, asked).Get(ctx, &s.Preview); err != nil {
			if err := s.mend(ctx, err); err != nil || s.ended {
				return asked, err
			}
			continue
		}
		if s.heed(); !asked {
			approved = s.in.AutoApprove // else somebody wants to see it since
			continue
		}
		if approved, err = s.askApproval(ctx); err != nil || s.ended {
			return asked, err
		}
	}
	return asked, nil
}

// askApproval waits until a person approves the preview, or asks for another one.
func (s *setup) askApproval(ctx workflow.Context) (bool, error) {
	s.hear() // an approval that came before this preview is of another one
	s.Approve = true
	s.tell(ctx)
	err := s.await(ctx, 0, func() bool { return s.approvedBy != "" || s.retried })
	if err == nil && !s.ended {
		s.Approve = false
	}
	return s.approvedBy != "", err
}

// firstSync waits for the end of the first synchronisation. ProjectSync tries again
// by itself when a session fails; here it is shown.
func (s *setup) firstSync(ctx workflow.Context) error {
	if s.Step != StepVerification { // else what the run before was told is shown on
		s.at(ctx, StepVerification)
	}
	for !s.first.Done {
		if err := s.renew(ctx); err != nil || s.ended {
			return err
		}
		if err := s.await(ctx, 0, func() bool { return s.told }); err != nil || s.ended {
			return err
		}
		s.told = false
		s.Problem, s.Fault = s.first.Reason, s.first.Fault
		s.tell(ctx)
	}
	return nil
}

// verify counts what is linked.
func (s *setup) verify(ctx workflow.Context) error {
	err := workflow.ExecuteActivity(quick(ctx, "count what is linked"), s.do.ReadProject, s.in.ProjectID).Get(ctx, &s.Project)
	if err == nil {
		s.at(ctx, StepDone)
	}
	return err
}

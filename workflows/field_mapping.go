package workflows

import (
	"time"

	"go.temporal.io/sdk/workflow"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
)

// MappingID returns the id of the workflow that finds a project's field mapping.
func MappingID(projectID string) string { return "mapping/" + projectID }

// The signals of a FieldMapping. Each carries an activities.MappingOrder.
const (
	signalEdit    = "edit"    // another draft was stored: looks at that version
	signalConfirm = "confirm" // puts the version in force
	signalReject  = "reject"  // leaves the mapping as it is
)

// queryMapping returns the MappingState.
const queryMapping = "mapping"

// reviewLimit is how long a draft waits for a person. It stays when the time is up,
// and can be activated any time.
const reviewLimit = 30 * 24 * time.Hour

// MappingInput is what a FieldMapping is started with.
type MappingInput struct {
	ProjectID string
	System    external.System
	Key       string // the project's address
	By        string // a local handle
	Auto      bool   // put the proposal in force without asking, when it has no error
	// Carried is what the run before knew, where it continued as new; nil: it begins. Edited
	// belongs to it.
	Carried *MappingState
	Edited  bool
}

// MappingStep is where a FieldMapping is.
type MappingStep string

// The steps.
const (
	MappingProposing  MappingStep = "proposing"  // reads what the project offers
	MappingValidating MappingStep = "validating" // is it complete, and right for the project?
	MappingTrying     MappingStep = "trying"     // on samples of both sides
	MappingReview     MappingStep = "review"     // waits for a person
	MappingActivating MappingStep = "activating"
	MappingDone       MappingStep = "done"
	MappingRejected   MappingStep = "rejected"
	MappingLapsed     MappingStep = "lapsed" // nobody came; the draft stays
)

// MappingState is what a FieldMapping shows: ids and counts.
type MappingState struct {
	Step    MappingStep
	Draft   activities.MappingDraft // Version is the one under review
	Verdict activities.MappingVerdict
	Trial   activities.MappingTrial
	Problem string             // what a person must mend, and how
	Fault   external.ErrorKind // its kind
	By      string             // who decided
}

// Ended reports whether nothing more will happen.
func (s MappingState) Ended() bool {
	return s.Step == MappingDone || s.Step == MappingRejected || s.Step == MappingLapsed
}

// FieldMapping finds the field mapping of a project: it proposes one from what the
// project offers, stores it as a draft, validates it, tries it on samples, and puts it
// in force once a person confirms it; with Auto, at once when nothing is wrong. An
// edit is another version, which goes through the same. It returns how it ended.
func FieldMapping(ctx workflow.Context, in MappingInput) (MappingState, error) {
	m := &fieldMapping{in: in, MappingState: MappingState{Step: MappingProposing}, edited: in.Edited}
	if in.Carried != nil {
		m.MappingState = *in.Carried
	}
	if err := workflow.SetQueryHandler(ctx, queryMapping, func() (MappingState, error) { return m.MappingState, nil }); err != nil {
		return m.MappingState, err
	}
	m.open(ctx)
	for !m.Ended() {
		if workflow.GetInfo(ctx).GetContinueAsNewSuggested() {
			return m.MappingState, m.renew(ctx)
		}
		if err := m.next(ctx); err != nil {
			return m.MappingState, err
		}
		m.tell(ctx)
	}
	return m.MappingState, nil
}

// fieldMapping is what one run of FieldMapping knows.
type fieldMapping struct {
	in MappingInput
	MappingState
	mappingInbox
	edited bool // the version under review is a person's
	// do names the activities; it is nil.
	do *activities.Mapping
}

// renew continues as new: an outage, or a person, may be waited for for weeks. What was said
// meanwhile is carried over.
func (m *fieldMapping) renew(ctx workflow.Context) error {
	m.hear()
	if m.Ended() {
		m.tell(ctx)
		return nil
	}
	in := m.in
	in.Carried, in.Edited = &m.MappingState, m.edited
	return workflow.NewContinueAsNewError(ctx, FieldMapping, in)
}

// next takes one step. What the external system or a version lacks is shown, and
// waited for.
func (m *fieldMapping) next(ctx workflow.Context) error {
	m.tell(ctx)
	var err error
	switch m.Step {
	case MappingProposing:
		err = m.propose(ctx)
	case MappingValidating:
		err = workflow.ExecuteActivity(call(ctx, "validate the mapping"), m.do.JudgeMapping, m.order()).Get(ctx, &m.Verdict)
		m.then(MappingTrying, err)
	case MappingTrying:
		err = workflow.ExecuteActivity(call(ctx, "try the mapping on samples"), m.do.TryMapping, m.order()).Get(ctx, &m.Trial)
		m.then(m.judged(), err)
	case MappingReview:
		return m.review(ctx)
	case MappingActivating:
		err = workflow.ExecuteActivity(call(ctx, "put the mapping in force"), m.do.ActivateMapping, m.order()).Get(ctx, nil)
		m.then(MappingDone, err)
	case MappingDone, MappingRejected, MappingLapsed:
	}
	return m.mend(ctx, err)
}

func (m *fieldMapping) propose(ctx workflow.Context) error {
	var draft activities.MappingDraft
	err := workflow.ExecuteActivity(call(ctx, "propose a mapping"), m.do.ProposeMapping, m.order()).Get(ctx, &draft)
	if err == nil {
		m.Draft = draft
	}
	m.then(MappingValidating, err)
	return err
}

// order names the version under review, and who speaks.
func (m *fieldMapping) order() activities.MappingOrder {
	by := m.By
	if by == "" {
		by = m.in.By
	}
	return activities.MappingOrder{ProjectID: m.in.ProjectID, Version: m.Draft.Version, By: by}
}

// then goes on to a step, unless this one failed.
func (m *fieldMapping) then(step MappingStep, err error) {
	if err == nil {
		m.Step, m.Problem, m.Fault = step, "", ""
	}
}

// judged returns the step after a trial. Who edits a version says when it is right.
func (m *fieldMapping) judged() MappingStep {
	if m.in.Auto && m.Verdict.Errors == 0 && !m.edited {
		return MappingActivating
	}
	return MappingReview
}

// mend shows what is wrong. Where there is a version, a person decides; where there is
// none, it is proposed again after a while.
func (m *fieldMapping) mend(ctx workflow.Context, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if m.Fault = external.ErrorKind(activities.KindOf(err)); m.Fault == activities.Missing {
		return err // the project's row is gone
	}
	if m.Problem = activities.Say(err); m.Draft.Version != 0 {
		m.Step = MappingReview
		return nil
	}
	m.tell(ctx)
	_, err = m.await(ctx, outagePause, "propose again")
	return err
}

// review waits for a person's word about the version.
func (m *fieldMapping) review(ctx workflow.Context) error {
	heard, err := m.await(ctx, reviewLimit, "the draft lapses")
	if err == nil && !heard {
		m.Step = MappingLapsed
	}
	return err
}

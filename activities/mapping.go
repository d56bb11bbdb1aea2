package activities

import (
	"context"

	"github.com/extsync/extsync/engine"
)

// MappingDesk proposes, judges, tries and activates field mappings. Package worker
// implements it.
type MappingDesk interface {
	// ProposeDraft reads what the project offers and stores a proposal as a draft.
	ProposeDraft(ctx context.Context, projectID, by string) (MappingDraft, error)
	// JudgeDraft counts what is wrong with a version in this project.
	JudgeDraft(ctx context.Context, projectID string, version int) (MappingVerdict, error)
	// TryDraft sends samples of both sides through a version, writing nothing.
	TryDraft(ctx context.Context, projectID string, version int) (MappingTrial, error)
	// PutInForce activates a version. One that has errors is refused with an
	// *external.Error of kind Invalid.
	PutInForce(ctx context.Context, projectID string, version int, by string) error
}

// Mapping holds the activities of a field mapping's way from proposal to activation.
type Mapping struct {
	Engine *engine.Engine
	Desk   MappingDesk
}

// MappingDraft is a stored proposal in numbers.
type MappingDraft struct {
	Version  int
	Mapped   int // fields that it keeps in step
	Doubtful int // of which a person should look at
	Unused   int // fields outside that it leaves alone
	Warnings int
}

// MappingVerdict is what validation found, in numbers.
type MappingVerdict struct {
	Errors   int // it cannot be put in force with any
	Warnings int
}

// MappingTrial is what became of the fields of samples, in numbers.
type MappingTrial struct {
	Outside, Here                     int // samples of each side
	Exact, Respelled, Lossy, Withheld int // fields, see mapping.Outcome; Withheld: refused
}

// MappingOrder is a person's word about a version of a mapping.
type MappingOrder struct {
	ProjectID string
	Version   int
	By        string // a local handle
}

// ProposeMapping reads what the project offers and stores a proposal. Of an attempt
// whose answer was lost, the draft is found again.
func (a *Mapping) ProposeMapping(ctx context.Context, o MappingOrder) (MappingDraft, error) {
	d, err := a.Desk.ProposeDraft(ctx, o.ProjectID, o.By)
	return d, translate(ctx, a.Engine, err)
}

// JudgeMapping validates a version against what the project offers now.
func (a *Mapping) JudgeMapping(ctx context.Context, o MappingOrder) (MappingVerdict, error) {
	v, err := a.Desk.JudgeDraft(ctx, o.ProjectID, o.Version)
	return v, translate(ctx, a.Engine, err)
}

// TryMapping tries a version on samples.
func (a *Mapping) TryMapping(ctx context.Context, o MappingOrder) (MappingTrial, error) {
	t, err := a.Desk.TryDraft(ctx, o.ProjectID, o.Version)
	return t, translate(ctx, a.Engine, err)
}

// ActivateMapping puts a version in force. One that is in force already stays so.
func (a *Mapping) ActivateMapping(ctx context.Context, o MappingOrder) error {
	return translate(ctx, a.Engine, a.Desk.PutInForce(ctx, o.ProjectID, o.Version, o.By))
}

package activities

import (
	"context"

	"github.com/extsync/extsync/engine"
	"github.com/extsync/extsync/external"
)

// Probe tries the credential, finds the project, and returns what it learned. It
// fails with the kind of what a person can mend.
func (a *Project) Probe(ctx context.Context, projectID string) (ProjectState, error) {
	if _, err := a.Engine.Probe(ctx, projectID); err != nil {
		return ProjectState{}, translate(ctx, a.Engine, err)
	}
	return a.ReadProject(ctx, projectID)
}

// Preview says what the first synchronisation would do.
type Preview struct {
	CreateOutside int  // tickets and comments that would be created outside
	Withheld      int  // that privacy keeps here
	Twins         int  // tickets here that seem to exist outside
	Outside       int  // tickets outside that were read for that
	Part          bool // there are more
}

// PreviewOf is an engine's preview as workflows pass it on.
func PreviewOf(p engine.Preview) Preview {
	return Preview{CreateOutside: p.CreateOutside, Withheld: p.Withheld, Twins: p.Twins, Outside: p.Outside, Part: p.Part}
}

// Preview links what exists here and counts what would leave. For somebody who is to approve
// it, it reads what stands outside, too.
func (a *Project) Preview(ctx context.Context, projectID string, approval bool) (Preview, error) {
	ask := a.Engine.Preview
	if approval {
		ask = a.Engine.PreviewTwins
	}
	p, err := ask(ctx, projectID)
	return PreviewOf(p), translate(ctx, a.Engine, err)
}

// Approval is a person's word about a preview.
type Approval struct {
	ProjectID string
	By        string // a local handle
	Preview   Preview
	Unasked   bool `json:",omitempty"` // nobody was asked, for nobody wanted to be
}

// Activate ends the setup. Its transaction asks for the first session. A project that was
// activated by an attempt whose answer was lost is what people made of it since: paused,
// perhaps. It fails as stale where nobody was asked, and somebody wants to be by now.
func (a *Project) Activate(ctx context.Context, in Approval) error {
	p, err := a.project(ctx, in.ProjectID)
	if err == nil && p.Status == external.Configuring {
		approved := engine.Preview{CreateOutside: in.Preview.CreateOutside, Withheld: in.Preview.Withheld}
		activate := a.Engine.Activate
		if in.Unasked {
			activate = a.Engine.ActivateUnasked
		}
		_, err = activate(ctx, in.ProjectID, in.By, approved)
	}
	return translate(ctx, a.Engine, err)
}

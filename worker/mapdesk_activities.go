package worker

import (
	"context"
	"fmt"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/external"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
)

// trialSamples is how many tickets of each side a workflow tries a mapping on.
const trialSamples = 50

// doubtful is the confidence below which a person should look at a match.
const doubtful = 0.7

// deskForWorkflows tells workflows in numbers what the desk found.
type deskForWorkflows struct{ *MappingDesk }

var _ activities.MappingDesk = deskForWorkflows{}

// ProposeDraft implements activities.MappingDesk. A project that is set up once more goes on with the mapping
// that is in force, whatever would be proposed by now: people said in it whose account is whose, say, and
// another one would read what stands outside otherwise, and have that come in.
func (d deskForWorkflows) ProposeDraft(ctx context.Context, projectID, by string) (activities.MappingDraft, error) {
	if kept, err := d.kept(ctx, projectID); err != nil || kept.Version != 0 {
		return kept, err
	}
	v, p, err := d.Propose(ctx, projectID, by)
	out := activities.MappingDraft{Version: v.Version, Mapped: len(p.Matches), Unused: len(p.Unused), Warnings: len(p.Warnings)}
	for _, m := range p.Matches {
		if m.Confidence < doubtful {
			out.Doubtful++
		}
	}
	return out, err
}

// kept returns the version in force of a project that is being set up; version 0: none was ever activated.
func (d deskForWorkflows) kept(ctx context.Context, projectID string) (out activities.MappingDraft, err error) {
	var p store.Project
	err = d.Engine.Store.Tx(ctx, func(tx store.Tx) (err error) {
		p, err = tx.Project(ctx, projectID)
		return err
	})
	if err != nil || p.Status != external.Configuring {
		return out, err
	}
	v, m, err := d.Load(ctx, projectID, 0)
	if err != nil || v.Version == 0 {
		return out, err
	}
	return activities.MappingDraft{Version: v.Version, Mapped: len(m.Tickets)}, nil
}

// JudgeDraft implements activities.MappingDesk.
func (d deskForWorkflows) JudgeDraft(ctx context.Context, projectID string, version int) (activities.MappingVerdict, error) {
	_, m, err := d.Load(ctx, projectID, version)
	if err != nil {
		return activities.MappingVerdict{}, err
	}
	found, err := d.Judge(ctx, projectID, m)
	return verdict(found), err
}

func verdict(found []mapping.Finding) activities.MappingVerdict {
	var v activities.MappingVerdict
	for _, f := range found {
		if f.Severity == mapping.Error {
			v.Errors++
		} else {
			v.Warnings++
		}
	}
	return v
}

// TryDraft implements activities.MappingDesk.
func (d deskForWorkflows) TryDraft(ctx context.Context, projectID string, version int) (activities.MappingTrial, error) {
	_, m, err := d.Load(ctx, projectID, version)
	if err != nil {
		return activities.MappingTrial{}, err
	}
	r, outside, here, err := d.Try(ctx, projectID, m, trialSamples)
	return activities.MappingTrial{
		Outside: len(outside), Here: len(here), Exact: r.Counts[mapping.Exact], Respelled: r.Counts[mapping.Respelled],
		Lossy: r.Counts[mapping.Lossy], Withheld: r.Counts[mapping.Refused],
	}, err
}

// PutInForce implements activities.MappingDesk.
func (d deskForWorkflows) PutInForce(ctx context.Context, projectID string, version int, by string) error {
	found, err := d.Activate(ctx, projectID, version, by)
	if err == nil && mapping.Failed(found) {
		return &external.Error{
			Kind: external.Invalid, Op: fmt.Sprintf("activate mapping %d of project %s", version, projectID),
			Message: fmt.Sprintf("it has %d errors; `extsync mapping validate` lists them", verdict(found).Errors),
		}
	}
	return err
}

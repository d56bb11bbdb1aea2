package apitest

import (
	"context"

	"github.com/extsync/extsync/activities"
	"github.com/extsync/extsync/api"
	"github.com/extsync/extsync/mapping"
	"github.com/extsync/extsync/store"
	"github.com/extsync/extsync/workflows"
)

// review is a search for a mapping, and the setup that waits for it, if one does.
type review struct {
	state workflows.MappingState
	setup *workflows.SetupInput
}

// findMapping does what the setup's child does, as far as it gets without a person.
func (w *World) findMapping(ctx context.Context, in workflows.SetupInput) (found bool, err error) {
	if in.Mapping == workflows.MappingByDefault {
		return true, nil
	}
	r, err := w.propose(ctx, in.ProjectID, in.By)
	if err != nil {
		return false, err
	}
	if in.Mapping == workflows.MappingAuto && r.state.Verdict.Errors == 0 {
		if _, err := w.Desk.Activate(ctx, in.ProjectID, r.state.Draft.Version, in.By); err != nil {
			return false, err
		}
		w.conclude(r, workflows.MappingDone, in.By)
		return true, nil
	}
	w.mu.Lock()
	r.setup = &in
	w.mu.Unlock()
	w.setSetup(in.ProjectID, workflows.SetupState{Step: workflows.StepMapping})
	return false, nil
}

func (w *World) propose(ctx context.Context, projectID, by string) (*review, error) {
	v, p, err := w.Desk.Propose(ctx, projectID, by)
	if err != nil {
		return nil, err
	}
	r := &review{state: workflows.MappingState{
		Step: workflows.MappingReview, Draft: activities.MappingDraft{Version: v.Version, Mapped: len(p.Matches)},
	}}
	if err := w.judge(ctx, projectID, r, v.Version); err != nil {
		return nil, err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reviews[projectID] = r
	return r, nil
}

func (w *World) judge(ctx context.Context, projectID string, r *review, version int) error {
	_, m, err := w.Desk.Load(ctx, projectID, version)
	if err != nil {
		return err
	}
	found, err := w.Desk.Judge(ctx, projectID, m)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r.state.Draft.Version, r.state.Verdict = version, activities.MappingVerdict{}
	for _, f := range found {
		if f.Severity == mapping.Error {
			r.state.Verdict.Errors++
		} else {
			r.state.Verdict.Warnings++
		}
	}
	return nil
}

func (w *World) conclude(r *review, step workflows.MappingStep, by string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r.state.Step, r.state.By = step, by
}

// StartReview implements api.Steering.
func (w *World) StartReview(ctx context.Context, in workflows.MappingInput) error {
	if err := w.Ready(ctx); err != nil {
		return err
	}
	_, err := w.propose(ctx, in.ProjectID, in.By)
	return err
}

// ReadReview implements api.Steering.
func (w *World) ReadReview(_ context.Context, projectID string) (workflows.MappingState, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	r, ok := w.reviews[projectID]
	if !ok {
		return workflows.MappingState{}, store.ErrNotFound
	}
	return r.state, nil
}

// TellReview implements api.Steering. A setup that waits goes on.
func (w *World) TellReview(ctx context.Context, word api.MappingWord, o activities.MappingOrder) error {
	if err := w.Ready(ctx); err != nil {
		return err
	}
	w.mu.Lock()
	r, ok := w.reviews[o.ProjectID]
	ended := !ok || r.state.Ended()
	w.mu.Unlock()
	if ended {
		return nil
	}
	switch word {
	case api.MappingConfirmed:
		w.conclude(r, workflows.MappingDone, o.By)
	case api.MappingRejected:
		w.conclude(r, workflows.MappingRejected, o.By)
	default:
		return w.judge(ctx, o.ProjectID, r, o.Version)
	}
	if r.setup != nil {
		return w.preview(ctx, *r.setup)
	}
	return nil
}

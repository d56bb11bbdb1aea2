package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/extsync/extsync/activities"
	v1 "github.com/extsync/extsync/api/v1"
	"github.com/extsync/extsync/workflows"
)

// MappingWord is what a person said about a mapping that a workflow follows.
type MappingWord string

// The words.
const (
	MappingEdited    MappingWord = "edited"
	MappingConfirmed MappingWord = "confirmed"
	MappingRejected  MappingWord = "rejected"
)

// reviews registers the workflow that finds a project's mapping.
func (s *server) reviews() {
	const path = "/v1/projects/{project}/mapping-review"
	add(s, huma.Operation{OperationID: "start-mapping-review", Method: http.MethodPost, Path: path, Tags: []string{"mappings"}, DefaultStatus: http.StatusAccepted,
		Summary:     "Have a mapping proposed, tried and put up for review",
		Description: "A workflow follows it until a version is activated or the proposal rejected; what is stored or activated meanwhile, it hears of."}, s.startReview)
	add(s, huma.Operation{OperationID: "get-mapping-review", Method: http.MethodGet, Path: path, Tags: []string{"mappings"},
		Summary: "How the review of a mapping stands, also after its end"}, s.getReview)
	add(s, huma.Operation{OperationID: "reject-mapping", Method: http.MethodPost, Path: path + "/reject", Tags: []string{"mappings"}, DefaultStatus: http.StatusAccepted,
		Summary: "Reject what is under review: the mapping stays as it is", Description: "The drafts stay, too."}, s.rejectMapping)
}

func (in *SteerInput) mappingOrder(version int) activities.MappingOrder {
	return activities.MappingOrder{ProjectID: in.Project, Version: version, By: in.Actor.Actor}
}

// tellReview tells a review that runs, if one does. The versions are stored whether
// it hears of them or not.
func (s *server) tellReview(ctx context.Context, w MappingWord, o activities.MappingOrder) {
	if err := s.Steering.TellReview(ctx, w, o); err != nil {
		s.Log.WarnContext(ctx, "review of the mapping not told", "project", o.ProjectID, "word", string(w), "error", err)
	}
}

func (s *server) startReview(ctx context.Context, in *SteerInput) (*body[v1.Project], error) {
	p, err := s.connected(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	err = s.Steering.StartReview(ctx, workflows.MappingInput{ProjectID: p.ID, System: p.System, Key: p.Key, By: in.Actor.Actor})
	if err != nil {
		return nil, err
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

func (s *server) getReview(ctx context.Context, in *ProjectPath) (*body[v1.MappingReview], error) {
	if _, err := s.project(ctx, in.Project); err != nil {
		return nil, err
	}
	st, err := s.Steering.ReadReview(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	return &body[v1.MappingReview]{viewReview(st)}, nil
}

func (s *server) rejectMapping(ctx context.Context, in *SteerInput) (*body[v1.Project], error) {
	p, err := s.project(ctx, in.Project)
	if err != nil {
		return nil, err
	}
	if err := s.Steering.TellReview(ctx, MappingRejected, in.mappingOrder(0)); err != nil {
		return nil, err
	}
	return &body[v1.Project]{viewProject(p)}, nil
}

func viewReview(st workflows.MappingState) v1.MappingReview {
	return v1.MappingReview{
		Step: string(st.Step), Version: st.Draft.Version, Errors: st.Verdict.Errors, Warnings: st.Verdict.Warnings,
		Exact: st.Trial.Exact, Respelled: st.Trial.Respelled, Lossy: st.Trial.Lossy, Refused: st.Trial.Withheld,
		Problem: st.Problem, By: st.By,
	}
}
